"""Settings of a core without any venue: limits can be set, and orders are denied before they are sent."""

from __future__ import annotations

from pathlib import Path

from gateway.core import _core

__all__ = ["core_settings"]


def core_settings(journal: Path) -> _core.CoreSettings:
    """Two clients with an account each, two instruments at one venue whose session is never started."""
    return _core.CoreSettings(
        journal_path=str(journal),
        sessions=[
            _core.SessionSettings(
                name="SIM",
                begin_string="FIX.4.4",
                sender_comp_id="GATEWAY",
                target_comp_id="SIM",
                role="initiator",
                host="127.0.0.1",
                port=1,
            )
        ],
        venues=[_core.VenueSettings(name="SIM", session="SIM")],
        instruments=[
            _core.InstrumentSettings(
                symbol=symbol, venue="SIM", tick_size="0.01", lot_size="1", min_quantity="1", currency="USD"
            )
            for symbol in ("ACME", "OTHER")
        ],
        clients=[
            _core.ClientSettings(name="alpha", accounts=["A1"]),
            _core.ClientSettings(name="beta", accounts=["B1"]),
        ],
        limits=[_core.LimitSettings(level="firm", max_order_quantity="1000")],
        segment_size_bytes=1024 * 1024,
        orders_max=1_000,
    )
