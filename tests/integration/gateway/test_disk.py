"""The disk under the journal is full, or may not be written: no silent loss, clear denials, cancels pass."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.client import AsyncClient, DenialCode, OrderStatus, Result, Side
from gateway.core import verify_journal
from ops.demo.configuration import SessionTerms
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import SIM_COMP_ID, Gateway, Venue, session_ready, stop_all

DISK_BYTES = 8 << 20
FILL_BYTES = 64 << 10


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB at the place of the journal's folder."""
    folder = tmp_path / "journal"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("no file system can be mounted here: run it as root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


def fill(disk: Path) -> Path:
    """Take all the space that is left."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(FILL_BYTES)):
            pass
    return ballast


async def resting(client: AsyncClient, number: int) -> Result:
    price = Decimal("171.00") + Decimal(number % 100) / 100
    return await client.submit("AAPL", Side.BUY, 1, price=price, client_order_id=f"rest-{number}")


@pytest.fixture
async def gateway(disk: Path, tmp_path: Path, quiet_venue: Venue) -> AsyncIterator[Gateway]:
    """Its journal is on the small disk, its database and its log are not."""
    made = Gateway(tmp_path, SessionTerms(SIM_COMP_ID, quiet_venue.port))
    text = made.configuration.read_text()
    made.configuration.write_text(text.replace("segment_size: 4MiB", "segment_size: 1MiB"))
    await made.start()
    yield made
    await stop_all(made)


async def test_full_disk_denies_new_orders_lets_cancels_pass_and_mends_itself(
    disk: Path, quiet_venue: Venue, gateway: Gateway
) -> None:
    async with gateway.client() as client:
        await session_ready(client)
        kept = [await resting(client, number) for number in range(20)]
        assert all(result.denial is None for result in kept)
        ballast = fill(disk)
        number = len(kept)
        while (result := await resting(client, number)).denial is None:
            number += 1
            assert number < 20_000
        assert result.denial.code is DenialCode.JOURNAL_UNAVAILABLE
        assert gateway.health("/readyz") != 200
        for order in kept:
            assert (await client.cancel(order_id=order.order_id)).denial is None

        async def all_canceled() -> bool:
            orders = [await client.get_order(order_id=order.order_id) for order in kept]
            return all(order.status is OrderStatus.CANCELED for order in orders)

        await eventually(all_canceled, "cancels pass on a full disk")
        gateway.kill()
        gateway.spawn()
        await session_ready(client)  # it starts on a full disk
        assert (await resting(client, number)).denial is not None
        ballast.unlink()

        async def is_taken() -> bool:
            return (await resting(client, number)).denial is None

        await eventually(is_taken, "the same id is taken once there is space")
        ids = {order.client_order_id for order in await client.list_orders()}
        assert {f"rest-{one}" for one in range(number + 1)} <= ids
    await gateway.stop()
    assert verify_journal(gateway.journal).clean
    assert set(quiet_venue.arrivals().values()) == {1}


async def test_read_only_disk_refuses_the_start_and_says_why(disk: Path, gateway: Gateway) -> None:
    await gateway.stop()
    remount(disk, "ro")
    gateway.spawn()
    child = gateway.child
    assert child is not None
    await eventually(lambda: child.exit_code is not None, "it does not start")
    assert child.exit_code == 6
    assert "Read-only file system" in child.log.read_text()
    remount(disk, "rw")
    await gateway.start()
