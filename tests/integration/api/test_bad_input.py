"""Nothing that a client sends takes the server down, or touches another client."""

import random
from collections.abc import AsyncIterator

import grpc
import grpc.aio
import pytest

from gateway.v1 import control_pb2 as control
from gateway.v1 import queries_pb2 as queries
from gateway.v1 import types_pb2 as types
from tests.integration.api.support import Gateway, RawClient, end_of, new_order, read_until, trade_request
from tests.support.methods import METHODS, method_path

MIB = 1024 * 1024
ONE_REQUEST = [method for method in METHODS if not method.client_streaming]


@pytest.fixture(autouse=True)
async def still_serves(raw: RawClient) -> AsyncIterator[None]:
    yield
    assert not (await raw.submit(client_order_id="after all")).HasField("denial")


@pytest.mark.parametrize("client", [None, "", "nobody"])
async def test_call_without_a_known_client_is_unauthenticated_whatever_it_asks(
    channel: grpc.aio.Channel, client: str | None
) -> None:
    stranger = RawClient(channel, client)
    for method in ONE_REQUEST:
        code, text = await stranger.any_status(method, b"")
        assert (method_path(method), code) == (method_path(method), grpc.StatusCode.UNAUTHENTICATED)
        assert "client" in text
    code, _ = await end_of(stranger.trade())
    assert code is grpc.StatusCode.UNAUTHENTICATED


async def test_garbage_in_a_unary_call_is_an_invalid_argument(raw: RawClient) -> None:
    for method in ONE_REQUEST:
        code, text = await raw.any_status(method, b"\xff\xff\xff")
        assert (method_path(method), code) == (method_path(method), grpc.StatusCode.INVALID_ARGUMENT)
        assert method.input_type.full_name in text


async def test_garbage_on_the_stream_ends_it_and_what_came_before_stands(raw: RawClient) -> None:
    call = raw.trade()
    await call.write(trade_request(new_order("good")))
    assert not (await call.read()).results[0].HasField("denial")
    await call.write(b"\xff\xff\xff")
    assert (await end_of(call))[0] is grpc.StatusCode.INVALID_ARGUMENT
    assert (await raw.submit(client_order_id="good")).duplicate


async def test_garbage_command_is_denied_and_its_neighbours_are_not(raw: RawClient) -> None:
    good = trade_request(new_order("left")), trade_request(new_order("right"))
    call = raw.trade()
    await call.write(good[0] + b"\x0a\x02\xff\xff" + good[1])
    codes = [result.denial.code for result in (await call.read()).results]
    assert codes == [0, types.DENIAL_CODE_MALFORMED_COMMAND, 0]
    call.cancel()


async def test_random_bytes_are_answered_or_refused(raw: RawClient) -> None:
    seeded = random.Random(7)
    good = trade_request(*(new_order(f"c-{number}") for number in range(3)))
    for _ in range(200):
        mutated = bytearray(good)
        for _ in range(seeded.randint(1, 8)):
            mutated[seeded.randrange(len(mutated))] = seeded.randrange(256)
        call = raw.trade()
        await call.write(bytes(mutated[: seeded.randrange(1, len(mutated) + 1)]))
        await call.done_writing()
        assert (await end_of(call))[0] in (grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT)


@pytest.mark.parametrize("action", [2, 3], ids=["replace", "cancel"])
async def test_request_id_that_is_no_text_is_denied_and_the_answers_beside_it_stay_readable(
    raw: RawClient, action: int
) -> None:
    for size in (2, 3000):
        command = wire_field(action, wire_field(1, b"\xff" * size))
        call = raw.trade()
        await call.write(wire_field(1, command) + trade_request(new_order(f"beside-{size}")))
        results = (await call.read()).results
        assert [result.denial.code for result in results] == [types.DENIAL_CODE_INVALID_CLIENT_REQUEST_ID, 0]
        call.cancel()


def wire_field(number: int, content: bytes) -> bytes:
    size, length = len(content), bytearray()
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([number << 3 | 2, *length, size]) + content


async def test_oversized_message_is_resource_exhausted(raw: RawClient) -> None:
    for method in ONE_REQUEST:
        code, _ = await raw.any_status(method, b"\0" * (MIB + 1))
        assert (method_path(method), code) == (method_path(method), grpc.StatusCode.RESOURCE_EXHAUSTED)
    call = raw.trade()
    await call.write(b"\0" * (MIB + 1))
    assert (await end_of(call))[0] is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_too_many_commands_are_refused_and_none_of_them_is_done(raw: RawClient) -> None:
    call = raw.trade()
    await call.write(trade_request(*(new_order(f"c-{number}") for number in range(1025))))
    code, text = await end_of(call)
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert "1024" in text
    code, _ = await raw.status(
        "gateway.v1.Orders/GetOrder", queries.GetOrderRequest(client_order_id="c-0").SerializeToString()
    )
    assert code is grpc.StatusCode.NOT_FOUND


async def test_most_commands_allowed_are_all_answered(raw: RawClient) -> None:
    call = raw.trade()
    await call.write(trade_request(*(new_order(f"c-{number}") for number in range(1024))))
    assert len((await call.read()).results) == 1024
    call.cancel()


