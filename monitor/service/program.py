"""Run the program: the one place where all parts meet.

Threads: one polls per source (APScheduler), one advances the clocks, one delivers per connection of a channel, one
audits and watches the database's file, one serves the page.
Each part catches its own failures, shows them in the metrics, and never stops the others. At the end no thread is
waited for longer than a few seconds, whatever the peers do: requests under way are aborted.
"""

from __future__ import annotations

import _thread
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor as PoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from alerts.decide import RouteTable, Straight, labels, machine_clock
from alerts.decide import clock_alerts as rules
from alerts.delivery import Linking
from exporters.web import Limits, Server, build_app
from exporters.web import Views as WebViews
from monitor import wallclock
from monitor.alert import Alert, Channel, Settings
from monitor.clock import Outcome, standing_groups
from monitor.config import Config, alert_settings, plain
from monitor.errors import StoreError, TierwatchError
from monitor.messages import load_all
from monitor.net import deadline, descriptors, witnessed
from monitor.policy import GROUPS
from monitor.service.delivery import PAUSE_AFTER_FAILURE, Receivers
from monitor.service.engine_worker import Timing, Worker
from monitor.service.escalator import REFRESH_EVERY, REFRESH_FIRST, Escalator, keys_of, linking
from monitor.service.joint_alerts import JointAlerts
from monitor.service.judging_watch import JudgingWatch
from monitor.service.looks import Look, Looks
from monitor.service.loss_watch import LossWatch
from monitor.service.machine_watch import MachineWatch
from monitor.service.poller import Sources
from monitor.service.publisher import Publisher
from monitor.service.pulse import Ping, Pulse
from monitor.service.repeater import Repeater
from monitor.service.retention import Retention
from monitor.service.retiring import Retiring
from monitor.service.silence_watch import SilenceWatch
from monitor.service.stale_source_watch import StaleSourceWatch
from monitor.service.store_watch import StoreWatch
from monitor.service.unread_words import UnreadWordsWatch
from monitor.service.wakeup import Wakeup
from monitor.store import (
    Anew,
    Clocks,
    Deliveries,
    Ingest,
    Losses,
    Machine,
    Marked,
    Publications,
    Unread,
    Views,
    operator,
)
from monitor.worktime import entries_left_out, notices

log = structlog.get_logger()

LONGEST_SLEEP = 1.0
"""Seconds after which the engine looks at the machine's clock again, whatever is due."""

LOOK_FOR_SIGNALS = 1.0
"""Seconds after which the main thread handles a signal that came at the very instant in which its wait began."""

CONFIRM_EVERY = timedelta(minutes=1)
"""How often receivers that can be asked what they hold are asked."""

FIRST_CONFIRMATION = timedelta(seconds=5)
"""When they are asked first after a start, so that what was told at the start has arrived."""

STOP_GRACE = 1.0
"""Seconds that requests under way get to end by themselves when the program stops; then they are aborted."""

STOP_WITHIN = 6.0
"""Seconds after which a stop waits for no thread any more."""

FEWEST_CONNECTIONS = 8
"""Connections that the page takes, however few descriptors there are."""


