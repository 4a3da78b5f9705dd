### The words that people read, in English. Every language has one such file with the same messages.
### A NOC engineer reads them at three in the morning: a subject, a verb, an object, no images (docs/extending.md).

# How this language is called in its own words, and its code for browsers (BCP 47).
language-name = English
language-code = en

## What joins the parts of a list or of a sentence

list-comma = { ", " }
list-sentences = { " " }

## The page: everything at one look

# Choice of language.
page-language = Language
page-language-both = both
page-back = Back to the clocks
page-nav = Pages
page-nav-wall = Wall
page-nav-clocks = Clocks

# Choice of the zone of times.
page-zone = Time zone
page-zone-about = The times of this page are shown in this zone. The choice is kept in this browser.
page-zone-show = Show
page-zone-usual = The installation's: { $zone }
page-zone-unknown = There is no such time zone; choose one of the list.

# How long ago and how long still. Scripts fill in the numbers as well, so there are no plural forms here.
page-age-days = { $n } d
page-age-hours = { $n } h
page-age-minutes = { $n } min
page-age-seconds = { $n } s
page-countdown-days = { $days } d { $time }

page-lost = Reconnecting: this page has lost its server since { $since }. Countdowns go on from the last data; states do not change.
page-data-of = Data of
page-data-age = Age
page-times-in = Times in
page-policy = Policy
page-configuration = Configuration
page-configuration-since = since
page-warnings = Warnings

# Warnings above the clocks.
page-warning-old = These figures are { $age } old: the program is not renewing them. Look at its log.
page-warning-starting = tierwatch is starting: it reads its sources and has judged no clock yet. The page shows what was known before.
page-warning-counting = The open clocks are being counted after the start; their numbers follow in a few seconds. Clocks are judged and paged meanwhile.
page-warning-clock-held = This machine's clock jumped. New alerts are held until its time is confirmed, five minutes at most.
page-warning-clock-unproven = This machine's clock jumped, and nothing has confirmed its time. Alerts are sent and say so. If its time is right, run `{ $command }`.
page-warning-store-lost = The database's file was deleted, moved or replaced. Paging goes on from the open file; all of it is lost when the program ends. Do not restart it; put the file back.
page-warning-config-refused = A changed configuration was refused { $ago } ago: { $why }. The one that was read { $since } ago runs on. Correct it, check it with `{ $command }`, and reload.
page-warning-store-refuses = The database takes no writes. Nothing new is recorded and no new alert is sent until it does.
page-warning-word = Source { $source }: { $word } is not understood, so the promises that depend on it are not watched: { $subjects } open, such as { $example }.
page-warning-more-words = { $words ->
    [one] { $words } more word is not understood.
   *[other] { $words } more words are not understood.
 }
page-source-never-read = Source { $source } has never been read
page-source-read = Source { $source } was last read { $age } ago
page-warning-source-stale = { $read }. Its clocks go on and its alerts stay, but their state is counted as unknown.
page-warning-source-failed = { $read }; its last poll failed.
page-warning-channel = { $pages ->
    [one] { $pages } page waits for channel { $channel }, the oldest for { $age }.
   *[other] { $pages } pages wait for channel { $channel }, the oldest for { $age }.
 }
page-warning-subscribers = { $subscribers ->
    [one] { $subscribers } subscriber took no notifications for long and is sent none any more. It must subscribe again.
   *[other] { $subscribers } subscribers took no notifications for long and are sent none any more. They must subscribe again.
 }

# Tiles and the table of clocks.
page-tiles = Open clocks by tier
page-open-clocks = open clocks
page-next-deadline = Next deadline
page-nearest = Nearest to breach
page-late = Late
page-latest-first = latest breach first
page-not-known-yet = Not known yet: tierwatch is starting.
page-no-clock-open = No clock is open.
page-rung-none = None
page-no-tier = No tier
page-time-left = Time left
page-state = State
page-promise = Promise
page-tier-assurance = tier · assurance
page-customer = Customer
page-circuit = circuit
page-ticket-or-circuit = Ticket or circuit
page-owning-team = owning team
page-used = Used
page-share-used = { $percent } % used
page-late-by = late by
page-due = due
page-until = until
page-was-due = was due
page-periods-missed = { $periods ->
    [one] { $periods } period missed
   *[other] { $periods } periods missed
 }
page-source-record = the source's record

# Circuits, sources, channels and the quarantine.
page-circuits = Circuits
page-circuits-available = Every known circuit is available.
page-circuits-none = No circuit is known yet.
page-circuits-not-available = not available
page-circuits-none-here = No circuit is like that. Circuits that are not available will appear here.
page-circuits-none-yet = So far no circuit is like that, and more are to be looked through.
page-circuits-stale = the source's data is too old: nobody knows whether this still holds
page-circuits-no-such-list = There is no such state; circuits are available, degraded, unavailable or unknown.
page-circuit-available = Available
page-circuit-degraded = Degraded
page-circuit-unavailable = Unavailable
page-circuit-unknown = Unknown
page-circuit-retired = Retired
page-since = since
page-sources = Sources
page-source-up = up
page-source-down = down
page-source-not-polled = not polled yet
page-source-stale = stale
page-last-read = last read { $age } ago
page-last-read-never = never read
page-newest-change = newest change
page-sources-none = No source is configured: nothing is watched.
page-channels = Alert channels
page-channel-waiting = { $pages } waiting
page-channel-nothing-waits = nothing waits
page-channel-held = { $pages } held back by a silence, a root cause, covered hours or another page
page-channels-none = No channel is configured: nobody is paged.
page-quarantine = Quarantine
page-quarantine-empty = No record is in quarantine.
page-silences = Silences in force
page-silence = silence
page-maintenance = maintenance window
page-silences-none = No silence is in force.
page-acknowledgements = Acknowledged
page-acknowledgements-none = No alert that fires is acknowledged.
page-without-end = without an end
page-words = Words not understood
page-words-open = { $subjects } open
page-words-such-as = such as
page-words-none = Every word of the sources is understood.
page-and-more = and { $more } more
page-running-since = running since
page-last-evaluation = clocks last judged
page-metrics = metrics

## The page: trust, pictures and lists

page-trust = Is what you see true?
page-trust-all-broken = No: something here is wrong or does not arrive
page-trust-all-unknown = Not known
page-trust-all-doubted = Yes, with a restriction
page-trust-all-good = Yes
page-trust-data = Figures
page-trust-old = not renewed
page-trust-starting = being counted
page-trust-fresh = renewed
page-trust-engine = Engine
page-trust-store = the database takes no writes
page-trust-not-judged = has judged no clock yet
page-trust-stands = stands still
page-trust-clock = this machine's time is not confirmed
page-trust-judges = judges
page-trust-sources = Sources
page-trust-no-sources = none is configured
page-trust-stale = { $stale } of { $all } stale
page-trust-not-polled = not all were read yet
page-trust-down = { $down } of { $all } failed last time
page-trust-read = { $all } read
page-trust-delivery = Delivery
page-trust-no-channels = no channel
page-trust-waits = { $pages } waiting
page-trust-unconfirmed = { $alerts } not confirmed by their receiver
page-trust-delivered = nothing waits on { $all }
page-trust-audit = Audit
page-trust-found = { $findings } found
page-trust-not-audited = not made yet
page-trust-nothing-found = found nothing
page-trust-synthetic = Synthetic clock
page-trust-no-synthetic = none runs
page-trust-beat-late = late
page-trust-no-beat = has not come through yet
page-trust-beats = comes through
page-cause-affected = { $subjects } affected
page-tickets = tickets
page-kiosk = Wall screen
page-next = Next deadlines
page-picture-running = running
page-picture-workdays = working days
page-picture-off-hours = outside the hours
page-picture-paused = paused
page-picture-late = running late
page-picture-excluded = does not count
page-picture-idle = not used
page-picture-stopped = stopped
page-picture-cancelled = cancelled
page-picture-about = From { $start } to { $end }: { $parts }
page-picture-part = { $kind } { $length }
page-picture-marks = On the picture
page-picture-sums = How it adds up
page-mark-stage = stage
page-mark-breach = breached
page-mark-deadline = deadline
page-mark-page = told
page-mark-call = called
page-mark-acknowledged = acknowledged by
page-rows-left-out = { $rows } more rows in the middle are not shown; JSON has all.
page-year = The last year
page-year-nothing-said = nothing was said
page-year-planned = planned work or corrected
page-year-promises = Availability against the promise
page-year-available = Available
page-year-promised = Promised
page-year-no-promise = No promise about time has a clock for this circuit. Its periods will stand here.
page-year-tickets = Its tickets
page-year-no-ticket = No clock of a ticket about this circuit is open. Open ones will stand here.
page-year-not-all = More tickets of this customer are open than were looked through; the list of clocks has all.
page-year-counted = Every event and sum of this circuit
page-clocks = Open clocks
page-clocks-filter = Filter
page-clocks-any = any
page-clocks-source = Source
page-clocks-prefix = Ticket or circuit begins with
page-clocks-sort = Sort by
page-clocks-sort-deadline = deadline
page-clocks-sort-breached-at = breach
page-clocks-sort-opened = opening
page-clocks-sort-subject = name
page-clocks-descending = last first
page-clocks-show = Show
page-clocks-all = No filter
page-clocks-next = Next page
page-clocks-first = First page
page-clocks-none = No open clock is like that. Open clocks will stand here as soon as a source brings one.
page-clocks-none-yet = So far no open clock is like that, and more are to be looked through.
page-clocks-refused = This address asks for a list that there is not. Choose again.
page-clocks-here = { $rows ->
    [one] { $rows } clock on this page
   *[other] { $rows } clocks on this page
 }
## The pages: lists

page-list-no-such-list = There is no such list; the lists are sent, withheld and called.
page-list-more = More
page-list-older = Older
page-list-filtered = Only:
page-list-all = Show all
page-source = Source
page-sources-will = Each configured source will appear here with its last poll and what to do next.
page-sources-last-success = read without a failure
page-sources-stale-after = stale after
page-sources-next-poll = next poll
page-sources-todo-wait = Next: wait for the first poll, which comes by itself.
page-sources-todo-down = Next: correct what the error says; the poll is tried again by itself. Until then watch the tickets in the source.
page-sources-todo-stale = Next: it answers, but nothing new can be told from it. Ask its administrator whether changes still arrive there.
page-sources-todo-words = Next: map the words below, and reload.
page-sources-todo-records = Next: look at the records that are set aside below.
page-sources-todo-nothing = Nothing to do.
page-words-mapping = The mapping to write
page-words-then = Correct the values, run { $command }, and reload: what came before is judged anew.
page-words-will = A word that nobody mapped appears here with the lines to write.
page-quarantine-number = Number
page-quarantine-said = What is said of it
page-quarantine-since = Set aside
page-quarantine-judged-at = is judged at { $at }
page-quarantine-todo = Next: { $show } prints the text that was kept. Correct the source, its mapping or its options, then { $retry }; what never will count goes by { $drop }.
page-quarantine-will = A record that cannot be used appears here with the reason; none is thrown away.
page-told = Pages
page-told-about-sent = What was sent to whom
page-told-about-withheld = What was not sent, and why
page-told-about-called = Who was called
page-told-list-sent = sent
page-told-list-withheld = withheld
page-told-list-called = called
page-told-at = When
page-told-to = To
page-told-of = Of
page-told-became = What became of it
page-told-receiver = a receiver
page-told-accepted = delivered
page-told-waiting = waits
page-told-tried = tried, not taken yet
page-told-held = held back
page-told-failed = failed
page-told-needless = not needed
page-told-withheld = withheld
page-told-called = called in { $team }
page-told-confirmed = confirmed at { $at }
page-told-confirmed-by = confirmed at { $at } by { $author }
page-told-none-sent = Nothing was sent yet. The first page appears here when a clock reaches a stage that pages, with whether its receiver took it.
page-told-none-withheld = Nothing was withheld. What a receiver is not sent appears here with the reason.
page-told-none-called = Nobody was called yet. Whom an escalation calls appears here.
page-told-none-here = None among these.
page-told-people-hidden = Who was called is shown to those who may read the names of people.
page-filter-tier = Tier
page-filter-channel = Receiver
page-filter-team = Team
page-filter-assurance = Assurance
page-filter-source = Source
page-filter-subject = Ticket or circuit
page-filter-show = Show
page-causes = Root causes
page-causes-none = No root cause is known. Once several tickets alert for one circuit or another thing that they share, it appears here with all of them and the one page that stands for them.
page-cause-lasts = lasts
page-cause-broken = a promise is broken
page-cause-over = over since { $at }
page-cause-since = since { $at }
page-cause-subjects = { $subjects ->
    [one] { $subjects } ticket or circuit
   *[other] { $subjects } tickets or circuits
 }
