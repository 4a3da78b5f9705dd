from collections import Counter
from random import Random

import pytest

from monitor.simulator.population import ASSURANCES, SCOPES, Circuit, populate_circuits, populate_customers, tier_counts


def circuits(seed: int = 1, customers: int = 300, count: int = 2000) -> tuple[Circuit, ...]:
    return populate_circuits(Random(seed), populate_customers(customers), count)


def test_three_hundred_customers_are_shared_as_the_quota_says() -> None:
    """The proportions of docs/domain.md, "Quota"."""
    assert tier_counts(300) == {"diamond": 6, "gold": 24, "silver": 60, "bronze": 90, "standard": 120}


@pytest.mark.parametrize("customers", [20, 21, 57, 300, 999, 10_000])
def test_the_quota_holds_for_any_number_of_customers(customers: int) -> None:
    counts = tier_counts(customers)
    assert sum(counts.values()) == customers
    assert min(counts.values()) >= 1
    assert counts["diamond"] + counts["gold"] <= customers / 10
    assert counts["silver"] <= customers / 5


def test_too_few_customers_for_the_quota_are_refused() -> None:
    with pytest.raises(ValueError, match="too few for the quota"):
        tier_counts(19)


def test_no_two_customers_share_a_name_or_an_id() -> None:
    customers = populate_customers(1000)
    assert len({customer.name for customer in customers}) == len({customer.id for customer in customers}) == 1000


def test_every_customer_has_a_circuit_and_no_two_circuits_share_an_id() -> None:
    made = circuits()
    assert len({circuit.id for circuit in made}) == 2000
    assert len({circuit.customer.id for circuit in made}) == 300


def test_circuits_fewer_than_customers_are_refused() -> None:
    with pytest.raises(ValueError, match="every customer has one"):
        circuits(customers=300, count=299)


def test_a_circuits_id_names_its_ends() -> None:
    first = circuits()[0]
    a_code, z_code, number = first.id.split("-")
    assert len(a_code) == len(z_code) == 2
    assert number == "0001"
    assert first.scope in SCOPES


def test_the_scope_agrees_with_the_ends() -> None:
    for circuit in circuits():
        a_code, z_code, _ = circuit.id.split("-")
        assert (circuit.scope == "in-city") == (a_code == z_code) == (circuit.a_end == circuit.z_end)


def test_better_assurance_is_rarer_and_lies_with_better_customers() -> None:
    made = circuits()
    counts = Counter(circuit.assurance for circuit in made)
    assert [name for name, _ in counts.most_common()] == list(reversed(ASSURANCES))

    def share(tier: str) -> float:
        own = [circuit for circuit in made if circuit.customer.tier == tier]
        return sum(circuit.assurance in ("AAA", "AA") for circuit in own) / len(own)

    assert share("diamond") > share("gold") > share("silver") > share("bronze") > share("standard")


def test_the_same_seed_gives_the_same_circuits() -> None:
    assert circuits(seed=7) == circuits(seed=7)
    assert circuits(seed=7) != circuits(seed=8)
