"""Check the pace of allowances as a policy writes it, and make the rule that the core uses."""

from __future__ import annotations

from datetime import timedelta

from monitor.config.policy_schema import PolicyText, TargetText
from monitor.config.yaml_file import Document, Loc
from monitor.model import Period
from monitor.policy import Pace
from monitor.text import shown

_DAY = timedelta(days=1)
_SHORTEST = {
    Period.DAY: timedelta(hours=23), Period.WEEK: 7 * _DAY - timedelta(hours=1), Period.MONTH: 28 * _DAY,
    Period.QUARTER: 90 * _DAY, Period.YEAR: 365 * _DAY,
}  # fmt: skip
"""How short a period can be, where the clocks are put forward."""


def pace(document: Document, loc: Loc, target: TargetText, policy: PolicyText) -> Pace | None:
    """The pace of the target at *loc*: its own, else that of the policy. Raises ConfigError."""
    if target.per is None:
        if target.pace is not None:
            raise document.error((*loc, "pace"), "is of allowances only; write per: year on the target, or remove pace")
        return None
    own = target.pace is not None
    text, where = (target.pace, (*loc, "pace")) if own else (policy.pace, ("pace",))
    if text is None or not text.windows:
        return None
    for place, window in enumerate(text.windows):
        if window.length is not None and window.length > _SHORTEST[target.per]:
            of = "" if own else f" of {loc[-1]}"
            raise document.error(
                (*where, "windows", place),
                f"{shown(window.length)} is longer than the period{of}, a {target.per}; write a share of it, such as"
                " 25%",
            )
    return Pace(tuple(text.windows), text.factor)


def check(document: Document, policy: PolicyText) -> None:
    """Refuse paces that say nothing. Raises ConfigError."""
    written: list[tuple[Loc, object]] = [(("pace",), document.data.get("pace"))]
    written += [(("targets", name, "pace"), document.data["targets"][name].get("pace")) for name in policy.targets]
    for loc, said in written:
        if isinstance(said, dict) and said.get("windows") == []:
            raise document.error((*loc, "windows"), "lists no window; write [50%, 25%], or pace: off")
    if policy.pace is not None and policy.pace.windows and not any(target.per for target in policy.targets.values()):
        raise document.error(("pace",), "is of allowances, and no target here has per; remove it, or write per: year")
