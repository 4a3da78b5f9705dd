### 面向读者的文字（简体中文）。每种语言一个文件，消息标识与 en.ftl 相同。

language-name = 中文
language-code = zh-CN

## 列表与句子的连接

list-comma = ，
list-sentences = { "" }

## 告警：群聊、邮件等接收方

receiver-mark-firing = 【告警】
receiver-mark-over = 【解除】
receiver-mark-paused = 【挂起】
receiver-mark-tier_changed = 【变更】
receiver-mark-withdrawn = 【撤回】
receiver-mark-silence_ended = 【静默结束】
receiver-mark-not_hidden = 【不再静默】

receiver-digest = { $pages } 条告警合并为一条消息
receiver-acknowledge = 确认
receiver-link-ticket = 工单
receiver-link-acknowledge = 确认
receiver-acknowledge-link = { $verb }：{ $url }

## 告警：时长、时限与承诺

alert-length-hours = { $n }小时
alert-length-minutes = { $n }分钟
alert-length-seconds = { $n }秒
alert-length-between = { "" }
alert-working-days = { $days }个工作日
alert-times = { $times }次
alert-share = { $share }%（{ $length }）
alert-nothing = 零
alert-remaining-both = 自然时间{ $wall }、工作时间{ $counted }
alert-promise-within = { $target }，时限{ $budget }
alert-promise-ahead = { $target }，须在 { $moment } 之前至少{ $budget }
alert-promise-at-least = { $target }，至少{ $budget }
alert-promise-at-most-a-day = { $target }，每天不超过{ $budget }
alert-promise-at-most-a-week = { $target }，每周不超过{ $budget }
alert-promise-at-most-a-month = { $target }，每月不超过{ $budget }
alert-promise-at-most-a-quarter = { $target }，每季度不超过{ $budget }
alert-promise-at-most-a-year = { $target }，每年不超过{ $budget }
alert-promise-by-calendar = { $promise } ({ $calendar })

## 告警：多种告警共有的部分

alert-clock = { $subject } { $target }
alert-clock-of-rungs = { $subject } { $target }（{ $rungs }）
alert-sentence = { $text }。
alert-named = { $name }：{ $text }
alert-semicolon = ；
alert-names-between = 、
alert-names-and-more = { $names }等，另有{ $rest }个
alert-count-of = { $name } { $count }
alert-see = 查看：{ $url }
alert-why = 说明：{ $url }
alert-ticket = 工单：{ $url }
alert-circuit-and-team = 电路：{ $circuit }。责任团队：{ $team }。
alert-circuit = 电路：{ $circuit }。
alert-team = 责任团队：{ $team }。
alert-figure = 数值来源：{ $figure }。
alert-policy = 策略：{ $policy }。

## 告警：时钟临近到期或已超时

alert-page = { $subject } { $target }：{ $state }
alert-page-of-rungs = { $subject } { $target }（{ $rungs }）：{ $state }
alert-page-promised =
    承诺对象：{ $customer }。{ $promise }。
    { $at } 起{ $reached }；{ $state }。
alert-the-customer = 客户
alert-page-supplier = 若无该供应商延误，则不会超时：{ $supplier }。
alert-state-times = 已发生{ $used }，允许{ $allowed }
alert-state-used-up = 额度已于 { $due } 用尽
alert-state-breached = 已超时，应于 { $due } 前完成
alert-state-left = 剩余{ $left }
alert-state-at-this-rate = 剩余{ $left }，按当前消耗将于 { $due } 用尽
alert-state-due = 剩余{ $left }，{ $due } 到期
alert-reached-all = 时限已用尽
alert-reached-share = 已用 { $share }%
alert-reached-left = 剩余不超过{ $length }
alert-reached-wall = 自然时间剩余不超过{ $length }
alert-reached-wall-earlier = 再次计时（此前自然时间剩余曾不超过{ $length }）

## 告警：安装之前已超时的时钟

alert-backlog = tierwatch 安装之前已超时且仍未结束的时钟
alert-backlog-summary = { $what }：{ $clocks }
alert-backlog-why = 均于 { $since } 之前超时，不逐一告警。
alert-clocks-of = { $tier }，{ $target }：{ $clocks }
alert-clocks-of-others = 其他：{ $clocks }

