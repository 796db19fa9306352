"""Splitting a batch into its events, whatever its bytes are."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.store import decode
from gateway.store.decode import EventDecodeError, decode_events, full_text, name_text, number
from gateway.v1 import events_pb2, order_entry_pb2, types_pb2
from tests.support.order_stream import OrderStream


def batch(*events: events_pb2.Event, resume_lsn: int = 0) -> bytes:
    return order_entry_pb2.TradeResponse(events=events, resume_lsn=resume_lsn).SerializeToString()


def test_batch_is_split_as_the_official_runtime_parses_it() -> None:
    data = OrderStream(1).run(300).journal.events(0, None, 1 << 20).data
    parsed = order_entry_pb2.TradeResponse.FromString(data).events
    decoded = decode_events(data)
    assert [event for _, event in decoded] == list(parsed)
    assert b"".join(payload for payload, _ in decoded) != b""
    assert batch(*(event for _, event in decoded)) == data


def test_empty_batch_has_no_events() -> None:
    assert decode_events(b"") == []


def test_resume_lsn_in_the_batch_is_passed_over() -> None:
    data = batch(events_pb2.Event(lsn=1), resume_lsn=2**64 - 1)
    assert [event.lsn for _, event in decode_events(data)] == [1]


def test_batch_cut_at_any_byte_is_refused_or_ends_between_events() -> None:
    first, second = events_pb2.Event(lsn=300), events_pb2.Event(lsn=301)
    second.order_uncertain.reason = "x" * 200
    data = batch(first, second)
    whole = len(batch(first))
    for size in range(len(data)):
        if size in (0, whole):
            assert len(decode_events(data[:size])) == (size == whole)
        else:
            with pytest.raises(EventDecodeError):
                decode_events(data[:size])


@given(st.binary(max_size=64))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    with suppress(EventDecodeError):
        assert all(event.lsn for _, event in decode_events(data))


@pytest.mark.parametrize("lsns", [(2, 1), (1, 1), (0,)])
def test_events_out_of_order_are_refused(lsns: tuple[int, ...]) -> None:
    with pytest.raises(EventDecodeError, match="out of order"):
        decode_events(batch(*(events_pb2.Event(lsn=lsn) for lsn in lsns)))


def test_results_in_a_batch_are_refused() -> None:
    data = order_entry_pb2.TradeResponse(results=[order_entry_pb2.CommandResult(lsn=1)]).SerializeToString()
    with pytest.raises(EventDecodeError, match="expected only events"):
        decode_events(data)


def test_text_that_is_no_utf8_is_refused_by_its_lsn() -> None:
    good = events_pb2.Event(lsn=7)
    bad = events_pb2.Event(lsn=8, order_uncertain=events_pb2.OrderUncertain(reason="AAAA"))
    with pytest.raises(EventDecodeError, match="after lsn 7"):
        decode_events(batch(good, bad).replace(b"AAAA", b"\xff\xfe\xfd\xfc"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("0", Decimal(0)),
        ("-0.00000001", Decimal("-1E-8")),
        ("92233720368.54775807", Decimal("92233720368.54775807")),
    ],
)
def test_number_is_read_exactly(text: str, value: Decimal | None) -> None:
    assert number(text, "price") == value


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1,5", "x", " "])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(EventDecodeError, match="price"):
        number(text, "price")


@pytest.mark.parametrize("length", [0, 1, 127, 128, 129, 5_000])
def test_names_of_any_length_fit_their_column(length: int) -> None:
    text = "n" * length
    shown = name_text(text)
    assert len(shown) == min(length, 128)
    assert shown == text or shown.endswith("…")


def test_free_text_is_kept_longer_than_names() -> None:
    assert full_text("t" * 2_048) == "t" * 2_048


def test_enumerations_lose_their_prefix_and_newer_values_keep_their_number() -> None:
    assert decode.ORDER_STATUSES[types_pb2.ORDER_STATUS_PARTIALLY_FILLED] == "PARTIALLY_FILLED"
    assert decode.SIDES[types_pb2.SIDE_UNSPECIFIED] == ""
    assert decode.EXEC_TYPES[999] == "999"