page-cause-subjects-many = more than { $subjects } tickets or circuits
page-cause-members = Tickets and circuits of it
page-cause-pages = Pages that stand for it
page-cause-wave = page { $wave }
page-cause-no-page = no page of its own was sent
page-oncall = On call
page-oncall-none = No rota is configured, so nobody is called by name. With `oncall` in the configuration, each team's week appears here.
page-oncall-now = On duty now:
page-oncall-then = then
page-oncall-nobody = nobody
page-oncall-somebody = somebody
page-oncall-contact = Nobody is on duty: { $receivers } is told instead.
page-oncall-gap = Nobody is on duty from { $since } to { $until }.
page-oncall-holds = as it holds
page-oncall-calendar = calendar
page-oncall-override = override
page-oncall-picture = Who is on duty this week; the list below says the same
page-oncall-legend = People of the bars
page-oncall-list = The week as a list
page-oncall-weeks = Weeks
page-oncall-week-before = week before
page-oncall-this-week = this week
page-oncall-week-after = week after
page-oncall-day-1 = Mon
page-oncall-day-2 = Tue
page-oncall-day-3 = Wed
page-oncall-day-4 = Thu
page-oncall-day-5 = Fri
page-oncall-day-6 = Sat
page-oncall-day-7 = Sun
page-oncall-people-hidden = Who is on duty is shown to those who may read the names of people.
page-oncall-check = { $command } finds the gaps of the next year.

## The page: one explanation

page-explanation = How the clocks were counted
page-as-of = As of
page-events = Events
page-not-understood = Not understood
page-doubts = Doubts
page-status-at-source = Status at the source
page-title = Title
page-circuit-name = Circuit
page-team = Team
page-tier = Tier
page-assurance = Assurance
page-urgency = Urgency
page-scope = Scope
page-process = Process
page-started = Started
page-deadline = Deadline
page-breached = Breached
page-stopped = Stopped
page-period = Period
page-calendar = Calendar
page-rungs = Tier · assurance
page-hours = Hours
page-figure = Source of the figure
page-row = Row of the policy
page-cycle = cycle { $number }
page-missed-periods = { $periods ->
    [one] { $periods } whole period passed without a progress feedback.
   *[other] { $periods } whole periods passed without a progress feedback.
 }
page-from = From
page-to = To
page-clock = Clock
page-because-of = Because of event
page-because = Because
page-status = status
page-elapsed = Elapsed
page-counted = Counted
page-counted-at = When
page-counted-who = Counted
page-left = Left
page-budget = Budget
page-allowed = What the promise allows
page-calendar-hours-only = calendar's hours only
page-held-from = held from
page-moved-by = Moved by
page-stages-reached = Stages reached
page-corrections = Corrections
page-made = Made
page-by = By
page-what = What
page-reason = Reason
page-revoked = revoked since
page-notifications = Who was notified
page-stage = Stage
page-since-head = Since
page-until-head = Until
page-answers = Answer of each channel
page-firing = firing
page-recorded-only = recorded only, sent to nobody
page-no-notification = Nobody was notified about this subject.
page-nothing-known = Nothing is known of { $subject } from source { $source }.

## The page: acknowledgements and refusals

page-acknowledge-title = Acknowledge
page-acknowledged = Acknowledged. This stage is not escalated while the acknowledgement holds.
page-alert-over = This alert is over.
page-alert-passed = A further stage was sent since. Acknowledging this one stops nothing; acknowledge the newest page.
page-who = Who
page-note = Note
page-acknowledge = Acknowledge
page-too-long = This is too long; write a shorter note.
page-retire-title = Gone for good
page-retire = Retire
page-retire-link = It is gone for good: retire it
page-retire-about = Retire it only if it will not come back: its clocks end, and nothing counts it any more.
page-retire-who-acts = This page has no login: what is written under Who stands on record as it is.
page-retire-why = Why
page-retire-token = The api_token of the configuration
page-retire-by-link = The link in a page that was sent about it leads to a form for this.
page-retire-by-command = By command:
page-retired = Retired. Its clocks end within seconds.
page-retire-incomplete = Write who you are and why it is gone.
page-retire-wrong-token = This is not the api_token of the configuration; nothing was changed.
page-retire-no-subject = This alert is about no single ticket or circuit, so there is nothing to retire.
page-refused-401 = This needs a login.
page-login = Log in
page-login-name = Name
page-login-password = Password
page-login-with = Log in at the identity provider
page-login-wrong = Name and password do not belong together, or the account is disabled.
page-login-wait = There were too many failed logins; try again in { $wait }.
page-login-way-back = This login was not begun in this browser, or too long ago. Begin it anew.
page-login-provider-refused = The identity provider did not log you in.
page-login-provider-away = The identity provider gave no answer that can be used; the log of tierwatch says why. Try again later.
page-login-no-role = You are known, but none of your groups has a role here. Ask whoever administers tierwatch.
page-logout = Log out
page-person = Logged in:
page-logged-in-as = You are logged in as { $name }.
page-customer-clocks = What is open
page-customer-no-clock = Nothing is open. A ticket or an outage that has a promised time will stand here, with its deadline.
page-customer-more = More are open than are shown here; these have the nearest deadlines.
page-customer-month = Promises since { $since }
page-customer-kept = Kept
page-customer-broken = Broken
page-customer-no-promise = No promise has been kept or broken yet. Each one that ends this month will be counted here.
page-customer-month-newest = There are so many records that only the newest thousands of them are counted here.
page-customer-planned = Planned work
page-customer-no-planned = No planned work is known. Work that is announced for your circuits will stand here.
page-customer-no-circuit = No circuit is known yet. Yours will stand here with their states.
page-customer-more-circuits = There are more circuits than are shown here; those that are not available come first.
page-customer-stale = Some of the data is too old to judge by. What it is needed for is shown as unknown.
page-customer-nothing-known = Nothing is known of a customer with exactly this name.
page-customer-link-malformed = This link is incomplete. Copy all of it, or ask for a new one.
page-customer-link-forged = This link is not valid, or is no longer valid. Ask for a new one.
page-customer-link-expired = This link has expired. Ask for a new one.
page-refused-403 = Your login does not have the right to do this, or the form was not sent from a page of tierwatch. Nothing was changed.
page-refused-404 = There is nothing at this address. The clocks are on the first page.
page-and = { " and " }
page-refused-405 = This address only answers { $methods }.
page-refused-503 = tierwatch is busy with other requests of this kind; try again in a few seconds.
page-unavailable = This cannot be shown at the moment: { $error }
page-failed = This page could not be made: a defect of tierwatch, written to its log. Clocks and alerts go on.

## Explanations: why a clock stands where it stands, on the page, in the terminal and in JSON

# What a clock does in an interval.
explain-kind-running = running
explain-kind-paused = paused
explain-kind-idle = idle
explain-kind-stopped = stopped
explain-kind-cancelled = cancelled
explain-kind-excluded = excluded
explain-excluded = Excluded by a correction
explain-retired = Retired: gone for good

# The state of a clock.
explain-state-breached = Breached
explain-state-at-risk = At risk
explain-state-paused = Paused
explain-state-running = Running
explain-state-idle = Idle
explain-state-unknown = Unknown
explain-state-met = Met
explain-state-cancelled = Cancelled

# The event that began an interval, where no status of the source did.
explain-cause-correction = a correction
explain-cause-opening = the opening
explain-cause-instant = a time stated by the source
explain-cause-update = an update without a status
explain-cause-deleted = what was before, whose events were deleted

# An instant of the subject that every policy has.
explain-instant-detected = the detection
explain-instant-complained = the complaint
explain-instant-planned = the planned beginning
explain-instant-agreed = the agreed time

# What was counted of what is allowed.
explain-amount-at-most = { $counted } of { $allowed }
explain-amount-at-least = { $counted } of at least { $allowed }
explain-amount-goal = { $counted } of { $total } good, { $allowed } needed

# What a promise allows.
explain-times-at-most = at most { $times ->
    [one] once
   *[other] { $times } times
 }
explain-times-at-least = at least { $times ->
    [one] once
   *[other] { $times } times
 }
explain-goal = at least { $share } % good
explain-days = { $days ->
    [one] { $days } working day
   *[other] { $days } working days
 }
explain-same-day = the same working day
explain-until = until the agreed { $until }, { $budget } on the wall from the start; waits do not move it
explain-each-midnight = midnight to midnight
explain-each-edge = { $edge } to { $edge }, with its shifts
explain-end-close-of-business = { " " }up to the close of the last one
explain-end-end-of-day = { " " }up to the end of the last one
explain-working-days = { $days }{ $end }, each counted from { $each }: { $budget }
explain-ahead = { $before } before the planned { $planned }: the last moment is { $last }, { $budget } of the calendar's time after the start
explain-calendar = { $name }, version { $version }, { $zone }
explain-share = { $share } % of { $whole } = { $budget }
explain-in-period = { $what } in the { $period } { $number }
explain-period-day = day
explain-period-week = week
explain-period-month = month
explain-period-quarter = quarter
explain-period-year = year

# Notes below a promise.
explain-first-sight = The source did not say when it began. The clock runs from the time at which the source first showed it.
explain-opening-ignored = The source states an opening, which is not believed (opened_at: ignored). The clock begins with what was seen first.
explain-started-by = It starts when { $target } ends, if { $target } took more than { $over }.
explain-begun-by = It runs from { $instant }, before the opening ({ $source }).
explain-assumed-here = Assumed: { $what }
explain-assumed = assumed, no source says it
explain-source = source: { $source }
explain-source-note = { $source }; { $note }
explain-sourced = { $what } ({ $source })
explain-ended-by = It ended at an instant of the ticket: { $instant }.
explain-duty-guarded = Due in the guarded period { $title } alone: { $since } – { $until }.
explain-other-zone = Days and hours of the calendar { $name } are those of { $zone }; times here are those of { $shown }.
explain-provisional = The holidays of { $years } are not published yet: { $years } is provisional and counts by the weekly hours.
explain-caused-by = Without the overrun of supplier { $party } the promise would have been kept: it used { $used }, and its contract allows { $allowed }.

# What follows from the sum.
explain-verdict-breached = The budget was used up at { $at }; { $over } have counted since then.
explain-verdict-paused = There is no deadline while the clock is paused; { $left } are left when it resumes.
explain-verdict-met = It stopped at { $at }, in time, with { $left } left.
explain-verdict-cancelled = It was cancelled; the promise no longer applies.
explain-note-retired = Cancelled because its subject was retired, gone for good, at { $at }.
explain-note-retired-group = Cancelled because nothing of it is left: its last circuit was retired, gone for good, by { $at }.
explain-verdict-allowance = { $left } of this period's allowance are left.
explain-verdict-running = If the clock keeps running, it breaches after { $deadline }.
explain-verdict-times = { $amount }.
explain-verdict-times-breached = { $amount }: breached at { $at }.
# What one of the counted did; $what is a phase or a state, or one of the two below.
explain-counted = { $what }
explain-counted-kept = kept
explain-counted-broken = broken
explain-counted-good = { $what }, good
explain-counted-not-good = { $what }, not good
explain-counted-more = { $more ->
    [one] and { $more } more that was counted before
   *[other] and { $more } more that were counted before
 }

# At which pace an allowance is used.
explain-pace-ends = { $used } used in { $window }: at this pace nothing is left at { $at }.
explain-pace-lasts = { $used } used in { $window }: at this pace it lasts to the end of the period.
explain-pace-since = Used too fast to last since { $at }.
explain-pace-fell = no longer used too fast
explain-stage-pace = Pace
explain-stage-used = { $amount } % used
explain-stage-left = { $amount } left
explain-stage-wall = { $amount } of wall time left

# What a team or a supplier used. $agreement is OLA or UC.
explain-team = team { $party }
explain-supplier = supplier { $party }
explain-leg = { $who } used { $used } of the { $allowed } of its { $agreement }
explain-leg-over = { $who } used { $used } of the { $allowed } of its { $agreement }: { $over } over
explain-leg-free = { $who } used { $used } (no { $agreement })

# Corrections. $of is empty or the target that is meant.
explain-of-target = { " " }for { $target }
explain-correction-exclude = { $start } .. { $end } does not count{ $of }
explain-correction-count = { $start } .. { $end } counts: it was not a pause{ $of }
explain-correction-stop = it ended at { $start }{ $of }
explain-correction-revoke = correction { $revokes } is revoked
explain-correction-retire = it is retired, gone for good, since { $start }
explain-corrected = { $clock } before the corrections: { $before }; now: { $now }
explain-no-clock = no clock
explain-standing = { $state }, { $counted } counted
explain-standing-since = { $state } { $at }, { $counted } counted
explain-standing-breached = breached
explain-standing-at-risk = at risk
explain-standing-paused = paused
explain-standing-running = running
explain-standing-idle = idle
explain-standing-unknown = unknown
explain-standing-met = met
explain-standing-cancelled = cancelled

