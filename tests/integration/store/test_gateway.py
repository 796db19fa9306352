"""A real gateway trades with the simulator; the database and the metrics say what the core says."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from gateway.core import (
    ClientSettings,
    CoreSettings,
    Gateway,
    InstrumentSettings,
    LimitSettings,
    SessionSettings,
    VenueSettings,
)
from gateway.monitor import Health, make_registry
from gateway.monitor.collector import COUNTERS, DENIED_PREFIX, GAUGES
from gateway.store import EventSource, Projector, ProjectorState, open_engine, queries, rebuild
from gateway.store.journal_source import JournalSource
from gateway.v1 import events_pb2, order_entry_pb2, queries_pb2, types_pb2
from tests.support.tables import all_rows
from tests.support.waiting import wait_until

SYMBOLS = {"AAPL": Decimal(190), "MSFT": Decimal(420)}
ORDERS = 150


@pytest.fixture
def venue_port(tmp_path: Path) -> Iterator[int]:
    command = [sys.executable, "-m", "sim", "--port", "0", "--seed", "1"]
    with (tmp_path / "sim.log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert process.stdout is not None
        yield int(process.stdout.readline().removeprefix("listening on 127.0.0.1:"))
        process.terminate()
        process.wait(20)
        process.stdout.close()


@pytest.fixture
def gateway(venue_port: int, tmp_path: Path) -> Iterator[Gateway]:
    session = SessionSettings(
        name="SIM-1",
        begin_string="FIX.4.4",
        sender_comp_id="GW",
        target_comp_id="SIM",
        role="initiator",
        host="127.0.0.1",
        port=venue_port,
    )
    instruments = [
        InstrumentSettings(
            symbol=symbol,
            venue="SIM",
            tick_size="0.01",
            lot_size="1",
            min_quantity="1",
            currency="USD",
            reference_price=str(price),
        )
        for symbol, price in SYMBOLS.items()
    ]
    gateway = Gateway(
        CoreSettings(
            journal_path=str(tmp_path / "journal"),
            sessions=[session],
            venues=[VenueSettings(name="SIM", session="SIM-1")],
            instruments=instruments,
            clients=[ClientSettings(name="alpha", accounts=["A1", "A2"])],
            limits=[LimitSettings(level="firm", max_order_quantity="1000")],
            segment_size_bytes=16 * 1024 * 1024,
            orders_max=10_000,
        )
    )
    gateway.start()
    wait_until(lambda: session_state(gateway) == events_pb2.SESSION_STATE_READY, "session ready")
    yield gateway
    gateway.stop()


def session_state(gateway: Gateway) -> int:
    return queries_pb2.ListSessionsResponse.FromString(gateway.sessions()).sessions[0].state


def send(gateway: Gateway, *commands: order_entry_pb2.Command) -> None:
    gateway.command("alpha", order_entry_pb2.TradeRequest(commands=commands).SerializeToString())


def trade(gateway: Gateway, dice: random.Random) -> None:
    for number in range(1, ORDERS + 1):
        symbol = dice.choice(list(SYMBOLS))
        price = SYMBOLS[symbol] + Decimal(dice.randint(-300, 300)) / 100
        new_order = order_entry_pb2.NewOrder(
            client_order_id=f"c{number}",
            account=dice.choice(["A1", "A2", "A9"]),
            strategy=dice.choice(["mean", "trend"]),
            instrument=symbol,
            side=dice.choice([types_pb2.SIDE_BUY, types_pb2.SIDE_SELL]),
            order_type=types_pb2.ORDER_TYPE_LIMIT,
            quantity=str(dice.choice([1, 50, 200, 2_000])),
            price=str(price),
        )
        send(gateway, order_entry_pb2.Command(new_order=new_order))
        other = f"c{dice.randint(1, number)}"
        if dice.random() < 0.3:
            cancel = order_entry_pb2.CancelCommand(client_request_id=f"x{number}", client_order_id=other)
            send(gateway, order_entry_pb2.Command(cancel=cancel))
        elif dice.random() < 0.3:
            replace = order_entry_pb2.ReplaceCommand(
                client_request_id=f"r{number}", client_order_id=other, quantity="300"
            )
            send(gateway, order_entry_pb2.Command(replace=replace))


def shown(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def orders_of(gateway: Gateway) -> dict[int, tuple[object, ...]]:
    response, _ = gateway.orders(None, limit=1_000)
    return {
        order.order_id: (
            types_pb2.OrderStatus.Name(order.status).removeprefix("ORDER_STATUS_"),
            order.client_order_id,
            # The core does not keep names that it does not know; the database has them from the event.
            *(("", "") if order.HasField("denial") else (order.account, order.strategy)),
            Decimal(order.cum_quantity or "0"),
            Decimal(order.leaves_quantity or "0"),
            Decimal(order.average_price or "0"),
            shown(order.price),
            order.cl_ord_id,
            order.venue_order_id,
            order.pending_requests,
            order.lsn,
        )
        for order in queries_pb2.ListOrdersResponse.FromString(response).orders
    }


def test_database_and_metrics_of_a_trading_gateway_equal_the_core(
    gateway: Gateway, database_url: str
) -> None:
    engine = open_engine(database_url)
    projector = Projector(gateway, engine, random=random.Random(1).random, monotonic_ns=time.monotonic_ns)
    projector.start()
    trade(gateway, random.Random(5))
    wait_until(lambda: gateway.metrics()["fills"] > 10, "some fills")
    gateway.stop()
    wait_until(lambda: projector.snapshot().lag == 0, "caught up")
    snapshot = projector.snapshot()
    assert (snapshot.state, snapshot.differences_count) == (ProjectorState.RUNNING, 0)

    with engine.connect() as connection:
        stored = {
            order.order_id: (
                order.status,
                order.client_order_id,
                *(("", "") if order.denial_code else (order.account, order.strategy)),
                order.cum_quantity,
                order.leaves_quantity,
                order.average_price or Decimal(0),
                order.price,
                order.cl_ord_id,
                order.venue_order_id,
                order.pending_replaces + order.pending_cancels,
                order.lsn,
            )
            for order in queries.orders(connection, limit=1_000).rows
        }
        positions = {
            (row.account, row.strategy, row.instrument): (
                row.net_quantity,
                row.bought_quantity,
                row.sold_quantity,
            )
            for row in queries.positions(connection)
        }
        open_count = len(queries.orders(connection, open_only=True, limit=1_000).rows)
        assert queries.differences(connection) == ()
        assert [session.session for session in queries.sessions(connection)] == ["SIM-1"]
    assert stored == orders_of(gateway)
    assert positions == {
        (row.account, row.strategy, row.instrument): (
            Decimal(row.net_quantity or "0"),
            Decimal(row.bought_quantity or "0"),
            Decimal(row.sold_quantity or "0"),
        )
        for row in queries_pb2.ListPositionsResponse.FromString(gateway.positions()).positions
        if row.bought_quantity not in ("", "0") or row.sold_quantity not in ("", "0")
    }
    assert open_count == gateway.metrics()["orders_open"]
    assert projector.stop()
    engine.dispose()


def read_all(source: EventSource, max_bytes: int) -> list[tuple[bytes, int, int]]:
    batches, lsn = [], 0
    while lsn < source.committed_lsn():
        batch = source.events(lsn, None, max_bytes)
        batches.append((batch.data, batch.count, batch.resume_lsn))
        assert batch.resume_lsn > lsn
        lsn = batch.resume_lsn
    return batches


@pytest.mark.parametrize("durable", [False, True])
def test_journal_read_from_disk_gives_the_same_events(
    gateway: Gateway, tmp_path: Path, durable: bool
) -> None:
    trade(gateway, random.Random(6))
    wait_until(lambda: gateway.metrics()["fills"] > 0, "a fill")
    gateway.stop()

    source = JournalSource(tmp_path / "journal", durable=durable)
    assert source.committed_lsn() == gateway.committed_lsn()
    assert source.oldest_lsn() == gateway.oldest_lsn() == 1
    for max_bytes in (1, 3_000, 1 << 20):
        mine, core = read_all(source, max_bytes), read_all(gateway, max_bytes)
        assert b"".join(data for data, _, _ in mine) == b"".join(data for data, _, _ in core)
        assert sum(count for _, count, _ in mine) == sum(count for _, count, _ in core)
    with pytest.raises(ValueError, match="alpha"):
        source.events(0, "alpha")


def test_rebuild_from_the_journals_files_equals_what_the_running_gateway_projected(
    gateway: Gateway, database_url: str, tmp_path: Path
) -> None:
    trade(gateway, random.Random(7))
    wait_until(lambda: gateway.metrics()["fills"] > 5, "some fills")
    gateway.stop()
    live = f"sqlite:///{tmp_path}/live.db"
    for url, source in ((live, gateway), (database_url, JournalSource(tmp_path / "journal"))):
        engine = open_engine(url)
        rebuild(engine, source)
        engine.dispose()

    assert all_rows(database_url) == all_rows(live)


def test_every_metric_of_the_core_has_a_place_and_the_other_way_round(gateway: Gateway) -> None:
    places = {key for counter in COUNTERS for key in counter.keys.values()} | {gauge.key for gauge in GAUGES}
    keys = {key for key in gateway.metrics() if not key.startswith(DENIED_PREFIX)}
    assert keys == places


def test_gateway_with_its_sessions_up_is_scraped_and_ready(gateway: Gateway) -> None:
    text = generate_latest(make_registry(gateway, None, "1.2.3")).decode()
    assert "gateway_core_up 1.0" in text
    assert 'gateway_session_state{session="SIM-1",state="ready",venue="SIM"} 1.0' in text
    assert "gateway_command_duration_seconds_count" in text
    health = Health(gateway, None, now_ns=time.time_ns)
    assert health.live().as_json()["healthy"] is True
    assert health.ready().as_json()["healthy"] is True
