"""A recording as Parquet: the columns of the CSV with types of their own.

`time_ns` is an integer or a timestamp, `symbol`, `kind` and `side` are strings, plain or as a dictionary, `price` and
`quantity` decimals, integers or strings. Floats are refused: a price is what was quoted, and not what is next to it.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from sim.replay.record import Record
from sim.replay.rows import COLUMNS, RecordingError, records_of, row_of

__all__ = ["read_parquet", "write_parquet"]

_ROWS_A_GROUP = 65_536
_PRECISION, _SCALE = 38, 18


def read_parquet(path: Path) -> list[Record]:
    arrow, parquet = _library(path)
    try:
        with parquet.ParquetFile(path) as file:
            _check(arrow, file.schema_arrow, path)
            return records_of(_rows(arrow, file, path), str(path))
    except (OSError, arrow.ArrowException) as error:
        raise RecordingError(f"{path}: cannot be read: {error}") from error


def write_parquet(path: Path, records: Iterable[Record]) -> int:
    arrow, parquet = _library(path)
    schema = _schema(arrow)
    count = 0
    remaining = iter(records)
    with parquet.ParquetWriter(path, schema, compression="zstd") as file:
        while group := [list(row_of(record)) for record in islice(remaining, _ROWS_A_GROUP)]:
            at, *names, price, quantity = (list(column) for column in zip(*group, strict=True))
            decimals = ([Decimal(text) for text in column] for column in (price, quantity))
            columns = [[int(text) for text in at], *names, *decimals]
            file.write_table(arrow.table(dict(zip(COLUMNS, columns, strict=True)), schema))
            count += len(group)
    return count


def _library(path: Path) -> tuple[Any, Any]:
    """Import pyarrow only where such a file is used."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        text = f"{path}: Parquet needs pyarrow: pip install 'fixgateway[parquet]', or use a CSV file"
        raise RecordingError(text) from error
    return pyarrow, pyarrow.parquet


def _schema(arrow: Any) -> Any:
    name, number = arrow.dictionary(arrow.int32(), arrow.string()), arrow.decimal128(_PRECISION, _SCALE)
    types = (arrow.int64(), name, name, name, number, number)
    return arrow.schema([arrow.field(c, t, nullable=False) for c, t in zip(COLUMNS, types, strict=True)])


def _check(arrow: Any, schema: Any, path: Path) -> None:
    if tuple(schema.names) != COLUMNS:
        raise RecordingError(
            f"{path}: the columns must be {','.join(COLUMNS)}, were {','.join(schema.names)}"
        )
    is_ = arrow.types
    for column in COLUMNS:
        kind = schema.field(column).type
        if column == "time_ns":
            good, wanted = is_.is_integer(kind) or is_.is_timestamp(kind), "int64 or a timestamp"
        elif column in ("price", "quantity"):
            good = is_.is_decimal(kind) or is_.is_integer(kind) or is_.is_string(kind)
            wanted = "a decimal, as decimal128(38, 18): floats are not exact"
        else:
            plain = kind.value_type if is_.is_dictionary(kind) else kind
            good, wanted = is_.is_string(plain) or is_.is_large_string(plain), "strings"
        if not good:
            raise RecordingError(f"{path}: column {column} must be {wanted}; it is {kind}")


def _rows(arrow: Any, file: Any, path: Path) -> Iterator[tuple[str, list[str]]]:
    number = 0
    for batch in file.iter_batches(_ROWS_A_GROUP):
        columns = [_texts(arrow, batch.column(name)) for name in COLUMNS]
        for row in zip(*columns, strict=True):
            number += 1
            yield f"{path}: row {number}", list(row)


def _texts(arrow: Any, column: Any) -> Iterator[str]:
    if arrow.types.is_timestamp(column.type):
        column = column.cast(arrow.timestamp("ns", column.type.tz)).cast(arrow.int64())
    return (f"{value:f}" if isinstance(value, Decimal) else str(value) for value in column.to_pylist())
