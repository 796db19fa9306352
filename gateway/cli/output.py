"""Output: tables for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

__all__ = ["as_dict", "print_json", "print_table", "progress"]

PIPE_WIDTH = 240
"""Columns where the output is no terminal: wide enough that no row wraps."""

PROGRESS_MIN = 1_000
"""Steps below which no bar is shown."""


def print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


def as_dict(message: Message) -> dict[str, Any]:
    """Give a message with the field names of the .proto, empty fields included."""
    return MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """Print a table, or say `empty` where it has no rows. `>` before a name: align to the right."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(
            column.lstrip(">"), justify="right" if column.startswith(">") else "left", no_wrap=True
        )
    for row in rows:
        table.add_row(*row)
    if not table.row_count:
        print(empty)
        return
    Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, markup=False, highlight=False).print(table)


@contextmanager
def progress(total: int, *, wanted: bool = True) -> Iterator[Callable[[int], None]]:
    """Show a bar on stderr where that is a terminal and there is enough to wait for; gives what advances it.

    `wanted` is False for --json: whoever reads that is a program, whatever its stderr leads to. What is printed
    meanwhile goes to stdout as ever (rich would send it to where the bar is).
    """
    if not wanted or total < PROGRESS_MIN or not sys.stderr.isatty():
        yield lambda count: None
        return
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as bar:
        task = bar.add_task("", total=total)
        yield lambda count: bar.advance(task, count)
