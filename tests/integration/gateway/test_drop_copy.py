"""A drop copy session beside the order session, real daemon and simulator: what one loses the other brings."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from gateway.client import OrderStatus, Side
from gateway.core import _core
from ops.demo.configuration import COMP_ID, SessionTerms
from tests.integration.gateway.conftest import StartVenue
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import SIM_COMP_ID, Gateway, session_ready

ROLES = f"roles:\n  COPY: {{drop_copy_of: [{COMP_ID}]}}\n"
LOSES_FILLS = """name: order-session-loses-fills
purpose: The order session never sends a fill; the drop copy session does.
client: Sends one limit order of 100. Right is that every fill counts once.
rules:
  - name: trade
    when: {message: D, count: 1}
    do: [accept, {fill: {quantity: 40}}, {fill: {quantity: 60}}]
  - name: lost
    when: {at: reporting, message: '8', fields: {150: F, 797: absent}}
    do: [drop]
"""


def copy_session(port: int) -> str:
    return f"""
  - name: copy
    kind: drop_copy
    begin_string: FIX.4.4
    sender_comp_id: COPY
    target_comp_id: {SIM_COMP_ID}
    host: 127.0.0.1
    port: {port}
    reconnect_min: 50ms
    reconnect_max: 200ms
"""


async def gateway_with_copy(folder: Path, port: int) -> Gateway:
    gateway = Gateway(folder, SessionTerms(SIM_COMP_ID, port), more_sessions=copy_session(port))
    text = gateway.configuration.read_text()
    venue = "{name: VENUE, session: venue}"
    assert venue in text
    gateway.configuration.write_text(
        text.replace(venue, "{name: VENUE, session: venue, drop_copies: [copy]}")
    )
    await gateway.start()
    return gateway


def reports(gateway: Gateway, session_copies: bool) -> int:
    """Count the fills that came by the order session or by the copy."""
    return sum(
        message["35"] == "8" and message.get("150") == "F" and ("797" in message) is session_copies
        for message in gateway.messages(_core.RecordKind.MESSAGE_IN)
    )


@pytest.mark.asyncio
async def test_fills_that_the_order_session_loses_come_by_the_drop_copy(
    start_venue: StartVenue, tmp_path: Path
) -> None:
    scenario = tmp_path / "loses-fills.yaml"
    scenario.write_text(LOSES_FILLS)
    venue = await start_venue("--no-liquidity", "--scenario", scenario, configuration=ROLES)
    gateway = await gateway_with_copy(tmp_path, venue.port)
    try:
        async with gateway.client() as client:
            await session_ready(client)
            await session_ready(client, "copy")
            order = (await client.submit("AAPL", Side.BUY, 100, price="190.00")).raise_if_denied()
            done = await client.wait_done(order.client_request_id, 30)
            assert done.status is OrderStatus.FILLED
            (position,) = await client.positions()
            assert position.net_quantity == Decimal(100)
            assert position.bought_quantity == Decimal(100)
        assert reports(gateway, session_copies=False) == 0
        assert reports(gateway, session_copies=True) == 2
        told = [
            event.execution_reported
            for event in gateway.journaled_events()
            if event.WhichOneof("body") == "execution_reported" and event.execution_reported.drop_copy
        ]
        assert [each.drop_copy for each in told if each.last_quantity] == ["copy", "copy"]
    finally:
        await gateway.stop()


@pytest.mark.asyncio
async def test_fill_that_comes_by_both_sessions_counts_once_over_a_restart(
    start_venue: StartVenue, tmp_path: Path
) -> None:
    venue = await start_venue(configuration=ROLES)
    gateway = await gateway_with_copy(tmp_path, venue.port)
    try:
        async with gateway.client() as client:
            await session_ready(client)
            await session_ready(client, "copy")
            order = (await client.submit("AAPL", Side.BUY, 20)).raise_if_denied()
            await client.wait_done(order.client_request_id, 30)
            await eventually(
                lambda: reports(gateway, True) == reports(gateway, False) > 0,
                "both sessions told of every fill",
            )
            (before,) = await client.positions()
            assert before.net_quantity == 20
        gateway.kill()
        await gateway.start()
        async with gateway.client() as client:
            await session_ready(client)
            await session_ready(client, "copy")
            assert await client.positions() == [before]
            assert before.net_quantity == Decimal(
                next(
                    entry["net"]
                    for entry in venue.ledger()["positions"]
                    if entry["comp_id"] == COMP_ID and entry["symbol"] == "AAPL"
                )
            )
        for message in gateway.messages(_core.RecordKind.MESSAGE_OUT):
            assert message["49"] != "COPY" or message["35"] in "A0125", (
                "nothing but the session's own is sent"
            )
    finally:
        await gateway.stop()
