"""List alerts with their deliveries, list what a shadow receiver would have been sent, and test a receiver."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from alerts.wording import endings, local, plain
from monitor import config as configuration
from monitor.alert import Alert, Channel, Delivery, Notifier, Page, Reason, Result, Settings, Verdict, Withheld
from monitor.commands.a_reader import Reader, ZoneOption, alert_line, reader
from monitor.commands.console import ConfigOption, JsonOption, LanguageOption, configured, print_line, to_read
from monitor.commands.console import instant as an_instant
from monitor.config import ReceiverConfig
from monitor.errors import ConfigError, DeliveryError
from monitor.explain import AlertRecord, WithheldPage, alert_as_json, alert_sentences, text
from monitor.messages import Argument, as_annotations, joined, message
from monitor.net import Secrets
from monitor.policy import NO_RUNG
from monitor.text import json_line, length

app = typer.Typer(help="List alerts and their deliveries, and test a receiver.")

TEST = "TierwatchTest"

_AGO = timedelta(minutes=10)  # a test began so long ago that a receiver which waits for more need not
_LONGEST_HOLD = timedelta(minutes=5)


@app.callback(invoke_without_command=True)
def alerts(context: typer.Context) -> None:
    """List alerts and their deliveries, and test a receiver."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command("list")
def list_alerts(
    config: ConfigOption = Path("tierwatch.yml"),
    everything: Annotated[bool, typer.Option("--all", help="Also list alerts that have ended.")] = False,
    language: LanguageOption = None,
    zone: ZoneOption = None,
    as_json: JsonOption = False,
) -> None:
    """List firing alerts, and for each channel whether it accepted the page, or why no page was sent."""
    from monitor.store import Views

    checked = configured(config)
    reads = reader(checked, zone, language)
    with to_read(checked) as database:
        found = Views(database).alerts(everything)
    if as_json:
        print(json_line([alert_as_json(alert) for alert in found], indent=2))
        return
    for alert in found:
        for line in _alert_lines(alert, reads):
            print_line(line)
    if not found:
        print_line(reads.say(message("alerts-none-on-record" if everything else "alerts-none-fires")))