async def test_long_names_are_refused_with_a_text_that_arrives(raw: RawClient) -> None:
    for name in ("x" * 500_000, "é" * 250_000):
        level = control.SetTradingStateRequest(level=name, state=1)  # type: ignore[arg-type]
        code, text = await raw.status("gateway.v1.Risk/SetTradingState", level.SerializeToString())
        assert code is grpc.StatusCode.NOT_FOUND
        assert len(text) < 1000
        order = queries.GetOrderRequest(client_order_id=name)
        code, _ = await raw.status("gateway.v1.Orders/GetOrder", order.SerializeToString())
        assert code is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize(
    "field", ["client_order_id", "account", "strategy", "instrument", "venue", "quantity"]
)
async def test_long_or_strange_text_in_an_order_is_denied_and_events_stay_readable(
    raw: RawClient, field: str
) -> None:
    lsn = 0
    for number, value in enumerate(
        ["a" + "é" * 100, "\u0000", "\x1b[2J", "😀" * 50, "x" * 100_000, "8=FIX.4.4\x01"]
    ):
        result = await raw.submit(**{"client_order_id": f"c-{number}", field: value})
        assert result.HasField("denial")
        lsn = max(lsn, result.lsn)
    end = await raw.submit(client_order_id="end")
    assert end.lsn > lsn
    events = await read_until(await raw.subscribed(0), end.lsn)
    assert {event.lsn: event.order_accepted.client_order_id for event in events}[end.lsn] == "end"


async def test_unknown_method_is_unimplemented(raw: RawClient) -> None:
    code, _ = await raw.status("gateway.v1.OrderEntry/DropTables", b"")
    assert code is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize(
    ("request_message", "code"),
    [
        (queries.GetOrderRequest(), grpc.StatusCode.INVALID_ARGUMENT),
        (queries.GetOrderRequest(order_id=1, client_order_id="c"), grpc.StatusCode.INVALID_ARGUMENT),
        (queries.GetOrderRequest(client_order_id="none"), grpc.StatusCode.NOT_FOUND),
        (queries.GetOrderRequest(order_id=2**64 - 1), grpc.StatusCode.NOT_FOUND),
    ],
)
async def test_get_order_of_nothing_says_why(
    raw: RawClient, request_message: queries.GetOrderRequest, code: grpc.StatusCode
) -> None:
    assert (await raw.status("gateway.v1.Orders/GetOrder", request_message.SerializeToString()))[0] is code


@pytest.mark.parametrize(
    "request_message",
    [
        queries.ListOrdersRequest(page_size=1001),
        queries.ListOrdersRequest(page_token="-1"),
        queries.ListOrdersRequest(page_token="next"),
        queries.ListOrdersRequest(page_token="9" * 40),
        queries.ListOrdersRequest(page_token="²"),
    ],
)
async def test_list_orders_with_impossible_paging_is_refused(
    raw: RawClient, request_message: queries.ListOrdersRequest
) -> None:
    code, _ = await raw.status("gateway.v1.Orders/ListOrders", request_message.SerializeToString())
    assert code is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize(
    ("request_message", "code"),
    [
        (control.SetTradingStateRequest(level="firm"), grpc.StatusCode.INVALID_ARGUMENT),
        (control.SetTradingStateRequest(level="firm", state=99), grpc.StatusCode.INVALID_ARGUMENT),  # type: ignore[arg-type]
        (control.SetTradingStateRequest(level="moon", state=1), grpc.StatusCode.NOT_FOUND),  # type: ignore[arg-type]
        (control.SetTradingStateRequest(level="account:none", state=1), grpc.StatusCode.NOT_FOUND),  # type: ignore[arg-type]
        (
            control.SetTradingStateRequest(level="firm", state=2, reason="x" * 257),  # type: ignore[arg-type]
            grpc.StatusCode.INVALID_ARGUMENT,
        ),
    ],
)
async def test_trading_state_that_cannot_be_is_refused(
    raw: RawClient, request_message: control.SetTradingStateRequest, code: grpc.StatusCode
) -> None:
    assert (await raw.status("gateway.v1.Risk/SetTradingState", request_message.SerializeToString()))[
        0
    ] is code


@pytest.mark.parametrize(
    ("instrument", "price", "code"),
    [
        ("ACME", "0", grpc.StatusCode.INVALID_ARGUMENT),
        ("ACME", "-1", grpc.StatusCode.INVALID_ARGUMENT),
        ("ACME", "ten", grpc.StatusCode.INVALID_ARGUMENT),
        ("ACME", "", grpc.StatusCode.INVALID_ARGUMENT),
        ("NOPE", "10", grpc.StatusCode.NOT_FOUND),
    ],
)
async def test_reference_price_that_cannot_be_is_refused_with_its_place(
    raw: RawClient, gateway: Gateway, instrument: str, price: str, code: grpc.StatusCode
) -> None:
    request = control.SetReferencePricesRequest(
        prices=[
            control.ReferencePrice(instrument="OTHER", price="20"),
            control.ReferencePrice(instrument=instrument, price=price),
        ]
    )
    actual, text = await raw.status("gateway.v1.MarketData/SetReferencePrices", request.SerializeToString())
    assert actual is code
    assert "prices[1]" in text
