### 面向读者的文字（简体中文）。每种语言一个文件，消息标识与 en.ftl 相同。

language-name = 中文
language-code = zh-CN

## 列表与句子的连接

list-comma = ，
list-sentences = { "" }
