"""Build a receiver, and name the channels that lead out of it."""

from __future__ import annotations

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
