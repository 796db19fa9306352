"""The few bytes of protobuf that the API writes itself, around messages that it passes on unread.

Messages concatenate: the bytes of two messages of one type, one after the other, are the bytes of both
merged, with repeated fields appended (protobuf encoding, "Last One Wins"). So a field is added by appending
its bytes.
"""

from functools import cache
from typing import cast

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message

from gateway.v1 import order_entry_pb2 as order_entry

__all__ = ["bytes_field", "subscription_of", "varint_field"]

_VARINT, _LENGTH = 0, 2


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def varint_field(number: int, value: int) -> bytes:
    """Encode one unsigned integer field."""
    return _varint(number << 3 | _VARINT) + _varint(value)


def bytes_field(number: int, value: bytes) -> bytes:
    """Encode one field that holds bytes, text or a message."""
    return _varint(number << 3 | _LENGTH) + _varint(len(value)) + value


@cache
def _envelope() -> type[Message]:
    """A TradeRequest that knows only its subscription, so that parsing steps over the commands in C."""
    number = order_entry.TradeRequest.DESCRIPTOR.fields_by_name["subscription"].number
    file = descriptor_pb2.FileDescriptorProto(
        name="gateway/api/envelope.proto",
        package="gateway.api",
        syntax="proto3",
        dependency=[order_entry.DESCRIPTOR.name],
    )
    file.message_type.add(name="TradeRequestEnvelope").field.add(
        name="subscription",
        number=number,
        type=descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE,
        label=descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL,
        type_name=f".{order_entry.Subscription.DESCRIPTOR.full_name}",
    )
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("gateway.api.TradeRequestEnvelope"))


def subscription_of(request: bytes) -> order_entry.Subscription | None:
    """Read the subscription of a TradeRequest without reading its commands; None where it has none.

    Raises google.protobuf.message.DecodeError where the bytes are no message.
    """
    envelope = _envelope().FromString(request)
    if not envelope.HasField("subscription"):
        return None
    return cast("order_entry.Subscription", envelope.subscription)  # type: ignore[attr-defined]