@app.command("would-have")
def would_have(
    since: Annotated[str, typer.Option(help="From when on: 7d, 12h, or an instant (ISO 8601 with zone).")],
    channel: Annotated[str | None, typer.Option(help="Only this channel, or receiver.")] = None,
    config: ConfigOption = Path("tierwatch.yml"),
    language: LanguageOption = None,
    zone: ZoneOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print what receivers in shadow would have been paged with, and how often by day and tier."""
    from monitor.store import Views
    from monitor.wallclock import now

    checked = configured(config)
    begin, reads = _since(since, now()), reader(checked, zone, language)
    with to_read(checked) as database:
        found = Views(database).practised(begin, channel)
    counts = _by_day(found, reads.zone)
    if as_json:
        print(json_line(_practised_json(found, counts), indent=2))
        return
    for row in found:
        print_line(reads.say(_practised(row, reads)))
    for (day, tier), number in counts.items():
        named = message("alerts-no-tier") if tier == NO_RUNG else reads.names.word("tier", tier)
        print_line(reads.say(message("alerts-would-have-day", day=str(day), tier=named, pages=number)))
    known: dict[str, Argument] = {"since": reads.time(begin), "pages": len(found)}
    if channel is None:
        print_line(reads.say(message("alerts-would-have-sum", **known)))
    else:
        print_line(reads.say(message("alerts-would-have-sum-on", channel=channel, **known)))
    if not found and not any(receiver.shadow for receiver in checked.receivers):
        print_line(reads.say(message("alerts-no-shadow")))


@app.command("test-page")
def page_a_test(
    receiver: Annotated[str, typer.Argument(help="The receiver's name in the configuration.")],
    config: ConfigOption = Path("tierwatch.yml"),
    hold: Annotated[str, typer.Option(help="How long the alert fires on receivers that are sent states.")] = "5s",
    even_so: Annotated[bool, typer.Option("--even-so", help="Also send to a shadow receiver.")] = False,
) -> None:
    """Send one marked test alert and its end through a receiver, right now, and print what it answered."""
    checked = configured(config, Secrets.NEEDED)
    chosen = next((one for one in checked.receivers if one.name == receiver), None)
    if chosen is None:
        has = ", ".join(one.name for one in checked.receivers)
        raise ConfigError(f"{receiver!r} is not a receiver of {config}; it has {has}")
    if chosen.shadow and not even_so:
        raise ConfigError(
            f"receiver {receiver} only practises (shadow: true), so nothing was sent; send it all the same with"
            " --even-so"
        )
    fires_for = _hold(hold)
    if not all([_try(channel, notifier, checked, fires_for) for channel, notifier in _ways(chosen)]):
        raise typer.Exit(1)


def _hold(written: str) -> timedelta:
    try:
        found = length(written)
    except ValueError as error:
        raise ConfigError(f"--hold: {error}") from error
    if found > _LONGEST_HOLD:
        raise ConfigError(f"--hold {written} is too long for a test; write 5m or less")
    return found


def _ways(receiver: ReceiverConfig) -> Iterator[tuple[Channel, Notifier]]:
    notifier: Notifier = receiver.module.build(receiver.options)
    for channel in notifier.channels(receiver.name):
        yield channel, notifier


def _try(channel: Channel, notifier: Notifier, checked: configuration.Config, hold: timedelta) -> bool:
    """Send a test and its end through one channel; prints a sentence for each, true if both were accepted."""
    from monitor.wallclock import now

    firing = a_test(checked.instance, channel, checked.zone, now())
    if not _sent(channel, notifier, firing, "the test alert", now(), checked.zone):
        return False
    if channel.delivery is Delivery.STATE:
        time.sleep(hold.total_seconds())
    return _sent(channel, notifier, a_tests_end(firing, channel, checked, now()), "its end", now(), checked.zone)


def _sent(channel: Channel, notifier: Notifier, alert: Alert, what: str, at: datetime, zone: str) -> bool:
    page = Page(1, 1, channel.name, alert, zone=zone)
    try:
        results: Sequence[Result] = notifier.send([page], at)
    except DeliveryError as error:
        results = [Result(page, Verdict.RETRY, "undelivered", str(error))]
    result = next(iter(results), Result(page, Verdict.RETRY, "unanswered", "the notifier gave no answer"))
    if result.verdict is Verdict.ACCEPTED:
        print_line(f"{channel.name}: {what} was accepted")
        return True
    how = "refused for good" if result.verdict is Verdict.REFUSED else "not accepted"
    print_line(f"{channel.name}: {what} was {how} ({result.reason}): {plain_sentence(result.detail)}")
    return False


def plain_sentence(detail: str) -> str:
    """What a notifier says for the outbox, where a page waits; here none does."""
    for said in ("; the pages wait", "; the page waits", "; it will be asked again"):
        detail = detail.removesuffix(said)
    return detail or "it gave no reason"


def a_test(instance: str, channel: Channel, zone: str, now: datetime) -> Alert:
    """An alert that nobody can take for one. Its identity is of this very test, so that each one is told."""
    at = local(now, zone, fine=True)
    labels = {
        "alertname": TEST,
        "instance": instance,
        "test": now.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ"),
        "severity": "critical",
    }
    words = {
        **as_annotations("summary", message("alert-test-summary", receiver=channel.name, at=at)),
        **as_annotations("description", message("alert-test-description")),
        "reason": Reason.FIRST.value,
    }
    return Alert(labels, words, now - _AGO)


def a_tests_end(firing: Alert, channel: Channel, checked: configuration.Config, now: datetime) -> Alert:
    """The end of a test, which says so too."""
    what = message("alert-test", receiver=channel.name)
    settings = Settings(checked.instance, now, zone=checked.zone)
    return endings.end(firing, now, Reason.RESTORED, what, settings)


def _since(written: str, now: datetime) -> datetime:
    try:
        return now - length(written)
    except ValueError:
        pass
    except OverflowError as error:
        raise ConfigError(f"--since {written} is before all time; write 7d or an instant") from error
    try:
        return an_instant(written, "--since")
    except ConfigError as error:
        raise ConfigError(f"{error}, or a length such as 7d") from error


def _alert_lines(alert: AlertRecord, reads: Reader) -> Iterator[str]:
    known: dict[str, Argument] = {
        "what": alert_line(alert.labels, alert.target, reads),
        "reason": alert_sentences.reason(alert.reason),
        "since": reads.time(alert.starts_at),
    }
    if alert.resolved_at is None:
        yield reads.say(message("alerts-listed", **known))
    else:
        yield reads.say(message("alerts-listed-over", ended=reads.time(alert.resolved_at), **known))
    answers = {answer.channel: answer for answer in alert.answers}  # the newest of each
    reasons = {decision.channel: decision for decision in alert.withheld}
    for channel in sorted(answers.keys() | reasons.keys()):
        said: list[Argument] = []
        if channel in answers:
            said.append(alert_sentences.answer(answers[channel], reads.zone))
        if channel in reasons:
            why, at = alert_sentences.withheld(reasons[channel], reads.zone), reads.time(reasons[channel].at)
            said.append(message("alerts-withheld-at", why=why, at=at))
        yield f"  {channel}: {reads.say(joined(said, '; '))}"


def _practised(row: Mapping[str, Any], reads: Reader) -> Argument:
    what, reason = alert_line(row["labels"], row["target"], reads), alert_sentences.reason(row["reason"])
    said = message("alerts-would-have", at=reads.time(row["at"]), channel=row["channel"], what=what, reason=reason)
    if row["annotations"].get("customer"):
        said = message("alerts-would-have-of", would=said, customer=plain(row["annotations"]["customer"]))
    until = _waits_until(row)
    return said if until is None else message("alerts-would-have-waits", would=said, at=reads.time(until))


def _waits_until(row: Mapping[str, Any]) -> datetime | None:
    """Until when the page would have waited for covered hours."""
    return alert_sentences.waits_until(WithheldPage(row["channel"], row["at"], Withheld.SHADOW, row["detail"]))


def _by_day(rows: Sequence[Mapping[str, Any]], zone: str) -> dict[tuple[date, str], int]:
    there = ZoneInfo(zone)
    found = Counter((row["at"].astimezone(there).date(), row["labels"].get("tier", NO_RUNG)) for row in rows)
    return dict(sorted(found.items()))


def _practised_json(rows: Sequence[Mapping[str, Any]], counts: Mapping[tuple[date, str], int]) -> dict[str, Any]:
    return {
        "pages": [
            {
                "at": text(row["at"]),
                "channel": row["channel"],
                "labels": row["labels"],
                "target": row["target"],
                "customer": row["annotations"].get("customer", ""),
                "reason": row["reason"],
                "waits_until": text(_waits_until(row)),
            }
            for row in rows
        ],
        "by_day": [{"day": day.isoformat(), "tier": tier, "pages": pages} for (day, tier), pages in counts.items()],
    }
