### 面向读者的文字（简体中文）。每种语言一个文件，消息标识与 en.ftl 相同。

language-name = 中文
language-code = zh-CN

## 列表与句子的连接

list-comma = ，
list-sentences = { "" }

## Pages: chats, mail and other receivers

receiver-mark-firing = 【告警】
receiver-mark-over = 【解除】
receiver-mark-paused = 【暂停】
receiver-mark-tier_changed = 【变更】
receiver-mark-withdrawn = 【撤回】
receiver-mark-silence_ended = 【静默结束】
receiver-mark-not_hidden = 【不再静默】

receiver-digest = { $pages } 条告警合并为一条消息
receiver-acknowledge = 确认
receiver-acknowledge-link = { $verb }：{ $url }