# Another budget or calendar, and what gave a clock another deadline.
explain-budget-of = { $budget } of { $calendar }
explain-change = the budget is { $after } from here on; it was { $before }
explain-change-guarded =
    { $began ->
        [yes] { $change }: the guarded period { $title } began
       *[no] { $change }: the guarded period { $title } ended
    }

# What a guarded period changes for a subject, from its order to its end.
explain-guarded-heading = Guarded periods
explain-guarded-later = The guarded period { $title } begins at { $since } and ends at { $until }; in it: { $changes }.
explain-guarded-now = In the guarded period { $title } from { $since } to { $until }: { $changes }. Then the usual terms hold again.
explain-guarded-over = The guarded period { $title } held from { $since } to { $until }; in it: { $changes }. The usual terms hold again.
explain-guarded-ordered = { $said } Ordered by { $author }.
explain-guarded-tier = tier { $after } in place of { $before }
explain-guarded-assurance = assurance { $after } in place of { $before }
explain-guarded-stages = pages at { $after } in place of { $before }
explain-guarded-figure = { $target } { $after } in place of { $before }
explain-guarded-at-start = { $change } (clocks that begin in it)
explain-guarded-strictest = { $change } (an open clock keeps what is stricter)
explain-guarded-none = none
explain-guarded-nothing = nothing is different, for what it has is no less

explain-moved-started = the clock started
explain-moved-paused = no deadline while it is paused
explain-moved-idle = no deadline while nothing uses it
explain-moved-used = an outage began to use it
explain-moved-resumed = it resumed after a pause
explain-moved-reopened = it was reopened
explain-moved-terms = the terms changed
explain-moved-rescheduled = the work was rescheduled
explain-moved-agreed = another time was agreed
explain-moved-corrected = a correction
explain-moved-stopped = it stopped
explain-moved-cancelled = it was cancelled

# What counted of which days. In explain-stretch-days each day counts $each, together $amount.
explain-stretch-days = { $days ->
    [one] { $days } working day of { $amount }
   *[other] { $days } working days of { $each } = { $amount }
 }
explain-stretch-off = { $days ->
    [one] { $days } day of { $amount }
   *[other] { $days } days of { $amount }
 }
explain-stretch-off-hours = off hours
explain-stretch-holiday = holiday
explain-stretch-make-up = make-up working day
explain-stretch-overlay = special hours
explain-stretch-season = season
explain-stretch-partly-closed = partly closed
explain-approved-by = approved by { $author }
explain-provisional-year = provisional year
explain-span = { $start } .. { $end }
explain-day = { $weekday } { $date }
explain-weekday-1 = Mon
explain-weekday-2 = Tue
explain-weekday-3 = Wed
explain-weekday-4 = Thu
explain-weekday-5 = Fri
explain-weekday-6 = Sat
explain-weekday-7 = Sun

# What nobody understands. $what is status, reason or the name of an attribute.
explain-unread = The { $what } { $value } is not understood: the promise that depends on it is not watched.
explain-doubt-phase = The { $what } { $value } of event { $event } is not in the mapping; it paused nothing and stopped nothing.
explain-doubt-attribute = The { $what } { $value } of event { $event } is not in the mapping; it was not used.
explain-doubt-time = It is not known { $what } (event { $event }); the earlier one counts.

# Why an alert changed. The English words are those of logs and metrics.
explain-reason-first = first
explain-reason-worsened = worsened
explain-reason-resumed = resumed
explain-reason-reopened = reopened
explain-reason-tier-changed = tier_changed
explain-reason-judged-anew = judged_anew
explain-reason-backlog = backlog
explain-reason-superseded = superseded
explain-reason-passed = passed
explain-reason-paused = paused
explain-reason-restored = restored
explain-reason-cancelled = cancelled
explain-reason-retired = retired
explain-reason-idle = idle
explain-reason-pace-fell = pace_fell
explain-reason-renewed = renewed
explain-reason-recovered = recovered
explain-reason-withdrawn = withdrawn
explain-reason-cause-over = cause_over
explain-reason-silence-ended = silence_ended
explain-reason-not-hidden = not_hidden
explain-reason-read-again = read_again
explain-reason-understood = understood
explain-reason-none-left = none_left
explain-reason-fewer-down = fewer_down
explain-reason-period-over = period_over
explain-reason-audit-clean = audit_clean
explain-reason-store-back = store_back
explain-reason-config-taken = config_taken
explain-reason-list-believed = list_believed
explain-reason-clock-trusted = clock_trusted
explain-reason-reworded = reworded
explain-reason-escalated = escalated
explain-reason-ack-ended = ack_ended
explain-reason-repeat-due = repeat_due
explain-reason-digest = digest
explain-reason-drill = drill
explain-reason-drill-over = drill_over

# Acknowledgements.
explain-acknowledged = acknowledged by { $author } ({ $way })
explain-acknowledged-until = holds until { $at }
explain-acknowledged-ended = ended { $at }: { $why }
explain-ack-ended-share = its share of the time that was left is over
explain-ack-ended-length = its time is over
explain-ack-ended-shift = the shift is over
explain-ack-ended-withdrawn = somebody took it back
explain-way-link = link
explain-way-api = API
explain-way-command-line = command line

# Who was called. Messages explain-call-* are read by the one who is called, explain-called-* by others.
explain-called = { $to } called, step { $step }: { $why }
explain-called-first = { $to } called before step 1: { $why }
explain-call-share = nobody has acknowledged it
explain-call-breached = the promise is broken and nobody has acknowledged it
explain-call-after = the promise has been broken for some time and nobody has acknowledged it
explain-call-unanswered = nobody has answered the step before
explain-call-undelivered = no receiver has accepted the page of the step before
explain-call-spaced = nobody has acknowledged it
explain-call-holder = you acknowledged it, and it has got worse
explain-call-nobody-before = nobody is on duty for the step before
explain-call-ack-ended = an acknowledgement ended
explain-call-nobody = nobody is on duty, so the team's contact is told
explain-called-share = that share of the time that was left had passed
explain-called-spaced = no time was left between it and the step before
explain-called-holder = had acknowledged the stage before, and it got worse

# Why a channel did not get a page.
explain-withheld = not sent, { $why }{ $detail }
explain-withheld-recorded = only on record
explain-withheld-nothing-new = nothing new to report
explain-withheld-not-routed = this receiver does not take such alerts
explain-withheld-shadow = the receiver is in shadow
explain-withheld-grouped = the alert of the root cause stands for it
explain-withheld-silenced = silenced
explain-withheld-waits-for-hours = waits for covered hours
explain-withheld-until = until { $at }
explain-withheld-inhibited = a worse stage of the same clock was sent instead
explain-withheld-replaced = a later page of the same clock was sent instead
explain-withheld-digested = it was over before it could be sent, and is part of a digest

# Why a stage that was reached was sent to nobody.
explain-unsent-shown-only = at risk is shown on the page and counted; nobody is paged for it
explain-unsent-nobody = nobody is paged for it: the policy asks for this stage neither for the tier nor for the assurance
explain-unsent-not-recorded = no alert is on record: it was over before tierwatch judged it, or is not judged yet
explain-unsent-superseded = recorded only: a worse stage of the same clock was sent instead
explain-unsent-passed = recorded only: it was reached and over before tierwatch judged it
explain-unsent-judged-anew = recorded only: found after an upgrade of tierwatch, and reported in one digest
explain-unsent-backlog = recorded only: breached before tierwatch was installed, and reported in one digest

# How a channel answered. $error is empty or a colon and what the channel said.
explain-attempts = { $attempts ->
    [one] { $attempts } attempt
   *[other] { $attempts } attempts
 }
explain-answer-accepted = accepted at { $at }
explain-answer-repeated = repeated, last accepted at { $at }
explain-answer-failing = accepted at { $at }; since then { $tried } to repeat it failed{ $error }
explain-answer-held = held back by { $by }
explain-rang-deadline = rings outside covered hours, for the deadline { $before } comes before they begin, { $opens }
explain-rang-stage = rings outside covered hours, for the stage { $stage } comes { $before }, before they begin, { $opens }
explain-rang-never = rings outside covered hours, for those that apply to it have no time in common
explain-answer-waits-for-hours = waits for covered hours until { $at }
explain-answer-given-up = given up ({ $closed }) after { $tried }{ $error }
explain-answer-waiting = not accepted yet, { $tried }{ $error }

# The terminal (tierwatch explain).
explain-head = { $kind } { $key }  status { $status }
explain-subject-ticket = ticket
explain-subject-circuit = circuit
explain-subject-change = change
explain-subject-group = group
explain-as-of = as of { $at }, times in { $zone }, policy { $policy }, { $events ->
    [one] { $events } event
   *[other] { $events } events
 }
explain-not-understood = NOT UNDERSTOOD: { $sentence }
explain-mapping = to write in { $file }:
explain-circuit = circuit is { $state } since { $since }
explain-circuit-first = circuit is { $state } since before the first event
explain-circuit-available = available
explain-circuit-degraded = degraded
explain-circuit-unavailable = unavailable
explain-circuit-unknown = unknown
explain-circuit-retired = retired
explain-deleted-before = The events from before { $at } were deleted. What the clocks that go on had used by then was kept.
explain-phase-opened = opened
explain-phase-accepted = accepted
explain-phase-on-site = on site
explain-phase-held = held
explain-phase-restored = restored
explain-phase-closed = closed
explain-phase-cancelled = cancelled
explain-phase-delivered = delivered
explain-phase-retired = retired
explain-phase-unknown = unknown
# Who says that a subject is gone for good.
explain-retired-since = retired, gone for good, since { $at }: { $who }
explain-retired-by-source = the source's own word “{ $reason }”
explain-retired-by-inventory = the inventory { $author } does not list it any more ({ $reason })
explain-retired-by-ticket-system = the ticket system { $author } has no such ticket any more ({ $reason })
explain-retired-by-command = { $author }, by command: { $reason }
explain-retired-by-page = { $author }, on the page: { $reason }
explain-retired-by-api = { $author }, by the API: { $reason }
explain-clock = { $target } cycle { $cycle }: { $state }
explain-clock-of-rungs = { $clock }  ({ $rungs })
explain-label-promise = promise
explain-label-figure = figure
explain-label-calendar = calendar
explain-label-period = period
explain-label-note = note
explain-figure = { $figure }, policy { $policy }, row { $row }
explain-row-any = for all
explain-row-when = { $name } { $words }
explain-row-after = older than { $length }
explain-row-after-start = more than { $length } after the clock's first start
explain-row-opened-in = opened in the hours of { $calendar }
explain-row-opened-outside = opened outside the hours of { $calendar }
explain-row-until = { $instant } is known
explain-or = { " or " }
explain-column-from = from
explain-column-to = to
explain-column-what = what
explain-column-counted = counted
explain-column-left = left
explain-column-because = because of
explain-sum = counted { $counted }, left { $left }
explain-sum-times = counted { $amount }
explain-sum-of-lines = { $lines ->
    [one] the sum of { $lines } line = { $counted }
   *[other] the sum of { $lines } lines = { $counted }
 }
explain-missed-periods = { $periods ->
    [one] { $periods } period without a progress feedback
   *[other] { $periods } periods without a progress feedback
 }
explain-deadlines = deadlines
explain-no-deadline = none
explain-since = from { $at }
explain-reached = reached { $stage }
explain-deadline = deadline
explain-breached-at = breached at
explain-stopped-at = stopped at
explain-corrections = corrections
explain-revoked = revoked since
explain-sent = alerts
explain-stage-of = { $target } cycle { $cycle } { $stage }
explain-alert-firing = firing
explain-alert-resolved = resolved
explain-not-firing = { $reason }, not firing
explain-unsent = { $stage } at { $at }: not sent, { $why }

## Pages: chats, mail and other receivers

# What stands before a page: it fires, it is over, or it ended for another reason than that all is well.
receiver-mark-firing = { "[ALERT] " }
receiver-mark-over = { "[OVER] " }
receiver-mark-paused = { "[PAUSED] " }
receiver-mark-tier_changed = { "[CHANGED] " }
receiver-mark-withdrawn = { "[WITHDRAWN] " }
receiver-mark-silence_ended = { "[SILENCE ENDED] " }
receiver-mark-not_hidden = { "[NOT HIDDEN] " }

receiver-digest = { $pages } pages in one message
# The verb, and the line that it begins; where a page is in two languages, both verbs stand before one link.
receiver-acknowledge = Acknowledge
receiver-link-ticket = ticket
receiver-link-acknowledge = acknowledge
receiver-acknowledge-link = { $verb }: { $url }

