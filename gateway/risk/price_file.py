"""Reference prices as a file: CSV with the columns instrument and price, or YAML with lines such as `AAPL: 190.00`.

Both may say more: columns, or keys of a mapping (`AAPL: {price: 190.00, bid: 189.99}`), that are called as in
REFERENCES, and `as_of`, the time that all of the line is of. A cell that is empty leaves what was known, 0 takes it
away; a price may be empty where the line says something else.

All of a file is read before anything is set, and it is refused as a whole: with half of the prices of a file, collars
would be measured against two moments.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import yaml

from gateway.v1 import control_pb2

__all__ = ["REFERENCES", "FilePrice", "PriceFileError", "parse_prices", "price_update", "read_prices"]

FILE_BYTES_MAX = 16 << 20
PRICES_MAX = 100_000
_DECIMAL = re.compile(r"[0-9]{1,11}(\.[0-9]{1,8})?")
_LARGEST = Decimal("92233720368.54775807")

REFERENCES = (
    "bid",
    "ask",
    "close",
    "average_daily_volume",
    "price_band_low",
    "price_band_high",
    "margin_rate_percent",
)
"""Fields of MarketReferences."""
_TERMS = ("price", *REFERENCES, "as_of")
_PAIRS = (("bid", "ask"), ("price_band_low", "price_band_high"))


@dataclass(frozen=True, slots=True)
class FilePrice:
    """One line: what it says of an instrument."""

    instrument: str
    price: Decimal | None
    """None: stays as it is."""
    references: Mapping[str, Decimal] = field(default_factory=dict)
    """By a name of REFERENCES."""
    as_of: datetime | None = None
    """With its time zone; None: when it is set."""


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


_Row = tuple[int, str, Mapping[str, str]]
"""Line, instrument, and texts by the names of _TERMS."""


def price_update(price: FilePrice) -> control_pb2.ReferencePrice:
    """Say it as the core and the API take it."""
    update = control_pb2.ReferencePrice(
        instrument=price.instrument, price="" if price.price is None else f"{price.price:f}"
    )
    for name, value in price.references.items():
        setattr(update.references, name, f"{value:f}")
    if price.as_of is not None:
        if price.price is not None:
            update.as_of.FromDatetime(price.as_of)
        if price.references:
            for name in ("quoted_at", "closed_at", "volume_at", "price_band_at", "margin_rate_at"):
                getattr(update.references, name).FromDatetime(price.as_of)
    return update


def _csv_rows(text: str, name: str) -> Iterable[_Row]:
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
            terms = {term: (row.get(term) or "").strip() for term in _TERMS}
            yield rows.line_num, (row["instrument"] or "").strip(), terms
    except csv.Error as error:
        raise PriceFileError(f"{name}:{rows.line_num}: not CSV: {error}") from error


def _yaml_rows(text: str, name: str) -> Iterable[_Row]:
    try:
        # Composed and not loaded: a price must not become a float on the way.
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise PriceFileError(f"{name}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(root, yaml.MappingNode):
        raise PriceFileError(f"{name}:1: expected lines such as `AAPL: 190.00`")
    for key, value in root.value:
        line = key.start_mark.line + 1
        terms = {"price": value.value} if isinstance(value, yaml.ScalarNode) else _yaml_terms(value)
        if not isinstance(key, yaml.ScalarNode) or terms is None:
            raise PriceFileError(
                f"{name}:{line}: expected an instrument and its price, such as `AAPL: 190.00`, or "
                f"a mapping of {', '.join(_TERMS)}"
            )
        yield line, key.value, terms


def _yaml_terms(node: yaml.Node) -> dict[str, str] | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    pairs = [(key.value, value.value) for key, value in node.value if isinstance(value, yaml.ScalarNode)]
    terms = dict(pairs)
    is_known = len(terms) == len(node.value) and set(terms) <= set(_TERMS)
    return terms if is_known else None


def _checked(rows: Iterable[_Row], name: str) -> list[FilePrice]:
    found: dict[str, FilePrice] = {}
    lines: dict[str, int] = {}
    faults: list[str] = []
    for count, (line, instrument, terms) in enumerate(rows):
        if count >= PRICES_MAX:
            raise PriceFileError(f"{name}:{line}: more than {PRICES_MAX} prices; split the file")
        if not instrument:
            faults.append(f"{name}:{line}: has no instrument")
        elif instrument in found:
            faults.append(
                f"{name}:{line}: {instrument} is there twice, first in line {lines[instrument]}; remove one"
            )
        else:
            try:
                found[instrument], lines[instrument] = _line(instrument, terms), line
            except ValueError as error:
                faults.append(f"{name}:{line}: {instrument}: {error}")
    if not faults and not found:
        faults.append(f"{name}: holds no price")
    if faults:
        raise PriceFileError("\n".join(faults))
    return list(found.values())


def _line(instrument: str, terms: Mapping[str, str]) -> FilePrice:
    """Raise ValueError for what is no number or time."""
    references = {
        term: number for term in REFERENCES if (number := _number(term, terms.get(term, ""))) is not None
    }
    for low, high in _PAIRS:
        if 0 < references.get(high, 0) < references.get(low, 0):
            raise ValueError(f"expected {low} at most {high}, was {references[low]}")
    text = terms.get("price", "")
    price = _price(text) if text or not references else None
    if price is None and (text or not references):
        raise ValueError(f"expected a price above zero with up to eight places, was {text[:40]!r}")
    return FilePrice(instrument, price, references, _time(terms.get("as_of", "")))


def _price(text: str) -> Decimal | None:
    price = Decimal(text) if _DECIMAL.fullmatch(text) else None
    return price if price is not None and 0 < price <= _LARGEST else None


def _number(term: str, text: str) -> Decimal | None:
    if not text:
        return None
    number = Decimal(text) if _DECIMAL.fullmatch(text) else None
    if number is None or number > _LARGEST:
        raise ValueError(
            f"expected {term} as a number of zero or above with up to eight places, was {text[:40]!r}"
        )
    return number


def _time(text: str) -> datetime | None:
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise ValueError(
            f"expected as_of as ISO 8601 with a time zone, such as 2026-03-02T16:00:00Z, was {text[:40]!r}"
        )
    return time
