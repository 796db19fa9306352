"""Bytes that are almost a message: what no protobuf library writes, and a parser has to take or refuse."""

import random

from google.protobuf.message import Message

__all__ = ["FORBIDDEN_TEXT", "MARK", "damaged", "hostile"]

MARK = "\ue0fe"
"""A character of three bytes in a drawn text that stands for FORBIDDEN_TEXT."""
FORBIDDEN_TEXT = (b"\xff\xfe\xfd", b"\xc0\x80a", b"\xed\xa0\x80", b"ab\xe2", b"a\xf4\x90")
"""No UTF-8, of at most three bytes: out of range, overlong, a surrogate, cut short."""
_VARINT, _FIXED64, _BYTES, _GROUP, _GROUP_END, _FIXED32 = range(6)
_UNKNOWN = 15_000
"""A field's number that no message has."""


def varint(number: int) -> bytes:
    """Write a number of 64 bits."""
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def damaged(message: Message, seeded: random.Random) -> bytes:
    """Change some bytes, and cut off the rest at times."""
    data = bytearray(message.SerializeToString())
    for _ in range(seeded.randint(1, 6)):
        if data:
            data[seeded.randrange(len(data))] = seeded.randrange(256)
    return bytes(data[: seeded.randint(0, len(data))] if seeded.random() < 0.5 else data)


def hostile(message: Message, seeded: random.Random) -> bytes:
    """Do to a message's bytes what is not done by chance."""
    data = message.SerializeToString()
    number = seeded.choice([*message.DESCRIPTOR.fields_by_number, _UNKNOWN])
    mark = MARK.encode()
    choices = [
        data + data,  # every field twice: the last one counts, messages are merged
        data + _tag(number, _VARINT) + varint(2**64 - 1),
        data + _tag(number, _VARINT) + b"\xff" * 10 + b"\x01",  # more than ten bytes
        data + _tag(number, _VARINT) + b"\x80" * 9 + b"\x00",  # zero, in ten bytes
        data + _tag(number, _FIXED32) + b"\xff" * 4,
        data + _tag(number, _FIXED64) + b"\xff" * 8,
        data + _tag(number, _BYTES) + varint(2**31 - 1),  # longer than what follows
        data + _tag(number, _BYTES) + varint(2**64 - 1) + b"a",
        data + _tag(number, _BYTES) + varint(3) + seeded.choice(FORBIDDEN_TEXT)[:3].ljust(3, b"\xff"),
        data + _tag(number, _GROUP) * 200,  # opened and not closed
        data + _tag(number, _GROUP) * 50 + _tag(number, _GROUP_END) * 50,
        data + _tag(number, _GROUP_END),
        data + _nested(number, 150),
        data + b"\x00",  # a tag of field 0
        data + _tag(number, 6),
        data + _tag(number, 7),
        data + _tag(_UNKNOWN, _BYTES) + varint(50_000) + bytes(50_000),
        data[: seeded.randint(0, len(data))],
    ]
    if mark in data:
        forbidden = seeded.choice(FORBIDDEN_TEXT).ljust(3, b"\x80")
        choices += [data.replace(mark, forbidden)] * len(choices)
    return seeded.choice(choices)


def _tag(number: int, kind: int) -> bytes:
    return varint(number << 3 | kind)


def _nested(number: int, depth: int) -> bytes:
    data = b""
    for _ in range(depth):
        data = _tag(number, _BYTES) + varint(len(data)) + data
    return data
