"""Random event streams against the plain model beside them, on both databases."""

from __future__ import annotations

import random
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gateway.store.columns import EXACT
from gateway.store.engine import open_engine
from gateway.store.projection import rebuild
from tests.support.order_stream import OrderStream
from tests.support.projecting import project
from tests.support.tables import all_rows

COMPARED = (
    "status",
    "execution_state",
    "is_open",
    "cum_quantity",
    "leaves_quantity",
    "quantity",
    "price",
    "cl_ord_id",
    "client_order_id",
)


@pytest.mark.parametrize("seed", range(3))
def test_projection_of_random_stream_equals_the_model_all_along(database_url: str, seed: int) -> None:
    stream = OrderStream(seed)
    for events_count in range(150, 1_500, 150):
        stream.run(events_count)
        differences_count = project(database_url, stream.journal, random.Random(seed))
        assert differences_count == 0
        compare(all_rows(database_url), stream)


def compare(rows: dict[str, list[dict[str, Any]]], stream: OrderStream) -> None:
    assert len(rows["events"]) == stream.journal.count == rows["projection"][0]["events_count"]
    assert len(rows["denials"]) == stream.denied_count
    assert len(rows["orphans"]) == stream.orphans_count
    assert {
        row["order_id"]: tuple(row[name] for name in COMPARED)
        for row in rows["orders"]
        if row["status"] != "DENIED"
    } == {
        order.order_id: (
            order.status,
            order.execution,
            order.is_open,
            order.cum_quantity,
            order.leaves_quantity,
            order.quantity,
            order.price,
            order.cl_ord_id,
            order.client_order_id,
        )
        for order in stream.orders.values()
    }
    requests = {row["request_id"]: row["state"] for row in rows["requests"] if row["state"] != "DENIED"}
    assert requests == {r.request_id: r.state for order in stream.orders.values() for r in order.requests}


@pytest.mark.parametrize("seed", range(2))
def test_projection_in_any_batches_gives_the_same_rows(database_url: str, tmp_path: Path, seed: int) -> None:
    stream = OrderStream(seed).run(800)
    whole = f"sqlite:///{tmp_path}/whole.db"

    project(whole, stream.journal)
    project(database_url, stream.journal, random.Random(seed))

    assert all_rows(database_url) == all_rows(whole)


@pytest.mark.parametrize("seed", range(2))
def test_positions_equal_the_sum_of_live_executions(database_url: str, seed: int) -> None:
    stream = OrderStream(seed).run(1_200)

    project(database_url, stream.journal, random.Random(seed))

    rows = all_rows(database_url)
    sums: dict[tuple[str, str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 4)
    for trade in rows["executions"]:
        if trade["exec_type"] not in ("TRADE", "TRADE_CORRECT"):
            continue
        entry = sums[trade["account"], trade["strategy"], trade["instrument"]]
        if trade["is_live"]:
            at = 0 if trade["side"] == "BUY" else 2
            money = EXACT.multiply(trade["last_quantity"], trade["last_price"])
            entry[at] += trade["last_quantity"]
            entry[at + 1] = EXACT.add(entry[at + 1], money)
    assert {
        (row["account"], row["strategy"], row["instrument"]): [
            row["bought_quantity"],
            row["bought_money"],
            row["sold_quantity"],
            row["sold_money"],
        ]
        for row in rows["positions"]
    } == sums


@pytest.mark.parametrize("seed", range(2))
def test_net_positions_equal_the_model(database_url: str, seed: int) -> None:
    stream = OrderStream(seed + 10).run(1_200)

    project(database_url, stream.journal, random.Random(seed))

    net: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for order in stream.orders.values():
        sign = 1 if order.side == 1 else -1
        net[order.account, order.strategy, order.instrument] += sign * order.cum_quantity
    for row in all_rows(database_url)["positions"]:
        assert row["net_quantity"] == net.pop((row["account"], row["strategy"], row["instrument"]))
    assert not any(net.values())


def test_rebuild_gives_the_same_rows(database_url: str) -> None:
    stream = OrderStream(7).run(900)
    project(database_url, stream.journal, random.Random(7))
    before = all_rows(database_url)

    engine = open_engine(database_url)
    events_count = rebuild(engine, stream.journal)
    engine.dispose()

    assert events_count == stream.journal.count
    assert all_rows(database_url) == before
