"""Sums of positions: by any combination of groups, with rates that are there, stale or missing."""

from __future__ import annotations

import random
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

import pytest

from gateway.api.position_sums import GROUP_FIELDS, RateTable, sum_positions
from gateway.v1 import events_pb2 as events
from gateway.v1 import queries_pb2 as queries
from gateway.v1 import types_pb2 as types

DAY_NS = 86_400_000_000_000
NOW_NS = 1_795_000_000_000_000_000


def rate(from_currency: str, to_currency: str, value: str, age_ns: int = 0) -> events.RateSet:
    entry = events.RateSet(from_currency=from_currency, to_currency=to_currency, rate=value)
    entry.as_of.FromNanoseconds(NOW_NS - age_ns)
    return entry


def table(*rates: events.RateSet, base: str = "USD") -> RateTable:
    return RateTable(rates, base, DAY_NS, NOW_NS)


def position(instrument: str = "ACME", currency: str = "USD", **changes: object) -> types.Position:
    values: dict[str, object] = {
        "account": "A1",
        "strategy": "s",
        "net_quantity": "0",
        "realized_profit": "0",
        **changes,
    }
    return types.Position(instrument=instrument, currency=currency, **values)  # type: ignore[arg-type]


def charges(currency: str, commission: str, fees: str = "0") -> types.PositionCharges:
    return types.PositionCharges(currency=currency, commission=commission, fees=fees)


def test_total_is_profit_less_costs_in_the_base_currency() -> None:
    held = position(
        currency="EUR",
        net_quantity="10",
        realized_profit="100",
        unrealized_profit="-20",
        charges=[charges("EUR", "3"), charges("GBP", "1", "1")],
    )
    (found,) = sum_positions([held], [], table(rate("EUR", "USD", "1.1"), rate("USD", "GBP", "0.8")))
    euros, pounds = found.currencies
    assert (euros.currency, euros.total, euros.rate) == ("EUR", "77", "1.1")
    assert (pounds.total, pounds.rate) == ("-2", "1.25")  # the inverse of what is set the other way
    assert Decimal(found.total) == Decimal("77") * Decimal("1.1") - Decimal(2) * Decimal("1.25")
    assert not found.stale


def test_missing_rate_is_never_one() -> None:
    held = [position(currency="JPY", realized_profit="100"), position("BETA", realized_profit="5")]
    (found,) = sum_positions(held, [], table())
    assert found.total == ""
    yen, dollars = found.currencies
    assert (yen.rate_state, yen.rate, yen.total) == (queries.RATE_STATE_MISSING, "", "100")
    assert (dollars.rate_state, dollars.rate) == (queries.RATE_STATE_OK, "1")


def test_missing_rate_of_nothing_leaves_the_total() -> None:
    (found,) = sum_positions([position(currency="JPY"), position("B", realized_profit="5")], [], table())
    assert found.total == "5"


def test_position_without_a_currency_has_no_rate() -> None:
    (found,) = sum_positions([position(currency="", realized_profit="5")], [], table())
    assert (found.total, found.currencies[0].rate_state) == ("", queries.RATE_STATE_MISSING)


def test_stale_rate_is_used_and_shown() -> None:
    held = [position(currency="EUR", realized_profit="10")]
    (found,) = sum_positions(held, [], table(rate("EUR", "USD", "2", age_ns=DAY_NS + 1)))
    assert (found.total, found.stale) == ("20", True)
    assert found.currencies[0].rate_state == queries.RATE_STATE_STALE
    (fresh,) = sum_positions(held, [], table(rate("EUR", "USD", "2", age_ns=DAY_NS)))
    assert not fresh.stale


def test_newer_of_two_directions_is_used() -> None:
    held = [position(currency="EUR", realized_profit="10")]
    rates = table(rate("EUR", "USD", "2", age_ns=5), rate("USD", "EUR", "0.25", age_ns=4))
    (found,) = sum_positions(held, [], rates)
    assert found.total == "40"


def test_open_position_without_a_reference_price_is_named() -> None:
    held = [position("NOPRICE", net_quantity="5", realized_profit="1"), position("FLAT")]
    (found,) = sum_positions(held, [], table())
    assert list(found.unpriced) == ["NOPRICE"]
    assert found.total == "1"


def test_without_a_base_currency_each_is_summed_for_itself() -> None:
    held = [position(realized_profit="1"), position("B", currency="EUR", realized_profit="2")]
    (found,) = sum_positions(held, [], table(base=""))
    assert found.total == ""
    assert [(each.currency, each.total) for each in found.currencies] == [("EUR", "2"), ("USD", "1")]


def test_net_quantity_is_shown_where_one_instrument_is_summed() -> None:
    held = [position(net_quantity="5", strategy="a"), position(net_quantity="-2", strategy="b")]
    (by_instrument,) = sum_positions(held, [queries.POSITION_GROUP_INSTRUMENT], table())
    assert (by_instrument.net_quantity, by_instrument.position_count) == ("3", 2)
    (all_of_them,) = sum_positions(held, [], table())
    assert all_of_them.net_quantity == ""


def test_unknown_group_is_refused() -> None:
    with pytest.raises(KeyError):
        sum_positions([], [99], table())


def _total(held: types.Position, worth: dict[str, Fraction]) -> Fraction:
    """The model: profit less costs, in the base currency."""
    paid = sum(
        (Fraction(cost.commission) + Fraction(cost.fees)) * worth[cost.currency] for cost in held.charges
    )
    profit = Fraction(held.realized_profit) + Fraction(held.unrealized_profit)
    return profit * worth[held.currency] - paid


@pytest.mark.parametrize("seed", range(6))
def test_every_combination_of_groups_adds_up_to_the_model(seed: int) -> None:
    dice = random.Random(seed)
    held = [
        position(
            dice.choice(["I1", "I2", "I3"]),
            dice.choice(["USD", "EUR"]),
            account=dice.choice(["A1", "A2"]),
            strategy=dice.choice(["s", "t"]),
            venue=dice.choice(["V", "W"]),
            asset_class=dice.choice(["", "equity"]),
            sector=dice.choice(["", "energy"]),
            region=dice.choice(["", "europe"]),
            realized_profit=str(dice.randrange(-1000, 1000)),
            unrealized_profit=f"{dice.randrange(-1000, 1000)}.5",
            charges=[charges(dice.choice(["USD", "EUR"]), str(dice.randrange(10)), "0.25")],
        )
        for _ in range(30)
    ]
    worth = {"USD": Fraction(1), "EUR": Fraction("1.1")}
    rates = table(rate("EUR", "USD", "1.1"))
    totals_of_each = [_total(each, worth) for each in held]
    groups = sorted(GROUP_FIELDS)
    for count in range(len(groups) + 1):
        for chosen in combinations(groups, count):
            names = [GROUP_FIELDS[group] for group in chosen]
            expected: dict[tuple[str, ...], Fraction] = defaultdict(Fraction)
            for each, total in zip(held, totals_of_each, strict=True):
                expected[tuple(getattr(each, name) for name in names)] += total
            found = sum_positions(held, chosen, rates)
            totals = {tuple(getattr(each, name) for name in names): Fraction(each.total) for each in found}
            assert totals == expected
            assert sum(each.position_count for each in found) == len(held)
