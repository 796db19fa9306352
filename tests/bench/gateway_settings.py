"""A core like the one of the C++ benchmarks: sixteen accounts, sixty-four instruments, limits at every level."""

from __future__ import annotations

from pathlib import Path

from gateway.core import _core
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import types_pb2 as types

__all__ = ["ACCOUNTS", "CLIENT", "core_settings", "new_order", "session"]

CLIENT = "bench"
VENUE = "VENUE"
ACCOUNTS = [f"ACC{100 + at}" for at in range(16)]
INSTRUMENTS = [f"SYM{100 + at}" for at in range(64)]


def session(role: str, port: int) -> _core.SessionSettings:
    """The session GATEWAY to VENUE; as an acceptor, the gateway plays the venue."""
    ours, theirs = ("GATEWAY", VENUE) if role == "initiator" else (VENUE, "GATEWAY")
    return _core.SessionSettings(
        name="VENUE",
        begin_string="FIX.4.4",
        sender_comp_id=ours,
        target_comp_id=theirs,
        role=role,
        host="127.0.0.1",
        port=port,
        reconnect_min_ms=10,
    )


def core_settings(journal: Path, of_session: _core.SessionSettings, orders_max: int) -> _core.CoreSettings:
    """Settings of the whole core."""

    def limit(level: str, factor: int) -> _core.LimitSettings:
        return _core.LimitSettings(
            level=level,
            max_order_quantity=str(100_000 * factor),
            max_order_notional=str(10_000_000 * factor),
            price_collar_percent=str(10 * factor),
        )

    return _core.CoreSettings(
        journal_path=str(journal),
        sessions=[of_session],
        venues=[_core.VenueSettings(name=VENUE, session="VENUE")],
        instruments=[
            _core.InstrumentSettings(
                symbol=symbol,
                venue=VENUE,
                tick_size="0.01",
                lot_size="1",
                min_quantity="1",
                currency="USD",
                reference_price="100",
            )
            for symbol in INSTRUMENTS
        ],
        clients=[_core.ClientSettings(name=CLIENT, accounts=ACCOUNTS)],
        limits=[
            *(limit(f"instrument:{symbol}", 1) for symbol in INSTRUMENTS),
            *(limit(f"account:{account}", 2) for account in ACCOUNTS),
            limit(f"client:{CLIENT}", 3),
            limit(f"venue:{VENUE}", 4),
            limit("firm", 5),
        ],
        orders_max=orders_max,
    )


def new_order(prefix: str, number: int) -> order_entry.NewOrder:
    """Order `number` of a run; all are accepted."""
    return order_entry.NewOrder(
        client_order_id=f"{prefix}-{number:08}",
        account=ACCOUNTS[number * 7 % len(ACCOUNTS)],
        strategy="bench",
        instrument=INSTRUMENTS[number * 5 % len(INSTRUMENTS)],
        side=types.SIDE_BUY if number % 2 == 0 else types.SIDE_SELL,
        order_type=types.ORDER_TYPE_LIMIT,
        time_in_force=types.TIME_IN_FORCE_DAY,
        quantity=str(1 + number % 900),
        price=f"{95 + number % 10}.{10 + number % 90}",
    )
