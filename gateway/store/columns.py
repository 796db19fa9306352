"""Column types: numbers that are exact on every database, and times.

PostgreSQL has exact decimals. SQLite has none: what looks like NUMERIC there is a binary float. So on SQLite
a price or quantity is kept as the integer mantissa that the core itself uses (scale 1e-8). It is exact,
compares, sorts and sums in SQL as a number, and everything the core can hold fits SQLite's 64 bits. Text was
turned down for these columns because "9" sorts after "10".

Totals do not fit there: money (a quantity times a price) has sixteen decimal places, and a year of quantities
may add up to more than one of them can hold. On SQLite they are plain decimal text: exact, but not for
sorting or summing in SQL. Only `positions` has such columns.

Times are UTC nanoseconds in a BIGINT: the TIMESTAMP of both databases would cut off below the microsecond.
"""

from __future__ import annotations

from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

__all__ = ["EXACT", "MONEY_SCALE", "NUMBER_SCALE", "Number", "Total", "nanoseconds"]

NUMBER_SCALE = 8
MONEY_SCALE = 16
TOTAL_DIGITS = 56
MANTISSA_MAX = 2**63 - 1

# Room for every product of two 64-bit mantissas summed over more executions than a journal can hold; what
# would still have to be rounded is an error and never a quietly different number.
EXACT = Context(prec=76, traps=[Inexact, InvalidOperation, Overflow])


class Number(TypeDecorator[Decimal]):
    """A price or quantity: NUMERIC(28, 8) on PostgreSQL, the integer mantissa on SQLite."""

    impl = sa.Numeric(28, NUMBER_SCALE)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.BigInteger())
        return dialect.type_descriptor(sa.Numeric(28, NUMBER_SCALE))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | int | None:
        if value is None:
            return None
        if dialect.name != "sqlite":
            return value
        mantissa = EXACT.scaleb(value, NUMBER_SCALE)
        whole = int(mantissa)
        if whole != mantissa or abs(whole) > MANTISSA_MAX:
            raise ValueError(
                f"expected a number with at most {NUMBER_SCALE} places and a 64-bit mantissa, was {value}; "
                "the core refuses such numbers, so this one did not come from a journal"
            )
        return whole

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        if dialect.name == "sqlite":
            return Decimal(value).scaleb(-NUMBER_SCALE, EXACT)
        return Decimal(value)


class Total(TypeDecorator[Decimal]):
    """A sum over many executions: NUMERIC(56, places) on PostgreSQL, decimal text on SQLite."""

    impl = sa.Numeric(TOTAL_DIGITS)
    cache_ok = True

    def __init__(self, places: int) -> None:
        super().__init__(TOTAL_DIGITS, places)
        self.places = places

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.Text())
        return dialect.type_descriptor(sa.Numeric(TOTAL_DIGITS, self.places))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | str | None:
        if value is None:
            return None
        exact = EXACT.quantize(value, Decimal(1).scaleb(-self.places))
        return f"{exact:f}" if dialect.name == "sqlite" else exact

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


def nanoseconds(name: str, *, nullable: bool = False) -> sa.Column[int]:
    """Make a column of UTC nanoseconds; the unit is part of its name."""
    assert name.endswith("_ns")
    return sa.Column(name, sa.BigInteger(), nullable=nullable)
