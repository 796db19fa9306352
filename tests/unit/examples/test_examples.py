"""The examples against the gateway in memory, on virtual time: what they do, and what they do when it goes wrong."""

import asyncio
import importlib.util
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest

from gateway.client import DenialCode, Side
from gateway.client.testing import FakeGateway, run

EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples"


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("every", [1, 2, 5])
def test_twap_fills_what_was_asked_and_not_more_whichever_slices_are_missed(every: int) -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        number = 0

        def on_order(client_order_id: str) -> None:
            nonlocal number
            number += 1
            gateway.acknowledge(client_order_id)
            if number % every == 0:
                gateway.fill(client_order_id)
            elif number == 5:
                gateway.fill(client_order_id, 1)
                gateway.cancel(client_order_id)  # the last slice is immediate-or-cancel

        gateway.on_order = on_order
        async with gateway.client(account="A1", strategy="twap") as client:
            twap = example("twap").Twap(client, "ACME", Side.BUY, Decimal(103), Decimal(10))
            await twap.run(slices=5, interval_s=60)
            (position,) = await client.positions()
            assert position.net_quantity == twap.filled
            assert twap.filled == {1: 103, 2: 83, 5: 103}[every]
            assert await client.list_orders(open_only=True) == []

    run(scenario())


def test_twap_counts_what_trades_while_it_cancels() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()

        def on_cancel(client_order_id: str) -> None:
            gateway.fill(client_order_id, 7)
            gateway.confirm_cancel(client_order_id)

        gateway.on_cancel = on_cancel
        async with gateway.client(account="A1", strategy="twap") as client:
            twap = example("twap").Twap(client, "ACME", Side.SELL, Decimal(100), Decimal(10))
            working = asyncio.create_task(twap.run(slices=2, interval_s=60))
            await asyncio.sleep(61)
            gateway.cancel((await client.list_orders(open_only=True))[0].client_order_id)
            await working
            assert twap.filled == 7
            assert (await client.positions())[0].net_quantity == -7

    run(scenario())


def test_market_maker_quotes_both_sides_leans_against_its_position_and_leaves_nothing() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        async with gateway.client(account="A1", strategy="mm") as client:
            maker = example("market_maker").MarketMaker(client, "ACME", Decimal("10.00"), Decimal("0.01"))
            quoting = asyncio.create_task(maker.run(100))
            await asyncio.sleep(1)
            bid, offer = sorted(await client.list_orders(open_only=True), key=lambda order: order.side)
            assert (bid.price, offer.price) == (Decimal("9.96"), Decimal("10.04"))
            gateway.fill(bid.client_order_id)
            await asyncio.sleep(1)
            bid, offer = sorted(await client.list_orders(open_only=True), key=lambda order: order.side)
            assert (bid.price, offer.price) == (
                Decimal("9.91"),
                Decimal("9.99"),
            )  # traded at 9.96, long one lot
            gateway.fill(offer.client_order_id, 4)
            await asyncio.sleep(1)
            await quoting
            assert maker.position == (await client.positions())[0].net_quantity == 6
            assert maker.cash == -10 * Decimal("9.96") + 4 * Decimal("9.99")
            assert await client.list_orders(open_only=True) == []

    run(scenario())


def test_market_maker_stops_buying_at_its_limit_and_survives_broken_connections() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        async with gateway.client(account="A1", strategy="mm") as client:
            maker = example("market_maker").MarketMaker(
                client, "ACME", Decimal("10.00"), Decimal("0.01"), position_max=Decimal(30)
            )
            quoting = asyncio.create_task(maker.run(1000))
            for _ in range(3):
                await asyncio.sleep(1)
                gateway.disconnect()
                for order in gateway_orders(gateway, Side.BUY):
                    gateway.fill(order)
                await asyncio.sleep(5)
                gateway.reconnect()
                await asyncio.sleep(30)
            assert [order.side for order in await client.list_orders(open_only=True)] == [Side.SELL]
            await quoting
            assert maker.position == 30
            assert await client.list_orders(open_only=True) == []

    run(scenario())


def gateway_orders(gateway: FakeGateway, side: Side) -> list[str]:
    return [
        order.command.client_order_id
        for order in gateway._ledger.open_orders()
        if int(order.command.side) == side.value
    ]


def test_momentum_goes_with_the_trend_and_ends_flat() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        gateway.on_order = gateway.fill
        momentum = example("momentum")
        prices = [Decimal(100) + Decimal(at) / 10 for at in (*range(60), *range(60, 0, -1))]
        async with gateway.client(account="A1", strategy="momentum") as client:
            sizer = momentum.Sizer(Decimal(1), Decimal(1), Decimal(50))
            trader = momentum.Trader(client, "ACME", Decimal("0.50"))
            await momentum.run(prices, momentum.Signal(), sizer, trader)
            orders = list(reversed(await client.list_orders()))
            assert [order.side for order in orders[:2]] == [Side.BUY, Side.SELL]
            assert orders[0].quantity == 10  # a risk of 1 at moves of 0.1
            assert trader.position == (await client.positions())[0].net_quantity == 0

    run(scenario())


def test_momentum_tries_again_what_was_denied() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        gateway.on_order = gateway.fill
        gateway.deny_next(DenialCode.PRICE_COLLAR, orders=3)
        momentum = example("momentum")
        async with gateway.client(account="A1", strategy="momentum") as client:
            trader = momentum.Trader(client, "ACME", Decimal("0.50"))
            for _ in range(4):
                await trader.move_to(Decimal(-5), Decimal(10))
            assert trader.position == -5

    run(scenario())
