### 面向读者的文字（简体中文）。每种语言一个文件，消息标识与 en.ftl 相同。

language-name = 中文
language-code = zh-CN

## 列表与句子的连接

list-comma = ，
list-sentences = { "" }

## 页面：总览

# 语言选择
page-language = 语言
page-language-both = 双语
page-back = 返回首页
page-nav = 页面
page-nav-wall = 监控墙
page-nav-clocks = 时钟

# Choice of the zone of times.
page-zone = 时区
page-zone-about = 页面上的时间按这个时区显示。选择保存在这个浏览器里。
page-zone-show = 显示
page-zone-usual = 本系统的时区：{ $zone }
page-zone-unknown = 没有这个时区，请从列表里选。

# 时长；数字也由脚本填入
page-age-days = { $n } 天
page-age-hours = { $n } 小时
page-age-minutes = { $n } 分钟
page-age-seconds = { $n } 秒
page-countdown-days = { $days } 天 { $time }

page-lost = 正在重新连接：自 { $since } 起页面与服务器失去联系：倒计时继续，状态不再更新。
page-data-of = 数据时刻
page-data-age = 数据延迟
page-times-in = 时区
page-policy = 策略
page-configuration = 配置
page-configuration-since = 读取于
page-warnings = 警告

# 顶部警告
page-warning-old = 以下数据已有 { $age }未更新，请检查程序日志。
page-warning-starting = tierwatch 正在启动：正在读取数据源，尚未判定任何时钟。以下为启动前的已知情况。
page-warning-counting = 启动后正在统计未结时钟，数量将在几秒后显示。其间照常判定并发送告警。
page-warning-clock-held = 本机时钟发生跳变，新告警暂缓发送，待时间得到佐证后继续，最长五分钟。
page-warning-clock-unproven = 本机时钟发生跳变且未得到佐证，告警照常发送并注明。若时间正确，请运行 `{ $command }`。
page-warning-store-lost = 数据库文件已被删除、移走或替换。程序仍用已打开的文件发送告警，一旦退出内容全部丢失。请勿重启，并将文件放回原处。
page-warning-config-refused = 改动后的配置在 { $ago }前被拒绝：{ $why }。程序继续按 { $since }前读取的配置运行。请改正，用 `{ $command }` 检查，然后重新加载。
page-warning-store-refuses = 数据库无法写入，恢复前不记录新事件，也不发送新告警。
page-warning-word = 数据源 { $source }：{ $word } 无法识别，相关承诺未被监控：未结 { $subjects } 个，例如 { $example }。
page-warning-more-words = 另有 { $words } 个取值无法识别。
page-source-never-read = 数据源 { $source } 从未成功读取
page-source-read = 数据源 { $source } 上次成功读取在 { $age }前
page-warning-source-stale = { $read }。其时钟继续计时，告警保持，但状态计为不明。
page-warning-source-failed = { $read }；最近一次轮询失败。
page-warning-channel = 通道 { $channel } 有 { $pages } 条通知待送达，最早的已等待 { $age }。
page-warning-subscribers = { $subscribers } 个订阅方长时间未接收违约通知，已停止向其发送；须重新订阅。

# 等级卡片与时钟表
page-tiles = 各等级未结时钟
page-open-clocks = 未结时钟
page-next-deadline = 最近截止
page-nearest = 临近超时
page-late = 已超时
page-latest-first = 最近超时在前
page-not-known-yet = 正在启动，尚不明确。
page-no-clock-open = 当前没有未结时钟。
page-no-tier = 无客户等级
page-rung-none = 无
page-time-left = 剩余
page-state = 状态
page-promise = 承诺
page-tier-assurance = 客户等级 · 保障等级
page-customer = 客户
page-circuit = 电路
page-ticket-or-circuit = 工单或电路
page-owning-team = 责任班组
page-used = 已用
page-share-used = 已用 { $percent } %
page-late-by = 已超时
page-due = 已到时限
page-until = 截止
page-was-due = 截止
page-periods-missed = { $periods } 期未反馈
page-source-record = 源系统记录

# 电路、数据源、通道与隔离区
page-circuits = 电路
page-circuits-available = 已知电路全部可用。
page-circuits-none = 尚无电路数据。
page-circuits-not-available = 非可用
page-circuits-none-here = 没有符合条件的电路。非可用的电路将显示在此。
page-circuits-none-yet = 到目前为止没有符合条件的电路，还有其他电路待查。
page-circuits-stale = 数据源的数据过旧：无法确认该状态是否仍然成立
page-circuits-no-such-list = 没有这个状态；可选 available、degraded、unavailable 和 unknown。
page-circuit-available = 可用
page-circuit-degraded = 劣化
page-circuit-unavailable = 中断
page-circuit-unknown = 状态不明
page-circuit-retired = 已注销
page-since = 起于
page-sources = 数据源
page-source-up = 正常
page-source-down = 失败
page-source-not-polled = 尚未轮询
page-source-stale = 数据过旧
page-last-read = { $age }前读取
page-last-read-never = 从未读取
page-newest-change = 最新变更
page-sources-none = 未配置数据源，不监控任何对象。
page-channels = 告警通道
page-channel-waiting = { $pages } 条待送达
page-channel-nothing-waits = 无积压
page-channel-held = { $pages } 条因静默、根因、值守时段或其他通知而暂不发送
page-channels-none = 未配置告警通道，不会通知任何人。
page-quarantine = 隔离区
page-quarantine-empty = 没有被隔离的记录。
page-silences = 生效的静默
page-silence = 静默
page-maintenance = 维护窗口
page-silences-none = 没有生效的静默。
page-acknowledgements = 已确认
page-acknowledgements-none = 未恢复的告警均无人确认。
page-without-end = 无截止时刻
page-words = 无法识别的取值
page-words-open = 未结 { $subjects } 个
page-words-such-as = 例如
page-words-none = 数据源的取值均可识别。
page-and-more = 另有 { $more } 条
page-running-since = 启动于
page-last-evaluation = 上次判定
page-metrics = 指标

## 页面：可信度、图示和列表

page-trust = 页面所示是否属实？
page-trust-all-broken = 否：有内容有误或未送达
page-trust-all-unknown = 不明
page-trust-all-doubted = 是，但有保留
page-trust-all-good = 是
page-trust-data = 数据
page-trust-old = 未更新
page-trust-starting = 正在统计
page-trust-fresh = 已更新
page-trust-engine = 判定引擎
page-trust-store = 数据库无法写入
page-trust-not-judged = 尚未判定任何时钟
page-trust-stands = 停滞
page-trust-clock = 本机时间未得到佐证
page-trust-judges = 正在判定
page-trust-sources = 数据源
page-trust-no-sources = 未配置
page-trust-stale = { $all } 个中 { $stale } 个数据过旧
page-trust-not-polled = 尚未全部读取
page-trust-down = { $all } 个中 { $down } 个最近一次失败
page-trust-read = { $all } 个已读取
page-trust-delivery = 送达
page-trust-no-channels = 没有通道
page-trust-waits = { $pages } 条待送达
page-trust-unconfirmed = { $alerts } 条未得到接收方确认
page-trust-delivered = { $all } 个通道均无待送达
page-trust-audit = 审计
page-trust-found = 发现 { $findings } 项
page-trust-not-audited = 尚未进行
page-trust-nothing-found = 未发现问题
page-trust-synthetic = 自检时钟
page-trust-no-synthetic = 未运行
page-trust-beat-late = 迟到
page-trust-no-beat = 尚未走通
page-trust-beats = 走通
page-cause-affected = 影响 { $subjects } 个
page-tickets = 工单
page-kiosk = 大屏
page-next = 最近截止时刻
page-picture-running = 计时
page-picture-workdays = 工作日
page-picture-off-hours = 服务时间外
page-picture-paused = 挂起
page-picture-late = 超时计时
page-picture-excluded = 不计入
page-picture-idle = 未占用
page-picture-stopped = 停止
page-picture-cancelled = 取消
page-picture-about = { $start } 至 { $end }：{ $parts }
page-picture-part = { $kind } { $length }
page-picture-marks = 图中标记
page-picture-sums = 计算过程
page-mark-stage = 告警阶段
page-mark-breach = 超时
page-mark-deadline = 截止时刻
page-mark-page = 已通知
page-mark-call = 已呼叫
page-mark-acknowledged = 已确认：
page-rows-left-out = 中间另有 { $rows } 行未显示，JSON 中有全部。
page-year = 最近一年
page-year-nothing-said = 无数据
page-year-planned = 计划作业或已更正
page-year-promises = 可用率与承诺
page-year-available = 可用率
page-year-promised = 承诺
page-year-no-promise = 该电路没有时间类承诺的时钟。各周期将显示在这里。
page-year-tickets = 相关工单
page-year-no-ticket = 没有该电路的未结工单时钟。未结工单将显示在这里。
page-year-not-all = 该客户的未结工单多于所查找的数量，全部见时钟列表。
page-year-counted = 该电路的全部事件和计算
page-clocks = 未结时钟
page-clocks-filter = 筛选
page-clocks-any = 不限
page-clocks-source = 数据源
page-clocks-prefix = 工单或电路编号开头
page-clocks-sort = 排序
page-clocks-sort-deadline = 截止时刻
page-clocks-sort-breached-at = 超时时间
page-clocks-sort-opened = 开始时间
page-clocks-sort-subject = 名称
page-clocks-descending = 倒序
page-clocks-show = 显示
page-clocks-all = 取消筛选
page-clocks-next = 下一页
page-clocks-first = 第一页
page-clocks-none = 没有符合条件的未结时钟。数据源带来未结时钟后将显示在这里。
page-clocks-none-yet = 目前没有符合条件的未结时钟，其余尚待查找。
page-clocks-refused = 该地址请求的列表不存在，请重新选择。
page-clocks-here = 本页 { $rows } 个时钟
## 页面：列表

