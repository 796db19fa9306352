"""The disk fails under a gateway that trades: syncs fail, or its file system becomes read-only.

The failures are made between the process and its C library, so that no device has to break: failing_disk.c.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.client import AsyncClient, DenialCode, OrderStatus, Result, Side
from gateway.core import verify_journal
from ops.demo.configuration import SessionTerms
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import SIM_COMP_ID, Gateway, Venue, session_ready, stop_all

SOURCE = Path(__file__).with_name("failing_disk.c")
ORDERS_MAX = 20_000


class Failing:
    """A gateway's disk that fails when it is told to."""

    def __init__(self, folder: Path, library: Path, journal: Path) -> None:
        self._sync = folder / "syncs-fail"
        self._all = folder / "read-only"
        self.environment = {
            "LD_PRELOAD": str(library),
            "FAILING_DISK_FOLDER": str(journal),
            "FAILING_DISK_SYNC": str(self._sync),
            "FAILING_DISK_ALL": str(self._all),
        }

    def fail_syncs(self) -> None:
        self._sync.touch()

    def become_read_only(self) -> None:
        self._all.touch()

    def mend(self) -> None:
        self._sync.unlink(missing_ok=True)
        self._all.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which(os.environ.get("CC", "cc")) or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler: the disk's failures cannot be made")
    made = tmp_path_factory.mktemp("failing-disk") / "failing_disk.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", made, SOURCE, "-ldl"], check=True)
    return made


@pytest.fixture
async def gateway(tmp_path: Path, quiet_venue: Venue) -> AsyncIterator[Gateway]:
    made = Gateway(tmp_path, SessionTerms(SIM_COMP_ID, quiet_venue.port))
    yield made
    await stop_all(made)


@pytest.fixture
def disk(tmp_path: Path, library: Path, gateway: Gateway) -> Failing:
    return Failing(tmp_path, library, gateway.journal)


def configure(gateway: Gateway, **changes: str) -> None:
    text = gateway.configuration.read_text()
    for name, value in changes.items():
        lines = [line for line in text.splitlines() if not line.strip().startswith(f"{name}:")]
        at = lines.index("journal:")
        text = "\n".join([*lines[: at + 1], f"  {name}: {value}", *lines[at + 1 :]]) + "\n"
    gateway.configuration.write_text(text)


async def resting(client: AsyncClient, number: int) -> Result:
    price = Decimal("171.00") + Decimal(number % 100) / 100
    return await client.submit("AAPL", Side.BUY, 1, price=price, client_order_id=f"rest-{number}")


async def canceled(client: AsyncClient, orders: list[Result]) -> bool:
    found = [await client.get_order(order_id=order.order_id) for order in orders]
    return all(order.status is OrderStatus.CANCELED for order in found)


async def test_failing_sync_denies_new_orders_lets_cancels_pass_and_a_restart_mends_it(
    disk: Failing, quiet_venue: Venue, gateway: Gateway
) -> None:
    configure(gateway, durability="disk")
    gateway.spawn(disk.environment)
    await gateway.listening()
    async with gateway.client() as client:
        await session_ready(client)
        kept = [await resting(client, number) for number in range(10)]
        assert all(result.denial is None for result in kept)
        disk.fail_syncs()
        number = len(kept)
        answers = [await resting(client, number + at) for at in range(5)]
        denied = [answer for answer in answers if answer.denial is not None]
        assert denied, "an order was taken after the disk had failed"
        assert all(
            answer.denial is not None and answer.denial.code is DenialCode.JOURNAL_UNAVAILABLE
            for answer in denied
        )
        assert gateway.health("/readyz") != 200
        for order in kept:
            assert (await client.cancel(order_id=order.order_id)).denial is None
        await eventually(lambda: canceled(client, kept), "cancels pass on a disk that fails")
        disk.mend()
        # A page may be lost: it does not go on as if nothing had been.
        assert (await resting(client, number + 5)).denial is not None
        gateway.kill()
        gateway.spawn()
        await gateway.listening()
        await session_ready(client)
        assert (await resting(client, number + 5)).denial is None
        known = {order.client_order_id for order in await client.list_orders()}
        assert {f"rest-{at}" for at in range(number)} <= known
    await gateway.stop()
    assert verify_journal(gateway.journal).clean
    assert set(quiet_venue.arrivals().values()) == {1}


async def until_refused(client: AsyncClient, number: int) -> int:
    """Submit to the end of the segments that there are; the number of the order that was denied."""
    while (result := await resting(client, number)).denial is None:
        number += 1
        assert number < ORDERS_MAX
    assert result.denial.code is DenialCode.JOURNAL_UNAVAILABLE
    return number


@pytest.mark.parametrize("killed", [False, True], ids=["mended", "killed"])
async def test_read_only_file_system_denies_new_orders_and_lets_cancels_pass(
    disk: Failing, quiet_venue: Venue, gateway: Gateway, killed: bool
) -> None:
    configure(gateway, segment_size="1MiB")
    gateway.spawn(disk.environment)
    await gateway.listening()
    async with gateway.client() as client:
        await session_ready(client)
        kept = [await resting(client, number) for number in range(20)]
        assert all(result.denial is None for result in kept)
        disk.become_read_only()
        number = await until_refused(client, len(kept))
        # The next segment was entered, and could not be given its name.
        assert (gateway.journal / "spare.seg").exists()
        assert len(list(gateway.journal.glob("0*.seg"))) == 1
        for order in kept:
            assert (await client.cancel(order_id=order.order_id)).denial is None
        await eventually(lambda: canceled(client, kept), "cancels pass")
        if killed:
            gateway.kill()
        disk.mend()
        if killed:
            gateway.spawn(disk.environment)
            await gateway.listening()
            await session_ready(client)
            assert await canceled(client, kept)

        async def is_taken() -> bool:
            return (await resting(client, number)).denial is None

        await eventually(is_taken, "the same id is taken once the disk may be written again")
        ids = {order.client_order_id for order in await client.list_orders()}
        assert {f"rest-{one}" for one in range(number + 1)} <= ids
    await gateway.stop()
    assert verify_journal(gateway.journal).clean
    assert len(list(gateway.journal.glob("0*.seg"))) > 1
    assert set(quiet_venue.arrivals().values()) == {1}
