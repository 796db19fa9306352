"""A row of a recording, whatever kind of file it is in: its columns, and what is right in them."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

from sim.replay.record import Kind, Record

__all__ = ["COLUMNS", "RecordingError", "records_of", "row_of"]

COLUMNS: Final = ("time_ns", "symbol", "kind", "side", "price", "quantity")
_SIDES = {"buy": True, "sell": False}


class RecordingError(Exception):
    """The file cannot be used; the text has file, row and what is expected."""


def records_of(rows: Iterable[tuple[str, Sequence[str]]], name: str) -> list[Record]:
    """Read rows of texts, each with where it is. Raises RecordingError."""
    records: list[Record] = []
    for where, row in rows:
        record = _record(row, where)
        if records and record.at < records[-1].at:
            raise RecordingError(f"{where}: time_ns must not go back: {record.at} after {records[-1].at}")
        records.append(record)
    if not records:
        raise RecordingError(f"{name}: has no records")
    return records


def row_of(record: Record) -> Iterator[str]:
    """Give the row's texts. One value has one text: no zeros at the end."""
    yield str(record.at)
    yield record.symbol
    yield record.kind.value
    yield "buy" if record.is_buy else "sell"
    yield f"{_shortest(record.price):f}"
    yield f"{_shortest(record.quantity):f}"


def _record(row: Sequence[str], where: str) -> Record:
    if len(row) != len(COLUMNS):
        raise RecordingError(
            f"{where}: expected {len(COLUMNS)} columns ({', '.join(COLUMNS)}), was {len(row)}"
        )
    at, symbol, kind, side, price, quantity = row
    if not at.isdigit():
        raise RecordingError(f"{where}: time_ns must be UTC nanoseconds, was {at}")
    if kind not in tuple(Kind):
        raise RecordingError(f"{where}: kind must be quote or trade, was {kind}")
    if side not in _SIDES:
        raise RecordingError(f"{where}: side must be buy or sell, was {side}")
    numbers = [_decimal(text, column, where) for text, column in ((price, "price"), (quantity, "quantity"))]
    if numbers[0] <= 0 or numbers[1] < 0 or (not numbers[1] and kind == Kind.TRADE):
        raise RecordingError(f"{where}: price and quantity must be above 0 (a quote's quantity may be 0)")
    return Record(int(at), symbol, Kind(kind), _SIDES[side], *numbers)


def _decimal(text: str, column: str, where: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise RecordingError(f"{where}: {column} must be a decimal, was {text}")
    return _shortest(value)


def _shortest(value: Decimal) -> Decimal:
    """Leave out zeros at the end, so that a file's kind cannot be seen in what is sent."""
    normal = value.normalize()
    return normal.quantize(Decimal(1)) if normal.as_tuple().exponent > 0 else normal  # type: ignore[operator]