page-list-no-such-list = 没有这个列表；可选 sent、withheld 和 called。
page-list-more = 更多
page-list-older = 更早
page-list-filtered = 仅显示：
page-list-all = 全部显示
page-source = 数据源
page-sources-will = 每个已配置的数据源将显示在此，并给出上次轮询和下一步操作。
page-sources-last-success = 上次成功读取
page-sources-stale-after = 过旧时限
page-sources-next-poll = 下次轮询
page-sources-todo-wait = 下一步：等待首次轮询，会自动进行。
page-sources-todo-down = 下一步：按错误提示更正；轮询会自动重试。在此之前请在数据源中查看工单。
page-sources-todo-stale = 下一步：数据源有应答，但没有新数据。请询问其管理员变更是否仍能到达。
page-sources-todo-words = 下一步：映射下方的取值，然后重新加载。
page-sources-todo-records = 下一步：查看下方被隔离的记录。
page-sources-todo-nothing = 无需操作。
page-words-mapping = 需要写入的映射
page-words-then = 改为正确的取值，运行 { $command }，然后重新加载，此前的记录将重新判定。
page-words-will = 未映射的取值将显示在此，并给出需要写入的内容。
page-quarantine-number = 编号
page-quarantine-said = 说明
page-quarantine-since = 隔离时刻
page-quarantine-judged-at = 将于 { $at } 判定
page-quarantine-todo = 下一步：{ $show } 显示保留的原文。更正数据源、映射或选项后执行 { $retry }；不会计入的记录用 { $drop } 丢弃。
page-quarantine-will = 无法使用的记录将带着原因显示在此，不会丢失。
page-told = 通知
page-told-about-sent = 已发送的通知
page-told-about-withheld = 未发送的通知及原因
page-told-about-called = 已呼叫的人员
page-told-list-sent = 已发送
page-told-list-withheld = 未发送
page-told-list-called = 已呼叫
page-told-at = 时刻
page-told-to = 接收方
page-told-of = 内容
page-told-became = 结果
page-told-receiver = 某接收方
page-told-accepted = 已送达
page-told-waiting = 待送达
page-told-tried = 已尝试，尚未接收
page-told-held = 暂不发送
page-told-failed = 失败
page-told-needless = 无需发送
page-told-withheld = 未发送
page-told-called = { $team } 被呼叫
page-told-confirmed = { $at } 已确认
page-told-confirmed-by = { $at } 由 { $author } 确认
page-told-none-sent = 尚未发送通知。时钟到达需要通知的阶段时，首条通知及其是否被接收将显示在此。
page-told-none-withheld = 没有未发送的通知。接收方未收到的内容将带着原因显示在此。
page-told-none-called = 尚未呼叫任何人。升级时呼叫的人员将显示在此。
page-told-none-here = 此范围内没有。
page-told-people-hidden = 仅有权查看人员姓名者可见被呼叫的人员。
page-filter-tier = 客户等级
page-filter-channel = 接收方
page-filter-team = 班组
page-filter-assurance = 保障等级
page-filter-source = 数据源
page-filter-subject = 工单或电路
page-filter-show = 显示
page-causes = 根因
page-causes-none = 没有已知的根因。多个工单因同一电路或其他共同对象告警时，该根因及其全部工单和代表它们的一条通知将显示在此。
page-cause-lasts = 持续中
page-cause-broken = 已有承诺超时
page-cause-over = { $at } 结束
page-cause-since = 始于 { $at }
page-cause-subjects = { $subjects } 个工单或电路
page-cause-subjects-many = 超过 { $subjects } 个工单或电路
page-cause-members = 所含工单和电路
page-cause-pages = 代表它的通知
page-cause-wave = 第 { $wave } 条
page-cause-no-page = 未发送其自身的通知
page-oncall = 值班
page-oncall-none = 未配置值班表，因此不按姓名呼叫。在配置中写入 `oncall` 后，各班组的一周将显示在此。
page-oncall-now = 当前值班：
page-oncall-then = 之后
page-oncall-nobody = 无人
page-oncall-somebody = 有人
page-oncall-contact = 无人值班，改为通知 { $receivers }。
page-oncall-gap = { $since } 至 { $until } 无人值班。
page-oncall-holds = 实际值班
page-oncall-calendar = 日历
page-oncall-override = 临时替班
page-oncall-picture = 本周值班图；下方列表内容相同
page-oncall-legend = 图中人员
page-oncall-list = 本周列表
page-oncall-weeks = 周
page-oncall-week-before = 上一周
page-oncall-this-week = 本周
page-oncall-week-after = 下一周
page-oncall-day-1 = 周一
page-oncall-day-2 = 周二
page-oncall-day-3 = 周三
page-oncall-day-4 = 周四
page-oncall-day-5 = 周五
page-oncall-day-6 = 周六
page-oncall-day-7 = 周日
page-oncall-people-hidden = 仅有权查看人员姓名者可见值班人员。
page-oncall-check = { $command } 可查出未来一年的空档。

## 页面：计时说明

page-explanation = 计时说明
page-as-of = 截至
page-events = 事件数
page-not-understood = 无法识别
page-doubts = 存疑
page-status-at-source = 源系统状态
page-title = 标题
page-circuit-name = 电路
page-team = 责任班组
page-tier = 客户等级
page-assurance = 保障等级
page-urgency = 紧急程度
page-scope = 范围
page-process = 流程
page-started = 开始时刻
page-deadline = 截止时刻
page-breached = 超时时刻
page-stopped = 停止时刻
page-period = 统计周期
page-calendar = 日历
page-rungs = 客户等级 · 保障等级
page-hours = 计时时段
page-figure = 指标出处
page-row = 适用条件
page-cycle = 第 { $number } 周期
page-missed-periods = 共 { $periods } 个整期未作阶段反馈。
page-from = 起
page-to = 止
page-clock = 时钟
page-because-of = 因事件
page-because = 原因
page-status = 状态
page-elapsed = 历时
page-counted = 计入
page-counted-at = 时间
page-counted-who = 计入对象
page-left = 剩余
page-budget = 时限
page-allowed = 承诺时限
page-calendar-hours-only = 仅计工作时间
page-held-from = 自
page-moved-by = 变动
page-stages-reached = 已达阶段
page-corrections = 更正
page-made = 时间
page-by = 更正人
page-what = 内容
page-reason = 原因
page-revoked = 已撤销
page-notifications = 通知记录
page-stage = 告警阶段
page-since-head = 起
page-until-head = 止
page-answers = 各通道回执
page-firing = 告警中
page-recorded-only = 仅记录，未发送
page-no-notification = 没有就此对象发送过通知。
page-nothing-known = 数据源 { $source } 中没有 { $subject } 的记录。

## 页面：确认与拒绝

page-acknowledge-title = 确认告警
page-acknowledged = 已确认。在确认有效期内，本阶段不再升级。
page-alert-over = 该告警已结束。
page-alert-passed = 此后已发送更高阶段的通知，确认本条不起作用，请确认最新一条。
page-who = 姓名
page-note = 备注
page-acknowledge = 确认
page-too-long = 内容过长，请缩短备注。
page-retire-title = 永久注销
page-retire = 注销
page-retire-link = 对象已不复存在：注销
page-retire-about = 仅在对象不再恢复时注销：其时钟全部结束，且不再计入任何统计。
page-retire-who-acts = 本页面无登录：“姓名”栏所填内容将原样记录。
page-retire-why = 原因
page-retire-token = 配置中的 api_token
page-retire-by-link = 可通过该对象告警通知中的链接进入注销表单。
page-retire-by-command = 命令行：
page-retired = 已注销，其时钟将在数秒内结束。
page-retire-incomplete = 请填写姓名和注销原因。
page-retire-wrong-token = 与配置中的 api_token 不符，未作任何更改。
page-retire-no-subject = 该告警不针对单个工单或电路，无可注销对象。
page-refused-401 = 请先登录。
page-login = 登录
page-login-name = 用户名
page-login-password = 密码
page-login-with = 通过身份提供方登录
page-login-wrong = 用户名与密码不匹配，或该账号已停用。
page-login-wait = 登录失败次数过多，请在 { $wait }后再试。
page-login-way-back = 此次登录不是在本浏览器中发起的，或已超时，请重新登录。
page-login-provider-refused = 身份提供方没有让您登录。
page-login-provider-away = 身份提供方没有给出可用的应答，原因见 tierwatch 的日志，请稍后再试。
page-login-no-role = 已确认您的身份，但您所在的组在此没有角色，请联系 tierwatch 的管理员。
page-logout = 退出登录
page-person = 当前用户：
page-logged-in-as = 当前登录用户：{ $name }。
page-customer-clocks = 未结事项
page-customer-no-clock = 没有未结事项。有承诺时限的工单或中断将连同截止时间显示在此处。
page-customer-more = 未结事项多于此处所示，已列出截止时间最近的。
page-customer-month = 自 { $since } 起的承诺
page-customer-kept = 已兑现
page-customer-broken = 未兑现
page-customer-no-promise = 尚无承诺兑现或未兑现。本月结束的每项承诺将计入此处。
page-customer-month-newest = 记录过多，此处只统计最新的数千条。
page-customer-planned = 计划作业
page-customer-no-planned = 没有已知的计划作业。已通知的涉及贵方电路的作业将显示在此处。
page-customer-no-circuit = 尚无电路数据。贵方电路及其状态将显示在此处。
page-customer-more-circuits = 电路多于此处所示，不可用的电路排在最前。
page-customer-stale = 部分数据过旧，无法据以判断，相关内容显示为未知。
page-customer-nothing-known = 没有名称与此完全一致的客户记录。
page-customer-link-malformed = 链接不完整，请复制完整链接，或索取新链接。
page-customer-link-forged = 链接无效或已失效，请索取新链接。
page-customer-link-expired = 链接已过期，请索取新链接。
page-refused-403 = 当前登录没有此权限，或表单不是从 tierwatch 的页面提交的。未作任何更改。
page-refused-404 = 此地址没有内容，时钟在首页。
page-and = { " 与 " }
page-refused-405 = 此地址只接受 { $methods } 请求。
page-refused-503 = 同类请求过多，请稍后再试。
page-unavailable = 暂时无法显示，原因（英文）：{ $error }
page-failed = 页面生成失败，属程序缺陷，已写入日志；时钟与告警不受影响。

## 计时说明：页面、终端与 JSON

# 区间内时钟的状态
explain-kind-running = 计时
explain-kind-paused = 挂起
explain-kind-idle = 未占用
explain-kind-stopped = 停止
explain-kind-cancelled = 取消
explain-kind-excluded = 剔除
explain-excluded = 经更正剔除
explain-retired = 已注销

# 时钟状态
explain-state-breached = 已超时
explain-state-at-risk = 临近超时
explain-state-paused = 已挂起
explain-state-running = 计时中
explain-state-idle = 未占用
explain-state-unknown = 状态不明
explain-state-met = 已达标
explain-state-cancelled = 已取消

# 区间由什么事件开始
explain-cause-correction = 更正
explain-cause-opening = 开单
explain-cause-instant = 数据源给出的时刻
explain-cause-update = 无状态的更新
explain-cause-deleted = 此前的情况，其事件已删除

# 每个策略都有的时刻。
explain-instant-detected = 故障发现
explain-instant-complained = 客户申告
explain-instant-planned = 计划开始
explain-instant-agreed = 约定时间

# 已发生次数与限额
explain-amount-at-most = { $counted } 次，限 { $allowed } 次
explain-amount-at-least = { $counted } 次，至少应 { $allowed } 次
explain-amount-goal = { $total } 次中合格 { $counted } 次，至少应 { $allowed } 次

# 承诺内容
explain-times-at-most = 至多 { $times } 次
explain-times-at-least = 至少 { $times } 次
explain-goal = 合格率不低于 { $share }%
explain-days = { $days } 个工作日
explain-same-day = 当个工作日
explain-until = 至约定时间 { $until } 止，自开始起共 { $budget }（自然时间），挂起不顺延
explain-each-midnight = { " " }0 时至 24 时
explain-each-edge = { " " }{ $edge } 至 { $edge }（随班次）
explain-end-close-of-business = （至末日收工时）
explain-end-end-of-day = （至末日结束）
explain-working-days = { $days }{ $end }，每日按{ $each }计：{ $budget }
explain-ahead = 计划时刻 { $planned } 之前 { $before }：最迟 { $last }，自开始起共 { $budget }
explain-calendar = { $name }，版本 { $version }，{ $zone }
explain-share = { $whole } 的 { $share } % = { $budget }
explain-in-period = { $period } { $number }：{ $what }
explain-period-day = 日
explain-period-week = 周
explain-period-month = 月
explain-period-quarter = 季度
explain-period-year = 年

