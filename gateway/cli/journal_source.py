"""Reads a journal for a command: the folder from the option or the configuration, records by lsn or time, follow."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.journal_text import Names, event_of
from gateway.cli.options import DEFAULT_CONFIG, load_or_fail
from gateway.core import JournalError, JournalReader, JournalRecord

__all__ = [
    "JournalFolder",
    "first_lsn_at",
    "journal_errors",
    "journal_folder",
    "names_until",
    "read_records",
    "time_ns",
]

READ_COUNT = 1_000
POLL_S = 0.05

JournalFolder = Annotated[
    Path | None,
    typer.Option(
        "--journal", metavar="PATH", help="Folder of the journal (default: from the configuration)."
    ),
]


def journal_folder(journal: Path | None, config: Path | None) -> Path:
    """Find the folder, and see that it is there. Raises CommandFailure."""
    if journal is None:
        journal = load_or_fail(config or DEFAULT_CONFIG, resolve_secrets=False).journal.path
    if not journal.is_dir():
        raise CommandFailure(
            f"{journal}: there is no such folder; give the journal's with --journal, or its configuration with -c",
            ExitCode.USAGE,
        )
    return journal


@contextmanager
def journal_errors(folder: Path) -> Iterator[None]:
    """Turn what the core says of a journal into the command's failure."""
    try:
        yield
    except JournalError as error:
        raise CommandFailure(
            f"{error}; `gateway journal verify {folder}` says more", ExitCode.JOURNAL
        ) from error


def read_records(
    reader: JournalReader, from_lsn: int, *, follow: bool = False, to_lsn: int | None = None
) -> Iterator[JournalRecord]:
    """Give records from an lsn on, up to `to_lsn`; `follow`: wait for more, for ever."""
    next_lsn = max(from_lsn, reader.oldest_lsn)
    while True:
        records = reader.read(next_lsn, READ_COUNT)
        for record in records:
            if to_lsn is not None and record.lsn > to_lsn:
                return
            yield record
        if records:
            next_lsn = records[-1].lsn + 1
        elif not follow:
            return
        else:
            time.sleep(POLL_S)


def first_lsn_at(reader: JournalReader, moment_ns: int) -> int:
    """The first lsn at or after a time (UTC ns), by halving; one more than the newest where there is none."""
    low, high = max(reader.oldest_lsn, 1), reader.committed_lsn + 1
    while low < high:
        middle = (low + high) // 2
        found = reader.read(middle, 1)
        if not found or found[0].time_ns >= moment_ns:
            high = middle
        else:
            low = found[0].lsn + 1
    return low


def names_until(reader: JournalReader, lsn: int) -> Names:
    """Learn the names of sessions and clients that were given before an lsn; they stand at the beginning as a rule."""
    names = Names()
    for record in read_records(reader, 0, to_lsn=lsn - 1):
        event = event_of(record)
        if event is not None:
            names.learn(event)
    return names


def time_ns(text: str) -> int:
    """Read a time in UTC: ISO 8601, a date, or a time of today. Raises CommandFailure."""
    try:
        if len(text) <= 15 and text[2:3] == ":":
            text = f"{datetime.now(UTC):%Y-%m-%d}T{text}"
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandFailure(
            f"expected a time such as 2026-11-21, 2026-11-21T10:00:00 or 10:00 (today, UTC), was {text!r}",
            ExitCode.USAGE,
        ) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole * 1_000_000_000 + moment.microsecond * 1_000
