"""Acceptance definitions (`*.def`), as the QuickFIX project writes them.

A line is an action: `i` we act (CONNECT, DISCONNECT), `I` we send, `E` we expect a message, `e` we expect an event
(DISCONNECT). A digit and a comma behind the letter name one of several connections. `<TIME>`, `<TIME-n>` and
`<TIME+n>` are the time now in whole seconds. BodyLength and CheckSum are completed where they are missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

__all__ = ["Action", "compare", "complete", "read_definition", "read_patterns"]

SOH = "\x01"

DEFAULT_PATTERNS: Mapping[str, str] = {
    "10": r"\d{3}",
    "42": r"\d{8}-\d{2}:\d{2}:\d{2}",
    "52": r"\d{8}-\d{2}:\d{2}:\d{2}|\d{8}-\d{2}:\d{2}:\d{2}[.]\d{3}",
    "60": r"\d{8}-\d{2}:\d{2}:\d{2}",
    "122": r"\d{8}-\d{2}:\d{2}:\d{2}",
}
"""Tags whose values are compared by pattern, where the definitions have no `fields.fmt`."""


@dataclass(frozen=True)
class Action:
    """One line of a definition."""

    line: int
    kind: str
    """`i`, `I`, `E` or `e`."""
    connection: int
    text: str


def read_definition(path: Path) -> Iterator[Action]:
    """Yield the actions of a file in order.

    Raises:
        ValueError: a line is no action.
    """
    for number, raw in enumerate(path.read_text(encoding="latin-1").splitlines(), start=1):
        line = raw.rstrip("\r\n")
        if not line or line.startswith("#") or not line.strip():
            continue
        found = re.match(r"([iIeE])(?:(\d),)?(.*)$", line, re.DOTALL)
        if found is None:
            raise ValueError(f"expected an action (i, I, e, E), was {line!r} ({path}:{number})")
        yield Action(number, found[1], int(found[2] or 1), found[3])


def complete(text: str, now: datetime | None = None) -> str:
    """Fill in times, BodyLength and CheckSum."""
    at = now or datetime.now(UTC)

    def shifted(found: re.Match[str]) -> str:
        return (at + timedelta(seconds=int(found[1] or 0))).strftime("%Y%m%d-%H:%M:%S")

    text = re.sub(r"<TIME([+-]\d+)?>", shifted, text)
    head = re.match(rf"8=[^{SOH}]*{SOH}", text)
    if head is None:
        return text
    body = text[head.end() :]
    length = ""
    if re.search(rf"{SOH}9=[^{SOH}]*{SOH}", text) is None:
        trailer = re.search(rf"{SOH}10=[^{SOH}]*{SOH}$", body)
        length = f"9={len(body) if trailer is None else trailer.start() + 1}{SOH}"
    text = head[0] + length + body
    if re.search(rf"{SOH}10=.*{SOH}$", text) is None:
        text += f"10={sum(text.encode('latin-1')) % 256:03d}{SOH}"
    return text


def read_patterns(folder: Path) -> Mapping[str, re.Pattern[str]]:
    """Read `fields.fmt` of the folder or one above it; the usual patterns where there is none."""
    lines: Mapping[str, str] = DEFAULT_PATTERNS
    for candidate in (folder, *folder.resolve().parents):
        found = candidate / "fields.fmt"
        if found.is_file():
            lines = dict(line.split("=", 1) for line in found.read_text().splitlines() if "=" in line)
            break
    return {tag: re.compile(pattern) for tag, pattern in lines.items()}


def compare(expected: str, actual: str, patterns: Mapping[str, re.Pattern[str]]) -> str | None:
    """Say what differs, or None: same fields in the same order, values equal or of the tag's pattern."""
    wanted = expected.rstrip(SOH).split(SOH)
    got = actual.rstrip(SOH).split(SOH)
    if len(wanted) != len(got):
        return f"expected {len(wanted)} fields, was {len(got)}"
    for wanted_field, got_field in zip(wanted, got, strict=True):
        tag, _, value = wanted_field.partition("=")
        got_tag, _, got_value = got_field.partition("=")
        if tag != got_tag:
            return f"expected field {tag}, was {got_tag}"
        if tag in patterns:
            if not patterns[tag].search(got_value):
                return f"expected field {tag} like {patterns[tag].pattern}, was {got_value!r}"
        elif value != got_value:
            return f"expected {tag}={value}, was {got_value!r}"
    return None
