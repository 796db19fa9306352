"""The example that plots a day from the journal, executed over a journal that was just written.

GATEWAY_TEST_PLOT=FILE keeps the plot, to be looked at.
"""

import asyncio
import os
import re
from decimal import Decimal
from pathlib import Path
from random import Random

import nbformat
from nbclient import NotebookClient

from gateway.client import AsyncClient, Side, TimeInForce
from tests.integration.api.support import TIMEOUT_S, Gateway

ROOT = Path(__file__).resolve().parents[3]
FILLS = 60
CELL_TIMEOUT_S = 100


async def trade(gateway: Gateway) -> dict[str, Decimal]:
    """A market that wanders, in two instruments; the positions that come of it."""
    random, prices = Random(7), {"ACME": Decimal("10.00"), "OTHER": Decimal("20.00")}
    async with (
        AsyncClient(gateway.target, client="alpha", account="A1", strategy="day") as ours,
        AsyncClient(gateway.target, client="beta", account="B1", strategy="day") as theirs,
    ):
        for _ in range(FILLS):
            instrument = random.choice(list(prices))
            prices[instrument] += Decimal(random.randint(-3, 3)) / 100
            side, quantity = random.choice([Side.BUY, Side.SELL]), random.randint(1, 20)
            other = Side.SELL if side is Side.BUY else Side.BUY
            resting = await ours.submit(instrument, side, quantity, price=prices[instrument])
            await resting.wait(lambda order: bool(order.venue_order_id), TIMEOUT_S)
            await theirs.submit(
                instrument, other, quantity, price=prices[instrument], time_in_force=TimeInForce.IOC
            )
            await resting.filled(TIMEOUT_S)
        return {each.instrument: each.net_quantity for each in await ours.positions()}


async def test_notebook_plots_what_is_in_the_journal(gateway: Gateway, tmp_path: Path) -> None:
    held = await trade(gateway)
    plot = Path(os.environ.get("GATEWAY_TEST_PLOT", tmp_path / "day.png"))
    notebook = await asyncio.to_thread(nbformat.read, ROOT / "docs" / "examples" / "day.ipynb", 4)
    variables = {
        "GATEWAY_JOURNAL": str(tmp_path / "journal"),
        "GATEWAY_ACCOUNT": "A1",
        "GATEWAY_PLOT": str(plot),
        "MPLBACKEND": "Agg",
        "PYTHONPATH": str(ROOT),
    }
    executor = NotebookClient(
        notebook, timeout=CELL_TIMEOUT_S, startup_timeout=CELL_TIMEOUT_S, kernel_name="python3"
    )
    await executor.async_execute(env={**os.environ, **variables})
    said = "".join(
        output.text for cell in notebook.cells for output in cell.get("outputs", []) if "text" in output
    )
    assert f"{FILLS} orders, {FILLS} fills" in said
    assert set(held) == {"ACME", "OTHER"}
    for instrument, quantity in held.items():
        assert re.search(rf"{instrument} +\d+ fills, position +{quantity}, ", said), said
    assert is_plot(plot)


def is_plot(path: Path) -> bool:
    return path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 20_000
