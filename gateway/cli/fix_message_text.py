"""How `gateway fixlog` shows messages: which values are blanked, and what stands for bytes that cannot be printed.

The text itself is made where the log is scanned, in the core (`FixLogText`): a log has millions of messages.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from gateway.cli.fix_names import Dictionaries
from gateway.core import FixDictionary, FixLogScan, FixLogText

__all__ = ["BLANK", "SECRET_TAGS", "printable", "show", "text_of"]

BLANK = "***"
_BYTES_AT_ONCE = 16 << 10
"""Of a log: its text then fits into memory that was used before, and is there soon."""

SECRET_TAGS = frozenset({89, 96, 554, 925, 1402, 1404})
"""Signature, RawData, Password, NewPassword and the encrypted forms of both."""


def text_of(
    form: str, dictionaries: Dictionaries, *, colored: bool, is_journal: bool, secrets: frozenset[int]
) -> FixLogText:
    """Make what shows messages in a form: "line", "lines" (one for each field), "raw" or "json"."""

    def dictionaries_of(begin_string: bytes, version: bytes) -> list[FixDictionary]:
        return dictionaries.of(printable(begin_string), printable(version)).dictionaries

    return FixLogText(
        form,
        colored=colored,
        is_journal=is_journal,
        secrets=sorted(secrets),
        dictionaries_of=dictionaries_of,
        printable=printable,
    )


def show(
    scan: FixLogScan, pieces: Iterable[bytes], text: FixLogText, limit: int = sys.maxsize
) -> Iterator[bytes]:
    """The first `limit` messages of a log that match, as text in UTF-8, as they come."""
    for piece in pieces:
        for at in range(0, len(piece), _BYTES_AT_ONCE):
            yield scan.show(text, piece[at : at + _BYTES_AT_ONCE], limit=limit - scan.matched)
            if scan.matched == limit:
                return
    yield scan.show(text, b"", at_end=True, limit=limit - scan.matched)


def printable(value: bytes) -> str:
    """A value without what a terminal would not show, or would obey: that as \\x and its number."""
    text = value.decode("utf-8", "backslashreplace")
    return "".join(mark if mark.isprintable() else f"\\x{ord(mark):02x}" for mark in text)
