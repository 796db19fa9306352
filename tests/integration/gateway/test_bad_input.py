"""Bad input on every door: a coded refusal, the gateway stays up, and what was working goes on working."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import grpc
import grpc.aio
import pytest

from gateway.client import AsyncClient, DenialCode, OrderStatus, Side
from gateway.v1 import order_entry_pb2, types_pb2
from ops.demo.configuration import ACCOUNT, CLIENT
from tests.integration.gateway.conftest import StartGateway
from tests.integration.gateway.scripted_venue import Fields, ScriptedVenue
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import TIMEOUT_S, Gateway, free_port, session_ready

SUBMIT = "/gateway.v1.OrderEntry/SubmitOrder"
TRADE = "/gateway.v1.OrderEntry/Trade"

GOOD: dict[str, Any] = {
    "client_order_id": "bad-1",
    "account": ACCOUNT,
    "strategy": "test",
    "instrument": "AAPL",
    "side": types_pb2.SIDE_BUY,
    "order_type": types_pb2.ORDER_TYPE_LIMIT,
    "time_in_force": types_pb2.TIME_IN_FORCE_DAY,
    "quantity": "10",
    "price": "185.00",
}


class Scene:
    """A gateway with a working order at a venue, which fills it when the test is done."""

    def __init__(
        self, gateway: Gateway, venue: ScriptedVenue, client: AsyncClient, working: Fields, acceptor_port: int
    ) -> None:
        self.gateway = gateway
        self.venue = venue
        self.client = client
        self.working = working
        self.acceptor_port = acceptor_port

    async def submit(self, **changes: Any) -> order_entry_pb2.CommandResult:
        """Submit what no SDK would, by hand."""
        order = order_entry_pb2.NewOrder(**(GOOD | changes))
        answer = await self.call(SUBMIT, order_entry_pb2.SubmitOrderRequest(order=order).SerializeToString())
        return order_entry_pb2.SubmitOrderResponse.FromString(answer).result

    async def call(self, method: str, request: bytes) -> bytes:
        async with grpc.aio.insecure_channel(self.gateway.target) as channel:
            call: Any = channel.unary_unary(method)
            answer: bytes = await call(request, metadata=(("client", CLIENT),), timeout=TIMEOUT_S)
            return answer

    async def fill_still_arrives(self) -> None:
        """The order from before gets its fill, and another one can be placed: nothing was lost or stuck."""
        assert self.gateway.health() == 200
        self.venue.fill(self.working)

        async def is_filled() -> bool:
            return (await self.client.get_order("working")).status is OrderStatus.FILLED

        await eventually(is_filled, "the working order is filled")
        (position,) = await self.client.positions()
        assert position.instrument == "AAPL"
        assert position.net_quantity == 10
        await session_ready(self.client)
        assert not (await self.client.submit("AAPL", Side.BUY, 1, price="185.00")).denied
        await self.venue.request("D")


@pytest.fixture
async def scene(start_gateway: StartGateway) -> AsyncIterator[Scene]:
    port = free_port()
    acceptor = (
        "  - {name: broker, role: acceptor, begin_string: FIX.4.4, sender_comp_id: GATEWAY,"
        f" target_comp_id: BROKER, host: 127.0.0.1, port: {port}}}\n"
    )
    async with ScriptedVenue() as venue:
        gateway = await start_gateway(venue.port, more_sessions=acceptor)
        async with gateway.client() as client:
            await session_ready(client)
            await client.submit("AAPL", Side.BUY, 10, price="185.00", client_order_id="working")
            working = await venue.request("D")
            venue.acknowledge(working)
            yield Scene(gateway, venue, client, working, port)


BAD_ORDERS: dict[str, tuple[dict[str, Any], str]] = {
    "unknown-instrument": ({"instrument": "NONE"}, "UNKNOWN_INSTRUMENT"),
    "zero-quantity": ({"quantity": "0"}, "INVALID_QUANTITY"),
    "negative-quantity": ({"quantity": "-5"}, "INVALID_QUANTITY"),
    "empty-quantity": ({"quantity": ""}, "INVALID_QUANTITY"),
    "no-number": ({"quantity": "ten"}, "INVALID_QUANTITY"),
    "not-a-number": ({"quantity": "nan"}, "INVALID_QUANTITY"),
    "exponent": ({"quantity": "1e3"}, "INVALID_QUANTITY"),
    "20-digit-price": ({"price": "12345678901234567890"}, "INVALID_PRICE"),
    "20-decimals-price": ({"price": "1.12345678901234567890"}, "INVALID_PRICE"),
    "negative-price": ({"price": "-185.00"}, "INVALID_PRICE"),
    "missing-price": ({"price": ""}, "MISSING_PRICE"),
    "price-of-a-market-order": ({"order_type": types_pb2.ORDER_TYPE_MARKET}, "UNEXPECTED_PRICE"),
    "price-off-tick": ({"price": "185.001"}, "PRICE_NOT_ON_TICK"),
    "quantity-off-lot": ({"quantity": "1.5"}, "QUANTITY_NOT_ON_LOT"),
    "unknown-account": ({"account": "NOBODY"}, "UNKNOWN_ACCOUNT"),
    "unknown-venue": ({"venue": "NOWHERE"}, "UNKNOWN_VENUE"),
    "unknown-side": ({"side": 77}, "INVALID_SIDE"),
    "unknown-order-type": ({"order_type": 77}, "INVALID_ORDER_TYPE"),
    "unknown-time-in-force": ({"time_in_force": 77}, "INVALID_TIME_IN_FORCE"),
    "no-id": ({"client_order_id": ""}, "INVALID_CLIENT_REQUEST_ID"),
    "too-long-id": ({"client_order_id": "x" * 1000}, "INVALID_CLIENT_REQUEST_ID"),
    "separator-in-a-name": ({"instrument": "AAPL\x0154=2"}, "MALFORMED_COMMAND"),
    "separator-in-the-strategy": ({"strategy": "a\x01b"}, "MALFORMED_COMMAND"),
    "no-strategy": ({"strategy": ""}, "INVALID_STRATEGY"),
    "fat-finger": ({"quantity": "999999999"}, "MAX_ORDER_QUANTITY"),
    "far-price": ({"price": "1.00"}, "PRICE_COLLAR"),
}


async def test_order_that_makes_no_sense_is_denied_with_its_code(scene: Scene) -> None:
    for name, (changes, code) in BAD_ORDERS.items():
        result = await scene.submit(**({"client_order_id": name} | changes))
        assert result.HasField("denial"), name
        assert DenialCode(result.denial.code).name == code, name
        assert result.denial.observed or result.denial.limit_name, name
    await scene.fill_still_arrives()


async def test_cancel_and_replace_of_nothing_are_denied(scene: Scene) -> None:
    cancel = await scene.client.cancel("no-such-order")
    replace = await scene.client.replace("no-such-order", price="1.00")
    nothing = await scene.client.replace("working")
    for result, code in (
        (cancel, DenialCode.UNKNOWN_ORDER),
        (replace, DenialCode.UNKNOWN_ORDER),
        (nothing, DenialCode.NOTHING_TO_REPLACE),
    ):
        assert result.denial is not None
        assert result.denial.code is code
    await scene.fill_still_arrives()


def hand_made_order(instrument: bytes) -> bytes:
    """A SubmitOrderRequest whose instrument is whatever bytes one likes."""
    order = order_entry_pb2.NewOrder(**(GOOD | {"instrument": "@@@@"})).SerializeToString()
    order = order.replace(b"\x04@@@@", bytes([len(instrument)]) + instrument)
    return b"\x0a" + bytes([len(order)]) + order


async def test_text_that_is_not_utf8_is_refused_and_breaks_no_answer(scene: Scene) -> None:
    with contextlib.suppress(grpc.aio.AioRpcError):  # a status is as good as a denial
        answer = await scene.call(SUBMIT, hand_made_order(b"\xff\xfe\x80\x00"))
        assert order_entry_pb2.SubmitOrderResponse.FromString(answer).result.HasField("denial")
    await scene.client.list_orders()
    await scene.fill_still_arrives()


@pytest.mark.parametrize("method", [SUBMIT, TRADE])
async def test_bytes_that_are_no_message_are_refused(scene: Scene, method: str) -> None:
    rubbish = [b"\xff" * 10, b"\x0a\xff\xff\xff\xff\x0f", os.urandom(2000), b"\x0b\x0b\x0b"]
    for request in rubbish:
        if method == SUBMIT:
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await scene.call(method, request)
            assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        else:
            assert await end_of_stream(scene, request) is grpc.StatusCode.INVALID_ARGUMENT
    await scene.fill_still_arrives()


@pytest.mark.parametrize("method", [SUBMIT, TRADE])
async def test_oversized_message_is_refused(scene: Scene, method: str) -> None:
    request = hand_made_order(b"A" * 100) + b"\x7a\xff\xff\xff\x01" + b"x" * (4 * 1024 * 1024)
    if method == SUBMIT:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await scene.call(method, request)
        code = refused.value.code()
    else:
        code = await end_of_stream(scene, request)
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    await scene.fill_still_arrives()


async def end_of_stream(scene: Scene, request: bytes) -> grpc.StatusCode:
    """Send one message on a stream of its own and see how the stream ends."""
    options = [("grpc.max_send_message_length", -1)]
    async with grpc.aio.insecure_channel(scene.gateway.target, options=options) as channel:
        method: Any = channel.stream_stream(TRADE)
        call = method(metadata=(("client", CLIENT),), timeout=TIMEOUT_S)
        with contextlib.suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):
            await call.write(request)
            while await call.read() is not grpc.aio.EOF:
                pass
        code: grpc.StatusCode = await call.code()
        return code


async def test_too_many_commands_in_one_message_are_refused_as_a_whole(scene: Scene) -> None:
    orders = [
        order_entry_pb2.Command(
            new_order=order_entry_pb2.NewOrder(**(GOOD | {"client_order_id": f"many-{number}"}))
        )
        for number in range(1025)
    ]
    request = order_entry_pb2.TradeRequest(commands=orders).SerializeToString()
    assert await end_of_stream(scene, request) is grpc.StatusCode.INVALID_ARGUMENT
    assert [order.client_order_id for order in await scene.client.list_orders()] == ["working"]
    await scene.fill_still_arrives()


async def test_client_that_is_not_configured_is_refused(scene: Scene) -> None:
    async with grpc.aio.insecure_channel(scene.gateway.target) as channel:
        call: Any = channel.unary_unary(SUBMIT)
        strangers: tuple[Any, ...] = ((), (("client", "stranger"),))
        for metadata in strangers:
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await call(b"", metadata=metadata, timeout=TIMEOUT_S)
            assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
    await scene.fill_still_arrives()


GARBAGE = {
    "random": os.urandom(4096),
    "zeros": b"\x00" * 100_000,
    "no-end": b"8=FIX.4.4\x019=5\x01" + b"A" * 200_000,
    "huge-length": b"8=FIX.4.4\x019=999999999\x0135=A\x01",
    "negative-length": b"8=FIX.4.4\x019=-1\x0135=A\x0110=000\x01",
    "length-of-2-to-the-31": b"8=FIX.4.4\x019=2147483648\x0135=A\x0110=000\x01",
    "length-of-30-digits": b"8=FIX.4.4\x019=" + b"1" * 30 + b"\x0135=A\x0110=000\x01",
    "length-without-end": b"8=FIX.4.4\x019=" + b"1" * 200_000,
    "million-tags": b"8=FIX.4.4\x019=4000009\x0135=A\x0149=X\x01" + b"1=1\x01" * 1_000_000 + b"10=000\x01",
    "bad-checksum": b"8=FIX.4.4\x019=5\x0135=0\x0110=000\x01",
    "http": b"GET / HTTP/1.1\r\nHost: gateway\r\n\r\n",
    "nothing": b"",
}


async def test_garbage_on_an_acceptor_port_closes_that_connection_alone(scene: Scene) -> None:
    for garbage in [*GARBAGE.values()] * 3:
        reader, writer = await asyncio.open_connection("127.0.0.1", scene.acceptor_port)
        with contextlib.suppress(OSError):  # it may hang up before it has heard all
            async with asyncio.timeout(TIMEOUT_S):
                writer.write(garbage)
                writer.write_eof()
                while await reader.read(4096):
                    pass
        writer.close()
    await scene.fill_still_arrives()


def has_logons(venue: ScriptedVenue, count: int) -> bool:
    return venue.logons >= count


def has_rejects(venue: ScriptedVenue, count: int) -> bool:
    return len(venue.rejects) == count


async def test_garbage_from_the_venue_costs_no_order(scene: Scene) -> None:
    for count, garbage in enumerate(GARBAGE.values(), start=2):
        scene.venue.send_bytes(garbage)
        scene.venue.hang_up()
        await eventually(partial(has_logons, scene.venue, count), "the gateway came back")
    await scene.fill_still_arrives()


async def test_report_behind_garbage_is_taken_on_the_same_connection(scene: Scene) -> None:
    """Bytes that are no message are skipped up to where the next message begins."""
    scene.venue.send_bytes(b"rubbish\x01" + GARBAGE["bad-checksum"])
    await scene.fill_still_arrives()
    assert scene.venue.logons == 1


def answers(venue: ScriptedVenue, test_req_id: str) -> int:
    return sum(message["35"] == "0" and message.get("112") == test_req_id for message in venue.received)


async def test_message_split_at_every_byte_is_answered_once(scene: Scene) -> None:
    length = len(scene.venue.frame("35=1|112=split-000")) + 1
    scene.venue.unsay()
    for cut in range(1, length):
        name = f"split-{cut:03}"
        message = scene.venue.frame(f"35=1|112={name}")
        scene.venue.send_bytes(message[:cut])
        await scene.venue.drained()
        scene.venue.send_bytes(message[cut:])
        await eventually(lambda name=name: answers(scene.venue, name) == 1, f"an answer to {name}")
    assert scene.venue.logons == 1
    await scene.fill_still_arrives()


def resident_bytes(pid: int) -> int:
    """What a process holds in memory that is its own."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("RssAnon:"))


