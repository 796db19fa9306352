"""Turns the bytes of a batch of events into messages, and their values into what columns take.

The batch is a TradeResponse's bytes. It is split here along the wire format instead of parsed as a whole, so
that each event's own bytes can be stored as they are and a damaged event is named by its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation

from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from google.protobuf.message import DecodeError
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.store.tables import NAME_MAX, TEXT_MAX
from gateway.v1 import events_pb2, order_entry_pb2, types_pb2

__all__ = [
    "CHARGE_KINDS",
    "DENIAL_CODES",
    "EXEC_TYPES",
    "ORDER_STATUSES",
    "ORDER_TYPES",
    "SESSION_STATES",
    "SIDES",
    "TIMES_IN_FORCE",
    "TRADING_STATES",
    "EventDecodeError",
    "decode_events",
    "full_text",
    "name_text",
    "number",
    "time_ns",
]

EVENTS_TAG = order_entry_pb2.TradeResponse.DESCRIPTOR.fields_by_name["events"].number << 3 | 2
RESUME_TAG = order_entry_pb2.TradeResponse.DESCRIPTOR.fields_by_name["resume_lsn"].number << 3


class EventDecodeError(ValueError):
    """A batch does not hold events as the journal's schema has them."""


class _Names(Mapping[int, str]):
    """The values of one enum by number, without prefix; "" for unspecified, digits for one that is newer than
    this.
    """

    def __init__(self, enum: EnumTypeWrapper, prefix: str) -> None:
        self._names = {number: name.removeprefix(prefix) for name, number in enum.items()}
        self._names[0] = ""

    def __getitem__(self, number: int) -> str:
        return self._names.get(number) or ("" if number == 0 else str(number))

    def __iter__(self) -> Iterator[int]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


SIDES = _Names(types_pb2.Side, "SIDE_")
ORDER_TYPES = _Names(types_pb2.OrderType, "ORDER_TYPE_")
TIMES_IN_FORCE = _Names(types_pb2.TimeInForce, "TIME_IN_FORCE_")
ORDER_STATUSES = _Names(types_pb2.OrderStatus, "ORDER_STATUS_")
EXEC_TYPES = _Names(types_pb2.ExecType, "EXEC_TYPE_")
DENIAL_CODES = _Names(types_pb2.DenialCode, "DENIAL_CODE_")
CHARGE_KINDS = _Names(types_pb2.ChargeKind, "CHARGE_KIND_")
SESSION_STATES = _Names(events_pb2.SessionState, "SESSION_STATE_")
TRADING_STATES = _Names(events_pb2.TradingState, "TRADING_STATE_")


def decode_events(data: bytes) -> list[tuple[bytes, events_pb2.Event]]:
    """Split a TradeResponse's bytes into its events, each with its exact bytes. Raises EventDecodeError."""
    decoded: list[tuple[bytes, events_pb2.Event]] = []
    position, size = 0, len(data)
    previous_lsn = 0
    while position < size:
        tag, position = _varint(data, position)
        if tag == RESUME_TAG:
            _, position = _varint(data, position)
            continue
        if tag != EVENTS_TAG:
            raise EventDecodeError(
                f"expected only events in the batch, was tag {tag} at byte {position} after lsn "
                f"{previous_lsn}; the journal and this version of the gateway do not fit together"
            )
        length, position = _varint(data, position)
        payload = data[position : position + length]
        if len(payload) != length:
            raise EventDecodeError(
                f"expected {length} bytes of an event, was {len(payload)} after lsn {previous_lsn}; "
                "the batch is cut off, read it again"
            )
        position += length
        try:
            event = events_pb2.Event.FromString(payload)
        except DecodeError as error:
            raise EventDecodeError(
                f"the event after lsn {previous_lsn} cannot be decoded ({error}); "
                "run `gateway journal verify`"
            ) from error
        if event.lsn <= previous_lsn:
            raise EventDecodeError(
                f"expected an lsn above {previous_lsn}, was {event.lsn}; the batch is out of order"
            )
        previous_lsn = event.lsn
        decoded.append((payload, event))
    return decoded


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while position < len(data) and shift < 64:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
    raise EventDecodeError(
        f"expected a length or tag at byte {position} of the batch, and it ends or runs on there"
    )


def time_ns(stamp: Timestamp) -> int:
    """Convert to UTC nanoseconds, exactly."""
    return stamp.seconds * 1_000_000_000 + stamp.nanos


def number(text: str, what: str) -> Decimal | None:
    """Read a decimal field; None where it is empty. Raises EventDecodeError."""
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise EventDecodeError(f"expected a decimal number as {what}, was {text!r}") from error
    if not value.is_finite():
        raise EventDecodeError(f"expected a finite number as {what}, was {text!r}")
    return value


def name_text(text: str) -> str:
    """Make text storable in a short, indexed column."""
    return _storable(text, NAME_MAX)


def full_text(text: str) -> str:
    """Make text storable in a long column."""
    return _storable(text, TEXT_MAX)


def _storable(text: str, length_max: int) -> str:
    # PostgreSQL's text cannot hold NUL, and a venue's Text(58) can; the symbol keeps it visible.
    if "\0" in text:
        text = text.replace("\0", "\N{SYMBOL FOR NULL}")
    return text if len(text) <= length_max else text[: length_max - 1] + "\N{HORIZONTAL ELLIPSIS}"