## Pages: lengths, budgets and promises

alert-length-hours = { $n } h
alert-length-minutes = { $n } min
alert-length-seconds = { $n } s
alert-length-days = { $n } days
# What stands between hours and minutes.
alert-length-between = { " " }
alert-working-days =
    { $days ->
        [one] { $days } working day
       *[other] { $days } working days
    }
alert-times =
    { $times ->
        [one] { $times } time
       *[other] { $times } times
    }
# A share of a period, with what that is as a length.
alert-share = { $share } % ({ $length })
alert-nothing = nothing
# Wall time passes always, working time only within the hours of the calendar.
alert-remaining-both = { $wall } of wall time, { $counted } of working time
alert-promise-within = { $target } within { $budget }
alert-promise-until = { $target } by { $moment }
alert-promise-ahead = { $target } at least { $budget } before { $moment }
alert-promise-at-least = { $target } at least { $budget }
alert-promise-at-most-a-day = { $target } at most { $budget } a day
alert-promise-at-most-a-week = { $target } at most { $budget } a week
alert-promise-at-most-a-month = { $target } at most { $budget } a month
alert-promise-at-most-a-quarter = { $target } at most { $budget } a quarter
alert-promise-at-most-a-year = { $target } at most { $budget } a year
alert-promise-at-least-a-day = { $target } at least { $budget } a day
alert-promise-at-least-a-week = { $target } at least { $budget } a week
alert-promise-at-least-a-month = { $target } at least { $budget } a month
alert-promise-at-least-a-quarter = { $target } at least { $budget } a quarter
alert-promise-at-least-a-year = { $target } at least { $budget } a year
alert-goal = { $share } % good
# $calendar is the name of the calendar by which time counts.
alert-promise-by-calendar = { $promise } ({ $calendar })

## Pages: parts that many of them have

# A clock: the ticket or circuit, the promise on it, and its tier and assurance.
alert-clock = { $subject } { $target }
alert-clock-of-rungs = { $subject } { $target } ({ $rungs })
alert-sentence = { $text }.
alert-named = { $name }: { $text }
alert-semicolon = { "; " }
alert-names-between = { ", " }
alert-names-and-more = { $names } and { $rest } more
alert-count-of = { $name } { $count }
alert-see = See: { $url }
alert-why = Why: { $url }
alert-ticket = Ticket: { $url }
alert-circuit-and-team = Circuit: { $circuit }. Team: { $team }.
alert-circuit = Circuit: { $circuit }.
alert-team = Team: { $team }.
# Where the figure of a budget is from, for example a clause of a contract.
alert-figure = Figure: { $figure }.
alert-policy = Policy: { $policy }.

## Pages: a clock nears its deadline or has breached

alert-page = { $subject } { $target }: { $state }
alert-page-of-rungs = { $subject } { $target } ({ $rungs }): { $state }
alert-page-promised =
    Promised to { $customer }: { $promise }.
    { $reached } since { $at }; { $state }.
alert-the-customer = the customer
# What is counted of several: of whom, in which period.
alert-group = { $whom }, { $target }
alert-group-of-rungs = { $what } ({ $rungs })
alert-group-page = { $what }: { $state }
alert-group-promised = Promised: { $promise }.
alert-group-reached = { $reached } since { $at }; { $state }.
alert-group-broken = Since { $at }: { $state }.
alert-state-at-most-due = { $counted } in { $period }, at most { $allowed }
alert-state-at-most-breached = breached, { $counted } in { $period }, at most { $allowed }
alert-state-at-least-due = { $counted } of at least { $needed } in { $period }, due { $due }
alert-state-at-least-breached = breached, { $counted } of at least { $needed } in { $period }, was due { $due }
alert-state-goal-due = { $good } of { $total } good in { $period }, { $share } % promised
alert-state-goal-breached = breached, { $good } of { $total } good in { $period }, { $share } % promised
alert-period-week = the week of { $day }
alert-reached-gone = { $share } % of the time gone
alert-page-supplier = Without the delay of this supplier it would have been on time: { $supplier }.
# How the clock stands.
alert-state-times = { $used } of { $allowed }
alert-state-used-up = used up at { $due }
alert-state-breached = breached, was due { $due }
alert-state-left = { $left } left
alert-state-at-this-rate = { $left } left, at this rate used up at { $due }
alert-state-due = { $left } left, due { $due }
alert-state-pace = { $used } of { $allowed } used in { $window }; at this pace used up on { $exhausted }
# The stage that was reached.
alert-reached-all = 100 % used
alert-reached-pace = Used too fast to last
alert-reached-share = { $share } % used
alert-reached-left = At most { $length } left
alert-reached-wall = At most { $length } of wall time left
alert-reached-wall-earlier = At most { $length } of wall time left earlier, running again

## Pages: clocks that had breached before the installation

alert-backlog = Open clocks that had breached before tierwatch was installed
alert-backlog-summary = { $what }: { $clocks }
alert-backlog-why = Not paged one by one, because they breached before { $since }.
alert-clocks-of = { $tier }, { $target }: { $clocks }
alert-clocks-of-others = others: { $clocks }

## Pages: how an alert ended

alert-end-completed = { $what }: completed at { $at }
alert-end-cancelled = { $what }: cancelled at { $at }
alert-end-retired = { $what }: retired at { $at }, it is gone for good
alert-end-paused = { $what }: paused at { $at }; pages again when it resumes
alert-end-outage-over = { $what }: outage over at { $at }; pages again with the next outage
alert-end-period-over = { $what }: the period ended at { $at }; the allowance is whole again
alert-end-retired-group = { $what }: nothing of it is left; its last circuit was retired, gone for good, by { $at }
alert-end-counted-anew = { $what }: the period ended at { $at }; counting begins anew
alert-end-recovered = { $what }: enough is good again as of { $at }
alert-end-pace-fell = { $what }: no longer used too fast since { $at }; at the present pace it lasts to the end of the period
alert-end-withdrawn = { $what }: withdrawn at { $at }: newer data shows that it does not hold
alert-end-tier-changed = { $what }: tier, assurance or another level changed at { $at }
alert-end-clock-trusted = { $what } is trusted again as of { $at }
alert-end-silence-over = { $what }: silence { $silence } is over since { $at }
alert-end-not-hidden = { $what }: silence { $silence } hides no breach of it any more, as of { $at }
alert-end-root-cause-over = { $what }: the root cause is over at { $at }
alert-end-fewer-down = { $what }: no major fault any more at { $at }, fewer circuits are down than the rule asks for
alert-end-guarded-over = { $what }: the guarded period ended at { $at }; the usual levels, figures and stages hold again
alert-end-guarded-withdrawn = { $what }: taken back at { $at }, the policy has no such guarded period now
alert-end-rule-gone = { $what }: withdrawn at { $at }, the policy has no such rule any more
alert-end-read-again = { $what }: read again at { $at }; its clocks are judged again
alert-end-no-clock-left = { $what }: no open clock that pages is left, as of { $at }
alert-end-higher-tier = { $what }: clocks of a higher tier are affected too since { $at }; see the new alert
alert-end-understood = { $what }: understood since { $at }
alert-end-word-not-used = { $what }: no open ticket or circuit uses it any more, as of { $at }; it is still not understood
alert-end-other-rung = { $what }: the highest tier or assurance that pages changed at { $at }; see the new alert
alert-end-backlog-over = { $what }: none is open any more, as of { $at }
alert-end-judged-anew-over = { $what }: none of the open clocks is left, as of { $at }
alert-end-audit-clean = { $what }: the audit of { $at } found nothing that was not delivered in the last 24 hours
alert-end-store-back = { $what } is back in its place and can be written, as of { $at }
alert-end-config-taken = { $what } was read and taken; it runs as of { $at }
alert-end-list-believed = { $what } is over as of { $at }: the list is whole again, or the loss was accepted
alert-end-test-over = { $what }: this test is over at { $at }; nothing was wrong
alert-end-drill-over = { $what } is over as of { $at }
# $reason is a word of tierwatch's own, such as `withdrawn`.
alert-end-otherwise = { $what }: ended at { $at } ({ $reason })
# More of an end, after one of the messages above.
alert-end-late = , late: it was due { $due }
alert-end-still-broken = ; the promise is broken, was due { $due }, and still open
alert-end-still-broken-undated = ; the promise is broken, and still open
alert-end-still-due = ; still open, due { $due }
alert-end-still-open = ; still open
# What holds after an end.
alert-stands-no-clock = There is no such clock any more.
alert-stands-other-alert = Another alert of this clock goes on.
alert-stands-own-alert = Its own alert goes on.
alert-stands-broken = The promise was broken at { $at }.
alert-stands-paused = Its clock is paused; no time counts until it resumes.
alert-stands-due = Its clock goes on, due { $due }.
alert-stands-due-quietly = Its clock goes on, due { $due }; it does not page at present.
alert-stands-open = Its clock is still open.
alert-stands-cancelled = The promise no longer applies.
alert-stands-cancelled-broken = The promise no longer applies. It had been broken at { $at }.
alert-stands-used-up = It was used up at { $at }.
alert-stands-not-kept = The promise was broken.
alert-stands-kept = The promise was kept.
alert-stands-silence = The silence itself lasts until { $until }.

## Pages: an alert is repeated while nobody acknowledges it

alert-repeat = { $summary } ({ $more })
alert-repeat-first = Repeated at { $at }: still firing, and nobody has acknowledged it.
alert-repeat-still = still firing at { $at }
alert-repeat-over = { $length } ago, still open
alert-repeat-left = { $length } left
alert-repeat-overdue = { $what }: overdue by { $length }, was due { $due }
alert-repeat-due = { $what }: due in { $length }, at { $due }
alert-hours-deadline = Rings now, outside covered hours: the deadline { $before } comes before they begin, { $opens }.
alert-hours-stage = Rings now, outside covered hours: the stage { $stage } comes { $before }, before they begin, { $opens }.
alert-hours-never = Rings now, outside covered hours: the hours that apply to it have no time in common.
alert-hours-waited = Waited for covered hours since { $since }; due in { $length }, at { $due }.
alert-hours-waited-over = Waited for covered hours since { $since }; was due { $due }, { $length } ago.

## Pages: a silence hides a clock that will breach, for the author of the silence

alert-silence = silence
alert-maintenance = maintenance window
# $kind is one of the two above.
alert-silence-hides = { $author }: your { $kind } hides { $what }: { $state }
alert-silence-due-before-its-end = due { $due }, before the { $kind } ends
alert-silence-of = Silence { $id } by { $author } lasts until { $ends }. Reason given: { $reason }.
alert-silence-for-maintenance = Maintenance window { $id } by { $author } lasts until { $ends }. Reason given: { $reason }.
alert-silence-of-alertmanager = Silence { $id } in Alertmanager by { $author } lasts until { $ends }. Reason given: { $reason }.
alert-silence-nobody = Nobody is paged for { $what } until then: { $state }.
alert-silence-end-it = Let it page again: { $command }

## Pages: alerts of one root cause

# What the alerts share: its kind and which one; other kinds have the name of the attribute.
alert-cause-cause = cause { $value }
alert-cause-circuit = circuit { $value }
alert-cause-customer = customer { $value }
alert-cause-device = device { $value }
alert-cause-provider = provider { $value }
alert-cause-site = site { $value }
alert-cause-supplier = supplier { $value }
alert-cause-team = team { $value }
alert-cause-other = { $kind } { $value }
alert-cause-summary = { $what } ({ $tier }): { $state }
alert-cause-summary-wave = { $what } ({ $tier }, wave { $wave }): { $state }
alert-cause-affected = { $count } affected
alert-cause-affected-due = { $count } affected, first due { $due }
alert-cause-broken =
    { $count ->
        [one] { $count } promise is
       *[other] { $count } promises are
    } broken: { $who }
alert-cause-broken-next = { $broken }; next due { $due }
alert-cause-broken-more = { $broken }; { $count } more alerting
alert-cause-broken-all = { $broken }; no other is near its deadline
# What opened a further wave.
alert-cause-new = New: { $change }.
alert-cause-change-broken = the first promise is broken
alert-cause-change-earlier = a deadline is earlier than any before
alert-cause-change-higher = a higher tier is affected
alert-cause-shared = Alerts that share { $what } are sent as one.
alert-cause-list-broken = Broken ({ $count }): { $promises }.
alert-cause-list-ahead = Not yet due ({ $count }): { $promises }.
alert-cause-will-break = Will be broken unless restored: { $counts }.
alert-cause-broken-by = by { $at }: { $count }
alert-cause-by-tier = By tier: { $counts }.
alert-cause-list-affected = Affected: { $who }.
alert-cause-was-due = { $subject } { $target }, was due { $due }
alert-cause-due = { $subject } { $target }, due { $due }
alert-cause-replaced = { $what }: see wave { $wave } for the present state
alert-cause-replaced-by = Replaced by wave { $wave } of the same root cause. It is not over.
# How its last alerts ended.
alert-cause-ended = { " " }({ $how })
alert-cause-ended-restored = { $who } completed
alert-cause-ended-cancelled = { $who } cancelled
alert-cause-ended-retired = { $who } retired
alert-cause-ended-paused = { $who } paused
alert-cause-ended-idle = { $who } no outage at present
alert-cause-ended-renewed = { $who } in a new period
alert-cause-ended-withdrawn = { $who } withdrawn
alert-cause-ended-tier_changed = { $who } of another tier now
alert-cause-none-fires = None of its alerts fires any more.
alert-cause-paused = Paused, and pages again when it resumes: { $who }.

