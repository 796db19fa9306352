"""What the test double plays of an operator's services, and how it refuses what it does not play."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.client import (
    AsyncClient,
    DenialCode,
    Limit,
    LimitAction,
    LimitKind,
    LiveOrder,
    MarketReferences,
    NewOrder,
    OrderDenied,
    OrderOverrideTerms,
    RefusedError,
    SessionState,
    Side,
    TradingState,
    WaivedLimit,
)
from gateway.client.testing import FakeGateway, ScriptError, run

Scenario = Callable[[FakeGateway, AsyncClient], Awaitable[None]]
PRICE = Decimal("10.00")


def play(scenario: Scenario, limit_s: float = 3600) -> None:
    gateway = FakeGateway()

    async def main() -> None:
        async with gateway.client(account="A1", strategy="s") as client:
            await scenario(gateway, client)

    run(main(), limit_s=limit_s)


def limit(name: str, kind: LimitKind, value: int, level: str = "firm", **terms: Any) -> Limit:
    counts = kind is LimitKind.OPEN_ORDERS
    return Limit(
        name=name,
        level=level,
        kind=kind,
        value=None if counts else Decimal(value),
        count=value if counts else 0,
        **terms,
    )


async def submit(client: AsyncClient, quantity: int, side: Side = Side.BUY, **terms: Any) -> LiveOrder:
    return await client.submit("ACME", side, quantity, **({"price": PRICE} | terms))


def code_of(order: LiveOrder) -> DenialCode | None:
    return None if order.denial is None else order.denial.code


def test_limit_on_an_order_denies_what_is_above_it_and_says_by_how_much() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        gateway.set_limits(limit("size", LimitKind.MAX_ORDER_QUANTITY, 100, "account:A1"))
        assert not (await submit(client, 100)).denied
        denied = await submit(client, 101)
        assert denied.denial is not None
        shown = (denied.denial.code, denied.denial.limit_name, denied.denial.level)
        assert shown == (DenialCode.MAX_ORDER_QUANTITY, "size", "account:A1")
        assert (denied.denial.observed, denied.denial.allowed) == ("101", "100")
        assert not (await submit(client, 101, account="A2")).denied

    play(scenario)


def test_market_order_is_valued_at_the_reference_price_or_denied() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        gateway.set_limits(limit("worth", LimitKind.MAX_ORDER_NOTIONAL, 1000))
        assert code_of(await submit(client, 100, price=None)) is DenialCode.NO_REFERENCE_PRICE
        await client.set_reference_price("ACME", "9.00")
        assert not (await submit(client, 100, price=None)).denied
        assert code_of(await submit(client, 101)) is DenialCode.MAX_ORDER_NOTIONAL

    play(scenario)


def test_limits_on_what_is_open_and_held_show_how_much_is_used() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        gateway.set_limits(
            limit("open", LimitKind.OPEN_ORDERS, 2, "strategy:s"),
            limit("held", LimitKind.POSITION, 20, "account:A1"),
            limit("size", LimitKind.MAX_ORDER_QUANTITY, 100),
        )
        bought = await submit(client, 10)
        gateway.fill(bought.client_order_id)
        await submit(client, 5)
        used = {each.name: (each.value, each.share_percent) for each in await client.limit_utilization()}
        assert used == {"open": (Decimal(1), Decimal(50)), "held": (Decimal(15), Decimal(75))}
        assert [each.name for each in await client.limit_utilization("account:A1")] == ["held"]
        assert code_of(await submit(client, 6)) is DenialCode.MAX_POSITION
        assert not (await submit(client, 30, Side.SELL)).denied
        assert code_of(await submit(client, 1)) is DenialCode.MAX_OPEN_ORDERS

    play(scenario)


def test_limits_change_by_name_version_and_reason() -> None:
    async def scenario(_: FakeGateway, client: AsyncClient) -> None:
        first = await client.set_limits([limit("a", LimitKind.MAX_ORDER_QUANTITY, 5)], "test")
        assert (first.version, first.changed_count, first.lsn > 0) == (1, 1, True)
        tried = await client.set_limits(
            [limit("b", LimitKind.MAX_ORDER_QUANTITY, 6)], "test", removed=["a"], validate_only=True
        )
        assert (tried.version, tried.changed_count, tried.removed_count, tried.lsn) == (1, 1, 1, 0)
        with pytest.raises(RefusedError, match="the set in force is 1, not 7"):
            await client.set_limits([], "test", expected_version=7)
        with pytest.raises(RefusedError, match="'c'"):
            await client.set_limits([], "test", removed=["c"])
        in_force = await client.limits()
        assert (in_force.version, [each.limit.name for each in in_force.limits]) == (1, ["a"])

    play(scenario)


def test_order_is_checked_without_being_sent_or_using_up_a_denial() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        gateway.set_limits(limit("size", LimitKind.MAX_ORDER_QUANTITY, 100))
        gateway.deny_next(DenialCode.PRICE_COLLAR)
        order = NewOrder(instrument="ACME", side=Side.BUY, quantity=10, price=PRICE)
        good = await client.check_order(order)
        assert (good.passes, [each.holds for each in good.limits]) == (True, [True])
        bad = await client.check_order(NewOrder(instrument="ACME", side=Side.BUY, quantity=101, price=PRICE))
        assert not bad.passes
        assert [(each.name, each.decides, each.value) for each in bad.limits] == [
            ("size", True, Decimal(101))
        ]
        assert await client.list_orders() == []
        assert code_of(await submit(client, 10)) is DenialCode.PRICE_COLLAR

    play(scenario)


def test_reducing_lets_through_what_shrinks_the_position_and_no_more() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        bought = await submit(client, 10)
        gateway.fill(bought.client_order_id)
        await client.set_trading_state("strategy:s", TradingState.REDUCING, "test")
        assert code_of(await submit(client, 1)) is DenialCode.TRADING_REDUCING
        assert not (await submit(client, 6, Side.SELL)).denied
        assert code_of(await submit(client, 5, Side.SELL)) is DenialCode.TRADING_REDUCING
        assert not (await submit(client, 4, Side.SELL)).denied
        await client.set_trading_state("strategy:s", TradingState.ACTIVE, "test over")
        assert not (await submit(client, 1)).denied
        assert [each.state for each in await client.trading_states()] == [TradingState.ACTIVE]

    play(scenario)


def test_session_is_logged_out_and_on_and_orders_are_denied_between() -> None:
    async def scenario(_: FakeGateway, client: AsyncClient) -> None:
        out = await client.logout_session("VENUE", "test", person="me")
        assert out.session is not None
        assert (out.session.state, out.session.enabled) == (SessionState.DISCONNECTED, False)
        assert code_of(await submit(client, 1)) is DenialCode.SESSION_NOT_READY
        await client.logon_session("VENUE", "test")
        assert not (await submit(client, 1)).denied
        detail = await client.session("VENUE")
        assert (detail.session.state, detail.open_orders) == (SessionState.READY, 1)
        with pytest.raises(RefusedError, match="'VENUE'"):
            await client.session("OTHER")
        with pytest.raises(RefusedError, match="reason"):
            await client.logout_session("VENUE", " ")

    play(scenario)


def test_quotes_are_listed_and_followed() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        await client.set_reference_price("ACME", PRICE, references=MarketReferences(bid=9, ask=10))
        async with client.watch_quotes("ACME") as quotes:
            first = await anext(quotes)
            assert (first.bid, first.ask, first.mid, first.last) == (
                Decimal(9),
                Decimal(10),
                Decimal("9.5"),
                PRICE,
            )
            gateway.break_connections()
            await client.set_reference_price("OTHER", 1)
            await client.set_reference_price("ACME", 11)
            while (quote := await anext(quotes)).last != 11:
                assert quote.instrument == "ACME"
        assert [each.instrument for each in await client.quotes()] == ["ACME", "OTHER"]

    play(scenario)


def test_analytics_are_what_the_script_shows() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        with pytest.raises(RefusedError, match="show_analytics"):
            await client.analytics()
        gateway.show_analytics("USD", firm={"drawdown": "5.5"}, account__A1={"net_exposure": 100})
        shown = await client.analytics("account:A1")
        assert [(each.level, each.net_exposure) for each in shown.levels] == [("account:A1", Decimal(100))]
        assert [each.level for each in (await client.analytics()).levels] == ["firm", "account:A1"]

    play(scenario)


def test_mass_cancel_takes_its_turn_and_its_repetition_takes_nothing() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        first = await submit(client, 1)
        gateway.lose_next_answer()
        result = await client.mass_cancel(client_request_id="m-1")
        assert result.cancels_sent == 1
        await first.done()
        kept = await submit(client, 1)
        again = await client.mass_cancel(client_request_id="m-1")
        assert (again.duplicate, again.cancels_sent) == (True, 1)
        await asyncio.sleep(1)
        assert kept.is_open

    play(scenario)


@pytest.mark.parametrize(
    "unplayed",
    [
        limit("x", LimitKind.DRAWDOWN, 5),
        limit("x", LimitKind.MAX_ORDER_QUANTITY, 5, action=LimitAction.RESIZE),
        limit("x", LimitKind.MAX_ORDER_QUANTITY, 5, second_level="instrument:ACME"),
    ],
    ids=lambda each: f"{each.kind.name}-{each.action.name}-{each.second_level}",
)
def test_limit_that_is_not_played_is_refused_with_what_to_do(unplayed: Limit) -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        with pytest.raises(RefusedError, match="x: the fake gateway plays limits"):
            await client.set_limits([unplayed], "test")
        with pytest.raises(ScriptError, match="x: the fake gateway plays limits"):
            gateway.set_limits(unplayed)
        assert (await client.limits()).limits == ()

    play(scenario)


CALLS_NOT_PLAYED: list[Callable[[AsyncClient], Awaitable[object]]] = [
    lambda client: client.reset_session("VENUE", "test"),
    lambda client: client.grant_override([], timedelta(hours=1), "test"),
    lambda client: client.health(),
    lambda client: anext(client.watch_events()),
]


@pytest.mark.parametrize("call", CALLS_NOT_PLAYED)
def test_call_that_is_not_played_says_what_is(call: Callable[[AsyncClient], Awaitable[object]]) -> None:
    async def scenario(_: FakeGateway, client: AsyncClient) -> None:
        with pytest.raises(RefusedError, match=r"does not play .*; it plays \w+\.\w+, "):
            await call(client)

    play(scenario)


def test_change_of_limits_waits_for_another_client_where_the_script_says_so() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        gateway.require_approval()
        smaller = [limit("size", LimitKind.MAX_ORDER_QUANTITY, 5)]
        asked = await client.set_limits(smaller, "because")
        assert (asked.pending, asked.version, asked.change_id) == (True, 0, 1)
        with pytest.raises(RefusedError, match="another client has to approve it"):
            await client.approve_limit_change(asked.change_id, "mine")
        assert not (await client.submit("ACME", Side.BUY, 6, price=PRICE)).result.denied
        async with gateway.client("second") as second:
            (waits,) = (await second.limit_changes()).pending
            assert (waits.change_id, waits.proposed_by, waits.summary) == (1, "test", "size")
            made = await second.approve_limit_change(1, "seen")
            assert (made.pending, made.version, made.changed_count) == (False, 1, 1)
            assert (await second.limit_changes()).pending == ()
            other = await client.set_limits([], "less", removed=["size"])
            assert await second.end_limit_change(other.change_id, "no") == 1
            with pytest.raises(RefusedError, match="no change or override has the number 2"):
                await second.approve_limit_change(other.change_id, "late")
            again = await client.set_limits([], "less", removed=["size"])
            await asyncio.sleep(24 * 3600)
            assert (await second.limit_changes()).pending == ()
            with pytest.raises(RefusedError, match="no change or override has the number 3"):
                await second.approve_limit_change(again.change_id, "too late")
        assert (await client.submit("ACME", Side.BUY, 6, price=PRICE)).result.denied

    play(scenario, limit_s=48 * 3600)


def test_override_of_one_order_ends_with_its_time_and_is_told_to_no_stream() -> None:
    async def scenario(gateway: FakeGateway, client: AsyncClient) -> None:
        async with client.events() as events:
            gateway.set_limits(limit("size", LimitKind.MAX_ORDER_QUANTITY, 5))
            terms = OrderOverrideTerms(
                client="test",
                client_order_id="c-1",
                instrument="ACME",
                side=Side.BUY,
                quantity=Decimal(6),
                limits=(WaivedLimit(name="size"),),
            )
            granted = await client.grant_order_override(terms, timedelta(minutes=1), "a block")
            await asyncio.sleep(59)
            assert [each.override_id for each in (await client.limit_changes()).order_overrides] == [1]
            await asyncio.sleep(1)
            late = await client.submit("ACME", Side.BUY, 6, price=PRICE, client_order_id="c-1")
            assert late.denied
            assert (await client.limit_changes()).order_overrides == ()
            with pytest.raises(RefusedError, match="no change or override has the number 1"):
                await client.end_limit_change(granted.change_id, "late")
            event = await anext(events)
            assert isinstance(event, OrderDenied)

    play(scenario)


def test_override_for_a_time_is_not_played_and_says_what_is() -> None:
    async def scenario(_: FakeGateway, client: AsyncClient) -> None:
        larger = [limit("size", LimitKind.MAX_ORDER_QUANTITY, 50)]
        with pytest.raises(RefusedError, match=r"Risk\.GrantOrderOverride"):
            await client.grant_override(larger, timedelta(minutes=1), "test")

    play(scenario)
