"""What trading costs and comes to, against the simulator's own ledger: fees, sums, rates, a file of positions."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.client import OrderStatus, PositionGroup, RateState, RefusedError, Side
from ops.demo.configuration import ACCOUNT, COMP_ID
from tests.integration.gateway.conftest import StartGateway, StartVenue
from tests.integration.gateway.world import Gateway, Venue, session_ready

FEES = "venue:\n  fees: {taker_bps: 5, maker_bps: -1, taker_per_unit: 0.01}\n"


def venue_fees(venue: Venue) -> dict[str, Decimal]:
    """Fees by symbol, as the venue has charged them."""
    positions = venue.ledger()["positions"]
    return {entry["symbol"]: Decimal(entry["fees"]) for entry in positions if entry["comp_id"] == COMP_ID}


def gateway_cli(gateway: Gateway, *arguments: str) -> str:
    command = [sys.executable, "-m", "gateway.cli", *arguments, "-c", str(gateway.configuration)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.asyncio
async def test_costs_are_the_venues(start_venue: StartVenue, start_gateway: StartGateway) -> None:
    venue = await start_venue(configuration=FEES)
    gateway = await start_gateway(venue.port)
    async with gateway.client() as client:
        await session_ready(client)
        for side, quantity in ((Side.BUY, 20), (Side.SELL, 5), (Side.SELL, 30)):
            order = await client.submit("AAPL", side, quantity)
            done = await client.wait_done(order.raise_if_denied().client_request_id, 30)
            assert done.status is OrderStatus.FILLED
        (position,) = await client.positions()
        assert position.net_quantity == -15
        assert position.currency == "USD"
        (costs,) = position.charges
        assert costs.currency == "USD"
        assert costs.commission != 0
        assert costs.commission == venue_fees(venue)["AAPL"]

        sums = await client.position_sums([PositionGroup.ACCOUNT, PositionGroup.CURRENCY])
        assert sums.base_currency == ""
        assert sums.sums[0].total is None
        (row,) = sums.sums[0].currencies
        assert row.commission == costs.commission
        assert row.rate_state is RateState.MISSING
        assert position.unrealized_profit is not None
        assert row.total == position.realized_profit + position.unrealized_profit - costs.commission
        before = await client.positions()
    gateway.kill()
    await gateway.start()
    async with gateway.client() as client:
        assert await client.positions() == before


@pytest.mark.asyncio
async def test_rates_tell_profit_in_the_base_currency(
    start_venue: StartVenue, start_gateway: StartGateway, tmp_path: Path
) -> None:
    venue = await start_venue()
    gateway = await start_gateway(venue.port)
    await gateway.stop()
    gateway.configuration.write_text(
        gateway.configuration.read_text() + "\nreporting: {base_currency: EUR, rate_max_age: 1h}\n"
    )
    await gateway.start()
    file = tmp_path / "positions.csv"
    file.write_text(
        "account,strategy,instrument,quantity,price,commission,fees,cost_currency\n"
        f"{ACCOUNT},test,AAPL,-10,100,2,,GBP\n{ACCOUNT},other,AAPL,4,110,,,\n"
    )
    assert "2 positions loaded" in gateway_cli(gateway, "positions", "load", str(file), "--batch", "d1")
    again = gateway_cli(gateway, "positions", "load", str(file), "--batch", "d1")
    assert "0 positions loaded, 2 had been loaded before" in again
    async with gateway.client() as client:
        by_strategy = await client.position_sums([PositionGroup.STRATEGY])
        assert by_strategy.base_currency == "EUR"
        assert [entry.total for entry in by_strategy.sums] == [None, None]
        await client.set_rate("EUR", "USD", "1.25", source="desk", as_of_ns=1)
        (stale,) = (await client.position_sums()).sums
        assert stale.total is None, "nobody has said what GBP is worth"
        assert {each.currency: each.rate_state for each in stale.currencies} == {
            "GBP": RateState.MISSING,
            "USD": RateState.STALE,
        }
        with pytest.raises(RefusedError, match="above zero"):
            await client.set_rate("GBP", "EUR", 0, source="desk", as_of_ns=1)
        assert [rate.rate for rate in await client.rates()] == [Decimal("1.25")]
    gateway_cli(gateway, "rates", "set", "GBP", "EUR", "1.2")
    gateway_cli(gateway, "rates", "set", "EUR", "USD", "1.25")
    gateway.kill()
    await gateway.start()
    async with gateway.client() as client:
        positions = {entry.strategy: entry for entry in await client.positions()}
        assert positions["test"].net_quantity == -10
        assert positions["test"].average_price == 100
        (found,) = (await client.position_sums()).sums
        profit = sum(entry.unrealized_profit or 0 for entry in positions.values())
        assert found.total == profit * Decimal("0.8") - Decimal(2) * Decimal("1.2")
        assert not found.stale
    table = gateway_cli(gateway, "positions", "sum", "--by", "strategy")
    assert "EUR" in table
    assert "test" in table
    loaded = [
        event for event in gateway.journaled_events() if event.WhichOneof("body") == "position_adjusted"
    ]
    assert [event.position_adjusted.batch_row for event in loaded] == [1, 2]


@pytest.mark.asyncio
async def test_split_by_hand_outlives_a_kill_and_happens_once(
    start_venue: StartVenue, start_gateway: StartGateway, tmp_path: Path
) -> None:
    venue = await start_venue()
    gateway = await start_gateway(venue.port)
    file = tmp_path / "positions.csv"
    file.write_text(
        f"account,strategy,instrument,quantity,price\n{ACCOUNT},test,AAPL,10,100\n{ACCOUNT},other,AAPL,-4,50\n"
    )
    gateway_cli(gateway, "positions", "load", str(file), "--batch", "d1")
    split = ("positions", "split", "AAPL", "4:1", "--id", "AAPL 4:1", "--reason", "corporate action")
    assert "2 positions in AAPL are split 4:1" in gateway_cli(gateway, *split)
    gateway.kill()
    await gateway.start()
    assert "was done before" in gateway_cli(gateway, *split)
    async with gateway.client() as client:
        found = {each.strategy: (each.net_quantity, each.average_price) for each in await client.positions()}
        assert found == {"test": (40, 25), "other": (-16, Decimal("12.5"))}
        assert await client.split_positions("AAPL", 4, 1, split_id="AAPL 4:1", reason="corporate action") == 0
    with pytest.raises(AssertionError, match="expected NEW:OLD"):
        gateway_cli(gateway, "positions", "split", "AAPL", "4", "--id", "x", "--reason", "r")


@pytest.mark.asyncio
async def test_batch_with_other_content_is_refused(
    start_venue: StartVenue, start_gateway: StartGateway, tmp_path: Path
) -> None:
    venue = await start_venue()
    gateway = await start_gateway(venue.port)
    file = tmp_path / "positions.yaml"
    row = f"- {{account: {ACCOUNT}, strategy: s, instrument: AAPL, quantity: 1, price: 5}}\n"
    file.write_text(row)
    gateway_cli(gateway, "positions", "load", str(file), "--batch", "d1")
    file.write_text(row.replace("quantity: 1", "quantity: 2"))
    with pytest.raises(AssertionError, match="was loaded with other positions"):
        gateway_cli(gateway, "positions", "load", str(file), "--batch", "d1")