## 告警：告警如何结束

alert-end-completed = { $what }：已于 { $at } 完成
alert-end-cancelled = { $what }：已于 { $at } 取消
alert-end-paused = { $what }：已于 { $at } 挂起，恢复计时后将再次告警
alert-end-outage-over = { $what }：中断已于 { $at } 结束，再次中断时将重新告警
alert-end-period-over = { $what }：统计周期已于 { $at } 结束，额度重新计算
alert-end-withdrawn = { $what }：已于 { $at } 撤回，据最新信息该情况不成立
alert-end-tier-changed = { $what }：服务等级已于 { $at } 变更
alert-end-clock-trusted = { $what }自 { $at } 起恢复可信
alert-end-silence-over = { $what }：静默 { $silence } 已于 { $at } 结束
alert-end-not-hidden = { $what }：截至 { $at }，静默 { $silence } 不再掩盖其超时
alert-end-root-cause-over = { $what }：同源告警已于 { $at } 结束
alert-end-fewer-down = { $what }：已于 { $at } 不再构成重大故障，中断电路数低于标准
alert-end-rule-gone = { $what }：已于 { $at } 撤回，策略中已无此规则
alert-end-read-again = { $what }：已于 { $at } 恢复读取，时钟恢复判断
alert-end-no-clock-left = { $what }：截至 { $at }，已没有需告警的未结束时钟
alert-end-higher-tier = { $what }：自 { $at } 起涉及更高等级的时钟，另行告警
alert-end-understood = { $what }：自 { $at } 起可识别
alert-end-word-not-used = { $what }：截至 { $at }，已没有未结工单或电路使用，但仍无法识别
alert-end-other-rung = { $what }：自 { $at } 起需告警的最高等级已变，另行告警
alert-end-backlog-over = { $what }：截至 { $at } 均已结束
alert-end-judged-anew-over = { $what }：截至 { $at } 均已结束
alert-end-audit-clean = { $what }：{ $at } 的审计显示，最近 24 小时内没有未送达的内容
alert-end-store-back = { $what }截至 { $at } 已回到原位并可写入
alert-end-test-over = { $what }：测试已于 { $at } 结束，并无异常
alert-end-otherwise = { $what }：已于 { $at } 结束（{ $reason }）
alert-end-late = ，已超时：应于 { $due } 前完成
alert-end-still-broken = ；该承诺已超时，应于 { $due } 前完成，至今未结束
alert-end-still-broken-undated = ；该承诺已超时，至今未结束
alert-end-still-due = ；尚未结束，{ $due } 到期
alert-end-still-open = ；尚未结束
alert-stands-no-clock = 该时钟已不存在。
alert-stands-other-alert = 该时钟另有告警仍在触发。
alert-stands-own-alert = 其告警仍在继续。
alert-stands-broken = 承诺已于 { $at } 超时。
alert-stands-paused = 时钟已挂起，恢复前不计时。
alert-stands-due = 时钟仍在继续，{ $due } 到期。
alert-stands-due-quietly = 时钟仍在继续，{ $due } 到期；目前不再告警。
alert-stands-open = 时钟尚未结束。
alert-stands-cancelled = 该承诺不再适用。
alert-stands-cancelled-broken = 该承诺不再适用。此前已于 { $at } 超时。
alert-stands-used-up = 额度曾于 { $at } 用尽。
alert-stands-not-kept = 该承诺未能履行。
alert-stands-kept = 该承诺已按时履行。
alert-stands-silence = 静默本身持续到 { $until }。

## 告警：无人确认时的重复通知

alert-repeat = { $summary }（{ $more }）
alert-repeat-first = { $at } 重复通知：告警仍未解除，且尚无人确认。
alert-repeat-still = 截至 { $at } 仍未解除
alert-repeat-over = 已过{ $length }，仍未结束
alert-repeat-left = 剩余{ $length }
alert-repeat-overdue = { $what }：已超时{ $length }，应于 { $due } 前完成
alert-repeat-due = { $what }：距到期{ $length }，{ $due } 到期

## 告警：静默屏蔽了将超时的时钟，通知静默的创建人