async def test_endless_messages_take_no_memory(scene: Scene) -> None:
    """Each connection gets more than what may grow, all told many times the limit of a message."""
    assert scene.gateway.child is not None
    pid = scene.gateway.child.pid
    before = resident_bytes(pid)
    endless = (
        b"8=FIX.4.4\x019=",
        b"8=FIX.4.4\x019=60000\x0135=B\x0158=",
        b"8=FIX.4.4\x019=99999999\x0135=B\x01",
    )
    for count, start in enumerate(endless, start=2):
        scene.venue.send_bytes(start)
        for _ in range(64):
            scene.venue.send_bytes(b"1" * (1 << 20))
            await scene.venue.drained()
        scene.venue.hang_up()
        await eventually(partial(has_logons, scene.venue, count), "the gateway came back")
    assert resident_bytes(pid) - before < 32 << 20
    await scene.fill_still_arrives()


FILL = "35=8|37=V|39=1|11={11}|55=AAPL|54=1|38=10|151=9|14=1|6=185|31=185"

REFUSED_REPORTS = {
    "no-fields": "35=8",
    "no-exec-id": f"{FILL}|150=F|32=1",
    "quantity-no-number": f"{FILL}|150=F|17=B1|32=one",
    "tag-twice": f"{FILL}|150=F|17=B1|32=1|32=2",
    "unknown-message": "35=ZZ|11={11}",
}
ORPHANED_REPORTS = {
    "quantity-too-long": f"{FILL}|150=F|17=B1|32=12345678901234567890",
    "negative-quantity": f"{FILL}|150=F|17=B1|32=-1",
    "no-quantity": f"{FILL}|150=F|17=B1",
}


