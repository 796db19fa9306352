"""Portfolio analytics of a running gateway: over gRPC, on the command line, as metrics; and a breach that halts."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.client import Side
from gateway.v1 import analytics_pb2, control_pb2, events_pb2, operations_pb2
from ops.demo.configuration import ACCOUNT, SessionTerms
from tests.integration.gateway.asking import ask, metric
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import SIM_COMP_ID, Gateway, Venue, session_ready, stop_all

RISK = """
risk:
  analytics:
    sample_interval: 1s
    limits:
      - {level: firm, metric: gross_exposure, maximum: 1000000}
      - {level: "account:ACCOUNT", metric: loss, maximum: 500, action: halt}
"""


def command(gateway: Gateway, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", *words, "-c", str(gateway.configuration)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def trading_states(gateway: Gateway) -> list[tuple[str, int]]:
    request, answer = control_pb2.ListTradingStatesRequest(), control_pb2.ListTradingStatesResponse
    return [
        (each.level, each.state) for each in ask(gateway, "Risk/ListTradingStates", request, answer).states
    ]


@pytest.mark.timeout(300)
async def test_breach_of_a_limit_on_analytics_halts_the_account_over_a_restart(tmp_path: Path) -> None:
    venue = Venue(tmp_path, "--no-liquidity")
    gateway = Gateway(tmp_path, SessionTerms(SIM_COMP_ID, venue.port))
    text = gateway.configuration.read_text()
    gateway.configuration.write_text(text + RISK.replace("ACCOUNT", ACCOUNT))
    await venue.start()
    await gateway.start()
    try:
        async with gateway.client() as client:
            await session_ready(client)
            adjustment = operations_pb2.AdjustPositionRequest(
                kind="POSITION_ADJUSTMENT_KIND_START_OF_DAY",
                account=ACCOUNT,
                strategy="s",
                instrument="AAPL",
                quantity="100",
                price="190.00",
                reason="test",
            )
            ask(gateway, "Operations/AdjustPosition", adjustment, operations_pb2.AdjustPositionResponse)
            prices = tmp_path / "prices.csv"
            prices.write_text("instrument,price\nAAPL,184.00\n")
            assert "1 reference prices are set" in await asyncio.to_thread(
                command, gateway, "prices", "load", str(prices)
            )

            async def is_halted() -> bool:
                return trading_states(gateway) == [(f"account:{ACCOUNT}", events_pb2.TRADING_STATE_HALTED)]

            await eventually(is_halted, "the loss of 600 halts the account")
            denied = await client.submit("AAPL", Side.BUY, 1, price="184.00")
            assert denied.denial is not None
            assert denied.denial.level == f"account:{ACCOUNT}"
            request, kind = analytics_pb2.GetAnalyticsRequest(), analytics_pb2.GetAnalyticsResponse
            shown = ask(gateway, "Risk/GetAnalytics", request, kind)
            firm = shown.levels[0]
            assert (firm.level, firm.gross_exposure, firm.unrealized_profit) == ("firm", "18400", "-600")
            used = {each.metric: each for each in shown.utilizations}
            assert used["loss"].share_percent == "120.00"
            assert used["loss"].outcome.startswith("set HALTED (lsn ")
            assert "120.00" in await asyncio.to_thread(command, gateway, "risk", "analytics")
            assert metric(gateway, 'gateway_analytics_value{level="firm",metric="total_profit"}') == -600
            ratio = f'action="halt",level="account:{ACCOUNT}",metric="loss"'
            assert metric(gateway, f"gateway_analytics_limit_utilization_ratio{{{ratio}}}") == 1.2
        gateway.kill()
        await gateway.start()
        assert trading_states(gateway) == [(f"account:{ACCOUNT}", events_pb2.TRADING_STATE_HALTED)]
        (event,) = [each for each in gateway.journaled_events() if each.HasField("trading_state_changed")]
        change = event.trading_state_changed
        assert (change.changed_by, change.reason) == ("risk analytics", "loss of 600.00 is above 500 USD")
    finally:
        await stop_all(gateway, venue)