# 承诺的附注
explain-first-sight = 数据源未给出开始时刻，自数据源首次显示时起计时。
explain-opening-ignored = 数据源给出的开单时间不予采信（opened_at: ignored），自首次看到的事件起计时。
explain-started-by = { $target } 历时超过 { $over } 的，自其结束时起计时。
explain-begun-by = 自{ $instant }起计时，早于建单（{ $source }）。
explain-assumed-here = 假定：{ $what }
explain-assumed = 假定，无出处
explain-source = 出处：{ $source }
explain-source-note = { $source }；{ $note }
explain-sourced = { $what }（{ $source }）
explain-ended-by = 计时止于工单时刻：{ $instant }。
explain-duty-guarded = 仅在重保“{ $title }”期间有此要求：{ $since } – { $until }。
explain-other-zone = 日历 { $name } 的日期和工作时间按 { $zone } 计，此处的时间按 { $shown } 显示。
explain-provisional = { $years } 年节假日尚未公布，暂按每周工作时间计。
explain-caused-by = 若供应商 { $party } 未超出合同时限，本承诺可以达成：其用时 { $used }，合同限 { $allowed }。

# 结论
explain-verdict-breached = 时限已于 { $at } 用尽，此后又计 { $over }。
explain-verdict-paused = 挂起期间没有截止时刻，恢复计时后尚余 { $left }。
explain-verdict-met = 已于 { $at } 按时停止，尚余 { $left }。
explain-verdict-cancelled = 已取消，承诺不再适用。
explain-note-retired = 对象已于 { $at } 注销、不再存在，时钟因此取消。
explain-note-retired-group = 该分组最后一条电路已于 { $at } 前注销、不再存在，时钟因此取消。
explain-verdict-allowance = 本周期额度尚余 { $left }。
explain-verdict-running = 若持续计时，{ $deadline } 之后即为超时。
explain-verdict-times = { $amount }。
explain-verdict-times-breached = { $amount }；已于 { $at } 超出承诺。
explain-counted = { $what }
explain-counted-kept = 履约
explain-counted-broken = 违约
explain-counted-good = { $what }，合格
explain-counted-not-good = { $what }，不合格
explain-counted-more = 此前另计入 { $more } 个

# 额度消耗速度
explain-pace-ends = 近 { $window } 内已用 { $used }，照此速度将于 { $at } 用尽。
explain-pace-lasts = 近 { $window } 内已用 { $used }，照此速度可用至周期结束。
explain-pace-since = 自 { $at } 起消耗过快，额度将不够用。
explain-pace-fell = 消耗不再过快
explain-stage-pace = 消耗速度
explain-stage-used = 已用 { $amount }%
explain-stage-left = 剩余 { $amount }
explain-stage-wall = 自然时间剩余 { $amount }

# 班组与供应商用时
explain-team = 班组 { $party }
explain-supplier = 供应商 { $party }
explain-leg = { $who } 用时 { $used }，{ $agreement } 限 { $allowed }
explain-leg-over = { $who } 用时 { $used }，{ $agreement } 限 { $allowed }，超出 { $over }
explain-leg-free = { $who } 用时 { $used }（无 { $agreement }）

# 更正
explain-of-target = （{ $target }）
explain-correction-exclude = { $start } 至 { $end } 不计{ $of }
explain-correction-count = { $start } 至 { $end } 应计，并非挂起{ $of }
explain-correction-stop = 于 { $start } 结束{ $of }
explain-correction-revoke = 撤销更正 { $revokes }
explain-correction-retire = 自 { $start } 起注销，不再存在
explain-corrected = { $clock } 更正前：{ $before }；现为：{ $now }
explain-no-clock = 无时钟
explain-standing = { $state }，计 { $counted }
explain-standing-since = { $state } { $at }，计 { $counted }
explain-standing-breached = 已超时
explain-standing-at-risk = 临近超时
explain-standing-paused = 已挂起
explain-standing-running = 计时中
explain-standing-idle = 未占用
explain-standing-unknown = 状态不明
explain-standing-met = 已达标
explain-standing-cancelled = 已取消

# 条款与截止时刻的变动
explain-budget-of = { $budget }（{ $calendar }）
explain-change = 自此时限为 { $after }，原为 { $before }
explain-change-guarded =
    { $began ->
        [yes] { $change }：重保“{ $title }”开始
       *[no] { $change }：重保“{ $title }”结束
    }

# 重保对该对象的影响：自下令至结束
explain-guarded-heading = 重保
explain-guarded-later = 重保“{ $title }”将于 { $since } 开始，{ $until } 结束；期间：{ $changes }。
explain-guarded-now = 处于重保“{ $title }”期间（{ $since } 至 { $until }）：{ $changes }。结束后恢复平时条款。
explain-guarded-over = 重保“{ $title }”已结束（{ $since } 至 { $until }），期间：{ $changes }。现已恢复平时条款。
explain-guarded-ordered = { $said }下令：{ $author }。
explain-guarded-tier = 服务等级 { $after }（平时 { $before }）
explain-guarded-assurance = 业务保障等级 { $after }（平时 { $before }）
explain-guarded-stages = 告警阶段 { $after }（平时 { $before }）
explain-guarded-figure = { $target } { $after }（平时 { $before }）
explain-guarded-at-start = { $change }（仅对期间开始的计时）
explain-guarded-strictest = { $change }（未结束的计时保留较严者）
explain-guarded-none = 无
explain-guarded-nothing = 无变化，平时条款已不低于重保

explain-moved-started = 开始计时
explain-moved-paused = 挂起期间没有截止时刻
explain-moved-idle = 未占用期间没有截止时刻
explain-moved-used = 中断开始占用额度
explain-moved-resumed = 解挂后恢复计时
explain-moved-reopened = 重新打开
explain-moved-terms = 服务条款变更
explain-moved-rescheduled = 作业改期
explain-moved-agreed = 约定时间变更
explain-moved-corrected = 更正
explain-moved-stopped = 停止
explain-moved-cancelled = 取消

# 各日计时
explain-stretch-days = { $days ->
    [1] { $days } 个工作日 { $amount }
   *[other] { $days } 个工作日 × { $each } = { $amount }
 }
explain-stretch-off = { $days } 天，每天 { $amount }
explain-stretch-off-hours = 非工作时间
explain-stretch-holiday = 节假日
explain-stretch-make-up = 调休工作日
explain-stretch-overlay = 特别安排
explain-stretch-season = 季节作息
explain-stretch-partly-closed = 部分时段停班
explain-approved-by = 批准人 { $author }
explain-provisional-year = 节假日未公布
explain-span = { $start } 至 { $end }
explain-day = { $date } { $weekday }
explain-weekday-1 = 周一
explain-weekday-2 = 周二
explain-weekday-3 = 周三
explain-weekday-4 = 周四
explain-weekday-5 = 周五
explain-weekday-6 = 周六
explain-weekday-7 = 周日

# 无法识别的取值
explain-unread = { $what } { $value } 无法识别，相关承诺未被监控。
explain-doubt-phase = 事件 { $event } 的 { $what } { $value } 不在映射中，未挂起也未停止任何时钟。
explain-doubt-attribute = 事件 { $event } 的 { $what } { $value } 不在映射中，未采用。
explain-doubt-time = 事件 { $event }：无法确定{ $what }，按较早者计。

# 告警变化的原因
explain-reason-first = 首次
explain-reason-worsened = 恶化
explain-reason-resumed = 恢复计时
explain-reason-reopened = 重新打开
explain-reason-tier-changed = 等级变更
explain-reason-judged-anew = 升级版本后重新判定
explain-reason-backlog = 安装前已超时
explain-reason-superseded = 已由更高阶段代替
explain-reason-passed = 判定前已结束，仅记录
explain-reason-paused = 已挂起
explain-reason-restored = 已恢复
explain-reason-cancelled = 已取消
explain-reason-retired = 已注销：对象不再存在
explain-reason-idle = 不再占用
explain-reason-pace-fell = 消耗不再过快
explain-reason-renewed = 周期已更新
explain-reason-recovered = 已回升
explain-reason-withdrawn = 已撤回
explain-reason-cause-over = 根因告警结束
explain-reason-silence-ended = 静默结束
explain-reason-not-hidden = 不再被静默掩盖
explain-reason-read-again = 已恢复读取
explain-reason-understood = 取值已能识别
explain-reason-none-left = 已无未结项
explain-reason-fewer-down = 中断数低于标准
explain-reason-period-over = 重保结束
explain-reason-audit-clean = 审计无异常
explain-reason-store-back = 数据库已恢复
explain-reason-config-taken = 配置已采用
explain-reason-list-believed = 清单重新完整，或缺失已获确认
explain-reason-clock-trusted = 本机时钟恢复可信
explain-reason-reworded = 文字更新
explain-reason-escalated = 已升级
explain-reason-ack-ended = 确认已失效
explain-reason-repeat-due = 重复通知
explain-reason-digest = 送达前已结束，已汇总
explain-reason-drill = 演练
explain-reason-drill-over = 演练结束

# 确认
explain-acknowledged = 已由 { $author } 确认（{ $way }）
explain-acknowledged-until = 有效至 { $at }
explain-acknowledged-ended = 已于 { $at } 失效：{ $why }
explain-ack-ended-share = 剩余时间中的约定份额已用完
explain-ack-ended-length = 有效时长已到
explain-ack-ended-shift = 值班已结束
explain-ack-ended-withdrawn = 已被收回
explain-way-link = 链接
explain-way-api = 接口
explain-way-command-line = 命令行

# 通知了谁
explain-called = 第{ $step }步通知 { $to }：{ $why }
explain-called-first = 第1步之前通知 { $to }：{ $why }
explain-call-share = 尚无人确认
explain-call-breached = 承诺已超时且尚无人确认
explain-call-after = 承诺超时已久且尚无人确认
explain-call-unanswered = 上一级未应答
explain-call-undelivered = 上一级的通知未被任何接收方接受
explain-call-spaced = 尚无人确认
explain-call-holder = 您已确认，但情况已恶化
explain-call-nobody-before = 上一级无人值班
explain-call-ack-ended = 确认已失效
explain-call-nobody = 无人值班，改为通知班组联系人
explain-called-share = 剩余时间已过相应比例
explain-called-spaced = 与上一级之间已无剩余时间
explain-called-holder = 曾确认上一阶段，情况恶化

# 通道未收到通知的原因
explain-withheld = 未发送：{ $why }{ $detail }
explain-withheld-recorded = 仅记录
explain-withheld-nothing-new = 没有新内容
explain-withheld-not-routed = 该接收方不接收此类告警
explain-withheld-shadow = 接收方处于试运行
explain-withheld-grouped = 已由根因告警代表
explain-withheld-silenced = 已静默
explain-withheld-waits-for-hours = 等待值守时段
explain-withheld-until = { $at } 发送
explain-withheld-inhibited = 已由同一时钟的更高阶段代表
explain-withheld-replaced = 已由同一时钟的后续通知代替
explain-withheld-digested = 发送前已结束，已并入汇总

# 已达到但未发送的阶段
explain-unsent-shown-only = 临近超时仅在页面显示并计数，不发送通知
explain-unsent-nobody = 策略对该客户等级和保障等级均未要求通知此阶段
explain-unsent-not-recorded = 没有告警记录：判定前已结束，或尚未判定
explain-unsent-superseded = 仅记录：已由同一时钟的更高阶段代替
explain-unsent-passed = 仅记录：判定前已达到并结束
explain-unsent-judged-anew = 仅记录：升级版本后判定得出，汇总通知
explain-unsent-backlog = 仅记录：安装前已超时，汇总通知

