"""Build, begin and end the parts that are made of one configuration: sources, engine, receivers, watches, pages.

What outlives a configuration is in `host.py`. When one is read again, its parts are built beside those that run; what
cannot be built is refused, and nothing has changed. `begin` is all that they write to the store before they run.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor as PoolExecutor
from apscheduler.schedulers import SchedulerNotRunningError
from apscheduler.schedulers.background import BackgroundScheduler
from starlette.types import ASGIApp

from alerts.decide import RouteTable, clock_alerts, labels, machine_clock
from alerts.delivery import Linking
from exporters.web import Views as WebViews
from exporters.web import build_app
from monitor import wallclock
from monitor.alert import Alert, Channel, Settings
from monitor.clock import Outcome, standing_groups
from monitor.config import Config, alert_settings, plain
from monitor.errors import StoreError, TierwatchError
from monitor.memory import caches_of_functions
from monitor.net import deadline, witnessed
from monitor.policy import GROUPS
from monitor.service.api_site import ApiSite
from monitor.service.customer_views import customer_views
from monitor.service.deeds import Deeds
from monitor.service.delivery import Receivers
from monitor.service.drill_watch import DrillWatch
from monitor.service.engine_loop import EngineLoop
from monitor.service.engine_worker import Worker
from monitor.service.escalator import REFRESH_EVERY, REFRESH_FIRST, Escalator, keys_of, linking
from monitor.service.exporting import Exporting
from monitor.service.host import Host
from monitor.service.hub import Hub
from monitor.service.intake import Intake
from monitor.service.joint_alerts import JointAlerts
from monitor.service.judging_watch import JudgingWatch
from monitor.service.listed import Listed
from monitor.service.listed_clocks import ListedClocks
from monitor.service.live_sections import live_sections
from monitor.service.logins import Logins
from monitor.service.loss_watch import LossWatch
from monitor.service.poller import Sources
from monitor.service.publisher import PublishedParts, Publisher
from monitor.service.pulse import Ping, Pulse
from monitor.service.recounting import Recounting
from monitor.service.reload_watch import ReloadWatch
from monitor.service.repeater import Repeater
from monitor.service.retention import Retention
from monitor.service.retiring import Retiring
from monitor.service.scraped import scraped
from monitor.service.silence_watch import SilenceWatch
from monitor.service.stale_source_watch import StaleSourceWatch
from monitor.service.stopping import named
from monitor.service.subscribing import Subscribing
from monitor.service.threads import LOOK_EVERY
from monitor.service.unread_words import UnreadWordsWatch
from monitor.store import Anew, Exports, Listing, Losses, Publications, Recomputation, Unread, operator
from monitor.worktime import entries_left_out, notices

if TYPE_CHECKING:
    from exporters.api import Section

log = structlog.get_logger()

CONFIRM_EVERY = timedelta(minutes=1)
"""How often receivers that can be asked what they hold are asked."""

FIRST_CONFIRMATION = timedelta(seconds=5)
"""When they are asked first after a start, so that what was told at the start has arrived."""

POLL_GRACE = 1.0
"""Seconds that polls by a configuration that was replaced get to end by themselves; then they are aborted."""

POLLS_WITHIN = 5.0
"""Seconds after which none of them is waited for any more: what it may still read is not stored."""


class Parts:
    """The parts of one configuration in one running program."""

    stale: StaleSourceWatch
    pulse: Pulse
    publisher: Publisher

    def __init__(self, config: Config, host: Host, before: Parts | None = None) -> None:
        """Builds every plug-in, and reads the rota. Raises ConfigError or StoreError.

        *before* are the parts that run: what they know and a configuration does not change goes on.
        """
        self.config, self._host = config, host
        self.stopping = threading.Event()
        now, database, clocks, time_ = host.now, host.database, host.clocks, host.machine.time
        self._before = None if before is None else before.config
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self.sources = Sources(
            config, host.ingest, self._scheduler, host.news.wake, self.stopping, time_, host.threads.enlist,
            Losses(database).accepted_at, host.polling, lambda source, batch: self.intake.commit(source, batch),
        )  # fmt: skip
        self.names = tuple(source.name for source in config.sources)
        links = self._marking(linking(config, lambda: self.settings.page_url))
        unread = [labels(source.name, config.rules.policy, config.instance) for source in config.sources]
        self.receivers = Receivers(
            config.receivers, host.deliveries, self.stopping, links, time_, unread, lambda: self.settings
        )
        routes = self.receivers.routes
        installed = clocks.installed_at(host.started)
        self.settings: Settings = self._at_the_page(alert_settings(config, installed))
        self.router = RouteTable(routes, lambda: self.settings)
        self.judging = JudgingWatch(
            Anew(database), clocks, [*self.names, GROUPS], lambda: self.router, lambda: self.settings
        )
        self.recomputation = Recomputation(database, config.rules.version, (*self.names, GROUPS))
        self.worker = Worker(
            clocks, config.rules, self._decide, self.router, installed, self.names, self.judging, self.recomputation,
            exemplars=host.exemplars,
        )  # fmt: skip
        if before is not None:
            self.worker.count_on(before.worker)
        self.silence_watch = SilenceWatch(
            database, self.router, lambda: self.settings, config.wake_through_silence, self.receivers.listers
        )
        self.stale = StaleSourceWatch(
            config.sources, config.rules, clocks, host.views, self.router, lambda: self.settings,
            host.watched, None if before is None else before.stale,
        )  # fmt: skip
        self.unread = UnreadWordsWatch(
            self.names, config.rules, clocks, Unread(database), self.router, lambda: self.settings
        )
        self.losses = LossWatch(self.names, Losses(database), clocks, self.router, lambda: self.settings)
        self.joint = JointAlerts(clocks, host.views, config.rules.policy, self.router, lambda: self.settings)
        self.escalator = Escalator(config, database, self.receivers.by_name, lambda: self.settings.page_url, now)
        self.drills = DrillWatch(
            config, database, self.receivers.by_name, lambda: self.escalator.rota, lambda: self.settings
        )
        self.repeater = Repeater(config.receivers, database, self.receivers.by_name, lambda: self.settings, now)
        self.pulse = Pulse(
            database, config.rules, routes, lambda: self.settings, config.synthetic_every,
            None if config.heartbeat is None else Ping(config.heartbeat, config.heartbeat_every),
            before=None if before is None else before.pulse,
        )  # fmt: skip
        self.reload_watch = ReloadWatch(host.reloads, clocks, routes, lambda: self.settings)
        self.publisher = Publisher(
            config, host.views, host.timing, host.started, self._published(),
            channels=[route.channel.name for route in routes], watched=host.watched,
            before=None if before is None else before.publisher,
        )  # fmt: skip
        self.exporting = Exporting(
            config.exporters, Exports(database), self.stopping, lambda at: self.publisher.snapshot(at), host.now,
            host.exporting,
        )  # fmt: skip
        self.hub = Hub(config.hub, database, host.threads, self.stopping, host.now, lambda: self.settings.page_url)
        self.listed = Listed(config, database, self.escalator, lambda: self.unread.words, now, host.news.wake)
        self.deeds = Deeds(
            config, database, self.escalator, now, host.news.wake, lambda name: host.requests.by_person(name)
        )
        self.retention = Retention(config.keep, config.rules, config.zone, self.names, database)
        self.engine = EngineLoop(self, host)
        self.intake = Intake(
            host.ingest, self.worker, host.turn, time_, self.stopping, host.machine.judged, self.engine.told
        )
        threads = max(4, len(config.sources) + len(self.silence_watch.channels))
        self._scheduler.add_executor(PoolExecutor(threads, {"initializer": host.threads.enlist}), "default")
        self._keys = keys_of(config)

    def _published(self) -> PublishedParts:
        """What is published of these parts and of what outlives them."""
        host = self._host
        return PublishedParts(
            trust=self.pulse.trust,
            unread=lambda: self.unread.words,
            page=host.ended,
            configured=lambda: host.reloads.configured,
            swept_at=lambda: self.retention.swept_at,
            caches=lambda: (*caches_of_functions(), *self.worker.hot.uses(), self.worker.prejudgements.use()),
            exporters=lambda: self.exporting.health(),
            oncall=self.escalator.figures,
            exemplars=host.exemplars.newest if self.config.metrics.exemplars else dict,
            page_url=lambda: self.settings.page_url,
            live=host.live.use,
            subscribers=lambda: self.hub.states(),
        )

    @property
    def site(self) -> ASGIApp:
        """The page, as this configuration has it."""
        host = self._host
        logins = Logins(self.config, host.database, host.logins, host.now)
        retiring = Retiring(self.config, host.database, self._keys, host.now, host.news.wake)
        views = WebViews(
            snapshot=lambda: self.publisher.snapshot(host.now()),
            explain=lambda source, subject: self.publisher.explain(source, subject, host.now()),
            now=host.now,
            ready=host.readiness,
            desk=self.escalator.desk(),
            language=self.config.language,
            zone=self.config.zone,
            retire=retiring.actions(),
            gate=logins.gate(),
            login=logins.actions(),
            reload=partial(host.requests.answer, self.config.reload_token),
            scraped=scraped(self.config, host),
            clocks=ListedClocks(Listing(host.database), self.config.rules, host.now).page,
            lists=self.listed.pages(),
            customers=customer_views(host.database, self._keys, self.config.zone, host.now),
            live=host.live.broadcaster,
            api=ApiSite(lambda: self.publisher, host.database, host.now, self._sections, host.alerting_first),
        )
        return build_app(views, host.exporter)

    def _sections(self) -> Sequence[Section]:
        host = self._host
        subscribing = Subscribing(self.config.hub, host.database, host.now, self.hub.wake)
        live = live_sections(
            host.live.broadcaster, subscribing, host.database, host.now, lambda: self.settings.page_url
        )
        return (*self.listed.sections(), *self.deeds.sections(), *live)

    # -- begin and end -----------------------------------------------------------------------------------------------

    def begin(self, first: bool) -> None:
        """Write what follows from the configuration before any of its parts runs. Raises StoreError.

        What cannot be taken back stands last: up to there, other parts may go on as if nothing had been written. At
        the *first* of this program every source is polled, and whatever an earlier run left is looked at.
        """
        host, rules = self._host, self.config.rules
        at = host.now()
        self.settings = self._at_the_page(self.settings)
        self._name_what_calendars_lack(at)
        self.judging.begin(rules.version, host.machine.ended if first else at, at, rules.corrected)
        again = self.recomputation.mark()
        host.clocks.ensure_groups(standing_groups(rules))
        if again:
            more = {} if self.recomputation.over else {"what": "these first; the others follow by their deadlines"}
            log.info("recomputation_queued", subjects=again, rules=rules.version, **more)
        for name in sorted(host.views.sources().keys() - set(self.names)):
            log.warning("source_not_configured", source=name, what="its clocks stand still, its alerts keep firing")
        if not first:
            self.pulse.begin(at)
        self._publish(at)
        tiers = tuple(self.settings.tiers)
        for name in host.deliveries.begin(self.receivers.channels, at, self.router.takes, tiers):
            log.warning("receiver_not_configured", channel=name, what="what waited for it is closed and told to nobody")
        self.exporting.begin()
        host.watch(self.names, at)
        host.machine.watches([*self.names, GROUPS])
        if first:
            self.sources.catch_up()
            host.machine.compare_with_peers()
            self.pulse.begin(host.now())

    def run(self) -> None:
        """Begin the threads; each waits for those of its name that are still there."""
        threads, before = self._host.threads, self._host.threads.alive
        self.intake.caught_up()
        start = partial(threads.start, stopping=self.stopping, before=before)
        start("engine", self.engine.advance_forever)
        start("trust", self.engine.watch_forever)
        start("recount", self._recount)
        if self.retention.wanted:
            self.retention.begin(self._host.now())
            start("retention", partial(self.retention.forever, self._confirmed, self.stopping.wait))
        for name, work in self.receivers.work():
            start(name, work)
        for name, sending in self.exporting.work():
            start(name, sending)
        if self.hub.wanted:
            start("hub", self.hub.forever)
        self.sources.schedule(self._first_polls())
        self._schedule_confirmations()
        self._schedule_rotas()
        self._scheduler.start()

    def wake(self) -> None:
        """Let every thread that waits look whether it is to end."""
        self._host.news.wake()
        self.receivers.wake()
        self.exporting.wake()
        self.hub.wake()

    def close(self) -> None:
        """Begin no further job. Those under way go on."""
        self.stopping.set()
        if self._scheduler.running:
            with suppress(SchedulerNotRunningError):  # a stop and a reload may both come here at once
                self._scheduler.shutdown(wait=False)
        self.wake()

    def end(self) -> None:
        """End when other parts have begun: polls are aborted after a moment, pages that are under way are not.

        A page that is aborted may have arrived, and would be told twice; it has its own deadline.
        """
        began = time.monotonic()
        self.close()
        while polling := self.sources.polling:
            passed = time.monotonic() - began
            if passed > POLLS_WITHIN:
                log.warning("polls_left_behind", sources=", ".join(polling), what="what they read is not stored")
                break
            if passed > POLL_GRACE:
                deadline.abort(polling.values())
            time.sleep(0.02)

    def ask_again(self) -> None:
        """Make every job of the scheduler due now: the wall clock by which it works has jumped."""
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=wallclock.now())

    def _recount(self) -> None:
        """Keep the counts of open clocks, once the engine has looked at what was due at the start."""
        while not self.engine.looked.wait(LOOK_EVERY):
            if self.stopping.is_set():
                return
        Recounting(self._host.database).forever(self.stopping.wait)

    # -- details -----------------------------------------------------------------------------------------------------

    def _at_the_page(self, settings: Settings) -> Settings:
        return replace(settings, page_url=self.config.page_url or self._host.address)

    def _decide(self, outcome: Outcome, previous: Sequence[Alert], at: datetime) -> tuple[Alert, ...]:
        """The alerts of one subject that changed; an alert that a wrong clock caused ends with that reason."""
        changed = clock_alerts.decide(outcome, previous, self.settings, at)
        return tuple(machine_clock.withdrawn(alert, at, self.settings) for alert in changed)

    def _marking(self, links: Linking) -> Linking:
        """Mark the pages that are sent while the machine's time is not confirmed."""

        def mark(alert: Alert, at: datetime) -> Alert:
            linked = links(alert, at)
            return machine_clock.marked(linked) if self._host.machine.time.clock.unproven else linked

        return mark

    def _confirmed(self) -> datetime | None:
        """The time; None while the machine's clock is held or unproven."""
        clock = self._host.machine.time.clock
        return None if clock.held or clock.unproven else self._host.now()

    def _name_what_calendars_lack(self, at: datetime) -> None:
        calendars = self.config.calendars
        for sentence in notices(calendars, at.date()):
            log.warning("calendar_provisional", what=sentence)
        for sentence in entries_left_out(calendars):
            log.warning("calendar_entries_left_out", what=sentence)

    def _publish(self, at: datetime) -> None:
        """Record the rules if they are not the ones that were in force until now: that is how rules are published."""
        rules = self.config.rules
        whole = {"policies": plain(rules.policies), "mappings": plain(dict(rules.mappings))}
        labels = [policy.label for policy in rules.policies]
        if Publications(self._host.database).record(rules.version, labels, whole, operator(), at) is not None:
            log.info("rules_published", policies=", ".join(labels), rules=rules.version)

    def _first_polls(self) -> Mapping[str, datetime]:
        """When each source is polled first, by the wall clock. At a start all have been polled, and none is named.

        One whose options changed is polled at once, others when they would have been.
        """
        if self._before is None:
            return {}
        rows, time_, now = self._host.views.sources(), self._host.machine.time, wallclock.now()
        first = {}
        for source in self.config.sources:
            row = rows.get(source.name)
            known = None if row is None or source not in self._before.sources else row.next_poll
            first[source.name] = now if known is None else max(now, time_.wall(known))
        return first

    def _schedule_rotas(self) -> None:
        """Read the rotas that are kept in calendars again and again."""
        if self.escalator.has_feeds:
            self._scheduler.add_job(
                self._read_rotas, "interval", id="rotas", seconds=REFRESH_EVERY.total_seconds(),
                next_run_time=wallclock.now() + REFRESH_FIRST, max_instances=1, coalesce=True, misfire_grace_time=None,
            )  # fmt: skip

    def _read_rotas(self) -> None:
        try:
            with named("rotas"):
                self.escalator.refresh()
        except TierwatchError as error:
            log.error("rota_not_read", error=str(error), what="who is on duty is as it was last read")
        except Exception:
            log.exception("rota_crashed", what="who is on duty is as it was last read")

    def _schedule_confirmations(self) -> None:
        for channel in self.silence_watch.channels:
            self._scheduler.add_job(
                self.confirm, "interval", args=[channel], id=f"confirm {channel.name}",
                seconds=CONFIRM_EVERY.total_seconds(), next_run_time=wallclock.now() + FIRST_CONFIRMATION,
                max_instances=1, coalesce=True, misfire_grace_time=None,
            )  # fmt: skip

    def confirm(self, channel: Channel) -> None:
        """Ask a receiver what it holds, and send again what it has lost."""
        try:
            with named(f"list of {channel.name}"), witnessed(self.receivers.heard):
                if self.silence_watch.ask(channel, self._host.now()):
                    self.receivers.wake(channel)
        except StoreError as error:
            log.error("receiver_not_asked", channel=channel.name, error=str(error))
        except Exception:
            log.exception("confirmation_crashed", channel=channel.name)
