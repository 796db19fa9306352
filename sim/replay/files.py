"""Recordings on file: CSV with a line for each quote and trade.

The first line names the columns: `time_ns,symbol,kind,side,price,quantity`. Times are UTC nanoseconds and do not go
back, `kind` is `quote` or `trade`, `side` is `buy` or `sell`, prices and quantities are decimals.
"""

import csv
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path

from sim.replay.record import Kind, Record

__all__ = ["COLUMNS", "RecordingError", "read", "write"]

COLUMNS = ("time_ns", "symbol", "kind", "side", "price", "quantity")
_SIDES = {"buy": True, "sell": False}


class RecordingError(Exception):
    """The file cannot be used; the text has file, line and what is expected."""


def read(path: Path) -> list[Record]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return _records(csv.reader(file), str(path))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RecordingError(f"{path}: cannot be read: {error}") from error


def write(path: Path, records: Iterable[Record]) -> int:
    """Write a recording; gives the number of lines."""
    count = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(COLUMNS)
        for r in records:
            side = "buy" if r.is_buy else "sell"
            lines.writerow((r.at, r.symbol, r.kind.value, side, f"{r.price:f}", f"{r.quantity:f}"))
            count += 1
    return count


def _records(lines: Iterable[list[str]], name: str) -> list[Record]:
    records: list[Record] = []
    for number, line in enumerate(lines, 1):
        if number == 1:
            if tuple(line) != COLUMNS:
                raise RecordingError(f"{name}:1: the first line must be {','.join(COLUMNS)}")
            continue
        record = _record(line, f"{name}:{number}")
        if records and record.at < records[-1].at:
            raise RecordingError(
                f"{name}:{number}: time_ns must not go back: {record.at} after {records[-1].at}"
            )
        records.append(record)
    if not records:
        raise RecordingError(f"{name}: has no records")
    return records


def _record(line: list[str], where: str) -> Record:
    if len(line) != len(COLUMNS):
        raise RecordingError(
            f"{where}: expected {len(COLUMNS)} columns ({', '.join(COLUMNS)}), was {len(line)}"
        )
    at, symbol, kind, side, price, quantity = line
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
    return value
