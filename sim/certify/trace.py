"""What was said in a case, in order."""

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Line", "Trace"]

# RawData, passwords, encrypted passwords: never in a report.
_SECRET_TAGS = frozenset({b"96", b"554", b"925", b"1402", b"1404"})


@dataclass(frozen=True, slots=True)
class Line:
    """One message, or a remark; `at_ms` counts from the case's begin."""

    at_ms: int
    kind: Literal["sent", "received", "note"]
    text: str
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Trace:
    lines: list[Line] = field(default_factory=list)

    def note(self, at_ms: int, text: str) -> None:
        self.lines.append(Line(at_ms, "note", text))

    def message(self, at_ms: int, kind: Literal["sent", "received"], data: bytes) -> None:
        parts = [part.partition(b"=") for part in data.split(b"\x01") if part]
        fields = tuple(
            (_shown(tag), "***" if tag in _SECRET_TAGS else _shown(value)) for tag, _, value in parts
        )
        self.lines.append(Line(at_ms, kind, "|".join(f"{t}={v}" for t, v in fields) + "|", fields))


def _shown(data: bytes) -> str:
    text = data.decode("latin-1")
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
