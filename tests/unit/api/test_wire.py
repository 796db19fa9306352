"""The bytes that the API writes itself, held against the official runtime."""

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.wire import bytes_field, subscription_of, varint_field
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import queries_pb2 as queries
from gateway.v1 import types_pb2 as types


@given(st.integers(0, 2**64 - 1))
def test_varint_field_appended_reads_back(resume_lsn: int) -> None:
    first = order_entry.TradeResponse(results=[order_entry.CommandResult(order_id=7)])
    message = order_entry.TradeResponse.FromString(first.SerializeToString() + varint_field(3, resume_lsn))
    assert message.resume_lsn == resume_lsn
    assert message.results[0].order_id == 7


@given(st.text(max_size=300))
def test_bytes_field_around_a_message_reads_back(client_order_id: str) -> None:
    order = types.Order(client_order_id=client_order_id)
    message = queries.GetOrderResponse.FromString(bytes_field(1, order.SerializeToString()))
    assert message.order == order


def test_bytes_field_of_nothing_is_a_message_that_is_there() -> None:
    assert queries.GetOrderResponse.FromString(bytes_field(1, b"")).HasField("order")


def commands(count: int) -> bytes:
    order = order_entry.NewOrder(client_order_id="c-1", account="A1", instrument="ACME", quantity="1")
    return order_entry.TradeRequest(
        commands=[order_entry.Command(new_order=order)] * count
    ).SerializeToString()


def subscription(after_lsn: int) -> bytes:
    return order_entry.TradeRequest(
        subscription=order_entry.Subscription(after_lsn=after_lsn)
    ).SerializeToString()


@pytest.mark.parametrize("count", [0, 1, 64])
def test_subscription_of_request_without_one_is_none(count: int) -> None:
    assert subscription_of(commands(count)) is None


@pytest.mark.parametrize(
    "request_bytes",
    [subscription(9), commands(3) + subscription(9), subscription(9) + commands(3)],
    ids=["alone", "after the commands", "before the commands"],
)
def test_subscription_of_request_wherever_it_stands_is_found(request_bytes: bytes) -> None:
    found = subscription_of(request_bytes)
    assert found is not None
    assert found.after_lsn == 9


def test_subscription_of_empty_subscription_is_found() -> None:
    assert subscription_of(subscription(0)) is not None


@pytest.mark.parametrize("garbage", [b"\xff", b"\x12\x05\x08", b"\x0a\xff\xff\xff\xff\x0f", b"\x07"])
def test_subscription_of_garbage_raises(garbage: bytes) -> None:
    with pytest.raises(DecodeError):
        subscription_of(garbage)
