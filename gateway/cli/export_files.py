"""Writes rows as CSV or Parquet: exact decimals, UTC times, the same columns in both."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, TextIO

from gateway.cli.failure import CommandFailure, ExitCode

__all__ = ["Column", "Format", "Kind", "format_of", "write_rows"]

ROWS_AT_ONCE = 20_000
STDOUT = Path("-")

Row = Sequence[Any]


class Kind(StrEnum):
    """What a column holds."""

    INTEGER = "integer"
    BOOLEAN = "boolean"
    TEXT = "text"
    DECIMAL = "decimal"
    """Of `digits` digits, `places` of them behind the point."""
    TIME = "time"
    """UTC nanoseconds since 1970."""


class Format(StrEnum):
    """How a file is written."""

    CSV = "csv"
    PARQUET = "parquet"


@dataclass(frozen=True)
class Column:
    """A column of an export."""

    name: str
    kind: Kind
    digits: int = 0
    places: int = 0


def format_of(path: Path, asked: Format | None) -> Format:
    """The format that was asked for, or that the file's name says. Raises CommandFailure where neither does."""
    if asked is None and path.suffix in (".csv", ".parquet"):
        asked = Format(path.suffix[1:])
    if asked is None and path == STDOUT:
        asked = Format.CSV
    if asked is None:
        raise CommandFailure(f"{path}: csv or parquet? name it so, or say --format", ExitCode.USAGE)
    if asked is Format.PARQUET and path == STDOUT:
        raise CommandFailure("Parquet needs a file: give one with -o FILE", ExitCode.USAGE)
    return asked


def write_rows(path: Path, form: Format, columns: Sequence[Column], rows: Iterable[Row]) -> int:
    """Write all rows and give their number. A file is there whole or not at all. Raises CommandFailure."""
    write = _write_csv if form is Format.CSV else _write_parquet
    if path == STDOUT:
        return _csv_to(sys.stdout, columns, rows)
    try:
        with _replacing(path) as new:
            return write(new, columns, rows)
    except OSError as error:
        raise CommandFailure(f"{path}: cannot be written: {error.strerror or error}") from error


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    new = path.with_name(f".{path.name}.writing-{os.getpid()}")
    try:
        yield new
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)


def _write_csv(path: Path, columns: Sequence[Column], rows: Iterable[Row]) -> int:
    with path.open("w", newline="", encoding="utf-8") as file:
        return _csv_to(file, columns, rows)


def _csv_to(file: TextIO, columns: Sequence[Column], rows: Iterable[Row]) -> int:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    count = 0
    for row in rows:
        writer.writerow([_text(column.kind, value) for column, value in zip(columns, row, strict=True)])
        count += 1
    return count


def _text(kind: Kind, value: Any) -> str:
    if value is None:
        return ""
    if kind is Kind.TIME:
        seconds, rest = divmod(int(value), 1_000_000_000)
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
    if kind is Kind.BOOLEAN:
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    return str(value)


def _write_parquet(path: Path, columns: Sequence[Column], rows: Iterable[Row]) -> int:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        message = "Parquet needs pyarrow: pip install 'fixgateway[parquet]', or export CSV"
        raise CommandFailure(message) from error
    types = {
        Kind.INTEGER: lambda column: pa.int64(),
        Kind.BOOLEAN: lambda column: pa.bool_(),
        Kind.TEXT: lambda column: pa.string(),
        Kind.TIME: lambda column: pa.timestamp("ns", tz="UTC"),
        Kind.DECIMAL: lambda column: (pa.decimal128 if column.digits <= 38 else pa.decimal256)(
            column.digits, column.places
        ),
    }
    schema = pa.schema([(column.name, types[column.kind](column)) for column in columns])
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in _batches(rows):
            values = list(zip(*batch, strict=True))
            arrays = [pa.array(column, field.type) for column, field in zip(values, schema, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(batch)
    return count


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == ROWS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
