"""The history of reference prices as a CSV file, so that statistics survive a restart: time_ns, instrument, price."""

from __future__ import annotations

import csv
import os
from decimal import Decimal, InvalidOperation
from itertools import groupby
from pathlib import Path

from gateway.risk.analytics.history import PriceHistory, PriceSample

__all__ = ["SamplesFileError", "load_samples", "save_samples"]

_COLUMNS = ("time_ns", "instrument", "price")


class SamplesFileError(Exception):
    """The file is not what `save_samples` writes; the text says where."""


def save_samples(history: PriceHistory, path: Path) -> None:
    """Write the file anew, whole or not at all. Raises OSError."""
    new = path.with_suffix(".new")
    with new.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for sample in history.samples:
            writer.writerows(
                (sample.time_ns, instrument, f"{price:f}") for instrument, price in sample.prices.items()
            )
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def load_samples(history: PriceHistory, path: Path) -> None:
    """Add what the file holds; nothing where there is none. Raises SamplesFileError, OSError."""
    try:
        file = path.open(newline="")
    except FileNotFoundError:
        return
    with file:
        rows = csv.reader(file)
        if tuple(next(rows, ())) != _COLUMNS:
            raise SamplesFileError(f"{path}:1: expected the columns {', '.join(_COLUMNS)}; remove the file")
        try:
            for time_ns, group in groupby(rows, key=lambda row: int(row[0])):
                history.add(PriceSample(time_ns, {row[1]: _price(row[2]) for row in group}))
        except (ValueError, IndexError, InvalidOperation) as error:
            raise SamplesFileError(
                f"{path}:{rows.line_num}: {error}; mend the line, or remove the file"
            ) from error


def _price(text: str) -> Decimal:
    price = Decimal(text)
    if not price.is_finite() or price <= 0:
        raise ValueError(f"expected a price above zero, was {text}")
    return price
