"""FIX bytes in and out: frames, messages, tags and timestamps. The codec is `simplefix`."""

from sim.wire.frames import Frame, Framer, Garbage
from sim.wire.message import Fields, Message, encode, parse, printable
from sim.wire.times import MILLISECOND, SECOND, format_utc, parse_utc

__all__ = [
    "MILLISECOND",
    "SECOND",
    "Fields",
    "Frame",
    "Framer",
    "Garbage",
    "Message",
    "encode",
    "format_utc",
    "parse",
    "parse_utc",
    "printable",
]
