"""The core's own protobuf codec against the official runtime."""

import contextlib
import random
from decimal import Decimal

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from gateway.core import reencode
from gateway.v1 import (
    control_pb2,
    events_pb2,
    options_pb2,
    order_entry_pb2,
    queries_pb2,
    risk_pb2,
    sessions_pb2,
    types_pb2,
)

FILES = [types_pb2, risk_pb2, events_pb2, order_entry_pb2, queries_pb2, control_pb2, sessions_pb2]
MESSAGES = [message for file in FILES for message in file.DESCRIPTOR.message_types_by_name.values()]
TIMES = ("google.protobuf.Timestamp", "google.protobuf.Duration")


def is_plain(message: Descriptor) -> bool:
    """Only fields that the core keeps; it walks oneofs and unbounded repeated fields by hand."""
    return not any(f.containing_oneof or (f.is_repeated and not count_max(f)) for f in message.fields)


def count_max(field: FieldDescriptor) -> int:
    return int(field.GetOptions().Extensions[options_pb2.count_max])


PLAIN = [message for message in MESSAGES if is_plain(message)]


def value_of(field: FieldDescriptor, rng: random.Random) -> object:
    if field.GetOptions().Extensions[options_pb2.decimal]:
        return format(Decimal(rng.randrange(-(2**63) + 1, 2**63)).scaleb(-8).normalize(), "f")
    match field.type:
        case FieldDescriptor.TYPE_UINT64 | FieldDescriptor.TYPE_FIXED64:
            return rng.choice([0, 1, 127, 128, 2**32, 2**64 - 1, rng.randrange(2**64)])
        case FieldDescriptor.TYPE_UINT32:
            return rng.choice([0, 1, 300, 2**32 - 1])
        case FieldDescriptor.TYPE_INT64:
            return rng.choice([0, 1, -1, -(2**63), 2**63 - 1, rng.randrange(-(2**40), 2**40)])
        case FieldDescriptor.TYPE_BOOL:
            return rng.random() < 0.5
        case FieldDescriptor.TYPE_ENUM:
            return rng.choice(field.enum_type.values).number
        case FieldDescriptor.TYPE_STRING:
            return "".join(rng.choice("aZ09 -|é€𝄞") for _ in range(rng.choice([0, 1, 20, 130, 300])))
    raise AssertionError(f"no values for {field.full_name}")


def filled(descriptor: Descriptor, rng: random.Random) -> Message:
    message = GetMessageClass(descriptor)()
    for field in descriptor.fields:
        if rng.random() < 0.2:
            continue
        if field.is_repeated:
            for _ in range(rng.randrange(count_max(field) + 1)):
                getattr(message, field.name).append(filled(field.message_type, rng))
        elif field.type != FieldDescriptor.TYPE_MESSAGE:
            setattr(message, field.name, value_of(field, rng))
        elif field.message_type.full_name in TIMES:
            is_duration = field.message_type.full_name.endswith("Duration")
            low = 0 if is_duration else -(10**18)
            getattr(message, field.name).FromNanoseconds(rng.randrange(low, 4 * 10**18))
        else:
            getattr(message, field.name).CopyFrom(filled(field.message_type, rng))
    return message


@pytest.mark.parametrize("descriptor", PLAIN, ids=lambda d: d.name)
def test_core_reads_and_writes_what_the_official_runtime_does(descriptor: Descriptor) -> None:
    rng = random.Random(descriptor.name)
    for _ in range(50):
        message = filled(descriptor, rng)
        sent = message.SerializeToString()
        assert type(message).FromString(reencode(descriptor.name, sent)) == message
        assert reencode(descriptor.name, sent) == sent


@pytest.mark.parametrize("descriptor", PLAIN, ids=lambda d: d.name)
def test_core_survives_bytes_that_are_cut_or_changed(descriptor: Descriptor) -> None:
    rng = random.Random(descriptor.name)
    sent = filled(descriptor, rng).SerializeToString()
    for cut in range(len(sent)):
        damaged = bytearray(sent)
        damaged[cut] ^= 1 << rng.randrange(8)
        for data in (sent[:cut], bytes(damaged)):
            with contextlib.suppress(ValueError):  # refused is as good as read; crashing is not
                reencode(descriptor.name, data)


def test_core_skips_fields_that_it_does_not_know() -> None:
    known = events_pb2.OrderUncertain(order_id=7, reason="x").SerializeToString()
    unknown = b"\xf8\x7f\x05" + b"\xfa\x7f\x02hi" + b"\xf9\x7f" + bytes(8) + b"\xfd\x7f" + bytes(4)
    assert reencode("OrderUncertain", unknown + known) == known


def test_every_event_body_is_known_to_the_core() -> None:
    bodies = events_pb2.Event.DESCRIPTOR.oneofs_by_name["body"].fields
    assert {field.message_type.name for field in bodies} <= {message.name for message in PLAIN}