# 通道回执
explain-attempts = { $attempts } 次
explain-answer-accepted = 已于 { $at } 送达
explain-answer-repeated = 重复通知，最近于 { $at } 送达
explain-answer-failing = 已于 { $at } 送达；此后重发失败 { $tried }{ $error }
explain-answer-held = 暂不发送（{ $by }）
explain-rang-deadline = 在值守时段之外通知：截止 { $before } 早于值守开始 { $opens }
explain-rang-stage = 在值守时段之外通知：阶段 { $stage }（{ $before }）早于值守开始 { $opens }
explain-rang-never = 在值守时段之外通知：适用的值守时段没有共同时间
explain-answer-waits-for-hours = 等待值守时段，{ $at } 发送
explain-answer-given-up = 已放弃（{ $closed }），已试 { $tried }{ $error }
explain-answer-waiting = 尚未送达，已试 { $tried }{ $error }

# 终端（tierwatch explain）
explain-head = { $kind } { $key }  状态 { $status }
explain-subject-ticket = 工单
explain-subject-circuit = 电路
explain-subject-change = 网络调整
explain-subject-group = 分组
explain-as-of = 截至 { $at }，时区 { $zone }，策略 { $policy }，{ $events } 个事件
explain-not-understood = 无法识别：{ $sentence }
explain-mapping = 请写入 { $file }：
explain-circuit = 电路{ $state }，起于 { $since }
explain-circuit-first = 电路{ $state }，早于首个事件
explain-circuit-available = 可用
explain-circuit-degraded = 劣化
explain-circuit-unavailable = 中断
explain-circuit-unknown = 状态不明
explain-circuit-retired = 已注销
explain-phase-opened = 已开单
explain-phase-accepted = 已受理
explain-phase-on-site = 已到场
explain-phase-held = 等待
explain-phase-restored = 已恢复
explain-phase-closed = 已关单
explain-phase-cancelled = 已取消
explain-phase-delivered = 已送达
explain-phase-retired = 已注销
explain-phase-unknown = 不明
# 由谁认定对象已不存在。
explain-deleted-before = { $at } 之前的事件已删除；仍在计时的时钟到那时的用量已保留。
explain-retired-since = 自 { $at } 起已注销、不再存在：{ $who }
explain-retired-by-source = 数据源状态“{ $reason }”
explain-retired-by-inventory = 资源系统 { $author } 的清单中已没有它（{ $reason }）
explain-retired-by-ticket-system = 工单系统 { $author } 已查无此单（{ $reason }）
explain-retired-by-command = { $author } 用命令注销：{ $reason }
explain-retired-by-page = { $author } 在页面上注销：{ $reason }
explain-retired-by-api = { $author } 经 API 注销：{ $reason }
explain-clock = { $target } 周期 { $cycle }：{ $state }
explain-clock-of-rungs = { $clock }（{ $rungs }）
explain-label-promise = 承诺
explain-label-figure = 指标
explain-label-calendar = 日历
explain-label-period = 统计周期
explain-label-note = 说明
explain-figure = { $figure }，策略 { $policy }，适用条件 { $row }
explain-row-any = 全部
explain-row-when = { $name } { $words }
explain-row-after = 历时超过 { $length }
explain-row-after-start = 首次起计后超过 { $length }
explain-row-opened-in = 在 { $calendar } 时段内开单
explain-row-opened-outside = 在 { $calendar } 时段外开单
explain-row-until = 已有 { $instant } 时间
explain-or = { " 或 " }
explain-column-from = 起
explain-column-to = 止
explain-column-what = 时钟
explain-column-counted = 计入
explain-column-left = 剩余
explain-column-because = 因事件
explain-sum = 计入 { $counted }，剩余 { $left }
explain-sum-times = 计 { $amount }
explain-sum-of-lines = { $lines } 行合计 = { $counted }
explain-missed-periods = { $periods } 期未作阶段反馈
explain-deadlines = 截止时刻的变动
explain-no-deadline = 无
explain-since = 自 { $at }
explain-reached = 达到 { $stage }
explain-deadline = 截止时刻
explain-breached-at = 超时时刻
explain-stopped-at = 停止时刻
explain-corrections = 更正
explain-revoked = 已撤销
explain-sent = 告警
explain-stage-of = { $target } 周期 { $cycle } { $stage }
explain-alert-firing = 告警中
explain-alert-resolved = 已结束
explain-not-firing = { $reason }，不再告警
explain-unsent = { $stage }，{ $at }：未发送，{ $why }

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
alert-length-days = { $n }天
alert-length-between = { "" }
alert-working-days = { $days }个工作日
alert-times = { $times }次
alert-share = { $share }%（{ $length }）
alert-nothing = 零
alert-remaining-both = 自然时间{ $wall }、工作时间{ $counted }
alert-promise-within = { $target }，时限{ $budget }
alert-promise-until = { $target }，须在 { $moment } 前完成
alert-promise-ahead = { $target }，须在 { $moment } 之前至少{ $budget }
alert-promise-at-least = { $target }，至少{ $budget }
alert-promise-at-most-a-day = { $target }，每天不超过{ $budget }
alert-promise-at-most-a-week = { $target }，每周不超过{ $budget }
alert-promise-at-most-a-month = { $target }，每月不超过{ $budget }
alert-promise-at-most-a-quarter = { $target }，每季度不超过{ $budget }
alert-promise-at-most-a-year = { $target }，每年不超过{ $budget }
alert-promise-at-least-a-day = { $target }，每天至少{ $budget }
alert-promise-at-least-a-week = { $target }，每周至少{ $budget }
alert-promise-at-least-a-month = { $target }，每月至少{ $budget }
alert-promise-at-least-a-quarter = { $target }，每季度至少{ $budget }
alert-promise-at-least-a-year = { $target }，每年至少{ $budget }
alert-goal = { $share }% 合格
alert-promise-by-calendar = { $promise }（{ $calendar }）

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
alert-circuit-and-team = 电路：{ $circuit }。责任班组：{ $team }。
alert-circuit = 电路：{ $circuit }。
alert-team = 责任班组：{ $team }。
alert-figure = 数值来源：{ $figure }。
alert-policy = 策略：{ $policy }。

## 告警：时钟临近到期或已超时

alert-page = { $subject } { $target }：{ $state }
alert-page-of-rungs = { $subject } { $target }（{ $rungs }）：{ $state }
alert-page-promised =
    承诺对象：{ $customer }。{ $promise }。
    { $at } 起{ $reached }；{ $state }。
alert-the-customer = 客户
alert-group = { $whom }，{ $target }
alert-group-of-rungs = { $what }（{ $rungs }）
alert-group-page = { $what }：{ $state }
alert-group-promised = 承诺：{ $promise }。
alert-group-reached = { $at } 起{ $reached }；{ $state }。
alert-group-broken = { $at } 起{ $state }。
alert-state-at-most-due = { $period } 已发生 { $counted } 次，上限 { $allowed } 次
alert-state-at-most-breached = 已超限，{ $period } 发生 { $counted } 次，上限 { $allowed } 次
alert-state-at-least-due = { $period } 已完成 { $counted } 次，至少应 { $needed } 次，{ $due } 到期
alert-state-at-least-breached = 已违约，{ $period } 仅完成 { $counted } 次，至少应 { $needed } 次，应于 { $due } 前完成
alert-state-goal-due = { $period } 共 { $total } 次，合格 { $good } 次，承诺 { $share }%
alert-state-goal-breached = 未达标，{ $period } 共 { $total } 次，合格 { $good } 次，承诺 { $share }%
alert-period-week = { $day } 当周
alert-reached-gone = 周期已过 { $share }%
alert-page-supplier = 若无该供应商延误，则不会超时：{ $supplier }。
alert-state-times = 已发生{ $used }，允许{ $allowed }
alert-state-used-up = 额度已于 { $due } 用尽
alert-state-breached = 已超时，应于 { $due } 前完成
alert-state-left = 剩余{ $left }
alert-state-at-this-rate = 剩余{ $left }，按当前消耗将于 { $due } 用尽
alert-state-due = 剩余{ $left }，{ $due } 到期
alert-state-pace = 近{ $window }已用{ $used }（额度{ $allowed }），照此速度将于 { $exhausted } 用尽
alert-reached-all = 时限已用尽
alert-reached-pace = 额度消耗过快
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
alert-end-retired = { $what }：已于 { $at } 注销，对象不再存在
alert-end-paused = { $what }：已于 { $at } 挂起，恢复计时后将再次告警
alert-end-outage-over = { $what }：中断已于 { $at } 结束，再次中断时将重新告警
alert-end-period-over = { $what }：统计周期已于 { $at } 结束，额度重新计算
alert-end-retired-group = { $what }：最后一条电路已于 { $at } 前注销，该分组不再存在
alert-end-counted-anew = { $what }：统计周期已于 { $at } 结束，重新计数
alert-end-recovered = { $what }：合格率已于 { $at } 回升至承诺值
alert-end-pace-fell = { $what }：自 { $at } 起消耗不再过快，照目前速度额度可用至周期结束
alert-end-withdrawn = { $what }：已于 { $at } 撤回，据最新信息该情况不成立
alert-end-tier-changed = { $what }：服务等级、保障等级或其他等级已于 { $at } 变更
alert-end-clock-trusted = { $what }自 { $at } 起恢复可信
alert-end-silence-over = { $what }：静默 { $silence } 已于 { $at } 结束
alert-end-not-hidden = { $what }：截至 { $at }，静默 { $silence } 不再掩盖其超时
alert-end-root-cause-over = { $what }：同源告警已于 { $at } 结束
alert-end-fewer-down = { $what }：已于 { $at } 不再构成重大故障，中断电路数低于标准
alert-end-guarded-over = { $what }：重保已于 { $at } 结束，恢复平时的等级、时限和告警阶段
alert-end-guarded-withdrawn = { $what }：已于 { $at } 取消，策略中现无此重保
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
alert-end-config-taken = { $what }已读取并采用，自 { $at } 起生效
alert-end-list-believed = { $what }截至 { $at } 已结束：清单重新完整，或缺失已获确认
alert-end-test-over = { $what }：测试已于 { $at } 结束，并无异常
alert-end-drill-over = { $what }已于 { $at } 结束
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
alert-hours-deadline = 现为非值守时段，仍立即通知：截止时间 { $before } 早于下一值守时段的开始（{ $opens }）。
alert-hours-stage = 现为非值守时段，仍立即通知：告警阶段 { $stage } 将于 { $before } 到来，早于下一值守时段的开始（{ $opens }）。
alert-hours-never = 现为非值守时段，仍立即通知：适用的各值守时段没有共同时间。
alert-hours-waited = 自 { $since } 起等待值守时段；距到期{ $length }，{ $due } 到期。
alert-hours-waited-over = 自 { $since } 起等待值守时段；应于 { $due } 前完成，已超时{ $length }。

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
alert-cause-team = 班组 { $value }
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
alert-cause-ended-retired = { $who }已注销
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
alert-major-fault-unclear = 状态不明：{ $circuits }。
alert-guarded = 重保：{ $title }，至 { $until }
alert-guarded-for = 对象（{ $attribute }）：{ $names }。
alert-guarded-tier = 服务等级至少按 { $rung } 保障。
alert-guarded-assurance = 业务保障等级至少按 { $rung } 保障。
alert-guarded-stages = 告警阶段：{ $stages }。
alert-guarded-figure = { $target }：{ $budget }。
alert-guarded-duties = 期间须按期完成：{ $duties }。
alert-guarded-ordered = 下令：{ $author }。

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
alert-word-map = 在 { $file } 中补充其含义，并重新加载或重启：
alert-word-correct = 请在源系统中更正。
alert-word-read-as = 现读作 { $value }，相关工单据此计时。
alert-words-summary = 数据源 { $source }：另有 { $number } 个取值无法识别
alert-words-many = 数据源 { $source } 无法识别的取值过多，其余合并为本告警：{ $words }。
alert-words-advice = 处理：检查字段是否错位、是否有其他系统写入，并更正源系统或映射。
alert-unread = { $what } { $word }
alert-unread-time = { $what } 的时间 { $word }
alert-unread-local-time = 本地时间所指为 { $first } 还是 { $second }
alert-unread-no-reason = 未注明原因的挂起