## Pages: a major fault

alert-major-fault = Major fault: { $title }, { $circuits } circuits down
alert-major-fault-shared = Major fault: { $title }, { $circuits } circuits down on { $shared }
# $title is the name of the rule, $shared what the circuits have in common.
alert-major-fault-of = { $title } on { $shared }
alert-major-fault-why = At least { $circuits } such circuits have been down for { $length }. Escalate it as a major fault.
alert-major-fault-circuits = Circuits: { $circuits }.
alert-major-fault-figure = Figure: { $figure }.
alert-major-fault-none-down = None of its circuits is known to be down now.
alert-major-fault-still-down = Still down: { $circuits }.
alert-major-fault-unclear = State unknown: { $circuits }.
alert-guarded = Guarded period: { $title }, until { $until }
alert-guarded-for = For { $attribute } { $names }.
alert-guarded-tier = Served at the tier { $rung } at least.
alert-guarded-assurance = Kept at the assurance { $rung } at least.
alert-guarded-stages = Pages at { $stages }.
alert-guarded-figure = { $target }: { $budget }.
alert-guarded-duties = Due in it: { $duties }.
alert-guarded-ordered = Ordered by { $author }.

## Pages: the data of a source is too old

alert-source = Source { $source }
alert-source-too-old =
    Source { $source }: data too old to judge since { $since }, { $clocks ->
        [one] { $clocks } open clock
       *[other] { $clocks } open clocks
    } that page
alert-source-too-old-due =
    Source { $source }: data too old to judge since { $since }, { $clocks ->
        [one] { $clocks } open clock
       *[other] { $clocks } open clocks
    } that page, first due { $due }
alert-source-last-read = Last read successfully at { $at }; { $allowed } are allowed.
alert-source-never-read = Never read successfully; { $allowed } are allowed.
alert-source-hangs = No poll has failed or finished: one may still be running, or hang.
alert-source-failed = The last poll failed: { $error }
alert-source-failed-unknown = The last poll failed: no reason is known
alert-source-clocks = Open clocks that cannot be judged: { $clocks }.
alert-source-clocks-by-assurance = Open clocks that cannot be judged: { $clocks } ({ $by_assurance } of them because of the assurance).
alert-no-tier = no tier
alert-source-first-due = Earliest deadline among them: { $due }.
alert-source-none-due = None of them is running towards a known deadline.
alert-source-meanwhile = New tickets, pauses and restorations are not seen; clocks go on, and no alert ends by itself.
alert-source-advice = Do: have somebody watch the open tickets of these tiers in the source itself, and repair what the failure names.
alert-source-still-unread = The source itself is still not read: it never was.
alert-source-still-not-read = The source itself is still not read: last read successfully at { $at }.

## Pages: words of a source that are not understood

# $what is the field (status, reason, tier …), $word what the source wrote, in quotes.
alert-word = Source { $source }: { $what } { $word }
alert-words-others = Source { $source }: further words
alert-word-open-ticket =
    { $number ->
        [one] { $number } open ticket
       *[other] { $number } open tickets
    }
alert-word-open-circuit =
    { $number ->
        [one] { $number } open circuit
       *[other] { $number } open circuits
    }
alert-word-open-change =
    { $number ->
        [one] { $number } open change
       *[other] { $number } open changes
    }
alert-word-summary = { $what } is not understood: { $number }, such as { $example }
alert-word-unwatched = { $what } is in no mapping and names no tier. Promises that depend on it are not watched: { $number }, such as { $example }.
alert-word-pages = It is paged like the highest tier or assurance that pages.
alert-word-warns = The policy pages for nothing, so this is only a warning.
alert-word-ends = This alert ends when the word is understood, or when no open ticket or circuit uses it.
alert-word-watch =
    Do: have somebody watch { $number ->
        [one] it
       *[other] them
    }.
alert-word-map = Write in { $file } what it stands for, beside what is there, and reload or restart:
alert-word-correct = Correct it in the source.
alert-word-read-as = It is read as { $value } now; the tickets that use it are judged by that.
alert-words-summary =
    Source { $source }: and { $number } more { $number ->
        [one] word
       *[other] words
    } not understood
alert-words-many = Source { $source } has so many words that are not understood that the rest share this alert: { $words }.
alert-words-advice = Do: look whether a field has moved or another system writes into it; correct the source or its mapping.
# Parts of a sentence, for example: `{ $what } is not understood`.
alert-unread = the { $what } { $word }
alert-unread-time = the time { $word } of { $what }
alert-unread-local-time = which of { $first } and { $second } a local time means
alert-unread-no-reason = a wait without a reason

## Pages: crossings and pages that reached nobody

alert-audit-summary =
    tierwatch: { $count ->
        [one] { $count } crossing or page was
       *[other] { $count } crossings or pages were
    } not delivered
# $what is a clock and a stage, $channel the receiver, $since an instant, $detail why, in English.
alert-audit-found-no_alert = { $what }: crossed, recorded { $since }, and there is no alert of it
alert-audit-found-no_decision = { $what }: sent { $since }, but for channel { $channel } there is neither a page nor a reason why not
alert-audit-found-unsent = { $what }: has waited for channel { $channel } since { $since }
alert-audit-found-unsent-why = { $what }: has waited for channel { $channel } since { $since } ({ $detail })
alert-audit-found-refused = { $what }: refused for good by channel { $channel }, made { $since }, and taken by no other
alert-audit-found-refused-why = { $what }: refused for good by channel { $channel } ({ $detail }), made { $since }, and taken by no other
alert-audit-found-miscounted = { $what }: at { $since } the open clocks were other than was published
alert-audit-what = { $subject } { $target } cycle { $cycle }, { $stage }
alert-audit-sentence = { $found }; { $advice }
alert-audit-more = And { $count } more.
# $kind is a word of tierwatch's own, such as `unsent`.
alert-audit-advice = { $kind }: { $advice }.
alert-audit-advice-no_alert = inform the people concerned yourself, and report this as a defect of tierwatch
alert-audit-advice-no_decision = inform the people concerned yourself, and report this as a defect of tierwatch
alert-audit-advice-unsent = repair the receiver; it is tried again until then
alert-audit-advice-refused = inform the people concerned yourself, then correct what the receiver does not accept
alert-audit-advice-miscounted = nothing is to be done, they are counted anew; if it comes again, report this as a defect of tierwatch

## Pages: tierwatch itself

alert-heartbeat = tierwatch is running; this alert always fires, and its absence is the alarm
alert-heartbeat-advice = Route it to an outside receiver that raises an alarm when it stops. If it stops, tierwatch, its machine, the network or this Alertmanager has failed.
alert-synthetic-tier = tierwatch itself
alert-synthetic-target = Synthetic clock
alert-judged-anew = Clocks that are judged differently after an upgrade of tierwatch or a correction of its policy
alert-judged-anew-end = : this version of tierwatch, or of its policy, judges the clock differently from the one that sent the alert
alert-judged-anew-summary =
    { $what }: { $clocks ->
        [one] { $clocks } open clock
       *[other] { $clocks } open clocks
    } breached before, { $withdrawn ->
        [one] { $withdrawn } alert
       *[other] { $withdrawn } alerts
    } withdrawn
alert-judged-anew-why = Upgraded at { $at }. Not paged one by one, because none of it happened now.
alert-store = tierwatch: the database
alert-store-lost = tierwatch: the database { $file } { $happened }, since { $since }
alert-store-gone = was deleted or moved away
alert-store-folder_gone = is gone with its folder
alert-store-replaced = was replaced by another file
alert-store-truncated = was cut short
alert-store-log_gone = has lost its -wal or -shm file
alert-store-lost-advice =
    tierwatch goes on paging from the file that it has open; all of it is lost when the program ends.
    Do not restart it. Put the file back at its place; if it was deleted, the runbook says how to save it.
alert-reload = tierwatch: the configuration
alert-reload-refused = tierwatch: a changed configuration was refused: { $why }
alert-reload-refused-advice =
    tierwatch goes on with the configuration that it has run since { $since }. What was changed does not hold.
    Correct the file, check it with `{ $command }`, and reload. If this one is put back, reload as well.
alert-sudden-loss = { $source }: many circuits are absent from the inventory at once, since { $since }; nothing is retired
alert-sudden-loss-advice =
    tierwatch does not believe it: the clocks of these circuits go on, and they page.
    If the list is wrong, mend it; whole again, it ends this alert. If they are really gone, accept it:
    { $command }
alert-sudden-loss-of = the loss of circuits in { $source }
alert-missed =
    { $count ->
        [one] { $count } alert
       *[other] { $count } alerts
    } began and ended before this receiver could be reached
alert-missed-over = Alerts that still fire are sent separately. Over:
alert-missed-one = • { $alert }
alert-missed-more = and { $count } more
alert-test = TEST of { $receiver }
alert-test-summary = TEST of { $receiver } at { $at }: no promise is at risk
alert-test-description = TEST. Somebody is testing this receiver (tierwatch alerts test-page). Nothing needs to be done.

## Pages: drills

# The word stands in every language, for whoever reads only one: $words is "DRILL 演练".
drill-word = DRILL
drill-mark = [{ $words }]{ " " }
drill-banner = { $words }. Nothing is wrong: no customer, circuit or ticket is affected.
drill-banner-over = { $words }. It was only practice.
drill-of = the drill of { $tier }
drill-summary = a promise of { $tier } counts as broken since { $at }: acknowledge this page
drill-what = { $author } started this drill (tierwatch drill) so that the people on call can practise.
drill-do = Do what you would do in earnest: acknowledge. Nothing else is needed.
drill-until = It ends when somebody acknowledges, or at { $at }.
drill-nothing = Nothing was wrong, and nothing of it is counted.
drill-ended-acknowledged = : it was acknowledged
drill-ended-acknowledged-by = : { $author } acknowledged it
drill-ended-time_over = : nobody acknowledged it in time
drill-ended-ended_early = : it was ended early
drill-ended-not_possible = : nobody could be called
drill-ended-not_taken_up = : no program took it up

## Pages: the clock of the machine

alert-machine-clock = tierwatch: this machine's clock
alert-machine-jumped = tierwatch: this machine's clock jumped { $size }; { $does }
alert-machine-forward = forward by { $length }
alert-machine-back = back by { $length }
alert-machine-contradicted = most sources and receivers show the time from before the jump; tierwatch uses that
alert-machine-unproven = the new time is not confirmed; pages go out and say so
alert-machine-held = pages that only the new time calls for are held until { $until } at the latest
alert-machine-jumped-advice =
    Sources are read, and pages that were decided before are delivered. Sources, receivers or the machine's record of sleep can confirm the new time.
    Do: compare this machine's clock with another one. If it is right, run `{ $command }` on this machine. If it is wrong, set it right: alerts that it caused are withdrawn.
alert-machine-pages-unproven = tierwatch: pages go out by an unproven clock since { $since }; this machine's clock had jumped { $size }
alert-machine-pages-unproven-advice =
    No source, receiver or person has confirmed the new time within 5 minutes. Each page says "clock unproven": check its deadline with another clock. tierwatch uses the later of both times, so that no page is late.
    Do: set this machine's clock right, or run `{ $command }` on it.
# Why the clock is trusted again, after `alert-end-clock-trusted`.
alert-machine-witness-boot_time = : the machine had slept
alert-machine-witness-peers = : sources and receivers show the same time
alert-machine-witness-operator = : an operator accepted the new time
alert-machine-witness-returned = : it is back at the time from before the jump; alerts that the wrong time caused are withdrawn
alert-machine-mark = [clock unproven] { $summary }
alert-machine-mark-description = This machine's clock jumped and its time is not confirmed: check the deadline with another clock.
alert-machine-withdrawn = withdrawn: this machine's clock was wrong; this alert begins at { $at }, which has not come yet
alert-machine-withdrawn-description = Withdrawn: this machine's clock was wrong; this alert begins at { $at }, which has not come yet. The promise is judged again by the right time.

## The terminal: tierwatch would-tell

