"""The examples as people run them: as programs, against a real gateway and the simulator with its traders."""

import asyncio
import re
import sys
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from gateway.client import AsyncClient
from tests.integration.gateway.conftest import StartGateway
from tests.integration.gateway.world import Gateway, Venue, session_ready

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "docs" / "examples"
TIMEOUT_S = 90


@pytest.fixture
async def gateway(start_gateway: StartGateway, venue: Venue) -> Gateway:
    gateway = await start_gateway(venue.port)
    async with gateway.client() as client:
        await session_ready(client)
    return gateway


async def run(gateway: Gateway, name: str, *arguments: object) -> str:
    """Run an example to its end; its last line."""
    command = [str(EXAMPLES / f"{name}.py"), *map(str, arguments), "--target", gateway.target]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(TIMEOUT_S):
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode().splitlines()[-1]


async def position(client: AsyncClient, strategy: str) -> Decimal:
    found = [each for each in await client.positions() if each.strategy == strategy]
    return sum((each.net_quantity for each in found), Decimal(0))


async def test_twap_fills_its_quantity_and_the_gateway_agrees(gateway: Gateway) -> None:
    said = await run(gateway, "twap", "AAPL", "buy", 100, "--limit", "195", "--slices", 4, "--interval", 0.3)
    match = re.fullmatch(r"filled (\S+) of 100 at (\S+)", said)
    assert match is not None, said
    assert match[1] == "100"  # five per cent above the market, somebody sells
    assert Decimal(match[2]) <= 195
    async with gateway.client() as client:
        assert await position(client, "twap") == 100
        orders = [order for order in await client.list_orders() if order.strategy == "twap"]
        assert 1 <= len(orders) <= 4
        assert not any(order.is_open for order in orders)


async def test_market_maker_knows_its_position_and_leaves_nothing_open(gateway: Gateway) -> None:
    said = await run(
        gateway, "market_maker", "AAPL", "--price", "190.00", "--spread-ticks", 1, "--seconds", 4
    )
    match = re.fullmatch(r"position (\S+), cash (\S+)", said)
    assert match is not None, said
    async with gateway.client() as client:
        orders = [order for order in await client.list_orders() if order.strategy == "market-maker"]
        assert {order.side.name for order in orders} == {"BUY", "SELL"}
        assert not any(order.is_open for order in orders)
        assert await position(client, "market-maker") == Decimal(match[1])
        paid = sum(
            order.cum_quantity * (order.average_price or 0) * (1 if order.side.name == "BUY" else -1)
            for order in orders
        )
        assert Decimal(match[2]) == pytest.approx(-paid, abs=Decimal("0.001"))  # averages have eight places


async def test_momentum_trades_and_its_position_is_the_gateways(gateway: Gateway, tmp_path: Path) -> None:
    prices = tmp_path / "prices.txt"
    drawn, price, lines = Random(3), Decimal("190.00"), []
    for at in range(80):
        price += Decimal(drawn.randint(-3, 6) if at < 50 else drawn.randint(-6, 3)) / 100
        lines.append(str(price))
    prices.write_text("\n".join(lines))
    said = await run(gateway, "momentum", "AAPL", prices, "--risk", "0.5", "--slippage", "3")
    match = re.fullmatch(r"(\d+) orders, position (\S+)", said)
    assert match is not None, said
    assert int(match[1]) > 2
    async with gateway.client() as client:
        assert await position(client, "momentum") == Decimal(match[2])
        assert not await client.list_orders(open_only=True)