## 告警：未送达任何人的阶段与通知

alert-audit-summary = tierwatch：有{ $count }个到达的阶段或通知未送达
alert-audit-found-no_alert = { $what }：已到达阶段（{ $since } 记录），但没有告警
alert-audit-found-no_decision = { $what }：{ $since } 已发出，但通道 { $channel } 既无通知也无原因记录
alert-audit-found-unsent = { $what }：自 { $since } 起等待通道 { $channel }
alert-audit-found-unsent-why = { $what }：自 { $since } 起等待通道 { $channel }（{ $detail }）
alert-audit-found-refused = { $what }：{ $since } 被通道 { $channel } 永久拒绝，且没有其他通道接受
alert-audit-found-refused-why = { $what }：{ $since } 被通道 { $channel } 永久拒绝（{ $detail }），且没有其他通道接受
alert-audit-found-miscounted = { $what }：{ $since } 时未结时钟与已发布的计数不一致
alert-audit-what = { $subject } { $target } 周期 { $cycle }，{ $stage }
alert-audit-sentence = { $found }；{ $advice }
alert-audit-more = 另有{ $count }项。
alert-audit-advice = { $kind }：{ $advice }。
alert-audit-advice-no_alert = 请人工通知相关人员，并作为 tierwatch 缺陷上报
alert-audit-advice-no_decision = 请人工通知相关人员，并作为 tierwatch 缺陷上报
alert-audit-advice-unsent = 请修复接收方，修复前会持续重试
alert-audit-advice-refused = 请人工通知相关人员，再处理接收方拒绝的原因
alert-audit-advice-miscounted = 无需处理，系统会重新计数；若再次出现，请作为 tierwatch 缺陷上报

## 告警：tierwatch 自身

alert-heartbeat = tierwatch 正常运行；本告警始终触发，消失才是警报
alert-heartbeat-advice = 请路由到外部的失联检测接收方。若停止，说明 tierwatch、主机、网络或 Alertmanager 已失效。
alert-synthetic-tier = tierwatch 自身
alert-synthetic-target = 自检时钟
alert-judged-anew = tierwatch 升级或策略更正后判断结果不同的时钟
alert-judged-anew-end = ：本版 tierwatch 或更正后的策略对该时钟的判断与发出告警时不同
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
alert-reload = tierwatch：配置
alert-reload-refused = tierwatch：改动后的配置被拒绝：{ $why }
alert-reload-refused-advice =
    tierwatch 继续按 { $since } 起运行的配置工作，改动尚未生效。
    请改正文件，用 `{ $command }` 检查，然后重新加载。若改回原样，也要重新加载。
alert-sudden-loss = { $source }：自 { $since } 起，清单中一次性缺失大量电路；暂不注销
alert-sudden-loss-advice =
    系统不采信这份清单：这些电路的时钟照常运行、照常告警。
    若清单有误，请修复；清单恢复完整后本告警自动结束。若确已退网，请确认：
    { $command }
alert-sudden-loss-of = { $source } 的电路缺失
alert-missed = { $count } 条告警在送达本接收方之前已开始并结束
alert-missed-over = 仍未解除的告警另行发送。已结束：
alert-missed-one = • { $alert }
alert-missed-more = 另有 { $count } 条
alert-test = 测试 { $receiver }
alert-test-summary = 测试 { $receiver }（{ $at }）：没有承诺面临超时
alert-test-description = 测试。有人正在试用此接收方（tierwatch alerts test-page），无需处理。

## 告警：演练

drill-word = 演练
drill-mark = 【{ $words }】
drill-banner = { $words }。并无异常，不涉及任何客户、电路或工单。
drill-banner-over = { $words }。以上仅为练习。
drill-of = { $tier }演练
drill-summary = 一项{ $tier }承诺自 { $at } 起按已超时处理，请确认本告警
drill-what = { $author } 发起了本次演练（tierwatch drill），供值班人员练习。
drill-do = 请按真实告警处理：确认即可，无需其他操作。
drill-until = 有人确认后结束，最迟于 { $at } 结束。
drill-nothing = 并无异常，演练不计入任何统计。
drill-ended-acknowledged = ，已有人确认
drill-ended-acknowledged-by = ，由 { $author } 确认
drill-ended-time_over = ，到时无人确认
drill-ended-ended_early = ，已提前结束
drill-ended-not_possible = ，无人可以通知
drill-ended-not_taken_up = ，没有运行中的程序执行

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
    处理：与其他时钟比对。若新时间正确，在本机运行 `{ $command }`；若错误，请校正，据此发出的告警将被撤回。
alert-machine-pages-unproven = tierwatch：自 { $since } 起告警按未经证实的时钟发出；本机时钟曾{ $size }
alert-machine-pages-unproven-advice =
    5 分钟内没有数据源、接收方或人员证实新时间。每条告警均注明“时钟未经证实”，请用其他时钟核对到期时间。tierwatch 以两个时间中较晚者为准，以免漏报。
    处理：校正本机时钟，或在本机运行 `{ $command }`。
alert-machine-witness-boot_time = ：本机曾休眠
alert-machine-witness-peers = ：数据源和接收方的时间与之一致
alert-machine-witness-operator = ：值班人员已确认新时间
alert-machine-witness-returned = ：时钟已恢复到跳变前的时间；据错误时间发出的告警已撤回
alert-machine-mark = 【时钟未经证实】{ $summary }
alert-machine-mark-description = 本机时钟发生跳变且未经证实：请用其他时钟核对到期时间。
alert-machine-withdrawn = 已撤回：本机时钟曾有误，本告警的起始时间 { $at } 尚未到来
alert-machine-withdrawn-description = 已撤回：本机时钟曾有误，本告警的起始时间 { $at } 尚未到来。承诺按正确时间重新判断。

## 终端：tierwatch would-tell

would-tell-head = { $key }：若无变化，{ $since } 至 { $until } 的通知预告，策略 { $policy }
would-tell-clock = { $target } { $cycle }：{ $life }
would-tell-clock-due = { $target } { $cycle }：{ $life }，截止 { $at }
would-tell-no-clock = 没有未结束的时钟，不会通知任何人。
would-tell-nobody = 这段时间内不会通知任何人。
would-tell-at = { $at }  { $what }
would-tell-because = 原因：{ $why }
would-tell-again = { $channel }：重复通知 { $times } 次，间隔 { $every }，最后一次在 { $last }
would-tell-again-once = { $channel }：重复通知
would-tell-not-again = { $channel }：不再重复通知，{ $why }
would-tell-rings = { $channel }：{ $why }
would-tell-groups = 计入 { $groups }。
would-tell-cut-short = 变化过多，{ $until } 之后不作预告。
would-tell-not-events = 不预告：任何新事件（状态、更正、确认、静默、排班变更）带来的变化，以及 { $until } 之后的情况。
would-tell-not-others = 不预告：其他工单和电路此后计入分组的情况；分组按目前已计入的判定。
would-tell-not-answers = 不预告：接收方故障或迟复；其重复通知和后续升级步骤将顺延。
would-tell-not-own = 不预告：不属于任何时钟的告警（数据源过旧、重大故障、被静默掩盖的超时、tierwatch 自身）。
would-tell-told = { $channel }：通知
would-tell-told-again = { $channel }：通知，未确认且持续告警时每 { $every } 重复
would-tell-not-told = { $channel }：不通知，{ $why }{ $detail }
would-tell-waited = { $channel }：等待的通知（{ $why }）此时发出
would-tell-replaced = { $channel }：等待的通知（{ $why }）不再发送
would-tell-call = 呼叫 { $to }（{ $on }），班组 { $team } 第 { $step } 步：{ $why }
would-tell-call-first = 呼叫 { $to }（{ $on }），班组 { $team } 第 1 步之前：{ $why }
would-tell-call-shadow = { $channel }（试运行，不发送）
would-tell-call-known = { $channel }（已收到该告警）
would-tell-returned = 确认已到期，向收到过该告警的所有通道再次通知
would-tell-still = 不呼叫任何人：{ $why }
would-tell-until = 至 { $at }
would-tell-still-grouped = 已由根因 { $detail } 的告警代表
would-tell-still-silenced = 已被静默 { $detail }
would-tell-still-waits-for-hours = 等待值守时段
would-tell-still-acknowledged = { $detail } 已确认
would-tell-still-no-steps = 没有班组对其设置升级步骤

## 终端：tierwatch unknown

# The terminal: tierwatch report, backtest, replay

report-title = { $month }（{ $zone }），截至 { $at }
report-title-log = 按策略 { $policy } 的承诺
report-title-logs = 承诺
report-column-source = 数据源
report-column-month = 月份
report-column-tier = 客户等级
report-column-assurance = 保障等级
report-column-target = 目标
report-column-carried = 上月结转
report-column-started = 开始
report-column-met = 达标
report-column-breached = 超时
report-column-cancelled = 取消
report-column-open = 未结束
report-column-excluded = 剔除
report-column-late = 超时 p{ $share }
report-column-late-most = 超时最长
report-column-by-uc = 因支撑合同
report-column-first-sight = 首次看到

availability-title = 可用率（{ $zone }）
availability-faults = 故障
availability-column-circuit = 电路
availability-column-period = 统计周期
availability-column-availability = 可用率
availability-column-bounds = 上下限
availability-column-unavailable = 中断
availability-column-degraded = 劣化
availability-column-unknown = 未知
availability-column-excused = 剔除
availability-column-faults = 故障次数
availability-column-onset = 发生
availability-column-detected = 发现
availability-column-accepted = 受理
availability-column-restored = 工单恢复
availability-column-ended = 实测恢复
availability-column-contested = 争议时长
availability-column-outages = 中断次数
availability-flapping = 抖动
availability-left-out = 无法读取、未计入任何数字的行：{ $reasons }

# The terminal: tierwatch alerts

alerts-listed = { $what }：{ $reason }，起于 { $since }
alerts-listed-over = { $what }：{ $reason }，起于 { $since }，止于 { $ended }
alerts-withheld-at = { $why }，时间 { $at }
alerts-none-fires = 没有触发中的告警
alerts-none-on-record = 没有告警记录
alerts-would-have = { $at }  { $channel }  { $what }：{ $reason }
alerts-would-have-of = { $would }  { $customer }
alerts-would-have-waits = { $would }  等到值守时间，直到 { $at }
alerts-would-have-day = { $day }  { $tier }：{ $pages }
alerts-would-have-sum = 自 { $since } 起本应发出的通知：{ $pages }
alerts-would-have-sum-on = 自 { $since } 起本应经 { $channel } 发出的通知：{ $pages }
alerts-no-shadow = 没有接收方设置 `shadow: true`，无从演练
alerts-no-tier = 无客户等级

