"""Read what programs may see one by one: exemplars, the clocks of `/metrics/detail`, what is probed of a circuit."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, ConfigDict
from pydantic.dataclasses import dataclass

MOST_LISTED = 5_000
"""Each listed clock is a series that ends with its clock: more of them are no longer few."""


def _few(number: int) -> int:
    if not 0 <= number <= MOST_LISTED:
        raise ValueError(f"{number} is not from 0 to {MOST_LISTED}; write 500, or 0 to list none")
    return number


@dataclass(config=ConfigDict(extra="forbid", frozen=True, defer_build=True))
class MetricsText:
    exemplars: bool = True
    """Whether `/metrics` in OpenMetrics names the subject that a counter of breaches or a bucket counted last."""
    detail: Annotated[int, AfterValidator(_few)] = 500
    """How many clocks `/metrics/detail` lists one by one, `5000` at most; with `0` there is no such address."""
    detail_tiers: list[str] | None = None
    """The tiers whose clocks it lists; without it `diamond` and `gold`, where the policy has them."""
    probe: str = ""
    """The attribute that holds the address to probe of a circuit, such as `device`, for `/sd/circuits`; without it that
    list is empty."""
