"""The kill switch by one message, and one question about all orders, against the simulator."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.client import OrderStatus, Side, TradingState
from gateway.core import _core
from ops.demo.configuration import SessionTerms
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import SIM_COMP_ID, Gateway, Venue, session_ready, stop_all

TIMEOUT_S = 30.0
PROFILE = """
profiles:
  - name: bulk
    mass_cancel: [all, instrument]
    mass_status: true
"""


def sent(gateway: Gateway, msg_type: str) -> int:
    """Count the messages of a type that the gateway has sent."""
    return sum(message["35"] == msg_type for message in gateway.messages(_core.RecordKind.MESSAGE_OUT))


@pytest.mark.asyncio
async def test_orders_are_asked_about_and_canceled_by_one_message_each(tmp_path: Path) -> None:
    venue = Venue(tmp_path, "--no-liquidity")
    gateway = Gateway(tmp_path, SessionTerms(SIM_COMP_ID, venue.port))
    text = gateway.configuration.read_text()
    venues = "{name: VENUE, session: venue}"
    assert venues in text
    profiled = text.replace(venues, "{name: VENUE, session: venue, profile: bulk}") + PROFILE
    gateway.configuration.write_text(profiled)
    await venue.start()
    await gateway.start()
    try:
        async with gateway.client() as client:
            await session_ready(client)
            results = [await client.submit("AAPL", Side.BUY, 10, price=f"18{at}.00") for at in range(5)]
            results.append(await client.submit("MSFT", Side.BUY, 10, price="400.00"))
            ids = [result.raise_if_denied().order_id for result in results]

            async def all_are(status: OrderStatus, of: list[int]) -> bool:
                return all([(await client.get_order(order_id=each)).status is status for each in of])

            await eventually(lambda: all_are(OrderStatus.NEW, ids), "the orders work", TIMEOUT_S)
            gateway.kill()
            await gateway.start()
        async with gateway.client() as client:
            await session_ready(client)
            assert sent(gateway, "AF") == 2  # one a logon
            assert sent(gateway, "H") == 0, "its answer tells of every order"
            halted = await client.set_trading_state(
                "instrument:AAPL", TradingState.HALTED, "test", cancel_open_orders=True
            )
            assert halted.cancels_sent == 5

            async def canceled() -> bool:
                orders = [await client.get_order(order_id=each) for each in ids]
                return [order.status is OrderStatus.CANCELED for order in orders] == [True] * 5 + [False]

            await eventually(canceled, "all of the instrument are canceled, and no other", TIMEOUT_S)
            assert (sent(gateway, "q"), sent(gateway, "F")) == (1, 0)
    finally:
        await stop_all(gateway, venue)
