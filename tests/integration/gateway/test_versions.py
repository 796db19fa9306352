"""Every FIX version that a configuration can name, in both roles: from the file to the wire and back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.client import ExecutionReported, OrderStatus, Side
from ops.demo.configuration import SessionTerms
from tests.integration.gateway.dictionary_check import faults
from tests.integration.gateway.scripted_venue import Fields, ScriptedVenue
from tests.integration.gateway.world import Gateway, free_port, next_event, session_ready, stop_all


@dataclass(frozen=True)
class Version:
    name: str
    begin_string: str
    appl_ver_id: str = ""
    exec_trans_type: bool = False
    exec_type: bool = True
    seconds: bool = False

    @property
    def application_version(self) -> str | None:
        return self.name if self.appl_ver_id else None


VERSIONS = (
    Version("FIX.4.0", "FIX.4.0", exec_trans_type=True, exec_type=False, seconds=True),
    Version("FIX.4.1", "FIX.4.1", exec_trans_type=True, seconds=True),
    Version("FIX.4.2", "FIX.4.2", exec_trans_type=True),
    Version("FIX.4.3", "FIX.4.3"),
    Version("FIX.4.4", "FIX.4.4"),
    Version("FIX.5.0", "FIXT.1.1", "7"),
    Version("FIX.5.0SP1", "FIXT.1.1", "8"),
    Version("FIX.5.0SP2", "FIXT.1.1", "9"),
)


class Venue(ScriptedVenue):
    """Reports in the words of one version."""

    def __init__(self, version: Version) -> None:
        super().__init__(
            begin_string=version.begin_string, appl_ver_id=version.appl_ver_id, seconds=version.seconds
        )
        self.version = version

    def says(self, order: Fields, exec_id: str, exec_type: str, status: str, more: str = "") -> None:
        parts = [
            "35=8",
            f"37=V-1|11={order['11']}|17={exec_id}",
            "20=0" if self.version.exec_trans_type else "",
            f"39={status}",
            f"150={exec_type}" if self.version.exec_type else "",
            f"55={order['55']}|54={order['54']}|38={order['38']}",
            more,
        ]
        self.send("|".join(part for part in parts if part))

    def trade(self, order: Fields, exec_id: str, cum: str, leaves: str, last: str) -> None:
        done = leaves == "0"
        code = ("2" if done else "1") if self.version.exec_trans_type else "F"
        more = f"32={last}|31=185|151={leaves}|14={cum}|6=185"
        self.says(order, exec_id, code, "2" if done else "1", more)


@pytest.fixture(params=["initiator", "acceptor"])
def role(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=VERSIONS, ids=lambda version: version.name)
async def venue(request: pytest.FixtureRequest) -> AsyncIterator[Venue]:
    async with Venue(request.param) as venue:
        yield venue


@pytest.fixture
async def gateway(venue: Venue, role: str, tmp_path: Path) -> AsyncIterator[Gateway]:
    version = venue.version
    port = venue.port if role == "initiator" else free_port()
    terms = SessionTerms("SIM", port, version.begin_string, version.application_version, role)
    gateway = Gateway(tmp_path, terms)
    await gateway.start()
    if role == "acceptor":
        await venue.connect(port)
    yield gateway
    await stop_all(gateway)


async def test_orders_and_reports_in_the_words_of_the_version(gateway: Gateway, venue: Venue) -> None:
    """Order, ack, replace, fill in parts, cancel: each message has what its dictionary asks for, and no more."""
    version = venue.version
    async with gateway.client() as client, client.events() as events:
        await session_ready(client)
        placed = await client.submit("AAPL", Side.BUY, 10, price="185.00")
        assert not placed.denied
        order = await venue.request("D")
        venue.says(order, "1", "0", "0", "151=10|14=0|6=0|32=0|31=0")
        assert (await next_event(events, ExecutionReported)).status is OrderStatus.NEW

        replaced = await client.replace(placed.client_request_id, quantity=20)
        assert not replaced.denied
        replace = await venue.request("G")
        venue.says(replace, "2", "5", "5" if version.exec_trans_type else "0", "151=20|14=0|6=0|32=0|31=0")
        report = await next_event(events, ExecutionReported)
        assert (report.status, report.quantity) == (OrderStatus.NEW, 20)

        venue.trade(replace, "3", "5", "15", "5")
        report = await next_event(events, ExecutionReported)
        assert (report.status, report.cum_quantity) == (OrderStatus.PARTIALLY_FILLED, 5)

        assert not (await client.cancel(placed.client_request_id)).denied
        cancel = await venue.request("F")
        venue.says(cancel, "4", "4", "4", "151=0|14=5|6=185|32=0|31=0")
        assert (await next_event(events, ExecutionReported)).status is OrderStatus.CANCELED

        other = await client.submit("AAPL", Side.SELL, 7, price="185.00")
        assert not other.denied
        venue.trade(await venue.request("D"), "5", "7", "0", "7")
        assert (await next_event(events, ExecutionReported)).status is OrderStatus.FILLED
        (position,) = await client.positions()
        assert position.net_quantity == -2

    assert venue.rejects == []
    assert {message["35"] for message in venue.received} >= {"A", "D", "G", "F"}
    for message in venue.received:
        assert faults(message, version.name, version.begin_string) == [], message
        assert message["8"] == version.begin_string
        assert len(message["52"]) == (17 if version.seconds else 21)


async def test_open_order_is_asked_about_after_a_reconnect(gateway: Gateway, venue: Venue, role: str) -> None:
    if role == "acceptor":
        pytest.skip("the question is the same; the scripted venue connects once")
    version = venue.version
    async with gateway.client() as client, client.events() as events:
        await session_ready(client)
        await client.submit("AAPL", Side.BUY, 10, price="185.00")
        order = await venue.request("D")
        venue.says(order, "1", "0", "0", "151=10|14=0|6=0|32=0|31=0")
        assert (await next_event(events, ExecutionReported)).status is OrderStatus.NEW
        venue.hang_up()
        question = await venue.request("H")
        assert question["11"] == order["11"]
        assert faults(question, version.name, version.begin_string) == []
        if version.exec_trans_type:
            more = "151=10|14=0|6=0|32=0|31=0"
            venue.send(
                f"35=8|37=V-1|11={order['11']}|17=0|20=3|39=0"
                + ("|150=0" if version.exec_type else "")
                + f"|55=AAPL|54=1|38=10|{more}"
            )
        else:
            venue.says(order, "0", "I", "0", "151=10|14=0|6=0")
        await session_ready(client)
