"""Would this order pass? Asked by the SDK, of both clients."""

import asyncio
from decimal import Decimal

import pytest

from gateway.client import AsyncClient, Client, DenialCode, NewOrder, OrderCheck, Side
from tests.integration.api.support import Gateway


def order(quantity: int | float, **terms: str) -> NewOrder:
    return NewOrder(instrument="ACME", side=Side.BUY, quantity=quantity, price=Decimal("9.00"), **terms)  # type: ignore[arg-type]  # floats are refused


async def test_client_asks_whether_an_order_would_pass_and_nothing_is_sent(gateway: Gateway) -> None:
    async with AsyncClient(gateway.target, client="alpha", account="A1", strategy="check") as client:
        before = await client.list_orders()
        good = await client.check_order(order(10))
        assert (good.passes, good.denial, good.quantity_sent, good.resized_by) == (True, None, None, "")
        assert all(limit.holds and not limit.decides for limit in good.limits)
        bad = await client.check_order(order(5000))
        assert not bad.passes
        assert bad.denial is not None
        assert bad.denial.code is DenialCode.MAX_ORDER_QUANTITY
        (decides,) = [limit for limit in bad.limits if limit.decides]
        assert (decides.name, decides.value) == (bad.denial.limit_name, Decimal(5000))
        foreign = await client.check_order(order(10, account="B1"))
        assert foreign.denial is not None
        assert foreign.denial.code is DenialCode.UNKNOWN_ACCOUNT
        with pytest.raises(TypeError):
            await client.check_order(order(0.5))
        assert await client.list_orders() == before


async def test_blocking_client_asks_too(gateway: Gateway) -> None:
    def play() -> OrderCheck:
        with Client(gateway.target, client="alpha", account="A1", strategy="check") as client:
            return client.check_order(order(10))

    assert (await asyncio.to_thread(play)).passes
