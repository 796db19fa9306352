"""Change a whole message, as bytes: what comes out need not be FIX."""

from collections.abc import Iterable, Mapping

from sim.wire import SECOND, format_utc, parse_utc

__all__ = ["edit", "edit_fields", "fields_of", "shift_times"]

_TRAILER = 10
_TIMES = (52, 60, 122)


def fields_of(data: bytes) -> dict[int, str]:
    """Give the first value of each tag."""
    fields: dict[int, str] = {}
    for tag, value in _split(data):
        fields.setdefault(tag, value)
    return fields


def edit(data: bytes, fields: Mapping[int, str], remove: Iterable[int] = ()) -> bytes:
    """Set and remove fields. Without 9 and 10 among them, those are made to fit."""
    pairs = edit_fields(_split(data), fields, remove)
    if 9 not in fields and 9 not in remove:
        body = [pair for pair in pairs if pair[0] not in (8, 9, 10)]
        length = len(_join(body))
        pairs = [(tag, str(length) if tag == 9 else value) for tag, value in pairs]
    if _TRAILER not in fields and _TRAILER not in remove:
        pairs = [pair for pair in pairs if pair[0] != _TRAILER]
        pairs.append((_TRAILER, f"{sum(_join(pairs)) % 256:03d}"))
    return _join(pairs)


def edit_fields(
    pairs: list[tuple[int, str]], fields: Mapping[int, str], remove: Iterable[int] = ()
) -> list[tuple[int, str]]:
    """Set the first of each tag, or add it at the end (before the trailer), and remove all of others."""
    left = dict(fields)
    edited = []
    for tag, value in pairs:
        if tag in remove:
            continue
        edited.append((tag, left.pop(tag, value)))
    at = len(edited) - 1 if edited and edited[-1][0] == _TRAILER else len(edited)
    return edited[:at] + list(left.items()) + edited[at:]


def shift_times(data: bytes, by: int) -> bytes:
    """Move the times that say when something was sent or done."""
    moved: dict[int, str] = {}
    for tag, text in fields_of(data).items():
        at = parse_utc(text) if tag in _TIMES else None
        if at is not None:
            moved[tag] = format_utc(max(at + by, SECOND))
    return edit(data, moved) if moved else data


def _split(data: bytes) -> list[tuple[int, str]]:
    pairs = (part.partition("=") for part in data.decode("latin-1").split("\x01") if part)
    return [(int(tag), value) for tag, equals, value in pairs if equals and tag.isascii() and tag.isdigit()]


def _join(pairs: list[tuple[int, str]]) -> bytes:
    return b"".join(b"%d=%s\x01" % (tag, value.encode("latin-1", "replace")) for tag, value in pairs)
