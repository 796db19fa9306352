"""The SDK's methods for executions, the event log, operators; what it says of refused calls; watches that resume."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import grpc.aio
import pytest

from gateway.api.admin import AdminFacts
from gateway.client import (
    AsyncClient,
    Client,
    Event,
    EventFilter,
    EventsLostError,
    ExecType,
    ExecutionReported,
    NewOrder,
    Order,
    OrderAccepted,
    OrderStatus,
    PartStatus,
    PositionAdjustmentKind,
    RefusedError,
    Settings,
    Side,
    TimeInForce,
    TradingState,
    ValueSource,
    Which,
)
from gateway.config.shown import ShownValue
from gateway.v1 import queries_pb2 as queries
from tests.integration.api.relay import Relay
from tests.integration.api.support import TIMEOUT_S, Gateway, RawClient

LOW = Decimal("3.00")
QUICK = Settings(backoff_min_s=0.001, backoff_max_s=0.05)


async def filled(client: AsyncClient, quantity: int) -> Order:
    """Have both sides of a trade; the buyer's order."""
    order = await client.submit("ACME", Side.BUY, quantity, price="11.00")
    await client.submit(
        "ACME", Side.SELL, quantity, price="11.00", account="A2", time_in_force=TimeInForce.IOC
    )
    return await order.filled(TIMEOUT_S)


async def test_executions_are_listed_newest_first_and_by_kind(client: AsyncClient) -> None:
    first, second = await filled(client, 3), await filled(client, 4)
    trades = await client.list_executions(account="A1", exec_types=[ExecType.TRADE])
    assert [(each.order_id, each.last_quantity) for each in trades] == [
        (second.order_id, Decimal(4)),
        (first.order_id, Decimal(3)),
    ]
    assert trades[0].lsn == second.lsn
    assert trades[0].time_ns == second.updated_at_ns
    assert len(await client.list_executions(limit=1)) == 1
    assert await client.list_executions(since=datetime.now(UTC) + timedelta(hours=1)) == []
    assert {each.order_id for each in await client.list_executions(order_id=first.order_id)} == {
        first.order_id
    }


async def test_orders_are_listed_by_what_they_are(client: AsyncClient) -> None:
    done = await filled(client, 3)
    resting = await client.submit("ACME", Side.BUY, 1, price=LOW, strategy="other")
    await resting.wait(lambda order: order.status is OrderStatus.NEW, TIMEOUT_S)
    found = await client.list_orders(statuses=[OrderStatus.FILLED], account="A1")
    assert [order.order_id for order in found] == [done.order_id]
    assert [order.order_id for order in await client.list_orders(strategy="other")] == [resting.order_id]
    assert await client.list_orders(created_before=datetime(2020, 1, 1, tzinfo=UTC)) == []
    with pytest.raises(ValueError, match="time zone"):
        await client.list_orders(created_from=datetime(2020, 1, 1))


async def test_event_log_is_queried_and_followed(client: AsyncClient) -> None:
    order = await client.submit("ACME", Side.BUY, 1, price=LOW)
    which = EventFilter(kinds=["order_accepted"], order_id=order.order_id)
    (event,) = await client.query_events(which)
    assert isinstance(event, OrderAccepted)
    assert await client.query_events(which, from_lsn=event.lsn + 1) == []
    async with asyncio.timeout(TIMEOUT_S):
        async with client.watch_events(EventFilter(kinds=["order_accepted"])) as events:
            while (followed := await anext(events)) != event:
                assert followed.lsn < event.lsn
            second = await client.submit("ACME", Side.BUY, 2, price=LOW)
            after = await anext(events)
    assert isinstance(after, OrderAccepted)
    assert after.order_id == second.order_id


async def test_watched_orders_are_what_they_become_over_broken_connections(gateway: Gateway) -> None:
    async with (
        Relay(gateway.port) as relay,
        AsyncClient(relay.target, client="alpha", account="A1", strategy="test", settings=QUICK) as client,
    ):
        seen: dict[int, Order] = {}
        last: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        async def watch() -> None:
            async for order in client.watch_orders(open_only=True):
                assert order.order_id not in seen or order.lsn >= seen[order.order_id].lsn
                seen[order.order_id] = order
                if last.done() and order.order_id == last.result() and not order.is_open:
                    return

        watching = asyncio.create_task(watch())
        for number in range(10):
            order = await client.submit("ACME", Side.BUY, number + 1, price=LOW)
            await order.wait(lambda each: each.status is OrderStatus.NEW, TIMEOUT_S)
            relay.cut()
            if number == 9:
                last.set_result(order.order_id)
            await order.cancel()
            await order.done(TIMEOUT_S)
        await asyncio.wait_for(watching, TIMEOUT_S)
        assert {order.order_id: order for order in await client.list_orders()} == seen


