"""The kill switch while thousands of orders work and more keep coming: nothing new leaves, over kill -9 too."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.client import AsyncClient, NewOrder, OrderStatus, Side, TradingState
from gateway.core import _core
from ops.demo.configuration import SessionTerms
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import SIM_COMP_ID, Gateway, Venue, session_ready, stop_all

ORDERS = 5_000
BATCH = 250
TIMEOUT_S = 120.0
ORDERS_OUT = (b"\x0135=D\x01", b"\x0135=G\x01")


def batch(name: str, count: int) -> list[NewOrder]:
    """Orders that rest: far below the market."""
    return [
        NewOrder(
            instrument="AAPL",
            side=Side.BUY,
            quantity=1,
            price=f"18{at % 10}.00",
            client_order_id=f"{name}-{at}",
        )
        for at in range(count)
    ]


def orders_after_the_halt(gateway: Gateway) -> list[bytes]:
    """New orders and replaces that the journal, and so the wire, has after the last halt."""
    found: list[bytes] = []
    for record in _core.JournalReader(gateway.journal):
        if record.kind == _core.RecordKind.EVENT and b"kill" in record.payload:
            found.clear()
        if record.kind == _core.RecordKind.MESSAGE_OUT and any(each in record.payload for each in ORDERS_OUT):
            found.append(record.payload)
    return found


async def keep_submitting(client: AsyncClient, denied: asyncio.Event) -> int:
    """Send orders until one is denied; how many were accepted."""
    accepted = 0
    for number in range(10_000):
        results = await client.submit_many(batch(f"late-{number}", 16))
        accepted += sum(result.denial is None for result in results)
        if any(result.denial is not None for result in results):
            denied.set()
            return accepted
    raise AssertionError("no order was ever denied")


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_no_new_order_leaves_after_the_kill_switch_and_it_holds_through_a_kill(tmp_path: Path) -> None:
    venue = Venue(tmp_path, "--no-liquidity")
    gateway = Gateway(tmp_path, SessionTerms(SIM_COMP_ID, venue.port))
    await venue.start()
    await gateway.start()
    try:
        async with gateway.client("first") as client, gateway.client("second") as other:
            await session_ready(client)
            for start in range(0, ORDERS, BATCH):
                for result in await client.submit_many(batch(f"o{start}", BATCH)):
                    result.raise_if_denied()

            async def all_arrived() -> bool:
                return len(venue.arrivals()) == ORDERS

            await eventually(all_arrived, "all orders are at the venue", TIMEOUT_S)
            denied = asyncio.Event()
            submitting = asyncio.create_task(keep_submitting(other, denied))
            halted = await client.set_trading_state(
                "firm", TradingState.HALTED, "kill", cancel_open_orders=True
            )
            gateway.kill()
            submitting.cancel()
            await asyncio.gather(submitting, return_exceptions=True)
            assert halted.cancels_sent >= ORDERS
        assert orders_after_the_halt(gateway) == []

        await gateway.start()
        async with gateway.client("first") as client:
            await session_ready(client)
            result = await client.submit("AAPL", Side.BUY, 1, price="185.00")
            assert result.denial is not None
            assert result.denial.level == "firm"
            # Cancels of the last moment may have died with the process; they pass while trading is halted.
            await client.set_trading_state("firm", TradingState.HALTED, "kill", cancel_open_orders=True)

            async def nothing_works() -> bool:
                open_orders = await client.list_orders(open_only=True)
                return not [order for order in open_orders if order.status is not OrderStatus.CANCELED]

            await eventually(nothing_works, "everything is canceled", TIMEOUT_S)
        assert orders_after_the_halt(gateway) == []
        ledger = venue.arrivals()
        assert all(count == 1 for count in ledger.values())
    finally:
        await stop_all(gateway, venue)