would-tell-head = { $key }: who is told what from { $since } to { $until } if nothing changes, policy { $policy }
would-tell-clock = { $target } { $cycle }: { $life }
would-tell-clock-due = { $target } { $cycle }: { $life }, deadline { $at }
would-tell-no-clock = No clock is open, so nobody is told anything.
would-tell-nobody = Nobody is told anything in this time.
would-tell-at = { $at }  { $what }
would-tell-because = reason: { $why }
would-tell-told = { $channel }: told
would-tell-told-again = { $channel }: told, and again every { $every } while it fires and nobody acknowledges it
would-tell-again = { $channel }: told again { $times } times, every { $every }, the last time at { $last }
would-tell-again-once = { $channel }: told again
would-tell-not-again = { $channel }: not told again, { $why }
would-tell-rings = { $channel }: { $why }
would-tell-groups = It counts in { $groups }.
would-tell-cut-short = More changes than are looked at. What comes after { $until } is not foretold.
would-tell-not-events = Not foretold: what any event changes (a status, a correction, an acknowledgement, a silence, another rota), and what comes after { $until }.
would-tell-not-others = Not foretold: what other tickets and circuits will add to a group by then; a group is judged with what they have added so far.
would-tell-not-answers = Not foretold: a receiver that fails or answers late. Its repeats and the step after it come later.
would-tell-not-own = Not foretold: alerts of no clock (a source that is late, a major fault, a breach that a silence hides, tierwatch itself).
would-tell-not-told = { $channel }: not told, { $why }{ $detail }
would-tell-waited = { $channel }: its page waited until now ({ $why }) and is sent
would-tell-replaced = { $channel }: its page that waited ({ $why }) is not sent
would-tell-call = { $to } called on { $on }, step { $step } of team { $team }: { $why }
would-tell-call-first = { $to } called on { $on }, before step 1 of team { $team }: { $why }
would-tell-call-shadow = { $channel } (in shadow: no page)
would-tell-call-known = { $channel } (was sent it before)
would-tell-returned = sent again to every channel that had it: the acknowledgement ended
would-tell-still = nobody is called: { $why }
would-tell-until = until { $at }
would-tell-still-grouped = the alert of the root cause { $detail } stands for it
would-tell-still-silenced = silence { $detail } fits it
would-tell-still-waits-for-hours = it waits for covered hours
would-tell-still-acknowledged = { $detail } has acknowledged it
would-tell-still-no-steps = no team has escalation steps for it

## The terminal: tierwatch report, backtest, replay

report-title = { $month } ({ $zone }) as of { $at }
report-title-log = Promises by { $policy }
report-title-logs = Promises
report-column-source = source
report-column-month = month
report-column-tier = tier
report-column-assurance = assurance
report-column-target = target
report-column-carried = carried
report-column-started = started
report-column-met = met
report-column-breached = breached
report-column-cancelled = cancelled
report-column-open = open
report-column-excluded = excluded
report-column-late = late p{ $share }
report-column-late-most = late max
report-column-by-uc = by UC
report-column-first-sight = first sight

availability-title = Availability ({ $zone })
availability-faults = Faults
availability-column-circuit = circuit
availability-column-period = period
availability-column-availability = availability
availability-column-bounds = bounds
availability-column-unavailable = unavailable
availability-column-degraded = degraded
availability-column-unknown = unknown
availability-column-excused = excused
availability-column-faults = faults
availability-column-onset = onset
availability-column-detected = detected
availability-column-accepted = accepted
availability-column-restored = restored
availability-column-ended = ended
availability-column-contested = contested
availability-column-outages = outages
availability-flapping = flapping
availability-left-out = Rows that could not be read and are in no figure: { $reasons }

## The terminal: tierwatch alerts

alerts-listed = { $what }: { $reason } since { $since }
alerts-listed-over = { $what }: { $reason } since { $since }, ended { $ended }
alerts-withheld-at = { $why }, at { $at }
alerts-none-fires = no alert fires
alerts-none-on-record = no alert is on record
alerts-would-have = { $at }  { $channel }  { $what }: { $reason }
alerts-would-have-of = { $would }  { $customer }
alerts-would-have-waits = { $would }  waits for covered hours until { $at }
alerts-would-have-day = { $day }  { $tier }: { $pages }
alerts-would-have-sum = pages that would have been sent since { $since }: { $pages }
alerts-would-have-sum-on = pages that would have been sent since { $since } on { $channel }: { $pages }
alerts-no-shadow = no receiver has `shadow: true`, so there is nothing to practise on
alerts-no-tier = no tier

## The terminal: tierwatch influx

influx-written = { $number ->
    [one] one transition
   *[other] { $number } transitions
 } from { $since } on written to { $exporter }.
influx-rejected-now = { $number ->
    [one] One point was rejected
   *[other] { $number } points were rejected
 }, the first because: { $reason }
influx-none-rejected = No point of { $exporters } was rejected.

## The terminal: tierwatch unknown

unknown-none = Every word of { $sources } is understood.
# $word says what the word stands for, such as `the status "Waiting"`.
unknown-word = { $source }: { $word } is not understood: { $times ->
    [one] once
   *[other] { $times } times
 }, since { $since }, in { $example }{ $others ->
    [0] { "" }
    [one] { " and one other" }
   *[other] { " and " }{ $others } others
 }
unknown-mapping = to write in { $file }, beside what is there, with the values that are right:
unknown-then = Then run `{ $command }`, and reload or restart tierwatch: what came before is judged anew.
# $reason is a word of tierwatch's own, such as `bad_time`.
unknown-set-aside = { $source }: { $number ->
    [one] { $number } record is set aside
   *[other] { $number } records are set aside
 } ({ $reason }) since { $since }, the newest: { $detail }

## Records that are set aside

quarantine-nothing = No record is set aside.
quarantine-more = { $listed } records were listed; there are more: choose with --source and --reason, or raise --limit.
quarantine-text = The text that was kept of it:
quarantine-waiting = set aside since { $since }, seen last { $seen }
quarantine-mended = set aside { $since }, could be read at { $at }
quarantine-dropped = set aside { $since }, dropped at { $at }
# $result is empty or one of the messages quarantine-result-….
quarantine-record-retried = { $at } { $author } retried it: { $reason } { $result }
quarantine-record-dropped = { $at } { $author } dropped it: { $reason }
quarantine-result-read = (it was read and counts)
quarantine-result-still-unusable = (it could not be used)
quarantine-result-judged-anew = (its subject was judged anew)
quarantine-retried-read = { $number }: it was read and counts; new events: { $events }. It has left quarantine.
quarantine-retried-still-unusable = { $number }: it was read again and cannot be used, so it stays. New events: { $events }. { $detail }
quarantine-retried-judged-anew = { $number }: its subject is judged anew at once, or at the next start; the record leaves quarantine if it is understood now.
quarantine-dropped-now = { $number }: dropped by { $author }. Its text is kept; it stays out while its source says the same.
quarantine-not-done-unknown = No record has the number { $number }; `quarantine list` prints the numbers.
quarantine-not-done-over = { $number }: it has left quarantine already; `quarantine show { $number }` says how. Nothing is done twice.
quarantine-not-done-too-early = { $number }: it is dated in the future and is judged by itself at { $at }; correct the time of the source or of this machine.
quarantine-not-done-whole-list = { $number }: it stands for a whole reading of the source and ends with the first reading that has no such doubt; see TierwatchListNotWhole and TierwatchSuddenLoss in the runbook.
quarantine-not-done-counts = { $number }: it counts already, or stands for other records; there is nothing to read. Drop it when it was noted.
quarantine-not-done-too-late = { $number }: what was before its date is deleted, so it can change nothing. Drop it.
quarantine-not-done-no-subject = { $number }: nothing is stored of its subject any more. Drop it.
quarantine-not-done-no-text = { $number }: no text was kept of it. Its source brings it again at the next reading; correct it there, or drop it.
quarantine-not-done-not-readable-apart = { $number }: its collector cannot read it from the text that was kept. Its source brings it again at a reading; correct it there or in the options, or drop it.
quarantine-not-done-not-configured = { $number }: its source is not in the configuration. Drop it, or configure the source again.

## Pages: people on duty

oncall-for = For { $people }, { $step }: { $why }.
oncall-people-between = { ", " }
oncall-step = step { $step } of { $steps }
oncall-before-step-1 = before step 1 of { $steps }
oncall-first = first to be notified
oncall-last-step = This is the last step.
oncall-next = If nobody acknowledges: { $people }.
oncall-next-at = If nobody acknowledges: { $people }, at { $at }.
oncall-next-after = If nobody acknowledges: { $people }, { $length } after this page has arrived.
oncall-acknowledge = Acknowledge: { $url }
oncall-ack-ended = { $author } acknowledged it { $since }; that ended { $until }, for { $why }.
oncall-ack-ended-note = { $author } acknowledged it { $since }: “{ $note }”; that ended { $until }, for { $why }.
oncall-ack-ended-share = its share of the time left is over
oncall-ack-ended-length = its time is over
oncall-ack-ended-shift = the shift is over
oncall-ack-ended-withdrawn = somebody took it back
# What whoever opens a link to acknowledge is told, where that does nothing.
oncall-alert-gone = This alert does not exist any more.
oncall-name-missing = Write your name, so that others know who is working on it.
oncall-link-malformed = This link is incomplete; copy all of it from the page.
oncall-link-forged = This link is not valid, or the secret that signs links has changed; open the ticket from the page.
oncall-link-expired = This link has expired; acknowledge the newest page of this ticket.
oncall-link-full = { $most } people have acknowledged this alert by its links, and no more can; ask one of them, or acknowledge on the command line.

## The Grafana dashboard: titles, what panels show (-about), legends; Grafana shows all languages of it side by side

