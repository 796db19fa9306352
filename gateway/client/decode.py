"""Messages of the API into the SDK's dataclasses, by the dataclass's own annotations.

A field of the dataclass takes the message's field of the same name; a Timestamp's has `_ns` after it. A test
holds the two together: no field of either side is left out.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import IntEnum
from functools import cache
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.client.model import Denial
from gateway.client.terms import OrderTerms, decode_terms

__all__ = ["decode"]

Value = TypeVar("Value")
Read = Callable[[Message], object]


def decode(value_type: type[Value], message: Message, **given: object) -> Value:
    """Make a value from a message; `given` are the fields that the message does not hold."""
    readers = _readers(value_type)  # type: ignore[arg-type]  # a class is hashable
    values: dict[str, Any] = {name: read(message) for name, read in readers if name not in given}
    return value_type(**values, **given)


@cache
def _readers(value_type: type) -> tuple[tuple[str, Read], ...]:
    hints = get_type_hints(value_type)
    return tuple((field.name, _reader(field.name, hints[field.name])) for field in fields(value_type))


def _reader(name: str, hint: Any) -> Read:
    if hint is int and name.endswith("_ns"):
        return _nanoseconds(name.removesuffix("_ns"))
    if hint is Decimal:
        return lambda message: Decimal(getattr(message, name) or 0)
    if get_args(hint) == (Decimal, NoneType):
        return lambda message: Decimal(text) if (text := getattr(message, name)) else None
    if get_args(hint) == (Denial, NoneType):
        return lambda message: decode(Denial, getattr(message, name)) if message.HasField(name) else None
    if get_args(hint) == (OrderTerms, NoneType):
        return lambda message: decode_terms(getattr(message, name)) if message.HasField(name) else None
    if len(get_args(hint)) == 2 and get_args(hint)[1] is NoneType and is_dataclass(get_args(hint)[0]):
        inner = get_args(hint)[0]
        return lambda message: decode(inner, getattr(message, name)) if message.HasField(name) else None
    if get_origin(hint) is tuple and is_dataclass(get_args(hint)[0]):
        item = get_args(hint)[0]
        return lambda message: tuple(decode(item, each) for each in getattr(message, name))
    if get_origin(hint) is tuple:
        return lambda message: tuple(getattr(message, name))
    if isinstance(hint, type) and is_dataclass(hint):
        whole: Any = hint
        return lambda message: decode(whole, getattr(message, name))
    if isinstance(hint, type) and issubclass(hint, IntEnum):
        return lambda message: hint(getattr(message, name))
    return lambda message: getattr(message, name)


def _nanoseconds(name: str) -> Read:
    def read(message: Message) -> int:
        if name not in message.DESCRIPTOR.fields_by_name:  # a length of time, a number in the message too
            length: int = getattr(message, f"{name}_ns")
            return length
        time: Timestamp = getattr(message, name)
        return time.seconds * 1_000_000_000 + time.nanos

    return read
