"""An order that a limit refuses passes by an override, once: through the real gateway to a venue, and over kill -9."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.failure import ExitCode
from gateway.client import (
    AsyncClient,
    DenialCode,
    Limit,
    LimitKind,
    LiveOrder,
    NewOrder,
    OrderOverrideTerms,
    OrderStatus,
    RefusedError,
    Side,
    WaivedLimit,
)
from gateway.client.events import LimitBreached, OrderAccepted, OrderOverrideGranted, ReplaceRequested
from ops.demo.configuration import ACCOUNT, CLIENT, SessionTerms
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import PATIENT, SIM_COMP_ID, Gateway, Venue, session_ready, stop_all
from tests.unit.cli.cli_runner import Result
from tests.unit.cli.cli_runner import gateway as cli

WHY = "the client's block trade"
LIMIT = Limit(
    name="desk.size", level=f"account:{ACCOUNT}", kind=LimitKind.MAX_ORDER_QUANTITY, value=Decimal(50)
)
PRICE = "180.00"
OFFICER = f"  - {{name: officer, accounts: [{ACCOUNT}], rights: [read, risk, admin]}}\n"


@pytest.fixture
async def gateway(tmp_path: Path, quiet_venue: Venue) -> AsyncIterator[Gateway]:
    """With a second client who may approve, and who trades nothing."""
    gateway = Gateway(tmp_path, SessionTerms(SIM_COMP_ID, quiet_venue.port))
    text = gateway.configuration.read_text()
    assert "\nlimits:\n" in text
    gateway.configuration.write_text(text.replace("\nlimits:\n", f"{OFFICER}\nlimits:\n", 1))
    await gateway.start()
    yield gateway
    await stop_all(gateway)


@pytest.fixture
async def trader(gateway: Gateway) -> AsyncIterator[AsyncClient]:
    async with gateway.client() as client:
        await session_ready(client)
        yield client


@pytest.fixture
async def officer(gateway: Gateway) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(
        gateway.target, client="officer", account=ACCOUNT, strategy="none", settings=PATIENT
    ) as client:
        yield client


async def submit(client: AsyncClient, client_order_id: str, quantity: int = 60) -> LiveOrder:
    return await client.submit("AAPL", Side.BUY, quantity, price=PRICE, client_order_id=client_order_id)


def asked_for(client_order_id: str, quantity: int = 60) -> NewOrder:
    return NewOrder(
        instrument="AAPL", side=Side.BUY, quantity=quantity, price=PRICE, client_order_id=client_order_id
    )


def check_by_command(gateway: Gateway, client_order_id: str) -> Result:
    order = ("--account", ACCOUNT, "--strategy", "test", "--instrument", "AAPL", "--side", "buy")
    terms = ("--quantity", 60, "--price", PRICE, "--order", client_order_id)
    return cli("risk", "check", *order, *terms, "--client", CLIENT, "-c", gateway.configuration)


async def audited(gateway: Gateway, kind: str) -> list[dict[str, Any]]:
    """What `gateway audit` lists of a kind."""
    listed = await asyncio.to_thread(cli, "audit", "--journal", gateway.journal, "--kind", kind, "--json")
    assert listed.code == 0, listed.err
    return [json.loads(line) for line in listed.out.splitlines()]


async def override(
    trader: AsyncClient, officer: AsyncClient, client_order_id: str, quantity: int = 60
) -> int:
    """Ask for one and have it approved; its number."""
    terms = OrderOverrideTerms(
        client=CLIENT,
        client_order_id=client_order_id,
        instrument="AAPL",
        side=Side.BUY,
        quantity=Decimal(quantity),
        limits=(WaivedLimit(name=LIMIT.name),),
    )
    asked = await trader.grant_order_override(terms, timedelta(minutes=5), WHY)
    assert asked.pending
    with pytest.raises(RefusedError):
        await trader.approve_limit_change(asked.change_id, "my own")
    approved = await officer.approve_limit_change(asked.change_id, "agreed")
    assert approved.lsn > 0
    return asked.change_id


async def at_venue(client: AsyncClient, order: LiveOrder, venue: Venue) -> None:
    """Wait until the order works, and see that it has come to the venue once."""

    async def works() -> bool:
        found = await client.get_order(order_id=order.order_id)
        return found.status is OrderStatus.NEW

    await eventually(works, "the order works")
    assert venue.arrivals()[order.cl_ord_id] == 1


async def test_order_passes_by_its_override_once_and_the_audit_says_who_when_and_why(
    gateway: Gateway, trader: AsyncClient, officer: AsyncClient, quiet_venue: Venue
) -> None:
    await trader.set_limits([LIMIT], WHY)
    refused = await submit(trader, "block-1")
    assert refused.denial is not None
    assert (refused.denial.code, refused.denial.limit_name) == (DenialCode.MAX_ORDER_QUANTITY, LIMIT.name)
    assert not (await trader.check_order(asked_for("block-2"))).passes

    number = await override(trader, officer, "block-2")
    checked = await trader.check_order(asked_for("block-2"))
    assert (checked.passes, checked.override_id) == (True, number)
    assert [each.name for each in checked.limits if each.waived] == [LIMIT.name]
    assert not (await trader.check_order(asked_for("block-3"))).passes
    shown = await asyncio.to_thread(check_by_command, gateway, "block-2")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith(f"it would pass by override {number}, and use it up")
    assert "waived" in shown.out
    assert (await asyncio.to_thread(check_by_command, gateway, "block-3")).code == ExitCode.REFUSED

    order = await submit(trader, "block-2")
    assert not order.denied
    await at_venue(trader, order, quiet_venue)
    assert (await submit(trader, "block-2")).order_id == order.order_id  # the first answer again
    again = await submit(trader, "block-3")
    assert again.denial is not None
    assert again.denial.limit_name == LIMIT.name
    assert sum(quiet_venue.arrivals().values()) == 1
    assert (await trader.limit_changes()).order_overrides == ()

    events = await officer.query_events(oldest_first=True)
    (granted,) = [each for each in events if isinstance(each, OrderOverrideGranted)]
    assert (granted.override_id, granted.granted_by, granted.approved_by) == (number, CLIENT, "officer")
    assert (granted.reason, granted.order.client_order_id) == (WHY, "block-2")
    (accepted,) = [each for each in events if isinstance(each, OrderAccepted)]
    assert (accepted.order_id, accepted.override_id) == (order.order_id, number)
    assert granted.time_ns < accepted.time_ns < granted.expires_at_ns
    (waived,) = [each for each in events if isinstance(each, LimitBreached)]
    assert (waived.order_id, waived.limit_name) == (order.order_id, LIMIT.name)
    assert (waived.observed, waived.allowed) == (Decimal(60), Decimal(50))
    (row,) = await audited(gateway, "OrderOverrideGranted")
    assert (row["by"], row["reason"], row["lsn"]) == (CLIENT, WHY, granted.lsn)
    assert "approved_by" in row["details"]
    assert "officer" in row["details"]


async def test_override_that_is_taken_back_lets_nothing_pass_and_the_audit_says_who_took_it(
    gateway: Gateway, trader: AsyncClient, officer: AsyncClient, quiet_venue: Venue
) -> None:
    await trader.set_limits([LIMIT], WHY)
    number = await override(trader, officer, "block")
    await officer.end_limit_change(number, "not needed")
    refused = await submit(trader, "block")
    assert refused.denial is not None
    assert not quiet_venue.arrivals()
    (row,) = await audited(gateway, "OrderOverrideEnded")
    assert (row["by"], row["reason"]) == ("officer", "not needed")


async def test_replace_passes_by_an_override_of_its_own(
    trader: AsyncClient, officer: AsyncClient, quiet_venue: Venue
) -> None:
    await trader.set_limits([LIMIT], WHY)
    order = await submit(trader, "small", 40)
    await at_venue(trader, order, quiet_venue)
    refused = await trader.replace(order_id=order.order_id, quantity=80, client_request_id="more-1")
    assert refused.denial is not None
    assert refused.denial.limit_name == LIMIT.name
    number = await override(trader, officer, "more-2", 80)
    sent = await trader.replace(order_id=order.order_id, quantity=80, client_request_id="more-2")
    assert not sent.denied

    async def is_larger() -> bool:
        return (await trader.get_order(order_id=order.order_id)).quantity == Decimal(80)

    await eventually(is_larger, "the venue has taken the replace")
    events = await officer.query_events(oldest_first=True)
    (asked,) = [each for each in events if isinstance(each, ReplaceRequested)]
    assert (asked.client_request_id, asked.override_id) == ("more-2", number)
    assert (await trader.limit_changes()).order_overrides == ()


async def test_override_outlives_kill_9_until_it_is_used_and_not_beyond(
    gateway: Gateway, trader: AsyncClient, officer: AsyncClient, quiet_venue: Venue
) -> None:
    async def die() -> None:
        gateway.kill()
        await gateway.start()
        await session_ready(trader)

    await trader.set_limits([LIMIT], WHY)
    number = await override(trader, officer, "block")
    await die()
    assert [each.override_id for each in (await trader.limit_changes()).order_overrides] == [number]
    order = await submit(trader, "block")
    assert not order.denied
    await at_venue(trader, order, quiet_venue)
    await die()
    assert (await trader.limit_changes()).order_overrides == ()
    assert (await submit(trader, "block")).order_id == order.order_id
    again = await submit(trader, "again")
    assert again.denial is not None
    assert again.denial.limit_name == LIMIT.name
    await at_venue(trader, order, quiet_venue)
    assert sum(quiet_venue.arrivals().values()) == 1
