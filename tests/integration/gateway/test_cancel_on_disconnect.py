"""A venue that promises to cancel on disconnect, and one that promises it and does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.client import OrderStatus, Side, TimeInForce
from ops.demo.configuration import SessionTerms
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import SIM_COMP_ID, Gateway, Venue, session_ready, stop_all

TIMEOUT_S = 30.0
PROFILE = """
profiles:
  - name: promising
    cancel_on_disconnect: {within: 1s, excludes: [gtc]}
"""
CANCELS = """
venue:
  cancel_on_disconnect: {when: always, keeps: ["1"]}
"""


@pytest.mark.parametrize("keeps_its_promise", [True, False])
async def test_what_was_promised_is_in_doubt_until_the_venue_says(
    tmp_path: Path, keeps_its_promise: bool
) -> None:
    options: list[object] = ["--no-liquidity"]
    if keeps_its_promise:
        profile = tmp_path / "cancels.yaml"
        profile.write_text(CANCELS)
        options += ["--config", profile]
    venue = Venue(tmp_path, *options)
    gateway = Gateway(tmp_path, SessionTerms(SIM_COMP_ID, venue.port))
    venues = "{name: VENUE, session: venue}"
    text = gateway.configuration.read_text()
    assert venues in text
    gateway.configuration.write_text(
        text.replace(venues, "{name: VENUE, session: venue, profile: promising}") + PROFILE
    )
    await venue.start()
    await gateway.start()
    try:
        async with gateway.client() as client:
            await session_ready(client)
            day = (await client.submit("AAPL", Side.BUY, 10, price="185.00")).raise_if_denied()
            gtc = (
                await client.submit("AAPL", Side.BUY, 10, price="184.00", time_in_force=TimeInForce.GTC)
            ).raise_if_denied()

            async def status(order_id: int) -> OrderStatus:
                return (await client.get_order(order_id=order_id)).status

            async def both_work() -> bool:
                return [await status(each.order_id) for each in (day, gtc)] == [OrderStatus.NEW] * 2

            await eventually(both_work, "the orders work", TIMEOUT_S)
            gateway.kill()
            await gateway.start()
        async with gateway.client() as client:
            await session_ready(client)
            assert await status(gtc.order_id) is OrderStatus.NEW

            async def is_settled() -> bool:
                if keeps_its_promise:
                    return await status(day.order_id) is OrderStatus.CANCELED
                broken = [e for e in gateway.journaled_events() if e.HasField("cancel_promise_broken")]
                return [e.cancel_promise_broken.order_id for e in broken] == [day.order_id]

            await eventually(is_settled, "the venue's word decides", TIMEOUT_S)
            if not keeps_its_promise:
                assert await status(day.order_id) is OrderStatus.NEW
    finally:
        await stop_all(gateway, venue)