grafana-sources = Sources
grafana-sources-about = Whether the last poll of each source succeeded
grafana-data-fit-to-judge-by = Data fit to judge by
grafana-data-fit-to-judge-by-about = Whether the data of each source is fresh enough to judge clocks by
grafana-behind-due-clocks = Behind due clocks
grafana-behind-due-clocks-about = By how much the engine is behind the instant at which the next clock was due
grafana-store = Store
grafana-store-about = Whether the store took the last write; nothing is told before it is stored
grafana-machine-clock = Machine's clock
grafana-machine-clock-about = Whether new pages are held because the machine's clock jumped
grafana-pages-withheld-in-an-hour = Pages withheld in an hour
grafana-pages-withheld-in-an-hour-about = Changes of alerts of which a channel was not told in the hour before each point, by reason
grafana-pings-outside-in-an-hour = Pings outside in an hour
grafana-pings-outside-in-an-hour-about = Pings of the address that complains when they stop, and those that it did not answer well
grafana-age-of-the-data = Age of the data, as a share of what is allowed
grafana-age-of-the-data-about = Age of the last successful poll by the source's own limit; at 100 % its clocks cannot be judged
grafana-pages-waiting = Pages waiting
grafana-pages-waiting-about = Pages that wait to be accepted, by channel
grafana-pages-accepted-and-not = Pages accepted and not, in an hour
grafana-pages-accepted-and-not-about = Pages that a channel accepted, and attempts that it did not, during the hour before each point
grafana-events-and-duplicates-per-second = Events and duplicates per second
grafana-events-and-duplicates-per-second-about = Events taken in, and those already known
grafana-polls-failed-in-an-hour = Polls failed in an hour
grafana-polls-failed-in-an-hour-about = Polls that failed during the hour before each point, by reason
grafana-records-in-quarantine = Records in quarantine
grafana-records-in-quarantine-about = Records that could not become events and are not resolved, by reason
grafana-newest-change-seen = Newest change seen
grafana-newest-change-seen-about = Age of the newest change in the source that was seen; a quiet source is old without being wrong
grafana-clocks-last-looked-at = Clocks last looked at
grafana-clocks-last-looked-at-about = How long ago the engine last looked at due clocks
grafana-time-per-evaluation-p99 = Time per evaluation, p99
grafana-time-per-evaluation-p99-about = 99 of 100 looks at the due clocks took at most this long
grafana-heartbeat-time-to-spare = Heartbeat, time to spare
grafana-heartbeat-time-to-spare-about = How long until a stage of the synthetic clock's way is late; below zero it is
grafana-findings-of-the-audit = Findings of the audit
grafana-findings-of-the-audit-about = Crossings and alerts that nobody was told of, by kind
grafana-held-here-not-listed-there = Held here, not listed there
grafana-held-here-not-listed-there-about = Alerts that a receiver accepted and does not list, by channel; they are told again
grafana-alerts-firing = Alerts firing
grafana-alerts-firing-about = Alerts that tierwatch holds firing, by tier
grafana-oldest-page-waiting = Oldest page waiting
grafana-oldest-page-waiting-about = How long the oldest page of each channel has waited to be accepted
grafana-acknowledgements-in-force = Acknowledgements in force
grafana-acknowledgements-in-force-about = Acknowledgements of alerts that fire; each stops escalation until it ends
grafana-acknowledgements-ended-in-an-hour = Acknowledgements ended in an hour
grafana-acknowledgements-ended-in-an-hour-about = Acknowledgements that ended during the hour before each point, by why; escalation goes on after each
grafana-retired-in-an-hour = Gone for good, in an hour
grafana-retired-in-an-hour-about = Circuits and tickets that were retired during the hour before each point, by who said so; what was open for them was cancelled
grafana-pings = pings
grafana-up = up
grafana-down = down
grafana-fresh = fresh
grafana-stale = stale
grafana-writes = writes
grafana-refuses = refuses
grafana-steady = steady
grafana-held = held
grafana-time-left-now = Time left, now
grafana-time-left-now-about = Running clocks by the time they have left, paused ones left out; the first bar is late already
grafana-clocks-started-completed-breached = Clocks started, completed, breached in an hour
grafana-clocks-started-completed-breached-about = What happened to clocks during the hour before each point; what happened before this installation watched is left out
grafana-breached-in-an-hour = Breached in an hour, by tier
grafana-breached-in-an-hour-about = Breaches during the hour before each point
grafana-circuits-not-available-by-state = Circuits not available, by state
grafana-circuits-not-available-by-state-about = Circuits in each state but available, over time
grafana-next-deadline-in = Next deadline in
grafana-next-deadline-in-about = Time to the nearest deadline among running clocks that are not breached, per tier and target; below zero it has passed and is not yet judged
grafana-share-of-circuits-available = Share of circuits available, by assurance
grafana-share-of-circuits-available-about = Available circuits over all known ones, now; an unknown circuit counts as not available. This is no availability over time
grafana-late = late
grafana-promises-kept = Promises kept
grafana-circuits = Circuits
grafana-source = Source
grafana-tier = Tier
grafana-assurance = Assurance
grafana-target = Target
grafana-nearest-clocks = Nearest clocks
grafana-started = started
grafana-completed = completed
grafana-breached = breached
grafana-no-deadline-ahead = no deadline ahead
grafana-allowance-used-most = Used of an allowance, at most
grafana-allowance-used-most-about = Largest share that is used of an open allowance, now; above 100 % it is overdrawn
grafana-allowances-by-share = Allowances by share used
grafana-allowances-by-share-about = Open allowances of which at least this share is used, now; 0 stands for all of them
grafana-allowances-too-fast = Allowances used too fast
grafana-allowances-too-fast-about = Open allowances that are used at a pace that will not last to the end of their period
grafana-next-exhaustion-in = Next allowance used up in
grafana-next-exhaustion-in-about = Time until nothing is left of the first allowance that is used too fast, at its pace, per tier and target
grafana-none-too-fast = none used too fast
grafana-live-page = tierwatch
grafana-clocks-breached = Breached now
grafana-clocks-breached-about = Open clocks past their deadline
grafana-clocks-at_risk = At risk
grafana-clocks-at_risk-about = Running clocks that have used most of their budget, 75 % by default
grafana-clocks-running = Running
grafana-clocks-running-about = Running clocks with budget to spare
grafana-clocks-paused = Paused
grafana-clocks-paused-about = Clocks paused for a reason that the policy lists
grafana-clocks-idle = Idle
grafana-clocks-idle-about = Allowances of circuits that nothing uses at the moment
grafana-clocks-unknown = Cannot be judged
grafana-clocks-unknown-about = Open clocks of sources whose data is too old to judge by
grafana-circuits-unavailable = Circuits unavailable
grafana-circuits-unavailable-about = Circuits that are unavailable now, by assurance
grafana-circuits-degraded = Circuits degraded
grafana-circuits-degraded-about = Circuits that are degraded now, by assurance
grafana-circuits-unknown = Circuits unknown
grafana-circuits-unknown-about = Circuits that are unknown now, by assurance
grafana-circuits-available = Circuits available
grafana-circuits-available-about = Circuits that are available now, by assurance
grafana-kept-1d = Promises kept, 1d
grafana-kept-1d-about = 1 minus breaches over clocks that ended, in the last day; nothing where none ended, or where the data does not reach back so far
grafana-kept-7d = Promises kept, 7d
grafana-kept-7d-about = 1 minus breaches over clocks that ended, in the last 7 days; nothing where none ended, or where the data does not reach back so far
grafana-kept-30d = Promises kept, 30d
grafana-kept-30d-about = 1 minus breaches over clocks that ended, in the last 30 days; nothing where none ended, or where the data does not reach back so far
grafana-time-left-over-time = Time left, over time (lowest row: late)
grafana-time-left-over-time-about = The same distribution over time; the lowest row is late. A strong band that sinks is a wave of deadlines drawing near
grafana-failed = failed { $reason }
grafana-accepted = accepted
grafana-events = events
grafana-duplicates = duplicates
grafana-board-wall = NOC wall
grafana-board-wall-about = What is about to break, for a screen that everybody sees: trust first, then clocks by tier and state, nearest deadlines, and when each tier was last bad
grafana-board-promises = Promises
grafana-board-promises-about = Which promises were kept, by tier and target, and which allowances are being used up
grafana-board-circuits = Circuits
grafana-board-circuits-about = Which circuits are down, by assurance, and when they were
grafana-board-oncall = On call
grafana-board-oncall-about = What fires, who was told, what is held back, and who is on duty
grafana-board-sources = Sources and tierwatch itself
grafana-board-sources-about = Whether the data comes in, and whether the program works
grafana-board-promises-influxql = Promises (InfluxDB 1.8)
grafana-board-promises-influxql-about = Which promises were kept, from the points in InfluxDB 1.8, with the tickets that broke them
grafana-board-promises-flux = Promises (InfluxDB 2)
grafana-board-promises-flux-about = Which promises were kept, from the points in InfluxDB 2, with the tickets that broke them
grafana-other-boards = tierwatch dashboards
grafana-mark-breaches = Breach
grafana-mark-restarts = tierwatch started
grafana-mark-policy-changes = Configuration read
grafana-mark-outages = More circuits unavailable
grafana-no-data = no data
grafana-none-or-no-data = none fires, or no data
grafana-not-so-long = not { $window } of data yet
grafana-now = Now
grafana-as-time-goes-by = As time goes by
grafana-allowances = Allowances and time left
grafana-records = Records
grafana-program = The program
grafana-what-it-stores-and-sends = What it deletes and sends on
grafana-are-pages-delivered = Are pages delivered?
grafana-those-clocks = These clocks
grafana-those-circuits = These circuits
grafana-those-pages = Pages, and why not
grafana-those-sources = Sources
grafana-who-is-on = Who is on duty
grafana-kept = kept
grafana-firing = firing
grafana-at-risk = at risk
grafana-in-time = in time
grafana-cannot-be-judged = cannot be judged
grafana-nothing-open = nothing open
grafana-answers = answers
grafana-silent = silent
grafana-judges = judges
grafana-stands-still = stands still
grafana-pages-leave = pages leave
grafana-pages-stuck = stuck
grafana-no-receiver = no receiver
grafana-nothing-found = nothing found
grafana-findings = findings
grafana-on-time = on time
grafana-too-late = late
grafana-taken = taken
grafana-refused = refused
grafana-no-escalation = none waits
grafana-trust-answers = tierwatch
grafana-trust-answers-about = Whether every installation answers the scrape; silent also where nothing is scraped
grafana-trust-engine = Engine
grafana-trust-engine-about = Whether clocks were looked at in the last five minutes, the store takes writes and the machine's clock is steady
grafana-trust-sources = Sources
grafana-trust-sources-about = Whether every source was read and is fresh enough to judge clocks by
grafana-trust-pages = Pages
grafana-trust-pages-about = Stuck: a page has waited for more than five minutes to be accepted
grafana-trust-audit = Audit
grafana-trust-audit-about = Whether the last audit found anything that nobody was told of, or that was counted wrongly
grafana-trust-heartbeat = Synthetic clock
grafana-trust-heartbeat-about = Whether the synthetic clock came to every stage of the whole way in time
grafana-worst-state = Worst state of each tier
grafana-worst-state-about = The worst state of a tier's open clocks by the time; a gap is a time of which nothing is known
grafana-silences-in-force = Silences in force
grafana-silences-in-force-about = Silences that withhold pages at present; clocks go on
grafana-nobody-on-duty = Layers without anybody
grafana-nobody-on-duty-about = Layers of the rosters in which nobody is on duty now
grafana-kept-all = Promises kept, since the beginning
grafana-kept-all-about = 1 minus breaches over clocks that ended, since this installation began to count
grafana-kept-by-target = Promises kept by tier and target, the worst first
grafana-kept-by-target-about = Since the beginning of the counters. A row leads to its clocks
grafana-breached-by-tier = Breaches, by tier
grafana-breached-by-tier-about = Breaches in each step of time, where they happened
grafana-newest-breaches = Newest breaches
grafana-newest-breaches-about = Which tickets and circuits broke a promise, the newest first
grafana-worst-circuits = Worst state of each assurance
grafana-worst-circuits-about = The worst state of the circuits of an assurance by the time; a gap is a time of which nothing is known
grafana-circuits-unavailable-by-assurance = Circuits unavailable, by assurance
grafana-circuits-unavailable-by-assurance-about = Circuits that are unavailable, over time
grafana-firing-by-stage = Alerts firing, by tier and stage
grafana-firing-by-stage-about = Alerts that tierwatch holds firing, the most first
grafana-on-duty = On duty
grafana-on-duty-about = How many people are on duty in each layer of each team; red where nobody is
grafana-escalations-waiting = Escalations ahead
grafana-escalations-waiting-about = Alerts that page further people if nobody acknowledges them
grafana-next-escalation-in = Next escalation in
grafana-next-escalation-in-about = Time until the next step pages further people
grafana-silenced-past-a-deadline = Silenced past a deadline
grafana-silenced-past-a-deadline-about = Clocks whose alert a receiver's own silence withholds beyond their deadline, by tier
grafana-pages-accepted-by-channel = Pages accepted in an hour, by channel
grafana-pages-accepted-by-channel-about = Pages that each channel accepted during the hour before each point
grafana-subjects-not-understood = Subjects not understood
grafana-subjects-not-understood-about = Open subjects with a word that nobody understands although a promise depends on it
grafana-unknown-words-in-an-hour = Unknown words in an hour
grafana-unknown-words-in-an-hour-about = Words that the mapping or a ladder does not know, during the hour before each point
grafana-corrections-in-an-hour = Corrections in an hour
grafana-corrections-in-an-hour-about = Counted happenings that a later statement of the source withdrew, during the hour before each point
grafana-configuration = Configuration
grafana-configuration-about = Whether the last reload of the configuration was taken
grafana-running-since = Running for
grafana-running-since-about = How long ago the program started
grafana-caches = Hits of the caches
grafana-caches-about = The share of questions that each cache could answer
grafana-connections-ended = Connections ended in an hour
grafana-connections-ended-about = Connections that the page ended during the hour before each point, by reason
grafana-exporter-behind = Exporters behind by
grafana-exporter-behind-about = How long ago nothing waited for the exporter's database
grafana-exporter-rejected = Points rejected in an hour
grafana-exporter-rejected-about = Points that the exporter's database refused for good
grafana-rows-deleted = Rows deleted in an hour
grafana-rows-deleted-about = What the sweep of what is over deleted, by kind
grafana-rule-breached = { $value } clock(s) of { $tier } customers are past their deadline and open ({ $job })
grafana-rule-at-risk = { $value } clock(s) of { $tier } customers have used most of their budget ({ $job })
grafana-rule-silent = tierwatch ({ $job }) does not answer, or its engine stands still: no clock is judged and no page is sent
grafana-rule-source-stale = The data of source { $source } is too old to judge clocks by ({ $job })
grafana-rule-outbox-stuck = A page has waited for { $value } s to be accepted by { $channel } ({ $job })
grafana-rule-heartbeat-late = The synthetic clock is late at { $stage } ({ $job })
grafana-rule-findings = The audit found { $value } { $kind } ({ $job })
grafana-rule-store = tierwatch ({ $job }) cannot write to its store
grafana-thing-folder = folder
grafana-thing-data-source = data source
grafana-thing-dashboard = dashboard
grafana-thing-rules = alert rules
grafana-did-made = { $what } { $name }: made
grafana-did-replaced = { $what } { $name }: replaced
grafana-did-unchanged = { $what } { $name }: as it should be
grafana-did-would-make = { $what } { $name }: would be made
grafana-did-would-replace = { $what } { $name }: would be replaced
grafana-breached-in-1d = Breached, 1d
grafana-breached-in-1d-about = Clocks that breached in the last day, where it happened
grafana-ended-in-1d = Ended, 1d
grafana-ended-in-1d-about = Clocks that ended in the last day, in time or late
grafana-breached-in-7d = Breached, 7d
grafana-breached-in-7d-about = Clocks that breached in the last 7 days, where it happened
grafana-ended-in-7d = Ended, 7d
grafana-ended-in-7d-about = Clocks that ended in the last 7 days, in time or late
grafana-breached-in-30d = Breached, 30d
grafana-breached-in-30d-about = Clocks that breached in the last 30 days, where it happened
grafana-ended-in-30d = Ended, 30d
grafana-ended-in-30d-about = Clocks that ended in the last 30 days, in time or late
grafana-used-at-the-end = Share of the budget used at the end, p90
grafana-used-at-the-end-about = Nine of ten clocks that ended in the six hours before each point had used at most this share of their budget
grafana-used-by-team = Time that each team and supplier had
grafana-used-by-team-about = Counted time of clocks that ended, by who had them (ola: a team, uc: a supplier, none: nobody was named), the most first; without what was taken back
grafana-used = used

