"""Reference prices as a file: CSV with the columns instrument and price, or YAML with lines such as `AAPL: 190.00`.

All of a file is read before anything is set, and it is refused as a whole: with half of the prices of a file, collars
would be measured against two moments.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import yaml

__all__ = ["FilePrice", "PriceFileError", "parse_prices", "read_prices"]

FILE_BYTES_MAX = 16 << 20
PRICES_MAX = 100_000
_DECIMAL = re.compile(r"[0-9]{1,11}(\.[0-9]{1,8})?")
_LARGEST = Decimal("92233720368.54775807")

FilePrice = tuple[str, Decimal]
"""Instrument and price."""


class PriceFileError(Exception):
    """The file cannot be used: one line for each fault, `FILE:LINE: what is wrong`."""


def read_prices(path: Path) -> list[FilePrice]:
    """Read a file, YAML where its name ends in .yaml or .yml. Raises PriceFileError."""
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise PriceFileError(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > FILE_BYTES_MAX:
        raise PriceFileError(f"{path}: larger than {FILE_BYTES_MAX >> 20} MiB; is this the right file?")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PriceFileError(f"{path}:{line}: not UTF-8 text; save it as UTF-8") from error
    return parse_prices(text, str(path), is_yaml=path.suffix.lower() in (".yaml", ".yml"))


def parse_prices(text: str, name: str, *, is_yaml: bool) -> list[FilePrice]:
    """Read a file's text; `name` stands in the faults. In the order of the file. Raises PriceFileError."""
    rows = _yaml_rows(text, name) if is_yaml else _csv_rows(text, name)
    return _checked(rows, name)


def _csv_rows(text: str, name: str) -> Iterable[tuple[int, str, str]]:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    try:
        columns = [column.strip() for column in rows.fieldnames or ()]
    except csv.Error as error:
        raise PriceFileError(f"{name}:1: not CSV: {error}") from error
    if not {"instrument", "price"} <= set(columns):
        found = ", ".join(columns) or "none"
        raise PriceFileError(f"{name}:1: expected the columns instrument and price, were {found}")
    rows.fieldnames = columns
    try:
        for row in rows:
            yield rows.line_num, (row["instrument"] or "").strip(), (row["price"] or "").strip()
    except csv.Error as error:
        raise PriceFileError(f"{name}:{rows.line_num}: not CSV: {error}") from error


def _yaml_rows(text: str, name: str) -> Iterable[tuple[int, str, str]]:
    try:
        # Composed and not loaded: a price must not become a float on the way.
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise PriceFileError(f"{name}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(root, yaml.MappingNode):
        raise PriceFileError(f"{name}:1: expected lines such as `AAPL: 190.00`")
    for key, value in root.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode) or not isinstance(value, yaml.ScalarNode):
            raise PriceFileError(
                f"{name}:{line}: expected an instrument and its price, such as `AAPL: 190.00`"
            )
        yield line, key.value, value.value


def _checked(rows: Iterable[tuple[int, str, str]], name: str) -> list[FilePrice]:
    found: dict[str, Decimal] = {}
    lines: dict[str, int] = {}
    faults: list[str] = []
    for count, (line, instrument, text) in enumerate(rows):
        if count >= PRICES_MAX:
            raise PriceFileError(f"{name}:{line}: more than {PRICES_MAX} prices; split the file")
        if not instrument:
            faults.append(f"{name}:{line}: has no instrument")
        elif instrument in found:
            faults.append(
                f"{name}:{line}: {instrument} is there twice, first in line {lines[instrument]}; remove one"
            )
        elif (price := _price(text)) is None:
            faults.append(
                f"{name}:{line}: {instrument}: expected a price above zero with up to eight places, was {text[:40]!r}"
            )
        else:
            found[instrument], lines[instrument] = price, line
    if not faults and not found:
        faults.append(f"{name}: holds no price")
    if faults:
        raise PriceFileError("\n".join(faults))
    return list(found.items())


def _price(text: str) -> Decimal | None:
    price = Decimal(text) if _DECIMAL.fullmatch(text) else None
    return price if price is not None and 0 < price <= _LARGEST else None