class Program:
    """One running tierwatch."""

    def __init__(self, config: Config) -> None:
        """Opens the database and builds every plug-in. Raises ConfigError or StoreError."""
        self.config = config
        self._stopping = threading.Event()
        self._news = Wakeup()
        marked = Marked(config.path, config.database, config.commands)
        self._database = marked.database
        self.ingest, self.clocks = Ingest(self._database), Clocks(self._database)
        self.deliveries, self.views = Deliveries(self._database), Views(self._database)
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._machine = MachineWatch(
            Machine(self._database),
            self.clocks,
            [*(source.name for source in config.sources), GROUPS],
            lambda: Straight(self._receivers.routes),
            lambda: self._settings,
            self._ask_again,
        )
        self._marked = marked
        self._store_watch = StoreWatch(
            marked, self.clocks, lambda: Straight(self._receivers.routes), lambda: self._settings
        )
        self._now = self._machine.time.now
        started = self._now()
        self._threads: list[threading.Thread] = []
        self._sources = Sources(
            config,
            self.ingest,
            self._scheduler,
            self._news.wake,
            self._stopping,
            self._machine.time,
            self._enlist,
            Losses(self._database).accepted_at,
        )
        links = self._marking(linking(config, lambda: self._settings.page_url))
        unread = [labels(source.name, config.rules.policy, config.instance) for source in config.sources]
        self._receivers = Receivers(
            config.receivers, self.deliveries, self._stopping, links, self._machine.time, unread,
            lambda: self._settings,
        )  # fmt: skip
        routes = self._receivers.routes
        installed = self.clocks.installed_at(started)
        self._settings: Settings = alert_settings(config, installed)
        self._router = RouteTable(routes, lambda: self._settings)
        self._judging = JudgingWatch(
            Anew(self._database),
            self.clocks,
            [*(source.name for source in config.sources), GROUPS],
            lambda: self._router,
            lambda: self._settings,
        )
        self._worker = Worker(
            self.clocks,
            config.rules,
            self._decide,
            self._router,
            installed,
            tuple(source.name for source in config.sources),
            self._judging,
        )
        self._silence_watch = SilenceWatch(
            self._database,
            self._router,
            lambda: self._settings,
            config.wake_through_silence,
            self._receivers.listers,
        )
        self._stale = StaleSourceWatch(
            config.sources, config.rules, self.clocks, self.views, self._router, lambda: self._settings
        )
        self._unread = UnreadWordsWatch(
            self._worker.sources, config.rules, self.clocks, Unread(self._database), self._router,
            lambda: self._settings,
        )  # fmt: skip
        self._losses = LossWatch(
            self._worker.sources, Losses(self._database), self.clocks, self._router, lambda: self._settings
        )
        self._joint = JointAlerts(self.clocks, self.views, config.rules.policy, self._router, lambda: self._settings)
        self._looks = Looks()
        self._escalator = Escalator(
            config, self._database, self._receivers.by_name, lambda: self._settings.page_url, self._now
        )
        self._repeater = Repeater(
            config.receivers, self._database, self._receivers.by_name, lambda: self._settings, self._now
        )
        self._timing = Timing()
        self._pulse = Pulse(
            self._database, config.rules, routes, lambda: self._settings, config.synthetic_every,
            None if config.heartbeat is None else Ping(config.heartbeat, config.heartbeat_every),
        )  # fmt: skip
        self._publisher = Publisher(
            config, self.views, self._timing, started, lambda: self.clocks.revision, self._pulse.trust,
            [route.channel.name for route in routes], lambda: self._unread.words, lambda: self._server.ended,
            lambda: self._retention.swept_at,
        )  # fmt: skip
        self._retention = Retention(config.keep, config.rules, config.zone, self._worker.sources, self._database)
        self._ready = threading.Event()
        threads = max(4, len(config.sources) + len(self._silence_watch.channels))
        self._scheduler.add_executor(PoolExecutor(threads, {"initializer": self._enlist}), "default")
        self._server = Server(build_app(self._web_views()), config.host, config.port, self._limits())

    @property
    def address(self) -> str:
        return self._server.url.rstrip("/")

    def start(self) -> None:
        """Serve, catch up with every source, then run. Returns when everything has been started."""
        load_all()
        self._server.start()
        self._settings = replace(self._settings, page_url=self.config.page_url or self.address)
        log.info("started", page=self.address, database=self._database.name, policy=self.config.rules.policy.label)
        self._name_what_calendars_lack()
        self._publish()
        rules = self.config.rules
        self._judging.begin(rules.version, self._machine.ended, self._now(), rules.corrected)
        again = self.ingest.touch_all(rules.version, (*self._worker.sources, GROUPS))
        self.clocks.ensure_groups(standing_groups(rules))
        if again:
            log.info("recomputation_queued", subjects=again, rules=self.config.rules.version)
        for name in sorted(self.views.sources().keys() - set(self._worker.sources)):
            log.warning("source_not_configured", source=name, what="its clocks stand still, its alerts keep firing")
        tiers = tuple(self._settings.tiers)
        for name in self.deliveries.begin(self._receivers.channels, self._now(), self._router.takes, tiers):
            log.warning("receiver_not_configured", channel=name, what="what waited for it is closed and told to nobody")
        self._sources.catch_up()
        self._machine.compare_with_peers()
        self._pulse.begin(self._now())
        ended = self._marked.restored(self._machine.ended)
        if ended is not None:
            log.warning(
                "database_restored", ends=str(self._machine.ended), was_used_until=ended.isoformat(),
                what="what was told, acknowledged and silenced in between is not known; some is told again",
            )  # fmt: skip
        self._thread("engine", self._advance_forever)
        self._thread("trust", self._watch_forever)
        if self._retention.wanted:
            self._retention.begin(self._now())
            self._thread("retention", partial(self._retention.forever, self._confirmed, self._stopping.wait))
        for name, work in self._receivers.work():
            self._thread(name, work)
        self._sources.schedule()
        self._schedule_confirmations()
        self._schedule_rotas()
        self._scheduler.start()
        self._ready.set()

    def _name_what_calendars_lack(self) -> None:
        calendars = self.config.calendars
        for sentence in notices(calendars, self._now().date()):
            log.warning("calendar_provisional", what=sentence)
        for sentence in entries_left_out(calendars):
            log.warning("calendar_entries_left_out", what=sentence)

    def _publish(self) -> None:
        """Record the rules if they are not the ones that were in force until now: that is how rules are published."""
        rules = self.config.rules
        whole = {"policies": plain(rules.policies), "mappings": plain(dict(rules.mappings))}
        labels = [policy.label for policy in rules.policies]
        if Publications(self._database).record(rules.version, labels, whole, operator(), self._now()) is not None:
            log.info("rules_published", policies=", ".join(labels), rules=rules.version)

    def wait(self, seconds: float | None = None) -> None:
        """Until `ask_to_stop` or `stop` is called, or *seconds* have gone by.

        It begins again and again: a signal that comes just before a wait without end begins would never be handled.
        """
        end = None if seconds is None else time.monotonic() + seconds
        while not self._stopping.is_set():
            left = LOOK_FOR_SIGNALS if end is None else min(LOOK_FOR_SIGNALS, end - time.monotonic())
            if left <= 0:
                break
            self._stopping.wait(left)

    def ask_to_stop(self) -> None:
        """Make a start or `wait` end. Safe in a signal handler, for what it interrupts may hold the event's lock."""
        _thread.start_new_thread(self._stopping.set, ())

    def stop(self) -> tuple[str, ...]:
        """End every part; what is not delivered stays in the outbox for the next start.

        Gives the names of the threads that did not end in time: what they did is done again at the next start.
        """
        self._stopping.set()
        log.info("stopping")
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        left = self._end_threads()
        self._server.stop()
        self._database.close()
        if left:
            log.warning("stopped_without_waiting", threads=", ".join(left), what="it is done again at the next start")
        else:
            log.info("stopped")
        return left

    def _end_threads(self) -> tuple[str, ...]:
        """Wait for the threads, with all requests aborted after a moment; one begun since then is aborted, too."""
        began = time.monotonic()
        while alive := [thread for thread in self._threads if thread.is_alive()]:
            passed = time.monotonic() - began
            if passed > STOP_WITHIN:
                break
            if passed > STOP_GRACE:
                deadline.abort()
            self._news.wake()
            self._receivers.wake()
            alive[0].join(0.05)
        return tuple(thread.name for thread in alive)

    def _enlist(self) -> None:
        """Add the calling thread to those that a stop waits for."""
        self._threads.append(threading.current_thread())

    # -- clocks --------------------------------------------------------------------------------------------------

    def _advance_forever(self) -> None:
        while not self._stopping.is_set():
            try:
                self._news.wait(self._advance())
            except StoreError as error:
                self._publisher.store_failed()
                log.error("engine_waits_for_store", error=str(error))
                self._receivers.wake()  # what was decided before it failed goes out
                self._stopping.wait(PAUSE_AFTER_FAILURE)
            except Exception:
                log.exception("engine_crashed", next_try=f"in {PAUSE_AFTER_FAILURE} s")
                self._receivers.wake()
                self._stopping.wait(PAUSE_AFTER_FAILURE)

    def _advance(self) -> float:
        """Do what is due; gives how long to wait."""
        clock, at, sending = self._machine.look()
        self._publisher.machine_clock(clock)
        if sending:
            self._receivers.wake()
        if not clock.begins:
            self._go_on_with_ends(at)
            return LONGEST_SLEEP
        if self.ingest.rejudge(at):
            log.info("future_records_judged")
        began, due = time.monotonic(), self._worker.next_due()
        self._timing.due_lag = 0.0 if due is None else max(0.0, (at - due).total_seconds())
        done, sending = self._worker.step(at, undo=self._machine.undoes(at))
        self._machine.judged(at)
        self._publisher.evaluated(at)
        if done:
            self._timing.add(time.monotonic() - began)
        if self._look_around(at, sending) or sending:
            self._receivers.wake()
        if done or self._worker.prejudge(self._now()):
            return 0.0
        due = min((at for at in (self._worker.next_due(), self._escalator.next_at) if at is not None), default=None)
        return LONGEST_SLEEP if due is None else min(LONGEST_SLEEP, max(0.0, (due - self._now()).total_seconds()))

    def _go_on_with_ends(self, at: datetime) -> None:
        """While new alerts are held: send the ends of alerts, and go on watching the program itself.

        Nobody is called meanwhile: steps and the ends of acknowledgements are due by the time that is not confirmed.
        """
        sending = self._worker.ends_only(at)
        self._publisher.evaluated(at)
        if self._look_around(at, sending, calling=False) or sending:
            self._receivers.wake()

    def _decide(self, outcome: Outcome, previous: Sequence[Alert], at: datetime) -> tuple[Alert, ...]:
        """The alerts of one subject that changed; an alert that a wrong clock caused ends with that reason."""
        changed = rules.decide(outcome, previous, self._settings, at)
        return tuple(machine_clock.withdrawn(alert, at, self._settings) for alert in changed)

    def _marking(self, links: Linking) -> Linking:
        """Mark the pages that are sent while the machine's time is not confirmed."""

        def mark(alert: Alert, at: datetime) -> Alert:
            linked = links(alert, at)
            return machine_clock.marked(linked) if self._machine.time.clock.unproven else linked

        return mark

    def _ask_again(self) -> None:
        """Make every job of the scheduler due now: the wall clock by which it works has jumped."""
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=wallclock.now())

    def _look_around(self, at: datetime, sending: bool, calling: bool = True) -> bool:
        """Look at everything else that may have a page; true if there is something to send."""
        looks: tuple[tuple[str, Look], ...] = (
            ("silences", self._look_at_silences),
            ("heartbeat", self._pulse.tick),
            ("major faults", self._joint.major_faults),
            ("guarded periods", self._joint.guarded_periods),
            ("age of the sources' data", self._stale.look),
            ("words that are not understood", self._unread.look),
            ("losses that are held back", self._losses.look),
            *((("escalation", partial(self._escalator.look, news=sending)),) if calling else ()),
            ("repeats", self._repeater.look),
            ("backlog", self._joint.backlog),
            ("upgrade", self._judging.look),
        )
        return self._looks.take(looks, at)

    def _schedule_rotas(self) -> None:
        """Read the rotas that are kept in calendars again and again."""
        if self._escalator.has_feeds:
            self._scheduler.add_job(
                self._read_rotas, "interval", id="rotas", seconds=REFRESH_EVERY.total_seconds(),
                next_run_time=wallclock.now() + REFRESH_FIRST, max_instances=1, coalesce=True, misfire_grace_time=None,
            )  # fmt: skip

    def _read_rotas(self) -> None:
        try:
            self._escalator.refresh()
        except TierwatchError as error:
            log.error("rota_not_read", error=str(error), what="who is on duty is as it was last read")
        except Exception:
            log.exception("rota_crashed", what="who is on duty is as it was last read")

    # -- pages ---------------------------------------------------------------------------------------------------

    def _look_at_silences(self, at: datetime) -> bool:
        """Page the authors of silences that hide a breach; true if there is something to send."""
        changed = self._silence_watch.look(at)
        self._publisher.compared(self._silence_watch.unconfirmed, self._silence_watch.suppressed_due)
        return changed

    def _schedule_confirmations(self) -> None:
        for channel in self._silence_watch.channels:
            self._scheduler.add_job(
                self._confirm, "interval", args=[channel], id=f"confirm {channel.name}",
                seconds=CONFIRM_EVERY.total_seconds(), next_run_time=wallclock.now() + FIRST_CONFIRMATION,
                max_instances=1, coalesce=True, misfire_grace_time=None,
            )  # fmt: skip

    def _confirm(self, channel: Channel) -> None:
        """Ask a receiver what it holds, and send again what it has lost."""
        try:
            with witnessed(self._receivers.heard):
                if self._silence_watch.ask(channel, self._now()):
                    self._receivers.wake(channel)
        except StoreError as error:
            log.error("receiver_not_asked", channel=channel.name, error=str(error))
        except Exception:
            log.exception("confirmation_crashed", channel=channel.name)

    # -- trust ---------------------------------------------------------------------------------------------------

    def _watch_forever(self) -> None:
        """Audit what was sent, and send the outgoing ping; not while the machine's clock is held."""
        while not self._stopping.wait(LONGEST_SLEEP):
            try:
                if self._store_watch.look(self._now()):
                    self._receivers.wake()
                self._publisher.store_lost(bool(self._store_watch.lost))
                if not self._machine.time.clock.held and self._pulse.watch(self._now()):
                    self._receivers.wake()
            except StoreError as error:
                log.error("audit_waits_for_store", error=str(error))
                self._stopping.wait(PAUSE_AFTER_FAILURE)
            except Exception:
                log.exception("audit_crashed", next_try=f"in {PAUSE_AFTER_FAILURE} s")
                self._stopping.wait(PAUSE_AFTER_FAILURE)

    def _confirmed(self) -> datetime | None:
        """The time; None while the machine's clock is held or unproven."""
        clock = self._machine.time.clock
        return None if clock.held or clock.unproven else self._now()

    # -- page ----------------------------------------------------------------------------------------------------

    def _web_views(self) -> WebViews:
        return WebViews(
            snapshot=lambda: self._publisher.snapshot(self._now()),
            explain=lambda source, subject: self._publisher.explain(source, subject, self._now()),
            now=self._now,
            ready=self._readiness,
            desk=self._escalator.desk(),
            language=self.config.language,
            retire=Retiring(self.config, self._database, keys_of(self.config), self._now, self._news.wake).actions(),
        )

    def _limits(self) -> Limits:
        """As many connections to the page as the descriptors that alerting does not need allow."""
        peers = len(self.config.sources) + len(self._receivers.channels)
        spare = descriptors.spare(peers)
        if spare < FEWEST_CONNECTIONS:
            log.warning(
                "descriptors_scarce", limit=descriptors.limit(), needed=descriptors.needed(peers) + FEWEST_CONNECTIONS,
                what="raise the limit on open files (ulimit -n); with too few, sources and receivers cannot be reached",
            )  # fmt: skip
        usual = Limits()
        return replace(usual, connections=max(FEWEST_CONNECTIONS, min(usual.connections, spare)))

    def _readiness(self) -> tuple[bool, str]:
        if self._ready.is_set():
            return True, "ready"
        return False, "tierwatch is catching up with its sources; try again in a few seconds"

    def _thread(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)
