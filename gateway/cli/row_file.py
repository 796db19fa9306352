"""Files of rows for commands: CSV with a header line, or YAML with a list; every value as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import yaml

from gateway.cli.failure import CommandFailure, ExitCode

__all__ = ["read_rows"]


def read_rows(file: Path, what: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Give each row with its place, `FILE:LINE`. `what` the rows are, for errors. Raises CommandFailure."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailure(f"{file}: cannot be read: {error}", ExitCode.USAGE) from error
    is_yaml = file.suffix in (".yaml", ".yml")
    return _yaml_rows(file, text, what) if is_yaml else _csv_rows(file, text)


def _csv_rows(file: Path, text: str) -> Iterator[tuple[str, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        for row in reader:
            if None in row or None in row.values():
                raise CommandFailure(
                    f"{file}:{reader.line_num}: expected {len(reader.fieldnames or ())} values as in the header line",
                    ExitCode.USAGE,
                )
            yield f"{file}:{reader.line_num}", {key.strip(): value.strip() for key, value in row.items()}
    except csv.Error as error:
        raise CommandFailure(f"{file}:{reader.line_num}: {error}", ExitCode.USAGE) from error


def _yaml_rows(file: Path, text: str, what: str) -> Iterator[tuple[str, dict[str, str]]]:
    try:
        # Every value as text: a price must not become a binary number on its way.
        root = yaml.compose(text, Loader=yaml.BaseLoader)
        rows = yaml.load(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        raise CommandFailure(f"{file}: {error}", ExitCode.USAGE) from error
    if not isinstance(root, yaml.SequenceNode):
        raise CommandFailure(
            f"{file}:1: expected a list of {what} (lines that start with '- ')", ExitCode.USAGE
        )
    for node, row in zip(root.value, rows, strict=True):
        where = f"{file}:{node.start_mark.line + 1}"
        if not isinstance(row, dict) or not all(isinstance(value, str) for value in row.values()):
            raise CommandFailure(
                f"{where}: expected keys with a value each, such as `account: A1`", ExitCode.USAGE
            )
        yield where, row
