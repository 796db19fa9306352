"""Files of orders that might come: CSV with a header line, or YAML with a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.row_file import read_rows
from gateway.risk.limits.simulation import TimedOrder
from gateway.v1 import order_entry_pb2, types_pb2

__all__ = ["enumerator", "order_type_of", "read_order_file"]

_REQUIRED = ("account", "instrument", "side", "quantity")
_KNOWN = (
    *_REQUIRED, "client", "strategy", "type", "price", "stop_price", "time_in_force", "client_order_id", "time",
)  # fmt: skip
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_order_file(file: Path, client: str, start_ns: int) -> Iterator[TimedOrder]:
    """Read the orders. Raises CommandFailure with file and line.

    `client`: of those that name none. Without a `time` (ISO 8601) an order comes one second after the one before it,
    the first at `start_ns`.
    """
    time_ns = start_ns
    for number, (where, row) in enumerate(read_rows(file, "orders"), start=1):
        absent = [name for name in _REQUIRED if not row.get(name)]
        strange = [name for name in row if name not in _KNOWN]
        if absent or strange:
            wrong = (
                f"misses {', '.join(absent)}" if absent else f"has {', '.join(strange)}, which is no column"
            )
            raise CommandFailure(f"{where}: {wrong}; columns are {', '.join(_KNOWN)}", ExitCode.USAGE)
        time_ns = _time_ns(where, row["time"]) if row.get("time") else time_ns + (number > 1) * 1_000_000_000
        order = _order(where, row, f"order-{number}")
        yield TimedOrder(row.get("client") or client, order, time_ns)


def order_type_of(price: str, stop_price: str) -> str:
    """The type of an order that names none."""
    if stop_price:
        return "stop_limit" if price else "stop"
    return "limit" if price else "market"


def enumerator(enumeration: Any, prefix: str, name: str, where: str = "") -> Any:
    """Find an enumerator by its name in small letters. Raises CommandFailure."""
    known = {
        each.removeprefix(f"{prefix}_").lower(): number for each, number in enumeration.items() if number
    }
    if name.lower() not in known:
        raise CommandFailure(f"{where}expected one of {', '.join(known)}, was '{name}'", ExitCode.USAGE)
    return known[name.lower()]


def _order(where: str, row: Mapping[str, str], order_id: str) -> order_entry_pb2.NewOrder:
    at = f"{where}: "
    price, stop_price = row.get("price", ""), row.get("stop_price", "")
    order = order_entry_pb2.NewOrder(
        client_order_id=row.get("client_order_id") or order_id,
        account=row["account"],
        strategy=row.get("strategy") or "simulation",
        instrument=row["instrument"],
        side=enumerator(types_pb2.Side, "SIDE", row["side"], at),
        order_type=enumerator(
            types_pb2.OrderType, "ORDER_TYPE", row.get("type") or order_type_of(price, stop_price), at
        ),
        time_in_force=enumerator(
            types_pb2.TimeInForce, "TIME_IN_FORCE", row.get("time_in_force") or "day", at
        ),
        quantity=row["quantity"],
        price=price,
    )
    if stop_price:
        order.terms.stop_price = stop_price
    return order


def _time_ns(where: str, text: str) -> int:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandFailure(
            f"{where}: time: expected ISO 8601, such as 2026-11-27T09:30:00, was '{text}'", ExitCode.USAGE
        ) from error
    utc = time if time.tzinfo else time.replace(tzinfo=UTC)
    return (utc - _EPOCH) // timedelta(microseconds=1) * 1_000
