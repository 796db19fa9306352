"""The SDK against a gateway that trades with the simulator."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import grpc.aio
import pytest

from gateway.client import (
    AsyncClient,
    Cancel,
    Client,
    ClientClosedError,
    DenialCode,
    DeniedError,
    EventsLostError,
    ExecType,
    ExecutionReported,
    MarketReferences,
    NewOrder,
    NotSentError,
    OrderAccepted,
    OrderStatus,
    OutcomeUnknownError,
    RefusedError,
    Replace,
    Settings,
    Side,
    TimeInForce,
    TradingState,
    UnavailableError,
)
from tests.integration.api.support import TIMEOUT_S, Gateway, RawClient, Venue, read_until

PRICE = Decimal("5.00")
"""Far below the market: a buy order rests."""
HIGH = Decimal("50.00")
"""Far above it: a sell order rests."""
QUICK = Settings(connect_timeout_s=0.5, command_timeout_s=0.5, query_timeout_s=0.5, backoff_max_s=0.05)


async def reached(client: AsyncClient, client_order_id: str, status: OrderStatus) -> None:
    async with asyncio.timeout(TIMEOUT_S):
        await client.order(client_order_id).wait(lambda order: order.status is status)


async def test_order_is_followed_through_its_life(client: AsyncClient) -> None:
    result = (await client.submit("ACME", Side.SELL, 10, price=HIGH)).raise_if_denied()
    order = client.order(result.client_request_id)
    await reached(client, order.client_order_id, OrderStatus.NEW)
    assert await client.get_order(order.client_order_id) == order.snapshot

    (await client.replace(order.client_order_id, quantity=20, price="50.01")).raise_if_denied()
    async with asyncio.timeout(TIMEOUT_S):
        await order.wait(lambda each: each.quantity == 20)
    assert (order.status, order.price) == (OrderStatus.NEW, Decimal("50.01"))
    assert await client.get_order(order_id=order.order_id) == order.snapshot

    (await client.cancel(order.client_order_id)).raise_if_denied()
    ended = await client.wait_done(order.client_order_id, TIMEOUT_S)
    assert ended.status is OrderStatus.CANCELED
    assert ended.leaves_quantity == 0
    assert await client.get_order(order.client_order_id) == ended


async def test_fill_shows_in_order_event_and_position(client: AsyncClient) -> None:
    async with client.events() as events:
        await client.submit("ACME", Side.SELL, 4, price="10.00", account="A2")
        bought = await client.submit("ACME", Side.BUY, 4, price="10.00", time_in_force=TimeInForce.IOC)
        ended = await client.wait_done(bought.client_request_id, TIMEOUT_S)
        async with asyncio.timeout(TIMEOUT_S):
            async for event in events:
                match event:
                    case ExecutionReported(order_id=bought.order_id, exec_type=ExecType.TRADE):
                        break
    assert isinstance(event, ExecutionReported)
    assert (event.last_quantity, event.last_price) == (Decimal(4), Decimal("10.00"))
    assert (ended.status, ended.average_price) == (OrderStatus.FILLED, Decimal(10))
    held = {position.account: position.net_quantity for position in await client.positions()}
    assert held == {"A1": Decimal(4), "A2": Decimal(-4)}


async def test_denied_order_is_a_value_and_an_exception_by_choice(client: AsyncClient) -> None:
    result = await client.submit("ACME", Side.BUY, 5000, price=PRICE)
    assert result.denied
    assert result.denial is not None
    assert (result.denial.code, result.denial.level) == (DenialCode.MAX_ORDER_QUANTITY, "firm")
    assert client.order(result.client_request_id).status is OrderStatus.DENIED
    with pytest.raises(DeniedError, match="MAX_ORDER_QUANTITY"):
        result.raise_if_denied()


async def test_unreadable_command_is_denied_and_the_client_goes_on(client: AsyncClient) -> None:
    bad = await client.submit("ACME", Side.BUY, 1, price=PRICE, strategy="a\x01b", client_order_id="bad")
    assert bad.client_request_id == "bad"
    assert bad.denial is not None
    late = await client.submit("ACME", Side.BUY, 1, price=PRICE, strategy="a\x01b", deadline_s=5)
    assert late.denied
    assert late.client_request_id
    assert not (await client.submit("ACME", Side.BUY, 1, price=PRICE)).denied


async def test_float_is_refused_before_anything_is_sent(client: AsyncClient, gateway: Gateway) -> None:
    before = gateway.core.committed_lsn()
    with pytest.raises(TypeError, match="float"):
        await client.submit("ACME", Side.BUY, 1.5, price=PRICE)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="float"):
        await client.submit("ACME", Side.BUY, 1, price=5.0)  # type: ignore[arg-type]
    assert gateway.core.committed_lsn() == before


async def test_submit_many_answers_in_order_across_messages(client: AsyncClient) -> None:
    orders = [
        NewOrder(instrument="ACME", side=Side.BUY, quantity=1, price=PRICE, client_order_id=f"c-{number}")
        for number in range(2500)
    ]
    changes: list[Replace | Cancel] = [
        Replace(client_order_id="c-0", quantity=2, client_request_id="replace"),
        Cancel(client_order_id="c-1", client_request_id="cancel"),
        Cancel(client_order_id="none", client_request_id="no such order"),
    ]
    results = await client.submit_many([*orders, *changes])
    expected = [order.client_order_id for order in orders] + [change.client_request_id for change in changes]
    assert [result.client_request_id for result in results] == expected
    assert [result.denied for result in results] == [False] * 2502 + [True]
    assert len(await client.list_orders()) == 2500
    assert len(await client.list_orders(limit=700)) == 700


async def test_open_orders_from_before_are_followed_too(client: AsyncClient, gateway: Gateway) -> None:
    await client.submit("ACME", Side.BUY, 10, price=PRICE, client_order_id="old")
    async with AsyncClient(gateway.target, client="alpha") as second:
        assert second.order("old").quantity == 10
        await client.cancel("old")
        assert (await second.wait_done("old", TIMEOUT_S)).status is OrderStatus.CANCELED
        with pytest.raises(KeyError, match="get_order"):
            second.order("never heard of")


async def test_deadline_in_time_is_an_order_like_any_other(client: AsyncClient) -> None:
    result = await client.submit("ACME", Side.BUY, 10, price=PRICE, deadline_s=TIMEOUT_S)
    assert client.order(result.client_request_id).is_open
    replaced = await client.replace(result.client_request_id, quantity=5, deadline_s=TIMEOUT_S)
    assert not replaced.denied


async def test_kill_switch_halts_and_resumes(client: AsyncClient) -> None:
    open_order = await client.submit("ACME", Side.BUY, 10, price=PRICE)
    await reached(client, open_order.client_request_id, OrderStatus.NEW)
    halted = await client.set_trading_state("firm", TradingState.HALTED, "test", cancel_open_orders=True)
    assert halted.cancels_sent == 1
    assert (await client.wait_done(open_order.client_request_id, TIMEOUT_S)).status is OrderStatus.CANCELED
    denied = await client.submit("ACME", Side.BUY, 10, price=PRICE)
    assert denied.denial is not None
    assert denied.denial.code is DenialCode.TRADING_HALTED
    await client.set_trading_state("firm", TradingState.ACTIVE, "test over")
    assert not (await client.submit("ACME", Side.BUY, 10, price=PRICE)).denied
    with pytest.raises(RefusedError, match="NOT_FOUND"):
        await client.set_trading_state("account:none", TradingState.HALTED, "test")


async def test_reference_price_is_recorded(client: AsyncClient, gateway: Gateway) -> None:
    assert 0 < await client.set_reference_price("ACME", "10.01") <= gateway.core.committed_lsn()


async def test_references_are_set_and_shown_with_their_times(client: AsyncClient) -> None:
    time = datetime(2026, 3, 2, 16, tzinfo=UTC)
    references = MarketReferences(bid="10.00", ask="10.02", quoted_at=time, average_daily_volume=5_000)
    assert await client.set_reference_price("ACME", "10.01", as_of=time, references=references) > 0
    await client.set_reference_price("ACME", None, references=MarketReferences(close="9.90", bid=0))
    (acme,) = [each for each in await client.market_references() if each.instrument == "ACME"]
    assert (acme.price, acme.as_of_ns) == (Decimal("10.01"), int(time.timestamp()) * 10**9)
    assert (acme.bid, acme.ask, acme.close) == (None, Decimal("10.02"), Decimal("9.90"))
    assert (acme.average_daily_volume, acme.price_band_low) == (Decimal(5_000), None)
    assert acme.closed_at_ns > acme.as_of_ns
    with pytest.raises(RefusedError, match=r"references\.bid: expected at most references\.ask"):
        await client.set_reference_price("ACME", "10.01", references=MarketReferences(bid="10.03"))


async def test_session_is_shown_ready(client: AsyncClient) -> None:
    (session,) = await client.sessions()
    assert (session.name, session.state.name, session.role) == ("SIM", "READY", "initiator")


async def test_restart_of_the_gateway_loses_and_doubles_nothing(
    client: AsyncClient, gateway: Gateway, venue: Venue
) -> None:
    seen: list[int] = []
    accepted: list[str] = []
    submitted: list[str] = []

    async def follow() -> None:
        async for event in client.events(0):
            seen.append(event.lsn)
            if isinstance(event, OrderAccepted):
                accepted.append(event.client_order_id)
                if event.client_order_id == "last":
                    return

    following = asyncio.create_task(follow())
    for round_number in range(3):
        for number in range(20):
            submitted.append(f"c-{round_number}-{number}")
            await client.submit("ACME", Side.BUY, 1, price=PRICE, client_order_id=submitted[-1])
        await gateway.stop()
        submitted.append(f"meanwhile-{round_number}")
        meanwhile = asyncio.create_task(
            client.submit("ACME", Side.BUY, 1, price=PRICE, client_order_id=submitted[-1])
        )
        await gateway.start()
        await meanwhile
    await client.submit("ACME", Side.BUY, 1, price=PRICE, client_order_id="last")
    await asyncio.wait_for(following, TIMEOUT_S)

    # What comes while the session is still logging on is denied, with a code, and that is final for its id.
    denied = [name for name in submitted if client.order(name).status is OrderStatus.DENIED]
    assert all(name.startswith("meanwhile") for name in denied)
    assert accepted == [name for name in [*submitted, "last"] if name not in denied]
    async with grpc.aio.insecure_channel(gateway.target) as channel:
        everything = await read_until(await RawClient(channel).subscribed(0), seen[-1])
    assert seen == [event.lsn for event in everything if event.lsn <= seen[-1]]
    arrivals = venue.new_order_arrivals(gateway.comp_id)
    assert len(arrivals) == len(accepted)
    assert set(arrivals.values()) == {1}
    for name in submitted:
        assert client.order(name).status is (await client.get_order(name)).status


async def test_command_to_a_gateway_that_is_gone_is_not_sent(gateway: Gateway) -> None:
    async with AsyncClient(gateway.target, client="alpha", settings=QUICK) as client:
        await gateway.stop()
        await asyncio.sleep(0)
        with pytest.raises((NotSentError, OutcomeUnknownError)) as error:
            await client.submit("ACME", Side.BUY, 1, price=PRICE, client_order_id="c-1")
        assert isinstance(error.value, NotSentError | OutcomeUnknownError)
        assert error.value.client_request_ids == ("c-1",)
        with pytest.raises(NotSentError):
            await client.submit("ACME", Side.BUY, 1, price=PRICE, client_order_id="c-2")
        with pytest.raises(NotSentError):
            await client.submit("ACME", Side.BUY, 1, price=PRICE, client_order_id="c-3", deadline_s=0.3)
        with pytest.raises(UnavailableError):
            await client.positions()


async def test_command_given_up_is_not_sent_after_all(gateway: Gateway, venue: Venue) -> None:
    async with AsyncClient(
        gateway.target, client="alpha", account="A1", strategy="test", settings=QUICK
    ) as client:
        await gateway.stop()
        with pytest.raises((NotSentError, OutcomeUnknownError)):
            await client.submit("ACME", Side.BUY, 1, price=PRICE, client_order_id="given up")
        await gateway.start()
        await client.submit("ACME", Side.BUY, 1, price=PRICE, client_order_id="after")
        with pytest.raises(RefusedError, match="NOT_FOUND"):
            await client.get_order("given up")


async def test_events_after_a_point_that_is_not_in_the_journal_are_lost(client: AsyncClient) -> None:
    with pytest.raises(EventsLostError, match="another journal"):
        await anext(client.events(10**12))


async def test_events_resume_point_counts_what_was_given_out(client: AsyncClient) -> None:
    await client.submit_many(
        [NewOrder(instrument="ACME", side=Side.BUY, quantity=1, price=PRICE) for _ in range(20)]
    )
    stream = client.events(0)
    first = [await anext(stream) for _ in range(7)]
    assert stream.resume_lsn == first[-1].lsn
    rest = client.events(stream.resume_lsn)
    assert (await anext(rest)) == (await anext(stream))


async def test_client_without_a_gateway_says_so() -> None:
    with pytest.raises(UnavailableError, match="no gateway answered at"):
        async with AsyncClient("127.0.0.1:1", client="alpha", settings=QUICK):
            pass


async def test_client_that_is_not_configured_is_refused(gateway: Gateway) -> None:
    with pytest.raises(RefusedError, match="UNAUTHENTICATED"):
        async with AsyncClient(gateway.target, client="nobody"):
            pass


async def test_client_closed_raises_wherever_it_is_used(gateway: Gateway) -> None:
    client = AsyncClient(gateway.target, client="alpha")
    await client.connect()
    events = client.events()
    waiting = asyncio.ensure_future(anext(events))
    await asyncio.sleep(0.05)
    await client.aclose()
    with pytest.raises(ClientClosedError):
        await waiting
    with pytest.raises(ClientClosedError):
        await client.submit("ACME", Side.BUY, 1, price=PRICE)
    with pytest.raises(ClientClosedError):
        await client.positions()
    await client.aclose()


async def test_ids_are_made_once_a_command(gateway: Gateway) -> None:
    made = iter(f"id-{number}" for number in range(100))
    async with AsyncClient(
        gateway.target, client="alpha", account="A1", strategy="test", make_id=lambda: next(made)
    ) as client:
        first = await client.submit("ACME", Side.BUY, 1, price=PRICE)
        second = await client.cancel(first.client_request_id)
        assert (first.client_request_id, second.client_request_id) == ("id-0", "id-1")


async def test_untracked_client_trades_without_following(gateway: Gateway) -> None:
    async with AsyncClient(
        gateway.target, client="alpha", account="A1", strategy="test", track_orders=False
    ) as client:
        result = await client.submit("ACME", Side.BUY, 1, price=PRICE)
        assert (await client.get_order(result.client_request_id)).is_open
        with pytest.raises(Exception, match="track_orders"):
            client.order(result.client_request_id)


def trade_blocking(target: str) -> list[str]:
    """A whole session with the blocking client; what it saw."""
    seen: list[str] = []
    with Client(target, client="alpha", account="A1", strategy="test") as gateway:
        with gateway.events() as events:
            result = gateway.submit("ACME", Side.SELL, 10, price=HIGH).raise_if_denied()
            for event in events:
                seen.append(type(event).__name__)
                if isinstance(event, ExecutionReported):
                    break
            assert events.resume_lsn is not None
            assert events.resume_lsn >= event.lsn
        assert gateway.order(result.client_request_id).is_open
        gateway.replace(result.client_request_id, quantity=5).raise_if_denied()
        gateway.cancel(result.client_request_id).raise_if_denied()
        seen.append(gateway.wait_done(result.client_request_id, TIMEOUT_S).status.name)
        with ThreadPoolExecutor(8) as threads:
            results = threads.map(lambda _: gateway.submit("ACME", Side.BUY, 1, price=PRICE), range(100))
            assert not any(each.denied for each in results)
        assert len(gateway.list_orders(open_only=True)) == 100
    with pytest.raises(ClientClosedError):
        gateway.sessions()
    gateway.close()
    return seen


async def test_blocking_client_does_the_same(gateway: Gateway) -> None:
    seen = await asyncio.to_thread(trade_blocking, gateway.target)
    assert seen == ["OrderAccepted", "ExecutionReported", "CANCELED"]
    assert "gateway.client" not in [thread.name for thread in threading.enumerate()]


async def test_blocking_client_without_a_gateway_says_so() -> None:
    def connect() -> None:
        Client("127.0.0.1:1", client="alpha", settings=QUICK).connect()

    with pytest.raises(UnavailableError):
        await asyncio.to_thread(connect)