influx-written = 已将 { $since } 起的 { $number } 条状态变化写入 { $exporter }。
influx-rejected-now = 有 { $number } 个数据点被拒绝，第一个的原因：{ $reason }
influx-none-rejected = { $exporters } 没有被拒绝的数据点。

unknown-none = { $sources } 的所有取值均已识别。
# $word 说明该取值的含义，例如 status "Waiting"。
unknown-word = { $source }：无法识别 { $word }，共 { $times } 次，始于 { $since }，见 { $example }{ $others ->
    [0] { "" }
   *[other] { " 及其他 " }{ $others }{ " 个对象" }
 }
unknown-mapping = 请在 { $file } 中补充以下内容，并改为正确的取值：
unknown-then = 然后运行 `{ $command }`，并重新加载或重启 tierwatch，此前的记录将重新判定。
# $reason 为 tierwatch 自身的用词，例如 bad_time。
unknown-set-aside = { $source }：自 { $since } 起有 { $number } 条记录被隔离（{ $reason }），最新一条：{ $detail }

## 被隔离的记录

quarantine-nothing = 没有被隔离的记录。
quarantine-more = 已列出 { $listed } 条，还有更多：请用 --source 和 --reason 筛选，或调大 --limit。
quarantine-text = 保留的原文：
quarantine-waiting = 自 { $since } 起被隔离，最近一次出现于 { $seen }
quarantine-mended = { $since } 被隔离，{ $at } 已可读取
quarantine-dropped = { $since } 被隔离，{ $at } 被丢弃
# $result 为空，或为 quarantine-result-… 之一。
quarantine-record-retried = { $at } { $author } 重试：{ $reason } { $result }
quarantine-record-dropped = { $at } { $author } 丢弃：{ $reason }
quarantine-result-read = （已读取并计入）
quarantine-result-still-unusable = （仍无法使用）
quarantine-result-judged-anew = （其对象已重新判定）
quarantine-retried-read = { $number }：已读取并计入，新增事件 { $events } 个，已移出隔离区。
quarantine-retried-still-unusable = { $number }：已重新读取，仍无法使用，继续隔离。新增事件 { $events } 个。{ $detail }
quarantine-retried-judged-anew = { $number }：其对象将立即（或在下次启动时）重新判定；若现已识别，该记录将移出隔离区。
quarantine-dropped-now = { $number }：已由 { $author } 丢弃。原文保留；只要数据源仍给出相同内容，就不再列出。
quarantine-not-done-unknown = 没有编号为 { $number } 的记录；`quarantine list` 会列出编号。
quarantine-not-done-over = { $number }：已移出隔离区；`quarantine show { $number }` 说明原因。任何操作都不会执行两次。
quarantine-not-done-too-early = { $number }：其时间在未来，将于 { $at } 自动判定；请校正数据源或本机的时间。
quarantine-not-done-whole-list = { $number }：它代表对数据源的一次完整读取，下一次无此疑问的读取会将其结束；参见运行手册中的 TierwatchListNotWhole 和 TierwatchSuddenLoss。
quarantine-not-done-counts = { $number }：它已计入，或代表其他记录，无可读取。记下后即可丢弃。
quarantine-not-done-too-late = { $number }：其时间之前的记录已删除，它不会改变任何结果。可以丢弃。
quarantine-not-done-no-subject = { $number }：其对象的记录已不存在。可以丢弃。
quarantine-not-done-no-text = { $number }：没有保留其原文。数据源下次读取时会再次给出；请在数据源处更正，或将其丢弃。
quarantine-not-done-not-readable-apart = { $number }：采集器无法从保留的原文读取它。数据源会再次给出；请在数据源或选项中更正，或将其丢弃。
quarantine-not-done-not-configured = { $number }：其数据源不在配置中。可以丢弃，或重新配置该数据源。

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
oncall-ack-ended = { $author } 于 { $since } 确认；该确认已于 { $until } 失效：{ $why }。
oncall-ack-ended-note = { $author } 于 { $since } 确认，备注“{ $note }”；该确认已于 { $until } 失效：{ $why }。
oncall-ack-ended-share = 剩余时间中的约定份额已用完
oncall-ack-ended-length = 有效时长已到
oncall-ack-ended-shift = 值班已结束
oncall-ack-ended-withdrawn = 已被收回
oncall-alert-gone = 该告警已不存在。
oncall-name-missing = 请填写姓名，以便他人知道由谁处理。
oncall-link-malformed = 链接不完整，请从告警中复制完整链接。
oncall-link-forged = 链接无效或密钥已更换，请从告警中打开工单。
oncall-link-expired = 链接已过期，请使用该工单最新告警中的链接。
oncall-link-full = 已有 { $most } 人通过链接确认此告警，不再接受其他人；请联系其中一人，或在命令行中确认。

## Grafana 仪表盘：标题、说明（-about）与图例

grafana-sources = 数据源
grafana-sources-about = 各数据源最近一次采集是否成功
grafana-data-fit-to-judge-by = 数据是否可判断
grafana-data-fit-to-judge-by-about = 各数据源是否足够新，可据以判断时钟
grafana-behind-due-clocks = 判断滞后
grafana-behind-due-clocks-about = 引擎落后于到期时刻的时间
grafana-store = 存储
grafana-store-about = 最近一次写入是否成功；先存储后通知
grafana-machine-clock = 本机时钟
grafana-machine-clock-about = 是否因本机时钟跳变而暂缓新告警
grafana-pages-withheld-in-an-hour = 每小时未发出的告警
grafana-pages-withheld-in-an-hour-about = 每个时刻之前一小时内未发出的告警，按原因
grafana-pings-outside-in-an-hour = 每小时对外心跳
grafana-pings-outside-in-an-hour-about = 每小时对外心跳次数与失败次数
grafana-age-of-the-data = 数据时效占用
grafana-age-of-the-data-about = 距上次成功采集的时间占该数据源上限的比例，达到 100% 即无法判断
grafana-pages-waiting = 待送达告警
grafana-pages-waiting-about = 各通道等待送达的告警数
grafana-pages-accepted-and-not = 每小时送达与失败
grafana-pages-accepted-and-not-about = 每个时刻之前一小时内送达与未送达的告警
grafana-events-and-duplicates-per-second = 每秒事件与重复
grafana-events-and-duplicates-per-second-about = 接收的事件与已知的重复事件
grafana-polls-failed-in-an-hour = 每小时采集失败
grafana-polls-failed-in-an-hour-about = 每个时刻之前一小时内失败的采集，按原因
grafana-records-in-quarantine = 隔离中的记录
grafana-records-in-quarantine-about = 无法成为事件且未处理的记录，按原因
grafana-newest-change-seen = 距最新变更
grafana-newest-change-seen-about = 距所见最新变更的时间；安静的数据源变旧并不代表有错
grafana-clocks-last-looked-at = 距上次判断
grafana-clocks-last-looked-at-about = 引擎上次检查到期时钟距今
grafana-time-per-evaluation-p99 = 单次判断耗时 p99
grafana-time-per-evaluation-p99-about = 百分之九十九的检查耗时不超过此值
grafana-heartbeat-time-to-spare = 心跳余量
grafana-heartbeat-time-to-spare-about = 自检时钟各环节距判定为迟到的余量，负值即已迟到
grafana-findings-of-the-audit = 审计发现
grafana-findings-of-the-audit-about = 未送达任何人的阶段与通知，按类别
grafana-held-here-not-listed-there = 对端未列出的告警
grafana-held-here-not-listed-there-about = 接收方已接收却未列出的告警，按通道；将再次发送
grafana-alerts-firing = 正在触发的告警
grafana-alerts-firing-about = tierwatch 正在触发的告警，按等级
grafana-oldest-page-waiting = 最早待送达告警
grafana-oldest-page-waiting-about = 各通道最早一条未送达告警的等待时间
grafana-acknowledgements-in-force = 有效的确认
grafana-acknowledgements-in-force-about = 正在触发的告警中仍有效的确认数；失效前不再升级
grafana-acknowledgements-ended-in-an-hour = 每小时失效的确认
grafana-acknowledgements-ended-in-an-hour-about = 每个时刻之前一小时内失效的确认，按原因；失效后继续升级
grafana-retired-in-an-hour = 每小时注销的对象
grafana-retired-in-an-hour-about = 每个时刻之前一小时内注销的电路与工单，按注销来源；其未结束的时钟随之取消
grafana-pings = 次数
grafana-up = 正常
grafana-down = 中断
grafana-fresh = 新鲜
grafana-stale = 过旧
grafana-writes = 正常
grafana-refuses = 拒绝写入
grafana-steady = 正常
grafana-held = 暂缓
grafana-time-left-now = 剩余时间分布
grafana-time-left-now-about = 计时中的时钟按剩余时间分布，不含挂起；第一项为已逾期
grafana-clocks-started-completed-breached = 每小时开始、结束、超时的时钟
grafana-clocks-started-completed-breached-about = 每个时刻之前一小时内的时钟事件，不含安装之前的历史
grafana-breached-in-an-hour = 每小时超时（按等级）
grafana-breached-in-an-hour-about = 每个时刻之前一小时内的超时
grafana-circuits-not-available-by-state = 非正常电路（按状态）
grafana-circuits-not-available-by-state-about = 各非正常状态的电路数
grafana-next-deadline-in = 距最近截止时间
grafana-next-deadline-in-about = 各等级、各目标最近的截止时间；负数表示已过期但尚未判定
grafana-share-of-circuits-available = 正常电路占比（按保障等级）
grafana-share-of-circuits-available-about = 当前正常电路占全部电路的比例，未知计为不正常；并非一段时间内的可用率
grafana-late = 已逾期
grafana-promises-kept = 承诺兑现
grafana-circuits = 电路
grafana-source = 数据源
grafana-tier = 客户等级
grafana-assurance = 保障等级
grafana-target = 目标
grafana-nearest-clocks = 最近到期的时钟
grafana-started = 开始
grafana-completed = 结束
grafana-breached = 超时
grafana-no-deadline-ahead = 无
grafana-allowance-used-most = 额度最高已用比例
grafana-allowance-used-most-about = 未结束额度中目前已用比例的最大值；超过 100% 即已超额
grafana-allowances-by-share = 按已用比例的额度数
grafana-allowances-by-share-about = 目前已用比例不低于该值的未结束额度数；0 即全部
grafana-allowances-too-fast = 消耗过快的额度
grafana-allowances-too-fast-about = 照目前速度用不到周期结束的未结束额度
grafana-next-exhaustion-in = 距额度最早用尽
grafana-next-exhaustion-in-about = 各等级、各目标中消耗过快的额度，照目前速度最早用尽的时间
grafana-none-too-fast = 无
grafana-live-page = 实时页面
grafana-clocks-breached = 已超时
grafana-clocks-breached-about = 截止时间已过而未结束的时钟
grafana-clocks-at_risk = 临近超时
grafana-clocks-at_risk-about = 已用掉大部分时限（默认 75%）的时钟
grafana-clocks-running = 计时中
grafana-clocks-running-about = 时限尚充裕的时钟
grafana-clocks-paused = 已挂起
grafana-clocks-paused-about = 因策略所列原因挂起的时钟
grafana-clocks-idle = 未占用
grafana-clocks-idle-about = 当前未被占用的电路中断额度
grafana-clocks-unknown = 无法判断
grafana-clocks-unknown-about = 数据源过旧而无法判断的时钟
grafana-circuits-unavailable = 中断
grafana-circuits-unavailable-about = 当前中断的电路，按保障等级
grafana-circuits-degraded = 劣化
grafana-circuits-degraded-about = 当前劣化的电路，按保障等级
grafana-circuits-unknown = 状态不明
grafana-circuits-unknown-about = 当前状态不明的电路，按保障等级
grafana-circuits-available = 正常
grafana-circuits-available-about = 当前正常的电路，按保障等级
grafana-kept-1d = 兑现率（1 天）
grafana-kept-1d-about = 最近 1 天：1 − 超时数 ÷ 结束数；无结束时钟或数据不足 1 天则不显示
grafana-kept-7d = 兑现率（7 天）
grafana-kept-7d-about = 最近 7 天：1 − 超时数 ÷ 结束数；无结束时钟或数据不足 7 天则不显示
grafana-kept-30d = 兑现率（30 天）
grafana-kept-30d-about = 最近 30 天：1 − 超时数 ÷ 结束数；无结束时钟或数据不足 30 天则不显示
grafana-time-left-over-time = 剩余时间变化（最下一行：已逾期）
grafana-time-left-over-time-about = 剩余时间分布随时间的变化，最下一行为已逾期：色带下沉表示一批截止时间临近
grafana-failed =
    { $reason ->
       *[other] 失败
    }
