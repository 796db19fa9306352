"""Commission, fees, rates, instruments and rare terms in the database, on every database."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa

from gateway.store import queries, schema
from gateway.store.engine import open_engine
from gateway.v1 import events_pb2, types_pb2
from tests.support.event_journal import EventJournal
from tests.support.projecting import project
from tests.support.tables import all_rows

KEY = {"account": "A1", "strategy": "s", "instrument": "ACME"}


def commission(amount: str, currency: str = "USD") -> types_pb2.Charge:
    return types_pb2.Charge(kind=types_pb2.CHARGE_KIND_COMMISSION, amount=amount, currency=currency)


def fee(amount: str, currency: str = "EUR") -> types_pb2.Charge:
    return types_pb2.Charge(kind=types_pb2.CHARGE_KIND_FEE, amount=amount, currency=currency, type="4")


def accepted(**changes: object) -> events_pb2.Event:
    values: dict[str, object] = {
        "order_id": 1,
        "client": "c",
        "client_order_id": "o-1",
        "cl_ord_id": "J1-1",
        "venue": "V",
        "side": types_pb2.SIDE_BUY,
        "order_type": types_pb2.ORDER_TYPE_LIMIT,
        "quantity": "100",
        "price": "10",
        "request_id": 1,
        **KEY,
        **changes,
    }
    return events_pb2.Event(order_accepted=events_pb2.OrderAccepted(**values))  # type: ignore[arg-type]


def report(exec_type: str, exec_id: str, *charges: types_pb2.Charge, **changes: object) -> events_pb2.Event:
    values: dict[str, object] = {
        "order_id": 1,
        "exec_id": exec_id,
        "exec_type": f"EXEC_TYPE_{exec_type}",
        "status": types_pb2.ORDER_STATUS_PARTIALLY_FILLED,
        "execution_state": types_pb2.ORDER_STATUS_PARTIALLY_FILLED,
        "last_quantity": "10",
        "last_price": "10",
        "quantity": "100",
        "cum_quantity": "10",
        "leaves_quantity": "90",
        "side": types_pb2.SIDE_BUY,
        "venue": "V",
        "charges": charges,
        **KEY,
        **changes,
    }
    return events_pb2.Event(execution_reported=events_pb2.ExecutionReported(**values))  # type: ignore[arg-type]


def sums(url: str) -> dict[str, tuple[Decimal, Decimal]]:
    engine = open_engine(url)
    with engine.connect() as connection:
        found = {each.currency: (each.commission, each.fees) for each in queries.position_charges(connection)}
    engine.dispose()
    return found


def projected(url: str, *events: events_pb2.Event) -> None:
    """Project each event in a batch of its own, so that what it needs is loaded and not remembered."""
    journal = EventJournal()
    for event in events:
        journal.add(event)
        project(url, journal)


def test_costs_of_a_fill_are_booked_and_taken_back_by_its_bust(database_url: str) -> None:
    projected(
        database_url,
        accepted(),
        report("TRADE", "E1", commission("1.5"), fee("0.25")),
        report("TRADE", "E2", commission("2"), cum_quantity="20"),
        report("TRADE_CANCEL", "E3", exec_ref_id="E1", last_quantity="", last_price=""),
    )
    assert sums(database_url) == {"USD": (Decimal(2), 0), "EUR": (0, 0)}
    live = [(row["amount"], row["is_live"]) for row in all_rows(database_url)["charges"]]
    assert live == [(Decimal("1.5"), False), (Decimal("0.25"), False), (Decimal(2), True)]


def test_costs_follow_a_trade_through_its_corrections(database_url: str) -> None:
    projected(
        database_url,
        accepted(),
        report("TRADE", "E1", commission("1")),
        report("TRADE_CORRECT", "E2", exec_ref_id="E1"),  # says nothing of cost
        report("TRADE_CORRECT", "E3", commission("0.7"), exec_ref_id="E2", charges_restated=True),
    )
    assert sums(database_url) == {"USD": (Decimal("0.7"), 0)}


def test_bust_of_a_correction_takes_the_costs_of_the_trade_back(database_url: str) -> None:
    projected(
        database_url,
        accepted(),
        report("TRADE", "E1", commission("1")),
        report("TRADE_CORRECT", "E2", exec_ref_id="E1"),
        report("TRADE_CANCEL", "E3", exec_ref_id="E2", last_quantity="", last_price="", cum_quantity="0"),
    )
    assert sums(database_url) == {"USD": (Decimal(0), 0)}


def test_start_of_day_begins_with_its_own_costs(database_url: str) -> None:
    adjusted = events_pb2.PositionAdjusted(
        kind=events_pb2.POSITION_ADJUSTMENT_KIND_START_OF_DAY, quantity="5", price="9", reason="r",
        charges=[fee("2")], **KEY,
    )  # fmt: skip
    projected(
        database_url,
        accepted(),
        report("TRADE", "E1", commission("1")),
        events_pb2.Event(position_adjusted=adjusted),
    )
    assert sums(database_url) == {"USD": (Decimal(0), 0), "EUR": (0, Decimal(2))}


def test_split_multiplies_quantities_and_leaves_money(database_url: str) -> None:
    def adjusted(**values: object) -> events_pb2.Event:
        body = events_pb2.PositionAdjusted(reason="r", **KEY, **values)  # type: ignore[arg-type]
        return events_pb2.Event(position_adjusted=body)

    correction = events_pb2.POSITION_ADJUSTMENT_KIND_CORRECTION
    projected(
        database_url,
        adjusted(kind=events_pb2.POSITION_ADJUSTMENT_KIND_START_OF_DAY, quantity="10", price="9"),
        adjusted(kind=correction, quantity="-3", price="12"),
        adjusted(
            kind=events_pb2.POSITION_ADJUSTMENT_KIND_SPLIT,
            new_units="2",
            old_units="3",
            batch_id="s",
            batch_row=1,
        ),
    )
    (row,) = all_rows(database_url)["positions"]
    assert row["net_quantity"] == Decimal("4.66666666")
    assert row["bought_quantity"] == Decimal("6.66666666")
    assert row["sold_quantity"] == Decimal(2)
    assert (row["bought_money"], row["sold_money"]) == (90, 36)


def test_drop_copy_and_incomplete_costs_stand_with_the_execution(database_url: str) -> None:
    projected(database_url, accepted(), report("TRADE", "E1", drop_copy="COPY", charges_incomplete=True))
    (row,) = all_rows(database_url)["executions"]
    assert (row["drop_copy"], row["charges_incomplete"]) == ("COPY", True)


def test_instruments_and_rates_are_those_last_told(database_url: str) -> None:
    def defined(multiplier: str) -> events_pb2.Event:
        return events_pb2.Event(
            instrument_defined=events_pb2.InstrumentDefined(
                instrument="ESZ6",
                venue="V",
                currency="USD",
                multiplier=multiplier,
                asset_class="index future",
            )
        )

    def rate(value: str) -> events_pb2.Event:
        entry = events_pb2.RateSet(from_currency="EUR", to_currency="USD", rate=value, source="desk")
        entry.as_of.FromNanoseconds(5)
        return events_pb2.Event(rate_set=entry)

    projected(database_url, defined("5"), rate("1.1"), defined("50"), rate("1.2"))
    engine = open_engine(database_url)
    with engine.connect() as connection:
        (instrument,) = queries.instruments(connection)
        (found,) = queries.rates(connection)
    engine.dispose()
    assert (instrument.multiplier, instrument.asset_class, instrument.sector) == (50, "index future", "")
    assert (found.rate, found.source, found.as_of_ns) == (Decimal("1.2"), "desk", 5)


def test_rare_terms_are_columns_and_change_when_a_replace_is_done(database_url: str) -> None:
    stop = types_pb2.OrderTerms(stop_price="9.5", exec_inst="6", expire_date="20261231")
    stop.strategy_parameters.add(name="pace", type=1, value="slow")
    wanted = types_pb2.OrderTerms(stop_price="9", exec_inst="6")
    replace = events_pb2.ReplaceRequested(
        order_id=1, client_request_id="r", cl_ord_id="J1-2", orig_cl_ord_id="J1-1", quantity="100", request_id=2,
        terms=wanted,
    )  # fmt: skip
    done = report("REPLACED", "R1", last_quantity="", last_price="", cum_quantity="0", request_id=2)
    journal = EventJournal()
    journal.add(accepted(terms=stop))
    journal.add(events_pb2.Event(replace_requested=replace))
    project(database_url, journal)
    rows = all_rows(database_url)
    assert rows["orders"][0]["stop_price"] == Decimal("9.5")
    assert rows["orders"][0]["strategy_parameters"] == '[["pace", 1, "slow"]]'
    assert [row["stop_price"] for row in rows["requests"]] == [Decimal("9.5"), 9]
    journal.add(done)
    project(database_url, journal)
    (order,) = all_rows(database_url)["orders"]
    assert (order["stop_price"], order["expire_date"], order["expire_ns"]) == (9, "", None)


def test_upgrade_keeps_the_rows_that_are_there(database_url: str) -> None:
    schema.upgrade(database_url)
    schema.downgrade(database_url, "0001")
    engine = open_engine(database_url)
    with engine.begin() as connection:
        names = {column["name"] for column in sa.inspect(connection).get_columns("orders")}
    engine.dispose()
    assert "stop_price" not in names
    schema.upgrade(database_url)
    projected(database_url, accepted())
    assert len(all_rows(database_url)["orders"]) == 1
