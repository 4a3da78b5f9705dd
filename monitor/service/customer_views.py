"""Give the page of a customer what it shows, and say of a link to it whether it holds.

Months are those of the installation's zone. A link that does not hold is logged by its reason alone: neither the token
nor the name in the address, which anybody may have written.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from exporters.web import CustomerViews
from monitor.access import CustomerLink, Keys, LinkRefusal, open_link
from monitor.report import month_of
from monitor.store import Customers, Database

log = structlog.get_logger()


def customer_views(database: Database, keys: Keys | None, zone: str, now: Callable[[], datetime]) -> CustomerViews:
    """What the pages of customers see; without *keys* no link shows one."""
    store, its_zone = Customers(database), ZoneInfo(zone)

    def opened(token: str, customer: str) -> CustomerLink | LinkRefusal:
        found = LinkRefusal.FORGED if keys is None else open_link(token, customer, now(), keys)
        if isinstance(found, LinkRefusal):
            log.warning("customer_link_refused", reason=found.value)
        return found

    return CustomerViews(
        known=store.known,
        circuits=store.circuits,
        month=lambda customer: store.month(customer, month_of(now(), its_zone).begins(its_zone)),
        opened=None if keys is None else opened,
    )
