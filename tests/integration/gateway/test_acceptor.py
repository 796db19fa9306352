"""An acceptor session of the gateway, with QuickFIX as the venue that connects to it."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.client import AsyncClient, ExecutionReported, OrderStatus, SessionState, Side
from ops.demo.configuration import SessionTerms
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import Gateway, free_port, next_event, session_ready, stop_all

fix = pytest.importorskip("quickfix")

pytestmark = pytest.mark.interop

TIMEOUT_S = 20
SPECS = Path(__file__).resolve().parents[3] / "fix_specs"


class Application(fix.Application):  # type: ignore[misc, name-defined]  # quickfix has no types
    """Puts what arrives into a queue, from QuickFIX's own threads."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: queue.Queue[dict[int, str]] = queue.Queue()
        self.session_id: Any = None

    def onCreate(self, session_id: Any) -> None:
        self.session_id = session_id

    def onLogon(self, session_id: Any) -> None: ...

    def onLogout(self, session_id: Any) -> None: ...

    def toAdmin(self, message: Any, session_id: Any) -> None: ...

    def fromAdmin(self, message: Any, session_id: Any) -> None: ...

    def toApp(self, message: Any, session_id: Any) -> None: ...

    def fromApp(self, message: Any, session_id: Any) -> None:
        pairs = (part.partition("=") for part in message.toString().split("\x01") if part)
        self.requests.put({int(tag): value for tag, _, value in pairs})


class Broker:
    """A QuickFIX initiator that plays the venue."""

    def __init__(self, folder: Path, port: int) -> None:
        config = folder / "broker.cfg"
        config.write_text(
            "[DEFAULT]\nConnectionType=initiator\nReconnectInterval=1\nStartTime=00:00:00\nEndTime=00:00:00\n"
            f"HeartBtInt=30\nSocketNodelay=Y\nFileStorePath={folder / 'broker'}\n\n[SESSION]\n"
            "BeginString=FIX.4.4\nSenderCompID=BROKER\nTargetCompID=GATEWAY\n"
            f"SocketConnectHost=127.0.0.1\nSocketConnectPort={port}\nDataDictionary={SPECS}/FIX44.xml\n"
        )
        self.application = Application()
        settings = fix.SessionSettings(str(config))
        self._store = fix.FileStoreFactory(settings)
        self._initiator = fix.SocketInitiator(self.application, self._store, settings)

    def start(self) -> None:
        self._initiator.start()

    def stop(self) -> None:
        self._initiator.stop(True)

    async def request(self, msg_type: str) -> dict[int, str]:
        request = await asyncio.to_thread(self.application.requests.get, timeout=TIMEOUT_S)
        assert request[35] == msg_type, request
        return request

    def report(self, order: dict[int, str], exec_id: str, **fields: str) -> None:
        """Send an ExecutionReport(8) on an order as it was received."""
        message = fix.Message()
        message.getHeader().setField(35, "8")
        message.setField(fix.TransactTime())
        known = {37: f"B-{order[11]}", 17: exec_id, **{tag: order[tag] for tag in (11, 55, 54, 38)}}
        for tag, value in (known | {int(name[1:]): value for name, value in fields.items()}).items():
            message.setField(tag, value)
        fix.Session.sendToTarget(message, self.application.session_id)

    def acknowledge(self, order: dict[int, str]) -> None:
        self.report(order, f"N-{order[11]}", t150="0", t39="0", t151=order[38], t14="0", t6="0")

    def fill(self, order: dict[int, str]) -> None:
        done = {"t32": order[38], "t31": order[44], "t14": order[38], "t6": order[44]}
        self.report(order, f"F-{order[11]}", t150="F", t39="2", t151="0", **done)


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    gateway = Gateway(tmp_path, SessionTerms("BROKER", free_port(), role="acceptor"))
    await gateway.start()
    yield gateway
    await stop_all(gateway)


@pytest.fixture
def broker(gateway: Gateway, tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path, gateway.terms.port)
    broker.start()
    yield broker
    broker.stop()


async def place(client: AsyncClient, broker: Broker) -> tuple[str, dict[int, str]]:
    result = await client.submit("AAPL", Side.BUY, 10, price="185.00")
    assert not result.denied
    return result.client_request_id, await broker.request("D")


async def test_order_goes_out_and_its_fill_comes_back_over_an_acceptor_session(
    gateway: Gateway, broker: Broker
) -> None:
    async with gateway.client() as client, client.events() as events:
        await session_ready(client)
        _, order = await place(client, broker)
        broker.acknowledge(order)
        assert (await next_event(events, ExecutionReported)).status is OrderStatus.NEW
        broker.fill(order)
        assert (await next_event(events, ExecutionReported)).status is OrderStatus.FILLED
        (position,) = await client.positions()
        assert position.net_quantity == 10


async def test_fill_while_the_gateway_is_dead_comes_by_resend(gateway: Gateway, broker: Broker) -> None:
    async with gateway.client() as client:
        await session_ready(client)
        client_order_id, order = await place(client, broker)
        broker.acknowledge(order)

        async def is_working() -> bool:
            return (await client.get_order(client_order_id)).status is OrderStatus.NEW

        await eventually(is_working, "the order works")
        gateway.kill()
        broker.fill(order)
        await gateway.start()

        async def is_filled() -> bool:
            return (await client.get_order(client_order_id)).status is OrderStatus.FILLED

        await eventually(is_filled, "the fill came")
        (session,) = await client.sessions()
        assert session.next_in > 3


def logon(sender: str) -> bytes:
    now = datetime.now(UTC).strftime("%Y%m%d-%H:%M:%S.%f")[:-3]
    body = f"35=A|34=1|49={sender}|56=GATEWAY|52={now}|98=0|108=30|".replace("|", "\x01")
    whole = f"8=FIX.4.4\x019={len(body)}\x01{body}"
    return f"{whole}10={sum(whole.encode()) % 256:03}\x01".encode()


@pytest.mark.parametrize("sender", ["BROKER", "STRANGER"])
async def test_second_logon_of_an_identity_and_a_stranger_are_refused(
    gateway: Gateway, broker: Broker, sender: str
) -> None:
    async with gateway.client() as client:
        await session_ready(client)
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.terms.port)
        writer.write(logon(sender))
        async with asyncio.timeout(TIMEOUT_S):
            answer = await reader.read()
        writer.close()
        assert b"35=A" not in answer
        (session,) = await client.sessions()
        assert session.state is SessionState.READY
        _, order = await place(client, broker)
        broker.fill(order)

        async def has_position() -> bool:
            return any(position.net_quantity == 10 for position in await client.positions())

        await eventually(has_position, "the first session goes on")