alert-silence = 静默
alert-maintenance = 维护窗口
alert-silence-hides = { $author }：您的{ $kind }掩盖了 { $what }：{ $state }
alert-silence-due-before-its-end = 将于 { $due } 到期，早于{ $kind }结束
alert-silence-of = 静默 { $id }（{ $author }）持续到 { $ends }。原因：{ $reason }。
alert-silence-for-maintenance = 维护窗口 { $id }（{ $author }）持续到 { $ends }。原因：{ $reason }。
alert-silence-of-alertmanager = Alertmanager 中的静默 { $id }（{ $author }）持续到 { $ends }。原因：{ $reason }。
alert-silence-nobody = 在此之前不会就 { $what } 告警：{ $state }。
alert-silence-end-it = 恢复告警：{ $command }

## 告警：同源告警

alert-cause-cause = 原因 { $value }
alert-cause-circuit = 电路 { $value }
alert-cause-customer = 客户 { $value }
alert-cause-device = 设备 { $value }
alert-cause-provider = 运营商 { $value }
alert-cause-site = 站点 { $value }
alert-cause-supplier = 供应商 { $value }
alert-cause-team = 团队 { $value }
alert-cause-other = { $kind } { $value }
alert-cause-summary = { $what }（{ $tier }）：{ $state }
alert-cause-summary-wave = { $what }（{ $tier }，第{ $wave }波）：{ $state }
alert-cause-affected = 影响{ $count }个对象
alert-cause-affected-due = 影响{ $count }个对象，最早 { $due } 到期
alert-cause-broken = 已有{ $count }个承诺超时：{ $who }
alert-cause-broken-next = { $broken }；下一个 { $due } 到期
alert-cause-broken-more = { $broken }；另有{ $count }个告警中
alert-cause-broken-all = { $broken }；没有其他即将到期的承诺
alert-cause-new = 新情况：{ $change }。
alert-cause-change-broken = 首个承诺已超时
alert-cause-change-earlier = 出现更早的到期时间
alert-cause-change-higher = 涉及更高等级
alert-cause-shared = 以下告警同源（{ $what }），合并为一条。
alert-cause-list-broken = 已超时（{ $count }）：{ $promises }。
alert-cause-list-ahead = 未到期（{ $count }）：{ $promises }。
alert-cause-will-break = 若不恢复将超时：{ $counts }。
alert-cause-broken-by = { $at } 前 { $count } 个
alert-cause-by-tier = 按等级：{ $counts }。
alert-cause-list-affected = 受影响：{ $who }。
alert-cause-was-due = { $subject } { $target }，应于 { $due } 前完成
alert-cause-due = { $subject } { $target }，{ $due } 到期
alert-cause-replaced = { $what }：现况见第{ $wave }波
alert-cause-replaced-by = 已由同一根因的第{ $wave }波接替，事件并未结束。
alert-cause-ended = （{ $how }）
alert-cause-ended-restored = { $who }已完成
alert-cause-ended-cancelled = { $who }已取消
alert-cause-ended-paused = { $who }已挂起
alert-cause-ended-idle = { $who }目前无中断
alert-cause-ended-renewed = { $who }进入新统计周期
alert-cause-ended-withdrawn = { $who }已撤回
alert-cause-ended-tier_changed = { $who }等级已变更
alert-cause-none-fires = 其下告警均已结束。
alert-cause-paused = 已挂起、恢复计时后将再次告警：{ $who }。

## 告警：重大故障

alert-major-fault = 重大故障：{ $title }，{ $circuits }条电路中断
alert-major-fault-shared = 重大故障：{ $title }，{ $circuits }条电路中断（{ $shared }）
alert-major-fault-of = { $title }（{ $shared }）
alert-major-fault-why = 至少{ $circuits }条此类电路中断已达{ $length }，请按重大故障上报。
alert-major-fault-circuits = 电路：{ $circuits }。
alert-major-fault-figure = 数值来源：{ $figure }。
alert-major-fault-none-down = 相关电路目前均无中断记录。
alert-major-fault-still-down = 仍中断：{ $circuits }。
alert-major-fault-unclear = 状态未知：{ $circuits }。

## 告警：数据源数据过旧

