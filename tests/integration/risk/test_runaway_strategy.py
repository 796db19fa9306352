"""A strategy that runs away: it is throttled, then disabled until a person lets it on; others trade as before."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from gateway.client import AsyncClient, NewOrder, Side, TradingState
from gateway.v1 import risk_pb2
from ops.demo.configuration import SessionTerms
from tests.integration.gateway.asking import ask
from tests.integration.gateway.world import SIM_COMP_ID, Gateway, Venue, session_ready, stop_all

BURST = int(os.environ.get("GATEWAY_BURST_ORDERS", "20000"))
"""100,000 for the whole of it: GATEWAY_BURST_ORDERS=100000."""
BATCH = 250
THROTTLED_AT = 20
"""Orders within 20 ms: a batch is more than that."""
DISABLED_AT = 60
"""Orders within an hour."""


def rate(name: str, count: int, window_ms: int, action: str) -> risk_pb2.Limit:
    limit = risk_pb2.Limit(
        name=name, level="strategy:runaway", kind="LIMIT_KIND_MESSAGE_RATE", count=count, action=action
    )
    limit.window.FromMilliseconds(window_ms)
    return limit


def order(name: str) -> NewOrder:
    """One that rests: far below the market."""
    return NewOrder(instrument="AAPL", side=Side.BUY, quantity=1, price="180.00", client_order_id=name)


async def run_away(client: AsyncClient) -> dict[str, int]:
    """Send the burst; how many had each outcome."""
    outcomes: dict[str, int] = {}
    for start in range(0, BURST, BATCH):
        orders = [order(f"run-{number}") for number in range(start, start + BATCH)]
        for result in await client.submit_many(orders):
            name = (
                "accepted"
                if result.denial is None
                else f"{result.denial.code.name} {result.denial.limit_name}"
            )
            outcomes[name] = outcomes.get(name, 0) + 1
    return outcomes


async def trade_calmly(client: AsyncClient, stop: asyncio.Event) -> int:
    """Submit one order after the other until told to stop; how many. Each has to be accepted."""
    count = 0
    while not stop.is_set():
        result = await client.submit("AAPL", Side.BUY, 1, price="181.00", client_order_id=f"calm-{count}")
        assert result.denial is None, result.denial
        count += 1
        await asyncio.sleep(0)
    return count


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_runaway_strategy_is_throttled_and_disabled_and_another_is_not(tmp_path: Path) -> None:
    venue = Venue(tmp_path, "--no-liquidity")
    gateway = Gateway(tmp_path, SessionTerms(SIM_COMP_ID, venue.port))
    text = gateway.configuration.read_text()
    gateway.configuration.write_text(
        text.replace("capacity:\n  orders: 100000", f"capacity:\n  orders: {BURST + 50_000}")
    )
    await venue.start()
    await gateway.start()
    try:
        async with gateway.client("runaway") as runaway, gateway.client("calm") as calm:
            await session_ready(calm)
            request = risk_pb2.SetLimitsRequest(
                limits=[
                    rate("runaway.throttle", THROTTLED_AT, 20, "LIMIT_ACTION_DENY"),
                    rate("runaway.stop", DISABLED_AT, 3_600_000, "LIMIT_ACTION_HALT"),
                ],
                reason="test",
            )
            ask(gateway, "Risk/SetLimits", request, risk_pb2.SetLimitsResponse)
            stop = asyncio.Event()
            calmly = asyncio.create_task(trade_calmly(calm, stop))
            outcomes = await run_away(runaway)
            stop.set()
            traded = await calmly
            assert sum(outcomes.values()) == BURST
            assert outcomes["accepted"] == DISABLED_AT
            assert outcomes["MESSAGE_RATE runaway.throttle"] > 0
            assert outcomes["MESSAGE_RATE runaway.stop"] == 1
            halted = outcomes["TRADING_HALTED trading_state"]
            assert halted + outcomes["MESSAGE_RATE runaway.throttle"] + DISABLED_AT + 1 == BURST
            assert traded > 0

            (state,) = await calm.trading_states()
            assert (state.level, state.state) == ("strategy:runaway", TradingState.HALTED)
            assert state.changed_by == "limit runaway.stop"
            arrived = venue.arrivals()
            assert len(arrived) == DISABLED_AT + traded
            assert all(count == 1 for count in arrived.values())

        gateway.kill()
        await gateway.start()
        async with gateway.client("runaway") as runaway:
            await session_ready(runaway)
            denied = await runaway.submit("AAPL", Side.BUY, 1, price="180.00", client_order_id="again")
            assert denied.denial is not None
            assert denied.denial.code.name == "TRADING_HALTED"
            await runaway.set_trading_state(
                "strategy:runaway", TradingState.ACTIVE, "its author has mended it"
            )
            lifted = await runaway.submit("AAPL", Side.BUY, 1, price="180.00", client_order_id="once-more")
            assert lifted.denial is None
    finally:
        await stop_all(gateway, venue)
