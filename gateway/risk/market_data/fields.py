"""Fields and repeating groups of a market data message, as far as they are needed here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation

__all__ = ["Field", "entries", "first", "positive"]

Field = tuple[int, bytes]

_LARGEST = Decimal("92233720368.54775807")
_STEP = Decimal("0.00000001")


def first(fields: Sequence[Field], tag: int) -> str:
    """Give the first value of a tag; empty where there is none."""
    return next((value.decode("latin-1") for key, value in fields if key == tag), "")


def entries(fields: Sequence[Field], count_tag: int, first_tag: int) -> Iterator[Mapping[int, str]]:
    """Give the entries of a repeating group: each begins with `first_tag` (FIX 4.4 vol. 1, Repeating Groups).

    What follows the last entry is taken as part of it, which does no harm: only known tags are asked for.
    """
    index = next((at for at, (tag, _) in enumerate(fields) if tag == count_tag), len(fields))
    entry: dict[int, str] = {}
    for tag, value in fields[index + 1 :]:
        if tag == first_tag:
            if entry:
                yield entry
            entry = {}
        if entry or tag == first_tag:
            entry.setdefault(tag, value.decode("latin-1"))
    if entry:
        yield entry


def positive(text: str) -> Decimal | None:
    """Read a price or quantity: above zero and exact in the core's decimals; None where it is not."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    if not value.is_finite() or not 0 < value <= _LARGEST or value != value.quantize(_STEP):
        return None
    return value