alert-source = 数据源 { $source }
alert-source-too-old = 数据源 { $source }：自 { $since } 起数据过旧，{ $clocks } 个需告警的时钟无法判断
alert-source-too-old-due = 数据源 { $source }：自 { $since } 起数据过旧，{ $clocks } 个需告警的时钟无法判断，最早 { $due } 到期
alert-source-last-read = 上次成功读取：{ $at }，允许间隔为{ $allowed }。
alert-source-never-read = 从未成功读取，允许间隔为{ $allowed }。
alert-source-hangs = 读取既未失败也未完成：可能仍在进行，或已卡住。
alert-source-failed = 最近一次读取失败：{ $error }
alert-source-failed-unknown = 最近一次读取失败：原因不明
alert-source-clocks = 无法判断的未结束时钟：{ $clocks }。
alert-source-clocks-by-assurance = 无法判断的未结束时钟：{ $clocks }（其中 { $by_assurance } 个按业务保障等级告警）。
alert-no-tier = 无等级
alert-source-first-due = 其中最早到期：{ $due }。
alert-source-none-due = 其中没有正在计时且已知到期时间的时钟。
alert-source-meanwhile = 在此期间看不到新工单、挂起和恢复；时钟继续计时，任何告警都不会自行解除。
alert-source-advice = 处理：请派人在源系统中人工盯守这些等级的未结工单，并按失败信息排除故障。
alert-source-still-unread = 该数据源仍未读取成功过。
alert-source-still-not-read = 该数据源仍未恢复读取，上次成功读取：{ $at }。

## 告警：无法识别的取值

alert-word = 数据源 { $source }：{ $what } { $word }
alert-words-others = 数据源 { $source }：其余取值
alert-word-open-ticket = 未结工单 { $number } 个
alert-word-open-circuit = 未结电路 { $number } 个
alert-word-open-change = 未结变更 { $number } 个
alert-word-summary = { $what } 无法识别：{ $number }，例如 { $example }
alert-word-unwatched = { $what } 不在映射表中，也不是任何等级。相关承诺未被监控：{ $number }，例如 { $example }。
alert-word-pages = 按需告警的最高等级通知。
alert-word-warns = 策略未要求对任何等级告警，故仅作提示。
alert-word-ends = 该取值可识别、或不再有未结工单或电路使用时，本告警结束。
alert-word-watch = 处理：请人工盯守（共 { $number } 个）。
alert-word-map = 在 tierwatch.yml 中补充其含义并重启：
alert-word-correct = 请在源系统中更正。
alert-word-read-as = 现读作 { $value }，相关工单据此计时。
alert-words-summary = 数据源 { $source }：另有 { $number } 个取值无法识别
alert-words-many = 数据源 { $source } 无法识别的取值过多，其余合并为本告警：{ $words }。
alert-words-advice = 处理：检查字段是否错位、是否有其他系统写入，并更正源系统或映射。
alert-unread = { $what } { $word }
alert-unread-time = { $what } 的时间 { $word }
alert-unread-local-time = 本地时间所指为 { $first } 还是 { $second }
alert-unread-no-reason = 未注明原因的挂起

## 告警：未送达任何人的阈值跨越与告警

alert-audit-summary = tierwatch：有{ $count }项阈值跨越或告警未送达
alert-audit-found-no_alert = { $what }：已跨越阈值（{ $since } 记录），但没有告警
alert-audit-found-no_decision = { $what }：{ $since } 已发出，但通道 { $channel } 既无告警也无原因记录
alert-audit-found-unsent = { $what }：自 { $since } 起等待通道 { $channel }
alert-audit-found-unsent-why = { $what }：自 { $since } 起等待通道 { $channel }（{ $detail }）
alert-audit-found-refused = { $what }：{ $since } 被通道 { $channel } 永久拒绝，且没有其他通道接受
alert-audit-found-refused-why = { $what }：{ $since } 被通道 { $channel } 永久拒绝（{ $detail }），且没有其他通道接受
alert-audit-more = 另有{ $count }项。
alert-audit-advice = { $kind }：{ $advice }。
alert-audit-advice-no_alert = 请人工通知相关人员，并作为 tierwatch 缺陷上报
alert-audit-advice-no_decision = 请人工通知相关人员，并作为 tierwatch 缺陷上报
alert-audit-advice-unsent = 请修复接收方，修复前会持续重试
alert-audit-advice-refused = 请人工通知相关人员，再处理接收方拒绝的原因

## 告警：tierwatch 自身