async def test_watch_from_a_point_that_is_not_there_is_lost(client: AsyncClient) -> None:
    with pytest.raises(EventsLostError) as error:
        await anext(client.watch_events(after_lsn=10**12))
    assert error.value.reason == "RESUME_POINT_GONE"
    assert int(error.value.facts["newest_lsn"]) > 0


async def test_refusal_says_why_to_programs(client: AsyncClient) -> None:
    with pytest.raises(RefusedError) as error:
        await client.query_events(EventFilter(kinds=["no such kind"]))
    assert [violation.field for violation in error.value.field_violations] == ["filter.kinds[0]"]
    with pytest.raises(RefusedError) as missing:
        await client.get_order("never")
    assert missing.value.reason == "NOT_FOUND"


async def test_operator_sees_which_gateway_it_is_and_how_it_does(gateway: Gateway) -> None:
    await gateway.stop()
    gateway.facts = AdminFacts(
        version="1.2.3",
        parts=lambda: [("loop", "ok", "ticking"), ("projector", "degraded", "behind")],
        settings=lambda: [ShownValue("api.bind", "127.0.0.1:1", given=True)],
        file="g.yaml",
    )
    await gateway.start()
    async with AsyncClient(gateway.target, client="alpha") as client:
        version, health, settings = (
            await client.version(),
            await client.health(),
            await client.configuration(),
        )
    assert (version.version, version.journal_id) == ("1.2.3", gateway.core.journal_id())
    assert health.newest_lsn >= health.oldest_lsn > 0
    status_of = {part.name: part.status for part in health.parts}
    assert (status_of["loop"], status_of["projector"]) == (PartStatus.OK, PartStatus.DEGRADED)
    assert (settings.file, settings.values[0].path) == ("g.yaml", "api.bind")
    assert settings.values[0].source is ValueSource.GIVEN


async def test_operator_changes_what_is_in_force(client: AsyncClient) -> None:
    await client.set_reference_price("ACME", "10.50")
    assert (await client.reference_prices())["ACME"] == Decimal("10.50")
    await client.set_trading_state("account:A1", TradingState.HALTED, "test")
    (state,) = await client.trading_states()
    assert (state.level, state.state, state.reason) == ("account:A1", TradingState.HALTED, "test")
    await client.adjust_position(
        PositionAdjustmentKind.START_OF_DAY, "A1", "test", "OTHER", 5, "20.00", "from the books"
    )
    held = {each.instrument: each.net_quantity for each in await client.positions("A1")}
    assert held["OTHER"] == 5
    order = await client.submit("OTHER", Side.BUY, 1, price=LOW, account="A2")
    with pytest.raises(RefusedError, match="FAILED_PRECONDITION"):
        await client.resolve_order(order.order_id, OrderStatus.CANCELED, "not in doubt")


async def test_blocking_client_watches_too(gateway: Gateway) -> None:
    def trade() -> tuple[list[int], str]:
        with Client(gateway.target, client="alpha", account="A1", strategy="test") as client:
            order = client.submit("ACME", Side.BUY, 1, price=LOW)
            with client.watch_orders() as orders:
                first = next(orders)
            with client.watch_events(EventFilter(order_id=order.order_id)) as events:
                event = next(events)
            return [first.order_id, order.order_id], type(event).__name__

    ids, name = await asyncio.to_thread(trade)
    assert ids[0] == ids[1]
    assert name == "OrderAccepted"


async def test_watched_executions_come_once_each_over_broken_connections(gateway: Gateway) -> None:
    async with (
        Relay(gateway.port) as relay,
        AsyncClient(relay.target, client="alpha", account="A1", strategy="test", settings=QUICK) as client,
        client.watch_executions(account="A1", exec_types=[ExecType.TRADE]) as fills,
    ):
        seen = []
        for quantity in range(1, 6):
            order = await filled(client, quantity)
            relay.cut()
            async with asyncio.timeout(TIMEOUT_S):
                fill = await anext(fills)
            seen.append(fill)
            assert (fill.order_id, fill.last_quantity) == (order.order_id, Decimal(quantity))
        assert fills.journal == gateway.core.journal_id()
        again = client.watch_executions(
            account="A1",
            exec_types=[ExecType.TRADE],
            after_lsn=seen[2].lsn,
            journal=fills.journal,
        )
        async with asyncio.timeout(TIMEOUT_S):
            assert [await anext(again), await anext(again)] == seen[3:]
        await again.aclose()


