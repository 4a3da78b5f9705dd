"""The pace of allowances as a policy writes it, and who is paged for it."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest

from monitor.errors import ConfigError
from monitor.policy import Pace, Window
from tests.support.targets import build, rule

DAY = timedelta(days=1)


def above(text: str) -> tuple[str, str]:
    return "targets:\n", f"pace: {text}\ntargets:\n"


def of_repeats(text: str) -> tuple[str, str]:
    return "    per: quarter\n", f"    per: quarter\n    pace: {text}\n"


def test_without_the_key_no_allowance_has_a_pace() -> None:
    assert all(one.pace is None for one in build().targets)


def test_on_gives_every_allowance_the_default_and_nothing_else_a_pace() -> None:
    paces = {one.name: one.pace for one in build(above("on")).targets}
    assert {name for name, pace in paces.items() if pace == Pace()} == {"interruption", "availability", "repeats"}
    assert {name for name, pace in paces.items() if pace is None} == set(paces) - {
        "interruption", "availability", "repeats"
    }  # fmt: skip


def test_a_target_says_otherwise() -> None:
    assert rule("repeats", above("on"), of_repeats("off")).pace is None
    assert rule("interruption", above("on"), of_repeats("off")).pace == Pace()
    assert rule("repeats", above("off"), of_repeats("on")).pace == Pace()
    assert rule("interruption", of_repeats("on")).pace is None


def test_windows_are_lengths_or_shares_and_the_factor_is_exact() -> None:
    pace = rule("repeats", of_repeats("{windows: [30d, 10%], factor: 1.1}")).pace
    assert pace == Pace((Window(length=30 * DAY), Window(share=Fraction(1, 10))), Fraction(11, 10))
    assert rule("repeats", of_repeats("{factor: 2}")).pace == Pace(factor=Fraction(2))
    assert rule("repeats", of_repeats("{windows: [7d]}")).pace == Pace((Window(length=7 * DAY),))


def test_a_share_is_of_the_period_and_a_length_is_never_longer() -> None:
    assert Window(share=Fraction(1, 4)).of(28 * DAY) == 7 * DAY
    assert Window(length=30 * DAY).of(28 * DAY) == 28 * DAY


def test_a_policy_without_allowances_has_nothing_to_warn_of() -> None:
    text = [("    per: year\n", "    stop: [available]\n"), ("    per: month\n", "    stop: [available]\n")]
    text += [("    per: quarter\n", "    stop: [available]\n"), ("budget: 4 times", "budget: 4h")]
    text += [("budget: 0.05%", "budget: 5m")]
    assert build(*text).targets
    with pytest.raises(ConfigError, match="pace: is of allowances, and no target here has per"):
        build(above("on"), *text)


@pytest.mark.parametrize(
    ("attributes", "paged"),
    [
        ({"tier": "gold"}, True),
        ({"tier": "silver"}, True),
        ({"assurance": "AAA"}, True),
        ({"assurance": "normal"}, False),
    ],
)
def test_those_whom_some_stage_warns_are_paged_for_the_pace(attributes: dict[str, str], paged: bool) -> None:
    policy = build(above("on"))
    (repeats,) = [one for one in policy.targets if one.name == "repeats"]
    (outage,) = [one for one in policy.targets if one.name == "outage"]
    assert ("pace" in [stage.name for stage in policy.stages_of(repeats, attributes)]) is paged
    assert "pace" not in [stage.name for stage in policy.stages_of(outage, attributes)]


def test_a_rung_that_is_told_of_the_breach_alone_is_not_told_of_the_pace() -> None:
    policy = build(above("on"), ("targets:\n", "stages: {tier: {gold: [100%]}}\ntargets:\n"))
    (repeats,) = [one for one in policy.targets if one.name == "repeats"]
    assert [stage.name for stage in policy.stages_of(repeats, {"tier": "gold"})] == ["breached"]
