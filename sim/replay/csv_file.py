"""A recording as CSV: a line for each quote and trade, below one that names the columns."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from sim.replay.record import Record
from sim.replay.rows import COLUMNS, RecordingError, records_of, row_of

__all__ = ["read_csv", "write_csv"]


def read_csv(path: Path) -> list[Record]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return records_of(_rows(csv.reader(file), str(path)), str(path))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RecordingError(f"{path}: cannot be read: {error}") from error


def write_csv(path: Path, records: Iterable[Record]) -> int:
    count = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(COLUMNS)
        for record in records:
            lines.writerow(row_of(record))
            count += 1
    return count


def _rows(lines: Iterable[list[str]], name: str) -> Iterator[tuple[str, list[str]]]:
    for number, line in enumerate(lines, 1):
        if number > 1:
            yield f"{name}:{number}", line
        elif tuple(line) != COLUMNS:
            raise RecordingError(f"{name}:1: the first line must be {','.join(COLUMNS)}")