async def test_watched_positions_are_what_they_become(client: AsyncClient) -> None:
    await filled(client, 3)
    async with (
        asyncio.timeout(TIMEOUT_S),
        client.watch_positions(account="A1", instrument="ACME") as positions,
    ):
        before = await anext(positions)
        await filled(client, 4)
        async for position in positions:
            if position.net_quantity == before.net_quantity + 4 and not position.open_buy_quantity:
                break
    assert position in await client.positions("A1")


async def test_watch_of_a_journal_that_the_gateway_does_not_keep_is_lost(client: AsyncClient) -> None:
    for watch in (
        client.watch_events(after_lsn=1, journal="OTHER"),
        client.watch_orders(after_lsn=1, journal="OTHER"),
        client.watch_executions(after_lsn=1, journal="OTHER"),
    ):
        with pytest.raises(EventsLostError, match="'OTHER'"):
            await anext(watch)


async def test_blocking_client_follows_executions_and_positions(gateway: Gateway) -> None:
    def use() -> None:
        with (
            Client(gateway.target, client="alpha", account="A1", strategy="test") as client,
            client.watch_executions(account="A1", exec_types=[ExecType.TRADE]) as fills,
        ):
            buys = client.submit("ACME", Side.BUY, 2, price="11.00")
            client.submit("ACME", Side.SELL, 2, price="11.00", account="A2")
            buys.filled(TIMEOUT_S)
            assert next(fills).order_id == buys.order_id
            with client.watch_positions(account="A1") as positions:
                assert next(positions).instrument == "ACME"

    await asyncio.to_thread(use)


async def test_events_are_only_those_that_were_asked_for(client: AsyncClient) -> None:
    which = Which(kinds=[OrderAccepted, "execution_reported"], accounts=["A1"], strategies=["wanted"])
    async with client.events(which=which) as events:
        for strategy in ("other", "wanted"):
            order = await client.submit("ACME", Side.BUY, 1, price=LOW, strategy=strategy)
            await order.wait(lambda each: each.status is OrderStatus.NEW, TIMEOUT_S)
        async with asyncio.timeout(TIMEOUT_S):
            seen = [await anext(events), await anext(events)]
    assert [type(event) for event in seen] == [OrderAccepted, ExecutionReported]
    assert {event.order_id for event in seen} == {order.order_id}  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="a kind of events"):
        client.events(which=Which(kinds=[Event]))


async def test_events_of_a_journal_that_the_gateway_does_not_keep_are_lost(client: AsyncClient) -> None:
    with pytest.raises(EventsLostError, match="OTHER"):
        await anext(client.events(1, journal="OTHER"))


@pytest.mark.parametrize("track_orders", [True, False])
async def test_orders_of_a_client_that_asked_for_it_are_canceled_when_it_goes(
    gateway: Gateway, channel: grpc.aio.Channel, track_orders: bool
) -> None:
    gone = AsyncClient(
        gateway.target,
        client="beta",
        account="B1",
        strategy="test",
        track_orders=track_orders,
        settings=replace(QUICK, cancel_on_disconnect_s=0.1),
    )
    async with gone:
        (result,) = await gone.submit_many(
            [NewOrder(instrument="ACME", side=Side.BUY, quantity=1, price=LOW, client_order_id="c-1")]
        )
        assert not result.denied
        async with asyncio.timeout(TIMEOUT_S):
            async for order in gone.watch_orders():
                if order.status is OrderStatus.NEW:
                    break
    beta = RawClient(channel, "beta")  # without a stream, which would keep the orders
    request = queries.GetOrderRequest(client_order_id="c-1").SerializeToString()
    async with asyncio.timeout(TIMEOUT_S):
        while True:
            answer = await beta.call("gateway.v1.Orders/GetOrder", request)
            if queries.GetOrderResponse.FromString(answer).order.leaves_quantity == "0":
                break
            await asyncio.sleep(0.01)