async def test_report_that_cannot_be_read_is_answered_and_counts_nothing(scene: Scene) -> None:
    for count, (name, report) in enumerate(REFUSED_REPORTS.items(), start=1):
        scene.venue.send(report.replace("{11}", scene.working["11"]))
        await eventually(partial(has_rejects, scene.venue, count), f"an answer to {name}")
        assert (await scene.client.get_order("working")).cum_quantity == 0
    await scene.fill_still_arrives()
    # What was rejected does not come again: what it told of an execution is kept.
    kept = [
        event.execution_orphaned.exec_id
        for event in scene.gateway.journaled_events()
        if event.HasField("execution_orphaned")
    ]
    assert kept.count("B1") >= 2


async def test_fill_of_an_order_made_elsewhere_has_a_position_of_its_own(scene: Scene) -> None:
    scene.venue.send(f"{FILL}|150=F|17=B1|32=1".replace("{11}", "NOBODY-1").replace("37=V", "37=ELSEWHERE"))
    await scene.fill_still_arrives()
    adopted = [
        event.external_order_adopted
        for event in scene.gateway.journaled_events()
        if event.HasField("external_order_adopted")
    ]
    assert [(order.cl_ord_id, order.strategy) for order in adopted] == [("NOBODY-1", "(external)")]


async def test_report_that_cannot_be_counted_is_kept_as_an_orphan(scene: Scene) -> None:
    for name, report in ORPHANED_REPORTS.items():
        scene.venue.send(report.replace("{11}", scene.working["11"]).replace("17=B1", f"17={name}"))
    await scene.fill_still_arrives()
    orphans = [
        event.execution_orphaned.exec_id
        for event in scene.gateway.journaled_events()
        if event.HasField("execution_orphaned")
    ]
    assert orphans == list(ORPHANED_REPORTS)
    assert (await scene.client.get_order("working")).cum_quantity == 10
