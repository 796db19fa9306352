"""Records of the journal as people and programs read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Protocol

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.core import RecordKind
from gateway.v1 import events_pb2, order_entry_pb2

__all__ = [
    "KINDS",
    "MESSAGES",
    "Names",
    "Record",
    "as_json",
    "as_line",
    "body_of",
    "event_name",
    "event_of",
    "fields_text",
    "fix_text",
    "record_matches",
]

KINDS = {
    RecordKind.EVENT: "event",
    RecordKind.MESSAGE_IN: "in",
    RecordKind.MESSAGE_OUT: "out",
    RecordKind.CHECKPOINT: "checkpoint",
}
"""What the kinds of records are called here."""

MESSAGES = (RecordKind.MESSAGE_IN, RecordKind.MESSAGE_OUT)

SECRET_TAGS = (b"554", b"925", b"1402", b"1404", b"89")
"""Password, NewPassword, their encrypted forms, Signature. In a Logon(A) RawData(96) is one as well."""


class Record(Protocol):
    """One record as the core reads it."""

    @property
    def lsn(self) -> int: ...
    @property
    def time_ns(self) -> int: ...
    @property
    def kind(self) -> RecordKind: ...
    @property
    def client(self) -> int: ...
    @property
    def session(self) -> int: ...
    @property
    def seq(self) -> int: ...
    @property
    def payload(self) -> bytes: ...


class Names:
    """Names of clients and sessions by their numbers in this journal, as far as their events were seen."""

    def __init__(self) -> None:
        self._names: dict[tuple[int, int], str] = {}

    def learn(self, event: events_pb2.Event) -> None:
        if event.WhichOneof("body") == "name_registered":
            named = event.name_registered
            self._names[named.kind, named.number] = named.name

    def session(self, number: int) -> str:
        return self._names.get((events_pb2.NAME_KIND_SESSION, number), f"session {number}")

    def client(self, number: int) -> str:
        return self._names.get((events_pb2.NAME_KIND_CLIENT, number), f"client {number}")


def event_of(record: Record) -> events_pb2.Event | None:
    """Decode an event's record; None for records of other kinds and for what is no event."""
    if record.kind != RecordKind.EVENT:  # the core gives equal values, not the same one
        return None
    try:
        events = order_entry_pb2.TradeResponse.FromString(record.payload).events
    except DecodeError:
        return None
    return events[0] if len(events) == 1 else None


def record_matches(record: Record, event: events_pb2.Event | None, wanted: frozenset[str]) -> bool:
    """Tell whether a record is of a wanted kind (of KINDS, or an event's name); no kinds: all are."""
    return not wanted or KINDS[record.kind] in wanted or event_name(event) in wanted


def as_line(record: Record, event: events_pb2.Event | None, names: Names) -> str:
    """Write a record as one line."""
    return f"{record.lsn:>10}  {_time(record.time_ns)}  {_what(record, event, names)}"


def as_json(record: Record, event: events_pb2.Event | None, names: Names) -> dict[str, Any]:
    """Give a record as plain values."""
    value: dict[str, Any] = {
        "lsn": record.lsn,
        "time": _time(record.time_ns),
        "kind": KINDS[record.kind],
    }
    if record.session:
        value["session"] = names.session(record.session)
    if record.client:
        value["client"] = names.client(record.client)
    if record.kind in MESSAGES:
        return value | {"seq": record.seq, "fix": fix_text(record.payload)}
    if event is not None:
        value["event"] = event_name(event)
        value["fields"] = MessageToDict(body_of(event), preserving_proto_field_name=True)
    else:
        value["bytes"] = len(record.payload)
    return value


def fix_text(message: bytes) -> str:
    """Write a FIX message with | for SOH, secrets blanked, and what is not printable as \\xNN."""
    secrets = (*SECRET_TAGS, b"96") if re.search(rb"\x0135=A\x01", message[:64]) else SECRET_TAGS
    pattern = rb"(^|\x01)(" + b"|".join(secrets) + rb")=[^\x01]*"
    blanked = re.sub(pattern, rb"\1\2=***", message)
    text = blanked.replace(b"\x01", b"|").decode("utf-8", "backslashreplace")
    return "".join(mark if mark.isprintable() else f"\\x{ord(mark):02x}" for mark in text)


def _what(record: Record, event: events_pb2.Event | None, names: Names) -> str:
    kind = KINDS[record.kind]
    if record.kind in MESSAGES:
        return f"{kind:<6} {names.session(record.session)} {record.seq:>6}  {fix_text(record.payload)}"
    if event is None:
        return f"{kind:<6} {len(record.payload)} bytes"
    return f"{kind:<6} {event_name(event)} {fields_text(body_of(event))}".rstrip()


def event_name(event: events_pb2.Event | None) -> str:
    """Name an event as its message is called; empty for none."""
    return body_of(event).DESCRIPTOR.name if event is not None else ""


def body_of(event: events_pb2.Event) -> Message:
    """Give what an event says; the event itself where this version does not know it."""
    which = event.WhichOneof("body")
    body = getattr(event, which) if which is not None else event
    assert isinstance(body, Message)
    return body


def fields_text(message: Message) -> str:
    """Write the fields that are set as name=value."""
    return " ".join(f"{field.name}={_value(field, value)}" for field, value in message.ListFields())


def _value(field: FieldDescriptor, value: Any) -> str:
    if isinstance(value, Timestamp):
        return _time(value.ToNanoseconds()).replace(" ", "T")
    if isinstance(value, Message):
        return f"{{{fields_text(value)}}}"
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", field.enum_type.name).upper() + "_"
        return known.name.removeprefix(prefix) if known is not None else str(value)
    if isinstance(value, str):
        return value if re.fullmatch(r"[!-~]+", value) and not re.search(r'[="{}]', value) else repr(value)
    return str(value)


def _time(time_ns: int) -> str:
    seconds, rest = divmod(time_ns, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{rest:09d}"
