"""Build a receiver, name the channels that lead out of it, and say what goes which way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from alerts.decide import Route, with_last_resort
from monitor.alert import Channel, Delivery, Notifier
from monitor.config import ReceiverConfig
from monitor.errors import ConfigError


def ways_out(receiver: ReceiverConfig) -> tuple[Notifier, tuple[Channel, ...]]:
    """A receiver and its channels.

    Raises ConfigError where it cannot be one person's own, be told again, or have hours.
    """
    notifier: Notifier = receiver.module.build(receiver.options)
    channels = notifier.channels(receiver.name)
    if receiver.personal and any(channel.delivery is Delivery.STATE for channel in channels):
        raise ConfigError(
            f"receivers.{receiver.name}: {receiver.kind} is told of everything that fires, again and again, so it can"
            " be nobody's own; leave out personal, or use a receiver of another type"
        )
    if receiver.repeat is not None and any(channel.delivery is Delivery.STATE for channel in channels):
        raise ConfigError(
            f"receivers.{receiver.name}: {receiver.kind} is told of everything that fires, again and again, and repeats"
            " pages itself; leave out repeat, and set repeat_interval there"
        )
    if receiver.hours.own is not None and any(channel.delivery is Delivery.STATE for channel in channels):
        raise ConfigError(
            f"receivers.{receiver.name}: {receiver.kind} is told of everything that fires, again and again, so nothing"
            " waits for hours on its way; leave out hours, and set mute_time_intervals there"
        )
    return notifier, channels


def routes_of(receiver: ReceiverConfig, channels: Iterable[Channel]) -> list[Route]:
    """What goes out by each channel of a receiver."""
    return [
        Route(channel, receiver.only, receiver.shadow, receiver.personal, hours=receiver.hours) for channel in channels
    ]


def all_heard(by_name: Mapping[str, Sequence[Route]], unread: Sequence[Mapping[str, str]]) -> dict[str, list[Route]]:
    """The routes by receiver, with those marked by which somebody hears of words that are not understood.

    *unread* are the labels of such alerts, by source.
    """
    together = tuple(route for routes in by_name.values() for route in routes)
    heard = {route.channel: route for route in with_last_resort(together, unread)}
    return {name: [heard[route.channel] for route in routes] for name, routes in by_name.items()}
