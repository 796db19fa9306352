"""Recordings on file; the name's ending says of which kind: `.parquet`, and CSV for any other."""

from collections.abc import Iterable
from pathlib import Path

from sim.replay.csv_file import read_csv, write_csv
from sim.replay.parquet_file import read_parquet, write_parquet
from sim.replay.record import Record
from sim.replay.rows import RecordingError

__all__ = ["RecordingError", "read", "write"]


def read(path: Path) -> list[Record]:
    """Read a recording. Raises RecordingError: file, row, and what is expected."""
    return read_parquet(path) if path.suffix == ".parquet" else read_csv(path)


def write(path: Path, records: Iterable[Record]) -> int:
    """Write a recording; gives the number of records."""
    return write_parquet(path, records) if path.suffix == ".parquet" else write_csv(path, records)
