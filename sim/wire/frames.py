"""Cut a byte stream into FIX messages.

`simplefix` splits fields but trusts what it is given: it checks neither BodyLength(9) nor CheckSum(10). A
venue must, since the spec has a garbled message ignored without its sequence number being used. So frames are
cut and checked here, and only a sound frame reaches the parser.

After damage the stream is searched for the next `8=FIX`, and everything before it is reported as garbage.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Frame", "Framer", "Garbage"]

_START = b"8=FIX"
_HEAD = re.compile(rb"8=(FIX[^\x01=]{1,12})\x019=(\d{1,9})\x01")
# 8=FIXT.1.1 | 9=<nine digits> | with room to spare: a head that does not match within this many bytes never
# will.
_HEAD_BYTES_MAX = 32
_TRAILER = re.compile(rb"10=(\d{3})\x01")
_TRAILER_BYTES = 7


@dataclass(frozen=True, slots=True)
class Frame:
    """One message whose BodyLength(9) and CheckSum(10) hold."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Garbage:
    """Bytes that are no message, and why."""

    data: bytes
    reason: str


class Framer:
    """Buffer of one connection. `message_bytes_max` bounds what a peer can make it hold."""

    def __init__(self, message_bytes_max: int) -> None:
        self._buffer = b""
        self._at = 0  # what lies before was given out; cutting it off message by message would copy too much
        self._message_bytes_max = message_bytes_max

    def feed(self, data: bytes) -> None:
        self._buffer = self._buffer[self._at :] + data
        self._at = 0

    def frames(self) -> Iterator[Frame | Garbage]:
        """Yield what is complete. What is left waits for more bytes."""
        while self._at < len(self._buffer):
            item = self._next()
            if item is None:
                return
            yield item

    def _next(self) -> Frame | Garbage | None:
        buffer, at = self._buffer, self._at
        left = len(buffer) - at
        if not buffer.startswith(_START, at):
            if left < len(_START) and _START.startswith(buffer[at:]):
                return None
            return self._skip(at, "does not start with 8=FIX")
        head = _HEAD.match(buffer, at)
        if head is None:
            if left < _HEAD_BYTES_MAX and buffer.count(b"\x01", at) < 2:
                return None
            return self._skip(at + 1, "BodyLength(9) is not the second field, or is no number")
        end = head.end() + int(head.group(2)) + _TRAILER_BYTES
        if end - at > self._message_bytes_max:
            return self._skip(at + 1, f"BodyLength(9) is beyond the limit of {self._message_bytes_max} bytes")
        if len(buffer) < end:
            return None
        trailer = _TRAILER.fullmatch(buffer, end - _TRAILER_BYTES, end)
        if trailer is None or buffer[end - _TRAILER_BYTES - 1] != 1:
            return self._skip(at + 1, "CheckSum(10) is not where BodyLength(9) says")
        frame = buffer[at:end]
        self._at = end
        if sum(frame[:-_TRAILER_BYTES]) % 256 != int(trailer.group(1)):
            return Garbage(frame, f"CheckSum(10) is {trailer.group(1).decode()}, and does not fit the bytes")
        return Frame(frame)

    def _skip(self, past: int, reason: str) -> Garbage:
        """Drop everything before the next possible start that lies at or after `past`."""
        buffer, at = self._buffer, self._at
        found = buffer.find(_START, past)
        if found < 0:
            # The tail may be the beginning of a start that is cut by the end of the chunk.
            longest = min(len(_START) - 1, len(buffer) - past)
            keep = next((n for n in range(longest, 0, -1) if buffer.endswith(_START[:n])), 0)
            found = len(buffer) - keep
        self._at = found
        return Garbage(buffer[at:found], reason)
