"""What a reader of a shipped policy may switch: the rows that stand beside others as comments."""

from __future__ import annotations

import re

from monitor.config import build_rulebook, policy_file, yaml_file
from monitor.model import State
from tests.support.promised import Life, circuit, on, words
from tests.support.texts import exchanged


def switched(name: str, old: str, new: str) -> Life:
    """The policy as a copy with one row in the place of another, as its comment says."""
    text = policy_file.shipped_text(name)
    assert f"# {new}" in text, "the comment that says what to write"
    copy = exchanged(text.replace(f"# {new}", ""), (old, new))
    policy = policy_file.build(yaml_file.parse(copy, "copy.yml"), "Asia/Shanghai")
    life = circuit(name, assurance="A")
    life.rules = build_rulebook.rulebook(policy, {"desk": words(policy)})
    return life


def five_faults(life: Life) -> Life:
    for day in range(1, 6):
        life.says(f"03-0{day} 09:00", "unavailable").says(f"03-0{day} 10:00", "available")
    return life


def test_whether_the_first_fault_of_a_year_is_a_repeat_can_be_switched() -> None:
    shipped = policy_file.shipped_text("cmcc-2014")
    (row,) = re.findall(r"(?m)^      (- \{when: \{assurance: A\}, budget: 4 times.*\})$", shipped)
    (other,) = re.findall(r"(?m)^      # (- \{when: \{assurance: A\}, budget: 5 times.*\})$", shipped)
    as_shipped = five_faults(circuit("cmcc-2014", assurance="A"))
    assert as_shipped.clock("repeat_faults", "03-06 00:00").breached_at == on("03-05 09:00")
    copy = five_faults(switched("cmcc-2014", row, other))
    assert copy.clock("repeat_faults", "03-06 00:00").breached_at is None
    copy.says("03-07 09:00", "unavailable")
    assert copy.states("repeat_faults", "03-07 10:00") == [State.BREACHED]


def test_a_fault_may_be_over_only_when_the_customer_has_been_told() -> None:
    """SLM procedure, clause 5.5.1: until the customer is told that service is back, it is not."""
    text = policy_file.shipped_text("operator-template")
    before, mark, restore = text.partition("\n  restore:\n")
    line, comment = "    stop: [restored, closed]\n", "    # stop: [customer_told, closed]\n"
    assert comment in restore.partition("budgets:")[0]
    copy = before + mark + restore.replace(line, "", 1).replace(comment, comment.replace("# ", ""), 1)
    policy = policy_file.build(yaml_file.parse(copy, "copy.yml"), "Asia/Shanghai")
    for rules, late in ((None, None), (build_rulebook.rulebook(policy, {"desk": words(policy)}), on("03-02 11:00"))):
        life = Life("operator-template", assurance="AAA", tier="gold").says("03-02 09:00", "opened")
        life.rules = rules or life.rules
        life.says("03-02 10:00", "restored").says("03-02 11:30", customer_told="03-02 11:20")
        found = life.clock("restore", "03-02 12:00")
        assert (found.breached_at, found.state) == (late, State.BREACHED if late else State.MET)
