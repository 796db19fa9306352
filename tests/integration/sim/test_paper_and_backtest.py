"""The same gateway and strategy over the recorded sample: by the clock (paper trading), and as fast as it can."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ops.demo.configuration import SessionTerms
from ops.demo.processes import Child, python
from tests.integration.gateway.world import SIM_COMP_ID, Gateway, Venue, stop_all

SAMPLE = Path(__file__).parents[3] / "sim" / "replay" / "sample.csv"
# With these steps the fills are the same however late an order comes, up to eight recorded seconds.
GRID = ("--grid", "AAPL", "190.00", "0.06", "--grid", "MSFT", "415.00", "0.06")
SPEED = 10
RECORDED_S = 60
TIMEOUT_S = 60


async def trade(folder: Path, venue: Venue, *how: str) -> tuple[list[tuple[str, ...]], list[str]]:
    """Start everything and let the strategy trade to its end; gives the venue's trades and the strategy's fills."""
    folder.mkdir()  # noqa: ASYNC240  # before anything runs
    gateway = Gateway(folder, SessionTerms(SIM_COMP_ID, venue.port))
    await venue.start()
    try:
        if "--backtest" in how:
            child = venue.child
            assert child is not None
            how = (
                *how,
                await child.wait_for(lambda: child.line_after("control on "), "it can be controlled"),
            )
        await gateway.start()
        command = python("ops.demo.grid", "--gateway", gateway.target, *GRID, *how)
        async with Child("strategy", command, folder / "strategy.log") as strategy:
            await strategy.wait_for(lambda: strategy.exit_code is not None or None, "it ends", TIMEOUT_S)
            assert strategy.exit_code == 0, strategy.output()
        return [_shown(t) for t in venue.ledger()["trades"]], strategy.output().split("\n")
    finally:
        await stop_all(gateway, venue)


def _shown(trade: dict[str, Any]) -> tuple[str, ...]:
    side = "buy" if trade["buy"]["comp_id"] == "GATEWAY" else "sell"
    return trade["symbol"], side, trade["quantity"], trade["price"]


async def test_paper_trading_and_backtest_come_to_the_same_fills(tmp_path: Path) -> None:
    clocked = Venue(tmp_path, "--replay", SAMPLE, "--replay-speed", SPEED, "--replay-start", "order")
    paper = await trade(tmp_path / "paper", clocked, "--seconds", str(RECORDED_S // SPEED + 2))
    waiting = Venue(tmp_path, "--replay", SAMPLE, "--replay-speed", "on-demand", "--control-port", 0)
    backtest = await trade(tmp_path / "backtest", waiting, "--backtest")
    assert paper == backtest
    fills, printed = backtest
    assert len(fills) > 8
    assert {symbol for symbol, *_ in fills} == {"AAPL", "MSFT"}
    assert {side for _, side, *_ in fills} == {"buy", "sell"}
    assert sum(line.split()[1] in ("buy", "sell") for line in printed if " at " in line) == len(fills)
