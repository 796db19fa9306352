"""What operators do with the SDK, on a gateway that trades: sessions, limits, analytics, positions of the day."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.client import (
    AsyncClient,
    ChargeKind,
    Client,
    Limit,
    LimitKind,
    MessageDirection,
    OrderOverrideTerms,
    RefusedError,
    SessionState,
    Side,
    StartCharge,
    StartOfDayPosition,
    WaivedLimit,
)
from ops.demo.configuration import ACCOUNT, CLIENT
from tests.integration.gateway.conftest import StartGateway
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import Gateway, Venue, session_ready

WHY = "a test"


@pytest.fixture
async def gateway(start_gateway: StartGateway, quiet_venue: Venue) -> Gateway:
    return await start_gateway(quiet_venue.port)


@pytest.fixture
async def client(gateway: Gateway) -> AsyncIterator[AsyncClient]:
    async with gateway.client() as client:
        await session_ready(client)
        yield client


async def test_session_is_logged_out_renumbered_and_logged_on(client: AsyncClient) -> None:
    (name,) = [session.name for session in await client.sessions()]
    before = await client.session(name)
    assert (before.session.state, before.open_orders, before.windows) == (SessionState.READY, 0, ())
    out = await client.logout_session(name, WHY, person="kim")
    assert out.session is not None
    assert out.lsn > 0

    async def is_out() -> bool:
        session = (await client.session(name)).session
        return not session.enabled and session.state is SessionState.DISCONNECTED

    await eventually(is_out, "the session is out")
    next_out = (await client.session(name)).session.next_out
    raised = await client.set_sequence_numbers(name, WHY, next_out=next_out + 5)
    assert raised.session is not None
    assert raised.session.next_out == next_out + 5
    assert (await client.logon_session(name, WHY)).lsn > raised.lsn
    await session_ready(client)
    reset = await client.reset_session(name, WHY)
    assert reset.lsn > raised.lsn


async def test_messages_are_listed_newest_first_by_direction(client: AsyncClient) -> None:
    (name,) = [session.name for session in await client.sessions()]
    messages = await client.session_messages(name, limit=None)
    assert {message.direction for message in messages} == {MessageDirection.IN, MessageDirection.OUT}
    assert [message.lsn for message in messages] == sorted((each.lsn for each in messages), reverse=True)
    (newest,) = await client.session_messages(name, direction=MessageDirection.OUT, limit=1)
    assert newest == next(each for each in messages if each.direction is MessageDirection.OUT)
    assert "|35=" in newest.text


async def test_session_is_added_changed_and_removed(client: AsyncClient, gateway: Gateway) -> None:
    entry = (
        "{name: second, begin_string: FIX.4.4, sender_comp_id: GW-2, target_comp_id: NOBODY,"
        " host: 127.0.0.1, port: 1%s}"
    )
    added = await client.add_session(entry % "", WHY)
    assert added.session is not None
    assert added.session.name == "second"
    changed = await client.change_session(entry % ", heartbeat_interval: 17s", WHY)
    assert "heartbeat_interval" in changed.detail
    removed = await client.remove_session("second", WHY)
    assert removed.session is None
    with pytest.raises(RefusedError) as gone:
        await client.session("second")
    assert gone.value.reason == "NOT_FOUND"
    assert await client.reload_configuration(WHY, dry_run=True) == []


async def test_limits_are_changed_checked_and_overridden(client: AsyncClient) -> None:
    limit = Limit(
        name="desk.size", level=f"account:{ACCOUNT}", kind=LimitKind.MAX_ORDER_QUANTITY, value=Decimal(50)
    )
    planned = await client.set_limits([limit], WHY, validate_only=True)
    assert "desk.size: none -> 50" in planned.summary
    assert planned.lsn == 0
    before = await client.limits()
    assert limit.name not in [each.limit.name for each in before.limits]
    result = await client.set_limits([limit], WHY)
    assert (result.changed_count, result.pending) == (1, False)
    in_force = await client.limits(limit.level)
    assert in_force.version == result.version
    (shown,) = [each for each in in_force.limits if each.limit.name == limit.name]
    assert (shown.limit.value, shown.limit.kind, shown.source) == (Decimal(50), limit.kind, "runtime")
    with pytest.raises(RefusedError):
        await client.set_limits([limit], WHY, expected_version=before.version + 100)
    tighter = Limit(name=limit.name, level=limit.level, kind=limit.kind, value=Decimal(40))
    override = await client.grant_override([tighter], timedelta(minutes=5), WHY)
    (held,) = (await client.limit_changes()).overrides
    assert (held.change_id, held.limits[0].value) == (override.change_id, Decimal(40))
    assert await client.end_limit_change(override.change_id, WHY) > override.version
    assert (await client.limit_changes()).overrides == ()
    gone = await client.set_limits([], WHY, removed=[limit.name])
    assert gone.removed_count == 1 or gone.pending


async def test_override_of_an_order_waits_for_a_client_that_is_not_its_own(client: AsyncClient) -> None:
    limit = Limit(
        name="desk.size", level=f"account:{ACCOUNT}", kind=LimitKind.MAX_ORDER_QUANTITY, value=Decimal(50)
    )
    await client.set_limits([limit], WHY)
    order = OrderOverrideTerms(
        client=CLIENT,
        client_order_id="block",
        instrument="AAPL",
        side=Side.BUY,
        quantity=Decimal(60),
        limits=(WaivedLimit(name=limit.name),),
    )
    asked = await client.grant_order_override(order, timedelta(minutes=5), WHY)
    assert asked.pending
    changes = await client.limit_changes()
    assert [(each.change_id, each.order) for each in changes.pending] == [(asked.change_id, order)]
    assert changes.order_overrides == ()
    with pytest.raises(RefusedError):
        await client.approve_limit_change(asked.change_id, WHY)
    denied = await client.submit("AAPL", Side.BUY, 60, price="180.00", client_order_id="block")
    assert denied.denial is not None
    assert denied.denial.limit_name == limit.name
    await client.end_limit_change(asked.change_id, WHY)
    assert (await client.limit_changes()).pending == ()


async def test_positions_of_the_day_are_loaded_once_and_show_in_analytics(
    client: AsyncClient, gateway: Gateway
) -> None:
    instrument = sorted(await client.reference_prices())[0] if await client.reference_prices() else "ACME"
    positions = [
        StartOfDayPosition(
            account=ACCOUNT,
            strategy="s",
            instrument=instrument,
            quantity=100,
            price="9.50",
            charges=[StartCharge(kind=ChargeKind.COMMISSION, amount="1.25", currency="USD")],
        )
    ]
    first = await client.load_positions("day-1", positions, WHY)
    again = await client.load_positions("day-1", positions, WHY)
    assert (first.loaded, first.loaded_before, again.loaded, again.loaded_before) == (1, 0, 0, 1)
    (position,) = await client.positions(ACCOUNT)
    assert (position.net_quantity, position.average_price) == (Decimal(100), Decimal("9.5"))
    analytics = await client.analytics("firm")
    assert {level.level for level in analytics.levels} <= {"firm"}
    assert isinstance(await client.limit_utilization(), list)


async def test_blocking_client_operates_as_well(client: AsyncClient, gateway: Gateway) -> None:
    def use() -> None:
        with Client(gateway.target, client="demo") as blocking:
            (name,) = [session.name for session in blocking.sessions()]
            assert blocking.session(name).session.state is SessionState.READY
            assert blocking.session_messages(name, limit=1)[0].text
            assert blocking.limits().limits
            assert blocking.analytics().currency is not None
            assert blocking.reload_configuration(WHY, dry_run=True) == []

    await asyncio.to_thread(use)