alert-heartbeat = tierwatch 正常运行；本告警始终触发，消失才是警报
alert-heartbeat-advice = 请路由到外部的失联检测接收方。若停止，说明 tierwatch、主机、网络或 Alertmanager 已失效。
alert-synthetic-tier = tierwatch 自身
alert-synthetic-target = 自检时钟
alert-judged-anew = tierwatch 升级后判断结果不同的时钟
alert-judged-anew-end = ：本版 tierwatch 对该时钟的判断与发出告警的版本不同
alert-judged-anew-summary = { $what }：{ $clocks } 个未结束时钟此前已超时，撤回 { $withdrawn } 条告警
alert-judged-anew-why = 于 { $at } 升级。均非当前发生，不逐一告警。
alert-store = tierwatch：数据库
alert-store-lost = tierwatch：自 { $since } 起，数据库 { $file } { $happened }
alert-store-gone = 已被删除或移走
alert-store-folder_gone = 连同所在目录一起消失
alert-store-replaced = 已被其他文件替换
alert-store-truncated = 已被截断
alert-store-log_gone = 的 -wal 或 -shm 文件已丢失
alert-store-lost-advice =
    tierwatch 继续使用已打开的文件发送告警；程序一旦结束，其中内容将全部丢失。
    请勿重启程序。请将文件放回原处；若已删除，请按运行手册抢救。
alert-missed = { $count } 条告警在送达本接收方之前已开始并结束
alert-missed-over = 仍未解除的告警另行发送。已结束：
alert-missed-one = • { $alert }
alert-missed-more = 另有 { $count } 条
alert-test = 测试 { $receiver }
alert-test-summary = 测试 { $receiver }（{ $at }）：没有承诺面临超时
alert-test-description = 测试。有人正在试用此接收方（tierwatch alerts test-page），无需处理。

## 告警：本机时钟

alert-machine-clock = tierwatch：本机时钟
alert-machine-jumped = tierwatch：本机时钟{ $size }；{ $does }
alert-machine-forward = 向前跳变 { $length }
alert-machine-back = 向后跳变 { $length }
alert-machine-contradicted = 多数数据源和接收方的时间与跳变前一致，tierwatch 以其为准
alert-machine-unproven = 新时间未获证实，告警照常发出并注明
alert-machine-held = 仅由新时间引起的告警最迟暂缓至 { $until }
alert-machine-jumped-advice =
    数据源照常读取，此前决定的告警照常发送。数据源或接收方的时间、或本机休眠记录可自动证实新时间。
    处理：与其他时钟比对。若新时间正确，在本机运行 `tierwatch clock accept`；若错误，请校正，据此发出的告警将被撤回。
alert-machine-pages-unproven = tierwatch：自 { $since } 起告警按未经证实的时钟发出；本机时钟曾{ $size }
alert-machine-pages-unproven-advice =
    5 分钟内没有数据源、接收方或人员证实新时间。每条告警均注明“时钟未经证实”，请用其他时钟核对到期时间。tierwatch 以两个时间中较晚者为准，以免漏报。
    处理：校正本机时钟，或在本机运行 `tierwatch clock accept`。
alert-machine-witness-boot_time = ：本机曾休眠
alert-machine-witness-peers = ：数据源和接收方的时间与之一致
alert-machine-witness-operator = ：值班人员已确认新时间
alert-machine-witness-returned = ：时钟已恢复到跳变前的时间；据错误时间发出的告警已撤回
alert-machine-mark = 【时钟未经证实】{ $summary }
alert-machine-mark-description = 本机时钟发生跳变且未经证实：请用其他时钟核对到期时间。
alert-machine-withdrawn = 已撤回：本机时钟曾有误，本告警的起始时间 { $at } 尚未到来
alert-machine-withdrawn-description = 已撤回：本机时钟曾有误，本告警的起始时间 { $at } 尚未到来。承诺按正确时间重新判断。

## 告警：值班人员

