"""The test double: what strategies can have happen to them, without a server and without waiting."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest

from gateway.client import (
    AsyncClient,
    DenialCode,
    Event,
    EventsLostError,
    ExecType,
    ExecutionReported,
    NewOrder,
    NotFilledError,
    OrderAccepted,
    OrderStatus,
    OutcomeUnknownError,
    RefusedError,
    SessionState,
    Settings,
    Side,
    TradingState,
    UnavailableError,
    Which,
)
from gateway.client.testing import FakeGateway, ScriptError, VirtualTimeLoop, run

Scenario = Callable[[FakeGateway, AsyncClient], Awaitable[None]]
PRICE = Decimal("10.00")


def play(scenario: Scenario, gateway: FakeGateway | None = None) -> None:
    """Play a scenario with a client, on virtual time."""
    fake = gateway or FakeGateway()

    async def main() -> None:
        async with fake.client(account="A1", strategy="s") as client:
            await scenario(fake, client)

    run(main())


async def follow(client: AsyncClient, see: Callable[[Event], None]) -> None:
    async for event in client.events(0):
        see(event)


def test_order_rests_until_the_script_fills_it() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        order = await client.submit("ACME", Side.BUY, 10, price=PRICE, client_order_id="c-1")
        await order.wait(lambda each: each.status is OrderStatus.NEW)
        gateway.fill("c-1", 4)
        gateway.fill("c-1", 6, "9.90")
        filled = await order.filled()
        assert (filled.cum_quantity, filled.average_price) == (10, Decimal("9.94"))
        assert await client.get_order("c-1") == filled
        (position,) = await client.positions()
        assert (position.account, position.net_quantity) == ("A1", 10)

    play(scenario)


def test_venue_may_fill_everything_at_once() -> None:
    gateway = FakeGateway()
    gateway.on_order = gateway.fill

    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        assert (await (await client.submit("ACME", Side.SELL, 3, price=PRICE)).filled()).cum_quantity == 3

    play(scenario, gateway)


def test_replace_and_cancel_go_their_way_and_may_be_refused() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        order = await client.submit("ACME", Side.BUY, 10, price=PRICE, client_order_id="c-1")
        await order.replace(quantity=20, price="10.10")
        await order.wait(lambda each: each.quantity == 20)
        assert (order.price, order.status) == (Decimal("10.10"), OrderStatus.NEW)
        gateway.on_cancel = None
        await order.cancel()
        await order.wait(lambda each: each.status is OrderStatus.PENDING_CANCEL)
        gateway.reject_request("c-1", "too late")
        await order.wait(lambda each: each.status is OrderStatus.NEW)
        gateway.on_cancel = gateway.confirm_cancel
        await order.cancel()
        assert (await order.done()).status is OrderStatus.CANCELED
        assert (await order.cancel()).denied

    play(scenario)


def test_reports_may_come_in_the_wrong_order_and_fills_after_the_end() -> None:
    gateway = FakeGateway()
    gateway.on_order = gateway.on_cancel = None

    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        order = await client.submit("ACME", Side.BUY, 10, price=PRICE, client_order_id="c-1")
        gateway.fill("c-1", 4)
        gateway.acknowledge("c-1")
        await order.wait(lambda each: each.cum_quantity == 4)
        assert order.status is OrderStatus.PARTIALLY_FILLED
        await order.cancel()
        gateway.confirm_cancel("c-1")
        gateway.fill("c-1", 2)
        await order.wait(lambda each: each.cum_quantity == 6)
        assert (order.status, order.leaves_quantity) == (OrderStatus.CANCELED, 0)
        with pytest.raises(NotFilledError):
            await order.filled()

    play(scenario, gateway)


@pytest.mark.parametrize("way", ["reject", "cancel", "expire"])
def test_venue_ends_an_order(way: str) -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        order = await client.submit("ACME", Side.BUY, 10, price=PRICE, client_order_id="c-1")
        getattr(gateway, way)("c-1")
        assert (await order.done()).status.name.lower().startswith(way)
        with pytest.raises(ScriptError, match="has ended already"):
            getattr(gateway, way)("c-1")

    play(scenario)


def test_gateway_denies_as_often_as_told() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        gateway.deny_next(DenialCode.PRICE_COLLAR, observed="12")
        order = await client.submit("ACME", Side.BUY, 10, price=PRICE)
        assert order.denial is not None
        assert (order.denial.code, order.denial.observed) == (DenialCode.PRICE_COLLAR, "12")
        assert not (await client.submit("ACME", Side.BUY, 10, price=PRICE)).denied
        gateway.set_session_state(SessionState.RECONCILING)
        assert (await client.submit("ACME", Side.BUY, 10, price=PRICE)).denied

    play(scenario)


def test_operator_cancels_orders_of_other_clients_by_filter_and_by_id() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        async with gateway.client("other", account="A1", strategy="s") as other:
            orders = [await other.submit("ACME", Side.BUY, 1, price=PRICE) for _ in range(3)]
            mine = await client.submit("ACME", Side.BUY, 1, price=PRICE)
            assert len(await client.list_orders(any_client=True)) == 4
            assert len(await client.list_orders(any_client=True, client="other")) == 3
            seen = await client.get_order(order_id=orders[0].order_id, any_client=True)
            assert seen.client == "other"
            first, missing = orders[0].order_id, mine.order_id + 1
            with pytest.raises(RefusedError, match=f"no order {missing}"):
                await client.cancel_order_ids([first, missing], any_client=True, reason="r")
            with pytest.raises(RefusedError, match=f"no order {first}"):
                await client.cancel_order_ids([first])
            assert (await client.cancel_order_ids([first], any_client=True, reason="r")).cancels_sent == 1
            again = await client.cancel_order_ids([first], any_client=True, reason="r")
            assert [(each.client, each.denial.code) for each in again.denials] == [
                ("other", DenialCode.ORDER_NOT_OPEN)
            ]
            assert await client.cancel_orders(any_client=True, client="other", reason="r") == 2
            assert await client.cancel_orders(any_client=True, reason="r") == 1

    play(scenario)


def test_kill_switch_denies_and_cancels() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        order = await client.submit("ACME", Side.BUY, 10, price=PRICE)
        state = await client.set_trading_state(
            "account:A1", TradingState.HALTED, "test", cancel_open_orders=True
        )
        assert state.cancels_sent == 1
        assert (await order.done()).status is OrderStatus.CANCELED
        denied = await client.submit("ACME", Side.BUY, 10, price=PRICE)
        assert denied.denial is not None
        assert denied.denial.code is DenialCode.TRADING_HALTED

    play(scenario)


def test_answer_that_is_lost_is_asked_for_again_and_the_order_is_one() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        seen: list[Event] = []

        following = asyncio.create_task(follow(client, seen.append))
        for number in range(5):
            gateway.lose_next_answer()
            order = await client.submit("ACME", Side.BUY, 1, price=PRICE, client_order_id=f"c-{number}")
            assert order.duplicate
        gateway.lose_next_answer()
        late = await client.submit("ACME", Side.BUY, 1, price=PRICE, client_order_id="c-5", deadline_s=30)
        assert late.duplicate
        await asyncio.sleep(60)
        following.cancel()
        accepted = [event.client_order_id for event in seen if isinstance(event, OrderAccepted)]
        assert accepted == [f"c-{number}" for number in range(6)]
        assert len(await client.list_orders()) == 6

    play(scenario)


def test_events_come_once_however_often_they_are_sent_and_the_line_breaks() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        seen: list[Event] = []

        following = asyncio.create_task(follow(client, seen.append))
        order = await client.submit("ACME", Side.BUY, 30, price=PRICE, client_order_id="c-1")
        for number in range(1, 31):
            gateway.fill("c-1", 1)
            await asyncio.sleep(1)
            gateway.repeat_events(3)
            if number % 10 == 0:
                gateway.disconnect()
                gateway.repeat_events(3)
                await asyncio.sleep(30)
                gateway.reconnect()
        await order.filled()
        await asyncio.sleep(60)
        following.cancel()
        fills = [
            each for each in seen if isinstance(each, ExecutionReported) and each.exec_type is ExecType.TRADE
        ]
        assert [fill.cum_quantity for fill in fills] == list(range(1, 31))
        assert [event.lsn for event in seen] == sorted({event.lsn for event in seen})

    play(scenario)


def test_command_during_a_long_outage_is_given_up_and_never_sent() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        gateway.disconnect()
        with pytest.raises(UnavailableError):
            await client.positions()
        with pytest.raises(Exception, match="no answer within"):
            await client.submit("ACME", Side.BUY, 1, price=PRICE, client_order_id="c-1")
        gateway.reconnect()
        await asyncio.sleep(60)
        assert await client.list_orders() == []

    play(scenario)


def test_journal_that_forgot_ends_a_resume_and_orders_are_asked_for_anew() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        order = await client.submit("ACME", Side.BUY, 10, price=PRICE, client_order_id="c-1")
        events = client.events(0)
        await anext(events)
        gateway.disconnect()
        gateway.fill("c-1", 10)
        gateway.forget_events()
        gateway.reconnect()
        with pytest.raises(EventsLostError):
            _ = [event async for event in events]  # what had been received before comes first
        assert (await order.filled()).cum_quantity == 10

    play(scenario)


def test_gateway_with_another_journal_is_not_sent_what_may_be_done() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        await client.submit("ACME", Side.BUY, 1, price=PRICE, client_order_id="c-1")
        gateway.on_order = lambda _: gateway.start_another_journal()
        with pytest.raises(OutcomeUnknownError, match="journal"):
            await client.submit("ACME", Side.BUY, 1, price=PRICE, client_order_id="c-2")
        gateway.on_order = gateway.acknowledge
        assert not (await client.submit("ACME", Side.BUY, 1, price=PRICE, client_order_id="c-3")).denied
        assert [order.client_order_id for order in await client.list_orders()] == ["c-3"]

    play(scenario)


def test_reused_id_with_other_content_is_denied_and_the_first_order_stands() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        first = await client.submit("ACME", Side.BUY, 1, price=PRICE, client_order_id="c-1")
        again = await client.submit("ACME", Side.BUY, 2, price=PRICE, client_order_id="c-1")
        assert again.denied
        assert not first.denied
        assert client.order("c-1") is first

    play(scenario)


def test_clients_see_their_own_orders_alone() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        async with gateway.client("other", account="B1", strategy="s") as other, other.events(0) as events:
            await client.submit("ACME", Side.BUY, 1, price=PRICE, client_order_id="mine")
            await other.submit("ACME", Side.BUY, 1, price=PRICE, client_order_id="theirs")
            event = await anext(events)
            assert isinstance(event, OrderAccepted)
            assert event.client_order_id == "theirs"
            with pytest.raises(RefusedError, match="NOT_FOUND"):
                await other.get_order("mine")

    play(scenario)


def test_pages_of_orders_come_whole() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        await client.submit_many(
            NewOrder(instrument="ACME", side=Side.BUY, quantity=1, price=PRICE, client_order_id=f"c-{number}")
            for number in range(1200)
        )
        names = [order.client_order_id for order in await client.list_orders()]
        assert names == [f"c-{number}" for number in reversed(range(1200))]

    play(scenario)


def test_blocking_client_is_the_same() -> None:
    gateway = FakeGateway()
    with gateway.blocking_client(account="A1", strategy="s") as client:
        order = client.submit("ACME", Side.BUY, 10, price=PRICE, client_order_id="c-1")
        gateway.fill("c-1", 4)
        gateway.fill("c-1", 6)
        assert order.filled(timeout_s=10).cum_quantity == 10
        assert [change.order.status for change in order] == [OrderStatus.FILLED]


def test_virtual_time_passes_without_waiting_and_stamps_events() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        order = await client.submit("ACME", Side.BUY, 10, price=PRICE, client_order_id="c-1")
        await asyncio.sleep(3600)
        gateway.fill("c-1")
        filled = await order.filled()
        assert filled.updated_at_ns - filled.created_at_ns == 3600 * 10**9

    play(scenario)


def test_run_ends_what_waits_for_ever() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        await (await client.submit("ACME", Side.BUY, 10, price=PRICE)).done()

    with pytest.raises(TimeoutError):
        play(scenario)


def test_virtual_loop_does_not_jump_over_what_is_ready() -> None:
    async def main() -> list[str]:
        done: list[str] = []
        loop = asyncio.get_running_loop()
        loop.call_later(2, done.append, "two")
        loop.call_later(1, done.append, "one")
        loop.call_soon(done.append, "now")
        await asyncio.sleep(3)
        assert isinstance(loop, VirtualTimeLoop)
        assert loop.time() == pytest.approx(3)
        return done

    assert run(main()) == ["now", "one", "two"]


@pytest.mark.parametrize(
    "act", ["fill", "acknowledge", "confirm_cancel", "confirm_replace", "reject_request"]
)
def test_script_that_cannot_be_says_so(act: str) -> None:
    gateway = FakeGateway()
    with pytest.raises(ScriptError, match="client_order_id"):
        getattr(gateway, act)("nobody's")


def test_settings_of_the_client_count() -> None:
    async def main() -> None:
        gateway = FakeGateway()
        gateway.disconnect()
        client = gateway.client(settings=Settings(connect_timeout_s=5))
        began = asyncio.get_running_loop().time()
        with pytest.raises(UnavailableError, match="5"):
            await client.connect()
        assert asyncio.get_running_loop().time() - began == pytest.approx(5)

    run(main())


def test_events_are_only_those_that_were_asked_for() -> None:
    async def scenario(_: FakeGateway, client: AsyncClient) -> None:
        async with client.events(which=Which(kinds=[OrderAccepted], accounts=["A2"])) as events:
            await client.submit("ACME", Side.BUY, 1, price=PRICE)
            wanted = await client.submit("ACME", Side.BUY, 1, price=PRICE, account="A2")
            event = await anext(events)
        assert isinstance(event, OrderAccepted)
        assert event.order_id == wanted.order_id

    play(scenario)


@pytest.mark.parametrize("asked", [True, False])
def test_orders_are_canceled_on_disconnect_where_the_client_asked_for_it(asked: bool) -> None:
    fake = FakeGateway()
    settings = Settings(cancel_on_disconnect_s=30) if asked else None

    async def main() -> None:
        async with fake.client(account="A1", strategy="s", settings=settings) as client:
            order = await client.submit("ACME", Side.BUY, 1, price=PRICE)
        async with fake.client("other") as other:
            await asyncio.sleep(29)
            assert (await other.list_orders(any_client=True))[0].is_open
            await asyncio.sleep(2)
            (found,) = await other.list_orders(any_client=True)
            assert (found.order_id, found.is_open) == (order.order_id, not asked)

    run(main())


def test_watches_show_what_is_and_what_becomes_of_it() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        first = await client.submit("ACME", Side.BUY, 5, price=PRICE)
        async with (
            client.watch_orders() as orders,
            client.watch_executions(exec_types=[ExecType.TRADE]) as fills,
            client.watch_positions() as positions,
        ):
            assert (await anext(orders)).order_id == first.order_id
            gateway.fill(first.client_order_id, 2)
            changed = await anext(orders)
            while changed.cum_quantity != 2:
                changed = await anext(orders)
            fill = await anext(fills)
            assert (fill.order_id, fill.last_quantity) == (first.order_id, 2)
            position = await anext(positions)
            while position.net_quantity != 2:
                position = await anext(positions)
            gateway.break_connections()
            gateway.fill(first.client_order_id)
            assert (await anext(fills)).last_quantity == 3
            await asyncio.sleep(100)  # heartbeats keep the watch
            second = await client.submit("ACME", Side.BUY, 1, price=PRICE)
            gateway.fill(second.client_order_id)
            assert (await anext(fills)).order_id == second.order_id
        gateway.start_another_journal()
        with pytest.raises(EventsLostError):
            await anext(client.watch_executions(after_lsn=1, journal=fills.journal))

    play(scenario)
