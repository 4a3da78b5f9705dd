"""Populate the simulated operator: customers in the quota of the tiers, and their circuits.

Pure and drawn from a seeded random source only. Better customers have more circuits, and more of them well assured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from monitor.simulator.names import BANDWIDTHS, FAR_CITIES, GIVEN_NAMES, HOME_CITIES, SECTORS

TIERS = ("diamond", "gold", "silver", "bronze", "standard")
ASSURANCES = ("AAA", "AA", "A", "normal")
SCOPES = ("in-city", "cross-city", "cross-province")
FEWEST_CUSTOMERS = 20  # below it the quota leaves no room for both a diamond and a gold customer

_CIRCUIT_WEIGHTS = {"diamond": 10.0, "gold": 7.0, "silver": 3.0, "bronze": 1.7, "standard": 1.0}
_ASSURANCE_WEIGHTS = {
    "diamond": (50, 30, 15, 5),
    "gold": (25, 35, 25, 15),
    "silver": (6, 20, 34, 40),
    "bronze": (2, 8, 30, 60),
    "standard": (0, 3, 17, 80),
}
_SCOPE_WEIGHTS = {
    "diamond": (25, 35, 40),
    "gold": (35, 35, 30),
    "silver": (45, 35, 20),
    "bronze": (55, 35, 10),
    "standard": (65, 30, 5),
}


@dataclass(frozen=True, slots=True)
class Customer:
    """Who is promised something."""

    id: str
    name: str
    tier: str


@dataclass(frozen=True, slots=True)
class Circuit:
    """A carrier link of one customer, from its A end to its Z end."""

    id: str
    name: str
    customer: Customer
    assurance: str
    scope: str
    a_end: str
    z_end: str


def tier_counts(customers: int) -> dict[str, int]:
    """Share customers among the tiers: diamond and gold together at most a tenth, silver at most a fifth."""
    if customers < FEWEST_CUSTOMERS:
        raise ValueError(f"{customers} customers are too few for the quota; take {FEWEST_CUSTOMERS} or more")
    diamond = max(1, customers // 50)
    gold = customers // 10 - diamond
    silver = customers // 5
    bronze = customers * 3 // 10
    return dict(zip(TIERS, (diamond, gold, silver, bronze, customers - diamond - gold - silver - bronze), strict=True))


def populate_customers(customers: int) -> tuple[Customer, ...]:
    """Name the customers, the best tier first."""
    tiers = [tier for tier, count in tier_counts(customers).items() for _ in range(count)]
    return tuple(Customer(f"C-{n + 1:04d}", _customer_name(n), tier) for n, tier in enumerate(tiers))


def populate_circuits(rng: Random, customers: Sequence[Customer], circuits: int) -> tuple[Circuit, ...]:
    """Give every customer one circuit and share the rest by the weight of the tiers."""
    if circuits < len(customers):
        raise ValueError(f"{circuits} circuits do not reach {len(customers)} customers; every customer has one")
    weights = [_CIRCUIT_WEIGHTS[customer.tier] for customer in customers]
    owners = [*customers, *rng.choices(customers, weights, k=circuits - len(customers))]
    return tuple(_circuit(rng, owner, number) for number, owner in enumerate(owners, start=1))


def _customer_name(number: int) -> str:
    sector_zh, sector_en = SECTORS[number % len(SECTORS)]
    block, index = divmod(number // len(SECTORS), len(GIVEN_NAMES))
    zh, en = GIVEN_NAMES[(index + 7 * (number % len(SECTORS))) % len(GIVEN_NAMES)]
    again = f" {block + 1}" if block else ""
    return f"{zh}{sector_zh}{again} · {en} {sector_en}{again}"


def _circuit(rng: Random, owner: Customer, number: int) -> Circuit:
    scope = rng.choices(SCOPES, _SCOPE_WEIGHTS[owner.tier])[0]
    assurance = rng.choices(ASSURANCES, _ASSURANCE_WEIGHTS[owner.tier])[0]
    a_code, a_city = rng.choice(HOME_CITIES)
    if scope == "in-city":
        z_code, z_city = a_code, a_city
    elif scope == "cross-city":
        z_code, z_city = rng.choice([city for city in HOME_CITIES if city[0] != a_code])
    else:
        z_code, z_city = rng.choice(FAR_CITIES)
    ends = a_city if scope == "in-city" else f"{a_city} – {z_city}"
    name = f"{ends}, {rng.choice(BANDWIDTHS)}"
    return Circuit(f"{a_code}-{z_code}-{number:04d}", name, owner, assurance, scope, a_city, z_city)