oncall-for = 通知{ $people }（{ $step }）：{ $why }。
oncall-people-between = 、
oncall-step = 第{ $step }步，共{ $steps }步
oncall-before-step-1 = 第1步之前，共{ $steps }步
oncall-first = 首先通知
oncall-last-step = 这是最后一步。
oncall-next = 如无人确认，将通知{ $people }。
oncall-next-at = 如无人确认，将于 { $at } 通知{ $people }。
oncall-next-after = 如无人确认，将在本通知送达{ $length }后通知{ $people }。
oncall-acknowledge = 确认：{ $url }
oncall-alert-gone = 该告警已不存在。
oncall-name-missing = 请填写姓名，以便他人知道由谁处理。
oncall-link-malformed = 链接不完整，请从告警中复制完整链接。
oncall-link-forged = 链接无效或密钥已更换，请从告警中打开工单。
oncall-link-expired = 链接已过期，请使用该工单最新告警中的链接。

## Grafana 仪表盘：标题、说明（-about）与图例

grafana-sources = 数据源
grafana-sources-about = 各数据源最近一次采集是否成功
grafana-data-fit-to-judge-by = 数据是否可判断
grafana-data-fit-to-judge-by-about = 各数据源是否足够新,可据以判断时钟
grafana-behind-due-clocks = 判断滞后
grafana-behind-due-clocks-about = 引擎落后于到期时刻的时间
grafana-store = 存储
grafana-store-about = 最近一次写入是否成功;先存储后通知
grafana-machine-clock = 本机时钟
grafana-machine-clock-about = 是否因本机时钟跳变而暂缓新告警
grafana-pages-withheld-in-an-hour = 每小时未发出的告警
grafana-pages-withheld-in-an-hour-about = 每个时刻之前一小时内各通道未发出的告警,按原因
grafana-pings-outside-in-an-hour = 每小时对外心跳
grafana-pings-outside-in-an-hour-about = 每小时对外心跳次数与失败次数
grafana-age-of-the-data = 数据时效占用
grafana-age-of-the-data-about = 距上次成功采集的时间占该数据源上限的比例,达到 100% 即无法判断
grafana-pages-waiting = 待送达告警
grafana-pages-waiting-about = 各通道等待送达的告警数
grafana-pages-accepted-and-not = 每小时送达与失败
grafana-pages-accepted-and-not-about = 每个时刻之前一小时内送达与未送达的告警
grafana-events-and-duplicates-per-second = 每秒事件与重复
grafana-events-and-duplicates-per-second-about = 接收的事件与已知的重复事件
grafana-polls-failed-in-an-hour = 每小时采集失败
grafana-polls-failed-in-an-hour-about = 每个时刻之前一小时内失败的采集,按原因
grafana-records-in-quarantine = 隔离中的记录
grafana-records-in-quarantine-about = 无法成为事件且未处理的记录,按原因
grafana-unknown-words-and-corrections = 每小时未知取值与更正
grafana-unknown-words-and-corrections-about = 映射或等级表中没有的取值,以及被后来的陈述撤回的事件
grafana-last-read = 距上次成功采集
grafana-last-read-about = 距最近一次成功采集的时间
grafana-newest-change-seen = 距最新变更
grafana-newest-change-seen-about = 距所见最新变更的时间;安静的数据源变旧并不代表有错
grafana-clocks-last-looked-at = 距上次判断
grafana-clocks-last-looked-at-about = 引擎上次检查到期时钟距今
grafana-time-per-evaluation-p99 = 单次判断耗时 p99
grafana-time-per-evaluation-p99-about = 百分之九十九的检查耗时不超过此值
grafana-heartbeat-time-to-spare = 心跳余量
grafana-heartbeat-time-to-spare-about = 合成时钟各环节距判定为迟到的余量,负值即已迟到
grafana-findings-of-the-audit = 审计发现
grafana-findings-of-the-audit-about = 未送达任何人的越界与告警,按类别
grafana-held-here-not-listed-there = 对端未列出的告警
grafana-held-here-not-listed-there-about = 对端已接收却未列出的告警(按通道),及被静默至超时之后的告警(按等级)
grafana-alerts-firing = 正在触发的告警
grafana-alerts-firing-about = tierwatch 正在触发的告警,按等级和阶段
grafana-oldest-page-waiting = 最早待送达告警
grafana-oldest-page-waiting-about = 各通道最早一条未送达告警的等待时间
grafana-can-this-be-trusted = 数据可信吗?
grafana-never = 从未
grafana-not-yet = 尚无
grafana-none = 无
grafana-pings = 次数
grafana-up = 正常
grafana-down = 中断
grafana-fresh = 新鲜
grafana-stale = 过旧
grafana-writes = 正常
grafana-refuses = 拒绝写入
grafana-steady = 正常
grafana-held = 暂缓
grafana-nothing-waits = 无
grafana-time-left-now = 剩余时间分布
grafana-time-left-now-about = 计时中的时钟按剩余时间分布,不含挂起;第一项为已逾期
grafana-clocks-started-completed-breached = 每小时开始、结束、违约的时钟
grafana-clocks-started-completed-breached-about = 每个时刻之前一小时内的时钟事件,不含安装之前的历史
grafana-breached-in-an-hour = 每小时违约(按等级和指标)
grafana-breached-in-an-hour-about = 每个时刻之前一小时内的违约
grafana-circuits-not-available-by-state = 非正常电路(按状态)
grafana-circuits-not-available-by-state-about = 各非正常状态的电路数
grafana-next-deadline-in = 距最近截止时间
grafana-next-deadline-in-about = 各等级、各指标最近的截止时间;负数表示已过期但尚未判定
grafana-share-of-circuits-available = 正常电路占比(按保障等级)
grafana-share-of-circuits-available-about = 当前正常电路占全部电路的比例,未知计为不正常;并非一段时间内的可用率
grafana-late = 已逾期
grafana-what-is-about-to-break = 即将违约
grafana-promises-kept = 承诺兑现
grafana-circuits = 电路
grafana-source = 数据源
grafana-tier = 客户等级
grafana-assurance = 保障等级
grafana-target = 指标
grafana-nearest-clocks = 最近到期的时钟
grafana-no-circuits = 无
grafana-started = 开始
grafana-completed = 结束
grafana-breached = 违约
grafana-none-ended = 无
grafana-no-deadline-ahead = 无
grafana-live-page = 实时页面
grafana-tierwatch-page = 页面地址
grafana-about = 即将违约、承诺兑现、电路状态与数据可信度
grafana-clocks-breached = 已违约
grafana-clocks-breached-about = 截止时间已过而未结束的时钟
grafana-clocks-at_risk = 临近违约
grafana-clocks-at_risk-about = 已用掉大部分时限(默认 75%)的时钟
grafana-clocks-running = 计时中
grafana-clocks-running-about = 时限尚充裕的时钟
grafana-clocks-paused = 已挂起
grafana-clocks-paused-about = 因策略所列原因挂起的时钟
grafana-clocks-idle = 未占用
grafana-clocks-idle-about = 当前未被占用的电路中断额度
grafana-clocks-unknown = 无法判断
grafana-clocks-unknown-about = 数据源过旧而无法判断的时钟
grafana-circuits-unavailable = 中断
grafana-circuits-unavailable-about = 当前中断的电路,按保障等级
grafana-circuits-degraded = 劣化
grafana-circuits-degraded-about = 当前劣化的电路,按保障等级
grafana-circuits-unknown = 状态未知
grafana-circuits-unknown-about = 当前状态未知的电路,按保障等级
grafana-circuits-available = 正常
grafana-circuits-available-about = 当前正常的电路,按保障等级
grafana-kept-1d = 兑现率(1 天)
grafana-kept-1d-about = 最近 1 天:1 − 违约数 ÷ 结束数;无结束时钟则不显示;数据不足时自计数开始计
grafana-kept-7d = 兑现率(7 天)
grafana-kept-7d-about = 最近 7 天:1 − 违约数 ÷ 结束数;无结束时钟则不显示;数据不足时自计数开始计
grafana-kept-30d = 兑现率(30 天)
grafana-kept-30d-about = 最近 30 天:1 − 违约数 ÷ 结束数;无结束时钟则不显示;数据不足时自计数开始计
grafana-time-left-over-time = 剩余时间变化
grafana-time-left-over-time-about = 剩余时间分布随时间的变化:深色带下沉表示一批截止时间临近
grafana-failed =
    { $reason ->
       *[other] 失败
    }
grafana-accepted = 送达
grafana-events = 事件
grafana-duplicates = 重复
grafana-unknown-words =
    { $what ->
       *[other] 未知
    }
grafana-withdrawn =
    { $kind ->
       *[other] 撤回
    }