# Attributes of a subject, as a head of a line and in a sentence.
attribute-title = title
attribute-url = link
attribute-circuit = circuit
attribute-tier = tier
attribute-assurance = assurance level
attribute-urgency = urgency
attribute-scope = scope
attribute-process = process
attribute-customer-tier = tier of the customer
attribute-far-tier = tier at the other end
attribute-customer-class = customer class
attribute-service = service
attribute-order-class = order class
attribute-customer = customer
attribute-team = team
attribute-supplier = supplier
attribute-provider = provider
attribute-site = site
attribute-device = device
attribute-cause = cause

# Targets without a clock, and why. $row are the conditions of a row, $values the words that would do.
explain-why-heading = Targets without a clock
explain-why-other-kind = it is of a { $kind }; this is a { $own }
explain-why-not-in-version = { $policy }, the version in force, has no such target
explain-why-left-out = { $attribute } is { $word }, and `unless` leaves that out; another word would not be left out
explain-why-no-figure = the policy has no figure for anybody
explain-why-unsaid = { $attribute } is not said; the nearest row ({ $row }) needs { $values }
explain-why-not-understood = { $attribute } is { $word }, which nobody understands; the nearest row ({ $row }) needs { $values }
explain-why-other-word = { $attribute } is { $word }; the nearest row ({ $row }) needs { $values }
explain-why-inherited = { $attribute } is { $word } by the rules under `inherit`, whatever its own is; the nearest row ({ $row }) needs { $values }
explain-why-too-young = younger than { $length }; from that age on the nearest row ({ $row }) holds
explain-why-clock-too-young = less than { $length } have passed since the clock's first start; from then on the nearest row ({ $row }) holds
explain-why-no-instant = the source does not say { $instant }, ahead of which it is due
explain-why-no-date = the source does not say { $name }, which is the deadline under the nearest row ({ $row })
explain-why-opened-outside = it was opened at a time that does not count in the calendar `{ $name }`; the nearest row ({ $row }) is for what is opened within it
explain-why-opened-in = it was opened at a time that counts in the calendar `{ $name }`; the nearest row ({ $row }) is for what is opened outside it
explain-why-not-begun = promised, and not begun: the clock begins when the { $kind } is { $conditions }
explain-why-promised-later = promised now, and not when the clock would have begun; the next { $conditions } begins it
explain-why-promised-later-by = promised now, and not when { $target } ended; its next end begins the clock
explain-why-other-not-ended = promised, and not begun: the clock begins with the end of { $target }, which has not ended
explain-why-other-ended-soon = promised, and not begun: { $target } was open for { $lasted } and must be open for more than { $over }
explain-why-counted = counted together with others; the clock is that of { $group }
explain-why-not-entered = counted when the { $kind } is { $conditions }, which it has not been while it fitted
explain-why-withdrawn = not counted, for it is { $word }; without that it counts when the { $kind } is { $conditions }
explain-why-gone = not counted, for it was retired while it was open
explain-why-excused = not counted, for a correction leaves out the time when it was { $conditions }
explain-why-excused-for = not counted, for { $word } excuses that it was { $conditions }
explain-why-not-judged = counted when its clock of { $target } is kept or broken, which it is not yet
explain-why-no-clock-to-count = not counted, for it has no clock of { $target }, which is what is counted
explain-why-not-grouped = { $attribute } is not said, and only what has one is counted, apart for each
explain-why-unsaid-to-count = { $attribute } is not said; only { $values } is counted
explain-why-other-word-to-count = { $attribute } is { $word }; only { $values } is counted
explain-why-not-understood-to-count = { $attribute } is { $word }, which nobody understands; only { $values } is counted
explain-why-guarded-later = due in guarded periods alone; the next, { $title }, begins at { $since }
explain-why-guarded-now = due in guarded periods alone; { $title } holds until { $until }, and nothing is due in it at present
explain-why-guarded-over = due in guarded periods alone; the last, { $title }, ended at { $until }
explain-why-unmet = of that row as many further conditions are not met: { $unmet }
explain-why-others = other rows of the target: { $others }

## The terminal: the keys of a policy, tierwatch diff-policy

policy-differs = { $path }: { $what }: { $old } → { $new }
policy-differs-order = { $path }: { $what }, in another order: { $old } → { $new }
policy-differs-none = none
policy-key-policy = the id of the policy
policy-key-version = the version
policy-key-name = the name for people
policy-key-effective-from = in force from
policy-key-ladders = the ladders
policy-key-calendars = the calendars
policy-key-targets = the targets
policy-key-pause-reasons = the reasons for which a clock may wait
policy-key-at-risk = the share from which a clock is at risk
policy-key-stages = the stages at which people are told
policy-key-pace = whether an allowance warns when it is used too fast
policy-key-agreements = what teams and suppliers may use of a budget
policy-key-instants = the instants of the policy's own
policy-key-attributes = the attributes of the policy's own
policy-key-inherit = inherited tiers
policy-key-major-faults = the rules of major faults
policy-key-guarded-periods = the guarded periods
policy-key-source = where it comes from
policy-key-corrects = the versions in whose place it stands
policy-key-from = from when on
policy-key-to = until when
policy-key-for = whom it is for
policy-key-tier = the tier
policy-key-assurance = the assurance
policy-key-budgets = the figures
policy-key-ordered-by = who ordered it
policy-key-note = a remark
policy-key-en = the English name
policy-key-zh = the Chinese name
policy-key-circuits = how many circuits
policy-key-lasting = for how long at least
policy-key-when = what it is for
policy-key-one-cause = only of one root cause
policy-key-values = the values that there are
policy-key-kind = which kind of agreement
policy-key-party = the team or supplier
policy-key-supports = the target that it supports
policy-key-budget = the budget
policy-key-at-least = at least so often
policy-key-goal = the share that must be good
policy-key-calendar = the calendar
policy-key-after = from which age of the subject on
policy-key-after-start = from how long after the start of the clock on
policy-key-opened-in = only for what was opened in the hours of
policy-key-opened-outside = only for what was opened outside the hours of
policy-key-windows = how far back the pace looks
policy-key-factor = how many times too fast
policy-key-of = what it is of
policy-key-start = what starts the clock
policy-key-stop = what ends the clock
policy-key-cancel = what cancels the clock
policy-key-reset = what begins another cycle
policy-key-pause = the reasons for which it waits
policy-key-reopen = what a reopening does
policy-key-on-change = what a change of tier does
policy-key-recurring = whether each feedback begins another cycle
policy-key-per = the period
policy-key-choose = which of the rows holds
policy-key-begins = the instants from which the clock runs
policy-key-ahead-of = the instant from which it is counted back
policy-key-last-day = where the last working day ends
policy-key-started-by = the target whose end starts it
policy-key-unless = whom it does not apply to
policy-key-assumed = what no source says
policy-key-counts = what is counted
policy-key-by = what is counted apart by
policy-key-groups = the groups that there are from the start
policy-key-good = what makes a counted one good
policy-key-duties = by which date it is due
policy-key-during = in which guarded period it is due
policy-key-each = how often it is due
policy-key-at = the time of day
policy-key-late = whether a missed one can be made up
policy-key-target = the target
policy-key-entered = the conditions that it must enter
policy-key-over = only if the other took longer than
policy-key-instant = the instant
policy-key-zone = the time zone
policy-key-hours = the hours
policy-key-seasons = the seasons
policy-key-shift-belongs-to = to which date a night shift belongs
policy-key-week-begins = on which day a week begins
policy-key-holidays = the holidays
policy-key-working-days = the working days out of turn
policy-key-days = the single dates
policy-key-date = the date
policy-key-reason = why
policy-key-approved-by = who allowed it
policy-key-dates = the dates
policy-key-years = for which years it is complete
policy-key-ics = the calendar file
policy-key-transparent = whether free events close their time
policy-key-country = the country
policy-key-subdivision = the part of the country
policy-key-make-up-hours = the hours of make-up days
policy-key-id = the id

# What is not done that somebody asked for: silences, acknowledgements, corrections, retirements. $subject is a ticket or circuit.

deed-author-unfit = the name of who does it has a sign that can be read at least, and { $most } characters at most; write the name of a person or a program
deed-reason-unfit = the reason has a sign that can be read at least, and { $most } characters at most; say why in a sentence
deed-silence-matchers = a silence has { $most } matchers at most; make two of it
deed-silence-unseen = { $matcher }: this matcher has signs that cannot be seen; write it without them
deed-silence-pattern = { $matcher }: over some texts this pattern would be tried for very long, and pages would wait for it; repeat nothing within what is repeated, and use at most three repetitions without an end
deed-silence-ends-before = it would end at { $ends }, before it begins at { $begins }; mend one of them
deed-silence-ended = it would have ended at { $ends } already; a silence is for what comes
deed-silence-too-long = it would last { $lasts }, and the longest is { $longest }: a longer one is forgotten; write a shorter one, and renew it if it must be
deed-silence-too-far = a silence begins at most { $most } from now on, and not before 1970; add it when its time is nearer
deed-silence-unknown = { $name } is not a silence; those in force or to come: { $known }
deed-silence-over = { $name } ended already, at { $at }; there is nothing to do
deed-no-such-alert = { $named }: no alert, root cause or subject has this name; look for it on the page
deed-nothing-fires = { $subject }: no alert of it fires, so there is nothing to acknowledge
deed-not-acknowledged = { $named }: no acknowledgement of it is in force, so there is nothing to take back
deed-no-such-subject = { $subject }: no source has named it; look for its id on the page, or in the source itself
deed-several-subjects = { $subject }: several sources know it; name one: { $several }
deed-of-a-group = { $subject }: is counted of several, and has no past of its own; correct or retire those that it counts
deed-source-not-configured = { $subject }: source { $source } is not in the configuration any more, so its clocks stand still; put it back first
deed-of-the-future = { $subject }: what is known of it lies in the future; correct it when its time has come
deed-no-such-target = target { $target } is not in policy { $policy }; it has { $known }
deed-span-turned = from { $start } to { $end }: the first is not before the second; exchange or mend them
deed-too-early = { $at } is before 1970, and nothing is known of that time; write the year that is meant
deed-in-the-future = { $at } is in the future; only what has happened can be corrected
deed-before-deletion = { $subject }: what was before { $at } was deleted as `keep` says, and cannot be corrected; give a time after that
deed-nothing-known-before = { $subject }: nothing is known of it before { $at }, so there is nothing to correct
deed-changes-nothing = { $subject }: this correction changes no clock, so it was not written; look at the times with `{ $explain }`, or write it all the same with { $even_so }
deed-can-be-revoked = those that can be revoked: { $several }
deed-none-to-revoke = it has none that can be revoked
# $has is deed-can-be-revoked or deed-none-to-revoke.
deed-no-such-correction = { $named } is not a correction of { $subject }; { $has }
deed-several-corrections = { $named } is how several corrections begin; name one: { $several }
deed-revokes-a-revocation = { $named } is itself a revocation; write the correction once more instead
deed-revoked-already = { $named } has been revoked already; { $has }
deed-retire-future = { $subject }: { $at } is in the future; a subject is retired once it is gone
deed-retire-unknown = { $subject }: nothing was known of it by then; the first that is known is of { $at }
deed-retire-already = { $subject }: it is retired since { $at } already; take that back with --undo, in the API with `retire/undo`
deed-retire-lives = { $subject }: its source gave it a status at { $at }, after that, so it would not stay retired; retire it from a later instant, or have the source say that it is gone
deed-not-retired = { $subject }: it is not retired, so there is nothing to take back
deed-retired-by-source = { $subject }: its source itself says { $word }; correct it there, or map that word to something else under sources.{ $source }.mapping