grafana-accepted = 送达
grafana-events = 事件
grafana-duplicates = 重复
grafana-board-wall = 值班大屏
grafana-board-wall-about = 供所有人观看的大屏：先看数据可信度，再看各等级各状态的时钟、最近截止时间，以及各等级最近何时出过问题
grafana-board-promises = 承诺兑现
grafana-board-promises-about = 各等级、各目标的承诺兑现情况，以及正在消耗的额度
grafana-board-circuits = 电路
grafana-board-circuits-about = 按保障等级看哪些电路中断，以及何时中断
grafana-board-oncall = 值班
grafana-board-oncall-about = 哪些告警在触发、通知了谁、哪些被压住、谁在值班
grafana-board-sources = 数据源与 tierwatch 自身
grafana-board-sources-about = 数据是否接入，程序是否正常
grafana-board-promises-influxql = 承诺兑现（InfluxDB 1.8）
grafana-board-promises-influxql-about = 由 InfluxDB 1.8 中的数据点计算的兑现情况，并列出超时的工单
grafana-board-promises-flux = 承诺兑现（InfluxDB 2）
grafana-board-promises-flux-about = 由 InfluxDB 2 中的数据点计算的兑现情况，并列出超时的工单
grafana-other-boards = tierwatch 仪表盘
grafana-mark-breaches = 超时
grafana-mark-restarts = tierwatch 启动
grafana-mark-policy-changes = 读取配置
grafana-mark-outages = 更多电路中断
grafana-no-data = 无数据
grafana-none-or-no-data = 无告警，或无数据
grafana-not-so-long = 数据不足 { $window }
grafana-now = 当前
grafana-as-time-goes-by = 随时间变化
grafana-allowances = 额度与剩余时间
grafana-records = 记录
grafana-program = 程序
grafana-what-it-stores-and-sends = 清理与外发
grafana-are-pages-delivered = 告警送达了吗？
grafana-those-clocks = 这些时钟
grafana-those-circuits = 这些电路
grafana-those-pages = 告警与未发原因
grafana-those-sources = 数据源
grafana-who-is-on = 谁在值班
grafana-kept = 兑现率
grafana-firing = 触发中
grafana-at-risk = 临近超时
grafana-in-time = 正常计时
grafana-cannot-be-judged = 无法判断
grafana-nothing-open = 无未结束时钟
grafana-answers = 有应答
grafana-silent = 无应答
grafana-judges = 在判断
grafana-stands-still = 停止
grafana-pages-leave = 正常送达
grafana-pages-stuck = 受阻
grafana-no-receiver = 无接收方
grafana-nothing-found = 无发现
grafana-findings = 有发现
grafana-on-time = 准时
grafana-too-late = 迟到
grafana-taken = 已采用
grafana-refused = 被拒绝
grafana-no-escalation = 无等待
grafana-trust-answers = tierwatch
grafana-trust-answers-about = 各安装是否应答抓取；未被抓取也显示无应答
grafana-trust-engine = 引擎
grafana-trust-engine-about = 最近五分钟内是否检查过时钟、存储可写、本机时钟正常
grafana-trust-sources = 数据源
grafana-trust-sources-about = 各数据源是否读取成功，且新到可据以判断
grafana-trust-pages = 告警送达
grafana-trust-pages-about = 受阻：有告警等待接收超过五分钟
grafana-trust-audit = 审计
grafana-trust-audit-about = 最近一次审计是否发现未通知任何人或计数有误之处
grafana-trust-heartbeat = 自检时钟
grafana-trust-heartbeat-about = 自检时钟是否按时走完全程各环节
grafana-worst-state = 各等级最差状态
grafana-worst-state-about = 各等级未结束时钟的最差状态随时间变化；空白表示当时情况不明
grafana-silences-in-force = 生效的静默
grafana-silences-in-force-about = 当前压住通知的静默；时钟照常计时
grafana-nobody-on-duty = 无人值守的班次层
grafana-nobody-on-duty-about = 排班中当前无人值班的层数
grafana-kept-all = 兑现率（自始）
grafana-kept-all-about = 自本安装开始计数以来：1 − 超时数 ÷ 结束数
grafana-kept-by-target = 各等级各目标兑现率（最差在前）
grafana-kept-by-target-about = 自计数开始。点击一行查看其时钟
grafana-breached-by-tier = 超时（按等级）
grafana-breached-by-tier-about = 各时间步长内的超时，按实际发生时刻
grafana-newest-breaches = 最近的超时
grafana-newest-breaches-about = 哪些工单和电路超时，最新在前
grafana-worst-circuits = 各保障等级最差状态
grafana-worst-circuits-about = 各保障等级电路的最差状态随时间变化；空白表示当时情况不明
grafana-circuits-unavailable-by-assurance = 中断电路（按保障等级）
grafana-circuits-unavailable-by-assurance-about = 中断的电路数随时间变化
grafana-firing-by-stage = 触发中的告警（按等级和阶段）
grafana-firing-by-stage-about = tierwatch 正在触发的告警，最多的在前
grafana-on-duty = 当前值班
grafana-on-duty-about = 各班组各层当前值班人数；无人则为红色
grafana-escalations-waiting = 待升级
grafana-escalations-waiting-about = 若无人确认将继续通知他人的告警
grafana-next-escalation-in = 距下次升级
grafana-next-escalation-in-about = 距下一步通知更多人的时间
grafana-silenced-past-a-deadline = 静默掩盖的超时
grafana-silenced-past-a-deadline-about = 接收方自身的静默将其告警压到截止时间之后的时钟，按等级
grafana-pages-accepted-by-channel = 每小时送达（按通道）
grafana-pages-accepted-by-channel-about = 每个时刻之前一小时内各通道接收的告警
grafana-subjects-not-understood = 无法理解的对象
grafana-subjects-not-understood-about = 含有无法理解的取值、且承诺取决于该取值的未结束对象
grafana-unknown-words-in-an-hour = 每小时未知取值
grafana-unknown-words-in-an-hour-about = 每个时刻之前一小时内映射或等级表中没有的取值
grafana-corrections-in-an-hour = 每小时更正
grafana-corrections-in-an-hour-about = 每个时刻之前一小时内被后来的陈述撤回的事件
grafana-configuration = 配置
grafana-configuration-about = 最近一次重新加载的配置是否被采用
grafana-running-since = 已运行
grafana-running-since-about = 程序启动至今的时间
grafana-caches = 缓存命中率
grafana-caches-about = 各缓存能够回答的请求占比
grafana-connections-ended = 每小时被断开的连接
grafana-connections-ended-about = 每个时刻之前一小时内页面主动断开的连接，按原因
grafana-exporter-behind = 外发滞后
grafana-exporter-behind-about = 距外发数据库上次全部送达的时间
grafana-exporter-rejected = 每小时被拒绝的数据点
grafana-exporter-rejected-about = 外发数据库永久拒绝的数据点
grafana-rows-deleted = 每小时清理的行
grafana-rows-deleted-about = 保留期清理所删除的内容，按类别
grafana-rule-breached = { $job }：{ $tier } 客户有 { $value } 个时钟已超时且未结束
grafana-rule-at-risk = { $job }：{ $tier } 客户有 { $value } 个时钟临近超时
grafana-rule-silent = tierwatch（{ $job }）无应答或引擎停止：不判断时钟，也不发出告警
grafana-rule-source-stale = { $job }：数据源 { $source } 过旧，无法判断时钟
grafana-rule-outbox-stuck = { $job }：通道 { $channel } 有告警等待送达已 { $value } 秒
grafana-rule-heartbeat-late = { $job }：自检时钟在 { $stage } 环节迟到
grafana-rule-findings = { $job }：审计发现 { $kind } { $value } 处
grafana-rule-store = tierwatch（{ $job }）无法写入存储
grafana-thing-folder = 文件夹
grafana-thing-data-source = 数据源配置
grafana-thing-dashboard = 仪表盘
grafana-thing-rules = 告警规则
grafana-did-made = { $what } { $name }：已新建
grafana-did-replaced = { $what } { $name }：已替换
grafana-did-unchanged = { $what } { $name }：无需改动
grafana-did-would-make = { $what } { $name }：将新建
grafana-did-would-replace = { $what } { $name }：将替换
grafana-breached-in-1d = 超时（1 天）
grafana-breached-in-1d-about = 最近 1 天内超时的时钟，按实际发生时刻
grafana-ended-in-1d = 结束（1 天）
grafana-ended-in-1d-about = 最近 1 天内结束的时钟，无论是否超时
grafana-breached-in-7d = 超时（7 天）
grafana-breached-in-7d-about = 最近 7 天内超时的时钟，按实际发生时刻
grafana-ended-in-7d = 结束（7 天）
grafana-ended-in-7d-about = 最近 7 天内结束的时钟，无论是否超时
grafana-breached-in-30d = 超时（30 天）
grafana-breached-in-30d-about = 最近 30 天内超时的时钟，按实际发生时刻
grafana-ended-in-30d = 结束（30 天）
grafana-ended-in-30d-about = 最近 30 天内结束的时钟，无论是否超时
grafana-used-at-the-end = 结束时已用时限 p90
grafana-used-at-the-end-about = 每个时刻之前六小时内结束的时钟，九成所用时限不超过此比例
grafana-used-by-team = 各班组与供应商占用的时间
grafana-used-by-team-about = 已结束时钟的计时时间，按当时由谁处理（ola 为班组，uc 为供应商，none 为未指明），最多的在前，不含已撤回部分
grafana-used = 占用

# 对象的属性，用作标题和句中成分。
attribute-title = 标题
attribute-url = 链接
attribute-circuit = 电路
attribute-tier = 客户服务等级
attribute-assurance = 业务保障等级
attribute-urgency = 紧急程度
attribute-scope = 范围
attribute-process = 流程
attribute-customer-tier = 客户的服务等级
attribute-far-tier = 对端客户的服务等级
attribute-customer-class = 客户类别
attribute-service = 业务类型
attribute-order-class = 订单类别
attribute-customer = 客户
attribute-team = 责任班组
attribute-supplier = 供应商
attribute-provider = 运营商
attribute-site = 站点
attribute-device = 设备
attribute-cause = 原因

