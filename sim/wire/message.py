"""One FIX message, parsed by or for `simplefix`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import simplefix

__all__ = ["Fields", "Message", "encode", "parse", "printable"]

_PRINTED_BYTES_MAX = 200


class _Tags(dict[int, bytes]):
    """Each tag as bytes, made once."""

    def __missing__(self, tag: int) -> bytes:
        self[tag] = made = b"%d" % tag
        return made


_TAGS: Final = _Tags()

# The body of an outgoing message: tag and text, in wire order.
Fields = list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Message:
    """A parsed message. `fields` holds the first value of each tag, `pairs` everything in wire order."""

    msg_type: str
    fields: dict[int, str]
    pairs: list[tuple[bytes, bytes]]
    raw: bytes

    def get(self, tag: int) -> str | None:
        return self.fields.get(tag)

    def number(self, tag: int) -> int | None:
        """Give an unsigned integer, or None where the field is absent or is none."""
        value = self.fields.get(tag)
        if value is None or len(value) > 10 or not (value.isascii() and value.isdigit()):
            return None
        return int(value)

    def flag(self, tag: int) -> bool:
        return self.fields.get(tag) == "Y"


def parse(frame: bytes) -> Message | str:
    """Parse one sound frame; a string says why it cannot be read.

    Empty values are kept for the session to reject.
    """
    parser = simplefix.FixParser(allow_empty_values=True)
    parser.append_buffer(frame)
    try:
        parsed = parser.get_message()
    except simplefix.errors.ParsingError as error:
        return f"{type(error).__name__}: {error}"
    if parsed is None or parser.get_buffer():
        return "a data field's length does not fit, or CheckSum(10) is not the last field"
    pairs: list[tuple[bytes, bytes]] = parsed.pairs
    if len(pairs) < 4 or pairs[2][0] != b"35":
        return "MsgType(35) is not the third field"
    fields = {int(tag): value.decode("latin-1") for tag, value in reversed(pairs)}
    return Message(fields[35], fields, pairs, frame)


def encode(begin_string: str, msg_type: str, header: Iterable[tuple[int, str]], body: Fields) -> bytes:
    """Build the wire bytes; `simplefix` adds BodyLength(9) and CheckSum(10)."""
    message = simplefix.FixMessage()
    message.begin_string = begin_string.encode("ascii")
    message.message_type = msg_type.encode("latin-1")
    # The pairs are set as a whole: `append_pair` converts each tag three times, half the cost of a message.
    # Text is Latin-1 in both directions, so that an echoed field comes back byte for byte.
    message.pairs = [(_TAGS[tag], value.encode("latin-1", "replace")) for tag, value in (*header, *body)]
    encoded: bytes = message.encode()
    return encoded


def printable(data: bytes) -> str:
    """Give bytes for the log: `|` for SOH, cut, and nothing that moves a terminal's cursor."""
    text = data[:_PRINTED_BYTES_MAX].replace(b"\x01", b"|").decode("ascii", "backslashreplace")
    text = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
    return text if len(data) <= _PRINTED_BYTES_MAX else f"{text}... ({len(data)} bytes)"
