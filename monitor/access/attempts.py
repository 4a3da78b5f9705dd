"""Count failed logins, so that nobody can try passwords for long.

Pure: `now` comes in. Memory is bounded: of more than MOST keys the one that failed longest ago is forgotten.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from datetime import datetime, timedelta

WITHIN = timedelta(minutes=15)
"""How long a failure counts."""

OF_ACCOUNT, OF_ADDRESS = 10, 50
"""Failures within that time after which an account, or an address, has to wait. Many people may share an address."""

MOST = 4096
"""Accounts and addresses of which failures are remembered."""


class Attempts:
    """Failed logins by account and by address. Whoever calls from several threads brings a lock."""

    def __init__(self) -> None:
        self._failed: OrderedDict[tuple[str, str], list[datetime]] = OrderedDict()

    def wait(self, account: str, address: str, now: datetime) -> timedelta:
        """How long a login of this account from this address has to wait; zero where it may be tried."""
        return max(self._wait(key, most, now) for key, most in _keys(account, address))

    def failed(self, account: str, address: str, now: datetime) -> None:
        """Count a failure, of an account that there is or is not."""
        for key, most in _keys(account, address):
            self._failed[key] = [*self._failed.get(key, []), now][-most:]
            self._failed.move_to_end(key)
        while len(self._failed) > MOST:
            self._failed.popitem(last=False)

    def succeeded(self, account: str) -> None:
        """Forget the failures of an account; those of the address go on counting."""
        self._failed.pop(("account", account), None)

    def __len__(self) -> int:
        return len(self._failed)

    def _wait(self, key: tuple[str, str], most: int, now: datetime) -> timedelta:
        failed = self._failed.get(key, [])
        if len(failed) < most:
            return timedelta(0)
        return min(max(failed[0] + WITHIN - now, timedelta(0)), WITHIN)


def _keys(account: str, address: str) -> tuple[tuple[tuple[str, str], int], ...]:
    return (("account", account[:200]), OF_ACCOUNT), (("address", _net(address)), OF_ADDRESS)


def _net(address: str) -> str:
    """The address; of IPv6 the network of one customer, for in it somebody has as many addresses as wanted."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