# 未计时的目标及原因。$row 为某一行的条件，$values 为满足条件的取值。
explain-why-heading = 未计时的目标
explain-why-other-kind = 该目标针对{ $kind }，此对象为{ $own }
explain-why-not-in-version = 现行版本 { $policy } 没有此目标
explain-why-left-out = { $attribute }为 { $word }，已被 `unless` 排除；取其他值则不排除
explain-why-no-figure = 策略未对任何对象给出指标
explain-why-unsaid = 未给出{ $attribute }；最接近的一行（{ $row }）要求 { $values }
explain-why-not-understood = { $attribute }为 { $word }，无法识别；最接近的一行（{ $row }）要求 { $values }
explain-why-other-word = { $attribute }为 { $word }；最接近的一行（{ $row }）要求 { $values }
explain-why-inherited = 按 `inherit` 规则{ $attribute }为 { $word }，与其自身取值无关；最接近的一行（{ $row }）要求 { $values }
explain-why-too-young = 时长未满 { $length }；满后适用最接近的一行（{ $row }）
explain-why-clock-too-young = 自首次起计未满 { $length }；满后适用最接近的一行（{ $row }）
explain-why-no-instant = 数据源未给出时间“{ $instant }”，无法倒推期限
explain-why-no-date = 数据源未给出时间“{ $name }”，而最接近的一行（{ $row }）以它为截止时间
explain-why-opened-outside = 建单时间不在日历 `{ $name }` 的计时时段内；最接近的一行（{ $row }）只适用于该时段内建单
explain-why-opened-in = 建单时间在日历 `{ $name }` 的计时时段内；最接近的一行（{ $row }）只适用于该时段外建单
explain-why-not-begun = 已承诺，尚未开始计时：{ $kind }进入 { $conditions } 时开始计时
explain-why-promised-later = 目前已承诺，但应开始计时之时尚未承诺；下次进入 { $conditions } 时开始计时
explain-why-promised-later-by = 目前已承诺，但 { $target } 结束时尚未承诺；其下次结束时开始计时
explain-why-other-not-ended = 已承诺，尚未开始计时：{ $target } 结束后开始计时，该目标尚未结束
explain-why-other-ended-soon = 已承诺，尚未开始计时：{ $target } 历时 { $lasted }，须超过 { $over }
explain-why-counted = 与其他对象合并计数；计时对象为 { $group }
explain-why-not-entered = { $kind }进入 { $conditions } 时计数，符合条件期间尚未进入
explain-why-withdrawn = 不计数，因其为 { $word }；若非如此，{ $kind }进入 { $conditions } 时计数
explain-why-gone = 不计数，因其在未结束时已注销
explain-why-excused = 不计数，因更正排除了其进入 { $conditions } 的时段
explain-why-excused-for = 不计数，因 { $word } 免计其进入 { $conditions }
explain-why-not-judged = 其 { $target } 计时达标或超时后计数，目前尚未判定
explain-why-no-clock-to-count = 不计数，因其没有 { $target } 的计时，而计数的正是该计时
explain-why-not-grouped = 未给出{ $attribute }；只计有此项的对象，按各取值分别计数
explain-why-unsaid-to-count = 未给出{ $attribute }；只计 { $values }
explain-why-other-word-to-count = { $attribute }为 { $word }；只计 { $values }
explain-why-not-understood-to-count = { $attribute }为 { $word }，无法识别；只计 { $values }
explain-why-guarded-later = 仅在重保期间有此要求；下一次重保“{ $title }”于 { $since } 开始
explain-why-guarded-now = 仅在重保期间有此要求；重保“{ $title }”至 { $until }，目前无到期事项
explain-why-guarded-over = 仅在重保期间有此要求；最近一次重保“{ $title }”已于 { $until } 结束
explain-why-unmet = 该行另有未满足的条件数：{ $unmet }
explain-why-others = 该目标的其他行数：{ $others }

policy-differs = { $path }：{ $what }：{ $old } → { $new }
policy-differs-order = { $path }：{ $what }，顺序变更：{ $old } → { $new }
policy-differs-none = 无
policy-key-policy = 策略标识
policy-key-version = 版本
policy-key-name = 显示名称
policy-key-effective-from = 生效日期
policy-key-ladders = 等级体系
policy-key-calendars = 日历
policy-key-targets = 目标
policy-key-pause-reasons = 挂起原因
policy-key-at-risk = 临近超时的份额
policy-key-stages = 告警阶段
policy-key-pace = 消耗速度告警
policy-key-agreements = 内部与供应商协议
policy-key-instants = 自定义时刻
policy-key-attributes = 自定义属性
policy-key-inherit = 继承等级
policy-key-major-faults = 重大故障规则
policy-key-guarded-periods = 重保时段
policy-key-source = 出处
policy-key-corrects = 更正的版本
policy-key-from = 起始
policy-key-to = 截止
policy-key-for = 适用对象
policy-key-tier = 客户等级
policy-key-assurance = 保障等级
policy-key-budgets = 时限数值
policy-key-ordered-by = 下令人
policy-key-note = 备注
policy-key-en = 英文名称
policy-key-zh = 中文名称
policy-key-circuits = 电路数量
policy-key-lasting = 最短持续时间
policy-key-when = 适用条件
policy-key-one-cause = 限同一根因
policy-key-values = 可取值
policy-key-kind = 协议类型
policy-key-party = 班组或供应商
policy-key-supports = 支撑的目标
policy-key-budget = 时限或额度
policy-key-at-least = 至少次数
policy-key-goal = 合格率的目标值
policy-key-calendar = 日历
policy-key-after = 对象存续多久之后
policy-key-after-start = 时钟开始多久之后
policy-key-opened-in = 仅限在该日历时段内开单
policy-key-opened-outside = 仅限在该日历时段外开单
policy-key-windows = 消耗速度回看窗口
policy-key-factor = 过快倍数
policy-key-of = 对象类型
policy-key-start = 开始条件
policy-key-stop = 结束条件
policy-key-cancel = 取消条件
policy-key-reset = 重置条件
policy-key-pause = 挂起计时的原因
policy-key-reopen = 重新打开的处理
policy-key-on-change = 等级变更的处理
policy-key-recurring = 是否循环反馈
policy-key-per = 统计周期
policy-key-choose = 多行适用时的取法
policy-key-begins = 提前起算时刻
policy-key-ahead-of = 倒计起点时刻
policy-key-last-day = 末个工作日的结束点
policy-key-started-by = 由哪个目标的结束开始
policy-key-unless = 不适用对象
policy-key-assumed = 无出处的假定
policy-key-counts = 计数条件
policy-key-by = 分组属性
policy-key-groups = 预先列出的分组
policy-key-good = 合格条件
policy-key-duties = 定期义务
policy-key-during = 在哪个重保时段内应办
policy-key-each = 应办周期
policy-key-at = 时刻
policy-key-late = 逾期能否补办
policy-key-target = 目标
policy-key-entered = 须进入的条件
policy-key-over = 仅当另一时钟超过
policy-key-instant = 时刻
policy-key-zone = 时区
policy-key-hours = 服务时段
policy-key-seasons = 季节作息
policy-key-shift-belongs-to = 跨零点班次归属日
policy-key-week-begins = 每周起始日
policy-key-holidays = 节假日
policy-key-working-days = 调休工作日
policy-key-days = 特殊日期
policy-key-date = 日期
policy-key-reason = 原因
policy-key-approved-by = 批准人
policy-key-dates = 日期
policy-key-years = 完整年份
policy-key-ics = 日历文件
policy-key-transparent = 空闲事件是否计为休息
policy-key-country = 国家或地区
policy-key-subdivision = 行政区
policy-key-make-up-hours = 调休日时段
policy-key-id = 标识

# 未执行的操作及原因：静默、确认、更正、注销。

deed-author-unfit = 操作人姓名至少须有一个可读字符，最多 { $most } 个字符；请写人员或程序的名称
deed-reason-unfit = 原因至少须有一个可读字符，最多 { $most } 个字符；请用一句话说明
deed-silence-matchers = 一条静默最多有 { $most } 个匹配条件；请拆成两条
deed-silence-unseen = { $matcher }：该匹配条件含有不可见的字符；请去掉后再写
deed-silence-pattern = { $matcher }：对某些文本，该模式的匹配耗时极长，会使通知等待；请勿在重复之内再作重复，无上限的重复最多三处
deed-silence-ends-before = 它将于 { $ends } 结束，早于开始时间 { $begins }；请更正其一
deed-silence-ended = 它在 { $ends } 就已结束；静默只针对将来
deed-silence-too-long = 它将持续 { $lasts }，最长为 { $longest }：更长的静默会被遗忘；请写短一些，必要时再续
deed-silence-too-far = 静默最迟在 { $most } 之内开始，且不早于 1970 年；请临近时再添加
deed-silence-unknown = 没有静默 { $name }；生效中或将要生效的有：{ $known }
deed-silence-over = { $name } 已于 { $at } 结束，无需操作
deed-no-such-alert = { $named }：没有此名称的告警、根因或对象；请在页面上查找
deed-nothing-fires = { $subject }：它没有正在触发的告警，无可确认
deed-not-acknowledged = { $named }：没有生效中的确认，无可收回
deed-no-such-subject = { $subject }：没有数据源提到过它；请在页面或数据源中查找其标识
deed-several-subjects = { $subject }：有多个数据源提到它；请指明其一：{ $several }
deed-of-a-group = { $subject }：它由多个对象合计，自身没有历史；请更正或注销被合计的对象
deed-source-not-configured = { $subject }：数据源 { $source } 已不在配置中，其时钟静止；请先恢复该数据源
deed-of-the-future = { $subject }：已知的记录都在未来；请到时再更正
deed-no-such-target = 策略 { $policy } 中没有目标 { $target }；有：{ $known }
deed-span-turned = 从 { $start } 到 { $end }：前者不早于后者；请对调或更正
deed-too-early = { $at } 早于 1970 年，当时没有任何记录；请写出正确的年份
deed-in-the-future = { $at } 在未来；只能更正已发生的事
deed-before-deletion = { $subject }：{ $at } 之前的记录已按 `keep` 删除，无法更正；请给出之后的时间
deed-nothing-known-before = { $subject }：{ $at } 之前没有任何记录，无可更正
deed-changes-nothing = { $subject }：此更正不改变任何时钟，故未写入；请用 `{ $explain }` 查看时间，或用 { $even_so } 仍然写入
deed-can-be-revoked = 可撤销的有：{ $several }
deed-none-to-revoke = 它没有可撤销的更正
# $has 为 deed-can-be-revoked 或 deed-none-to-revoke。
deed-no-such-correction = { $named } 不是 { $subject } 的更正；{ $has }
deed-several-corrections = 有多个更正以 { $named } 开头；请指明其一：{ $several }
deed-revokes-a-revocation = { $named } 本身就是撤销；请重新写入该更正
deed-revoked-already = { $named } 已被撤销；{ $has }
deed-retire-future = { $subject }：{ $at } 在未来；对象不复存在之后才能注销
deed-retire-unknown = { $subject }：当时还没有它的任何记录；最早的记录在 { $at }
deed-retire-already = { $subject }：已于 { $at } 注销；可用 --undo（API 中为 `retire/undo`）收回
deed-retire-lives = { $subject }：其数据源在此之后的 { $at } 给出了状态，注销不会保持；请改用更晚的时间，或让数据源说明它已不存在
deed-not-retired = { $subject }：它未被注销，无可收回
deed-retired-by-source = { $subject }：其数据源自己给出 { $word }；请在数据源处更正，或在 sources.{ $source }.mapping 中改变该词的映射
