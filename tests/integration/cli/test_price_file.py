"""A price file beside a running gateway: taken when it comes, again when it changes, and left where it is garbage."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

from tests.integration.cli.processes import RunningGateway, running_gateway, wait_until
from tests.unit.cli.cli_runner import gateway as cli


def price(gateway: RunningGateway, instrument: str = "AAPL") -> str:
    listed = json.loads(cli("prices", "list", "-c", gateway.config, "--json").out)
    return next((str(each["price"]) for each in listed if each["instrument"] == instrument), "")


def metric(gateway: RunningGateway, series: str) -> float | None:
    with urllib.request.urlopen(f"http://{gateway.ready['monitor']}/metrics", timeout=30) as answer:
        lines: list[str] = answer.read().decode().splitlines()
    return next((float(line.split()[-1]) for line in lines if line.startswith(f"{series} ")), None)


def test_price_file_is_followed_and_garbage_leaves_prices_as_they_are(folder: Path) -> None:
    config = folder / "gateway.yaml"
    text = config.read_text()
    watched = "price_file: {path: prices.csv, interval: 100ms, stale_after: 1h}"
    config.write_text(text.replace("\nrisk:\n", f"\nrisk:\n  {watched}\n"))
    file = folder / "prices.csv"
    with running_gateway(folder) as gateway:
        assert metric(gateway, "gateway_price_file_last_taken_timestamp_seconds") == 0
        file.write_text("instrument,price,bid,ask\nAAPL,191.5,191.4,191.6\n")
        wait_until(lambda: price(gateway) == "191.5", "the file is taken")
        stale = 'gateway_market_data_stale{instrument="AAPL",session="file"}'
        assert metric(gateway, stale) == 0
        file.write_text("instrument,price\nAAPL,192\nNOBODY,1\n")
        wait_until(lambda: metric(gateway, "gateway_price_files_refused_total") == 1, "the file is refused")
        assert price(gateway) == "191.5"
        file.write_text("instrument,price\nAAPL,193\n")
        wait_until(lambda: price(gateway) == "193", "the next version is taken")
        assert metric(gateway, "gateway_price_files_taken_total") == 2
        assert "not configured: NOBODY" in gateway.output()
