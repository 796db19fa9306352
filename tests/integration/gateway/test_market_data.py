"""A market data session with the simulator: its quotes become reference prices of a running gateway."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from gateway.v1 import control_pb2
from ops.demo.configuration import SessionTerms
from tests.integration.gateway.asking import ask, metric
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import SIM_COMP_ID, Gateway, Venue, session_ready, stop_all

RISK = """
risk:
  market_data:
    - name: quotes
      begin_string: {version}
      sender_comp_id: GATEWAY-MD
      target_comp_id: SIM
      host: 127.0.0.1
      port: {port}
      heartbeat_interval: 1s
      instruments: [AAPL, BTC-USD]
      updates: {updates}
      interval: 100ms
      stale_after: 1h
"""


def prices(gateway: Gateway) -> dict[str, Decimal]:
    request, answer = control_pb2.ListReferencePricesRequest(), control_pb2.ListReferencePricesResponse
    listed = ask(gateway, "MarketData/ListReferencePrices", request, answer)
    return {each.instrument: Decimal(each.price) for each in listed.prices}


def taken(gateway: Gateway) -> float:
    return metric(gateway, 'gateway_market_data_prices_total{session="quotes"}') or 0.0


def is_subscribed(gateway: Gateway) -> bool:
    return metric(gateway, 'gateway_market_data_session_state{session="quotes",state="subscribed"}') == 1


@pytest.mark.parametrize(("version", "updates"), [("FIX.4.4", "incremental"), ("FIX.4.2", "full")])
async def test_quotes_of_the_venue_become_reference_prices(
    tmp_path: Path, version: str, updates: str
) -> None:
    venue = Venue(tmp_path)  # with liquidity: there is a market from the start, and it moves
    gateway = Gateway(tmp_path, SessionTerms(SIM_COMP_ID, venue.port))
    risk = RISK.format(port=venue.port, version=version, updates=updates)
    gateway.configuration.write_text(gateway.configuration.read_text() + risk)
    await venue.start()
    await gateway.start()
    try:
        async with gateway.client() as client:
            await session_ready(client)
            await eventually(lambda: is_subscribed(gateway), "the session is subscribed")

            def set_prices() -> list[Decimal]:
                return [
                    Decimal(event.reference_price_set.price)
                    for event in gateway.journaled_events()
                    if event.HasField("reference_price_set")
                    and event.reference_price_set.instrument == "AAPL"
                ]

            await eventually(lambda: len(set(set_prices())) >= 2, "the price of AAPL follows the market")
            assert all(100 < price < 300 for price in set_prices())
            assert prices(gateway)["AAPL"] in set_prices()
            assert metric(gateway, 'gateway_market_data_stale{instrument="AAPL",session="quotes"}') == 0
            assert taken(gateway) >= 2
    finally:
        await stop_all(gateway, venue)


async def test_session_comes_back_and_subscribes_again_when_the_venue_does(tmp_path: Path) -> None:
    venue = Venue(tmp_path)
    gateway = Gateway(tmp_path, SessionTerms(SIM_COMP_ID, venue.port))
    risk = RISK.format(port=venue.port, version="FIX.4.4", updates="incremental")
    gateway.configuration.write_text(gateway.configuration.read_text() + risk)
    await venue.start()
    await gateway.start()
    try:
        await eventually(lambda: is_subscribed(gateway), "the session is subscribed")
        venue.kill()
        await eventually(lambda: not is_subscribed(gateway), "the loss shows")
        await venue.start()
        await eventually(lambda: is_subscribed(gateway), "the session is subscribed again")
        before = taken(gateway)
        await eventually(lambda: taken(gateway) > before, "prices come again")
    finally:
        await stop_all(gateway, venue)


async def test_refused_subscription_is_told_and_trading_goes_on(tmp_path: Path) -> None:
    venue = Venue(tmp_path, "--no-liquidity")
    gateway = Gateway(tmp_path, SessionTerms(SIM_COMP_ID, venue.port))
    risk = RISK.format(port=venue.port, version="FIX.4.4", updates="incremental")
    text = gateway.configuration.read_text().replace(
        "instruments:\n",
        "instruments:\n  - {symbol: NOWHERE, venue: VENUE, tick_size: 0.01, lot_size: 1, currency: USD}\n",
        1,
    )
    gateway.configuration.write_text(text + risk.replace("[AAPL, BTC-USD]", "[NOWHERE]"))
    await venue.start()
    await gateway.start()
    try:

        def is_refused() -> bool:
            return metric(gateway, 'gateway_market_data_session_state{session="quotes",state="refused"}') == 1

        await eventually(is_refused, "the refusal shows")
        async with gateway.client() as client:
            await session_ready(client)
    finally:
        await stop_all(gateway, venue)
