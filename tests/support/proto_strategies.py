"""Hypothesis strategies made from protobuf descriptors: messages that are right, on the edge, and wrong."""

from collections.abc import Sequence
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import strategies as st

from gateway.v1 import options_pb2
from tests.support.proto_wire import MARK, damaged, hostile
from tests.support.session_texts import SESSION_TEXTS

__all__ = ["malformed", "messages"]

_DEPTH_MAX = 4
_MANY = 3000
"""Elements of a repeated field that is drawn far too long."""
_INT_RANGES = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
}
_NUMBERS = [
    "1",
    "10",
    "10.00",
    "0",
    "-1",
    "0.01",
    "0.00000001",
    "0.000000001",
    "92233720368.54775807",
    "92233720368.54775808",
]
_NO_NUMBERS = ["", "1e5", "NaN", "Infinity", "1,0", "0x10", "\u0661", " 1", "+1", ".", "-", "1" * 400]
_STRANGE = [
    "\0",
    "\x1b[2J",
    "a\x01b",
    "8=FIX.4.4\x019=5\x01",
    "é" * 200,
    "😀",
    "x" * 3000,
    "' OR 1=1 --",
    "../../etc/passwd",
    MARK,
    f"c-{MARK}",
    "\ufeff\u202e\u2028",
]
_SECONDS = [
    0,
    1,
    1_767_623_400,
    253_402_300_799,
    253_402_300_800,
    2**62,
    2**63 - 1,
    -1,
    -62_135_596_801,
    -(2**63),
]
_NANOS = [0, 1, 999_999_999, 1_000_000_000, 2**31 - 1, -1, -(2**31)]
_TEXTS_OF = {"settings_yaml": SESSION_TEXTS}
"""Fields whose text has a form of its own."""


def messages(descriptor: Descriptor, known: Sequence[str], depth: int = 0) -> st.SearchStrategy[Message]:
    """Draw messages of a type. Strings are often of `known`: names that the server has."""
    message_class = message_factory.GetMessageClass(descriptor)
    if descriptor.full_name == Timestamp.DESCRIPTOR.full_name:
        return st.builds(
            Timestamp,
            seconds=st.sampled_from(_SECONDS),
            nanos=st.sampled_from(_NANOS),
        )
    fields = {
        field.name: _field(field, known, depth)
        for field in descriptor.fields
        if depth < _DEPTH_MAX or field.message_type is None
    }
    drawn = st.fixed_dictionaries({}, optional=fields)
    return drawn.map(lambda values: _made(message_class, values))


def malformed(valid: st.SearchStrategy[Message]) -> st.SearchStrategy[bytes]:
    """Draw bytes: random ones, those of messages with some changed or cut off, and such as no library writes."""
    seeded = st.randoms(use_true_random=False)
    return st.one_of(
        st.binary(max_size=200), st.builds(damaged, valid, seeded), st.builds(hostile, valid, seeded)
    )


def _made(message_class: type[Message], values: dict[str, object]) -> Message:
    message = message_class()
    for name, value in values.items():
        field = message.DESCRIPTOR.fields_by_name[name]
        if field.is_repeated:
            getattr(message, name).extend(value)
        elif isinstance(value, Message):
            getattr(message, name).CopyFrom(value)  # of a oneof, the last one stays
        else:
            setattr(message, name, value)
    return message


def _field(field: FieldDescriptor, known: Sequence[str], depth: int) -> st.SearchStrategy[Any]:
    value = _value(field, known, depth)
    if not field.is_repeated:
        return value
    most = field.GetOptions().Extensions[options_pb2.count_max] or 4
    some = st.lists(value, max_size=most + 1)
    # The same ones again and again: to draw each would take hypothesis longer than the gateway.
    many = st.lists(value, min_size=1, max_size=3).map(lambda few: (few * _MANY)[:_MANY])
    return st.integers(0, 9).flatmap(lambda chance: many if chance == 9 and depth == 0 else some)


def _value(field: FieldDescriptor, known: Sequence[str], depth: int) -> st.SearchStrategy[Any]:
    if field.message_type is not None:
        return messages(field.message_type, known, depth + 1)
    if field.enum_type is not None:
        numbers = [value.number for value in field.enum_type.values]
        return st.sampled_from([*numbers, 99, 2**31 - 1, -1])
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return st.booleans()
    if field.type == FieldDescriptor.TYPE_BYTES:
        return st.binary(max_size=100)
    if texts := _TEXTS_OF.get(field.name):
        return st.sampled_from(texts)
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        if field.GetOptions().Extensions[options_pb2.decimal]:
            return st.sampled_from([*_NUMBERS, *_NO_NUMBERS])
        return st.one_of(
            st.sampled_from(known), st.sampled_from([*_NUMBERS, *_STRANGE]), st.text(max_size=60)
        )
    low, high = _INT_RANGES[field.cpp_type]
    return st.one_of(st.integers(0, 5), st.sampled_from([low, high, high - 1]), st.integers(low, high))
