"""Settings as the core takes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from pydantic import SecretStr

from gateway.config.settings import DictionarySettings, SessionSettings, Settings
from gateway.core import _core

__all__ = ["APPL_VER_IDS", "CompileDictionary", "core_settings"]

CompileDictionary = Callable[[str, Path | None, Path | None], bytes]
"""Gives the compiled tables of a version's dictionary: of the file if given, else of the bundled one, changed
by the overlay if one is given."""

APPL_VER_IDS = {
    "FIX.4.0": "2",
    "FIX.4.1": "3",
    "FIX.4.2": "4",
    "FIX.4.3": "5",
    "FIX.4.4": "6",
    "FIX.5.0": "7",
    "FIX.5.0SP1": "8",
    "FIX.5.0SP2": "9",
}
"""ApplVerID(1128) and DefaultApplVerID(1137) by version."""


def core_settings(settings: Settings, compile_dictionary: CompileDictionary) -> _core.CoreSettings:
    """Convert. Nothing can be wrong any more but a dictionary, of which `compile_dictionary` says what."""
    return _core.CoreSettings(
        journal_path=str(settings.journal.path),
        sessions=[
            _session(session, settings.dictionaries, compile_dictionary) for session in settings.sessions
        ],
        venues=[_core.VenueSettings(name=venue.name, session=venue.session) for venue in settings.venues],
        instruments=[
            _core.InstrumentSettings(
                symbol=instrument.symbol,
                venue=instrument.venue,
                tick_size=_decimal(instrument.tick_size),
                lot_size=_decimal(instrument.lot_size),
                min_quantity=_decimal(instrument.min_quantity),
                currency=instrument.currency,
                reference_price=_decimal(instrument.reference_price),
            )
            for instrument in settings.instruments
        ],
        clients=[
            _core.ClientSettings(name=client.name, accounts=client.accounts) for client in settings.clients
        ],
        limits=[
            _core.LimitSettings(
                level=limit.level,
                max_order_quantity=_decimal(limit.max_order_quantity),
                max_order_notional=_decimal(limit.max_order_notional),
                price_collar_percent=_decimal(limit.price_collar_percent),
            )
            for limit in settings.limits
        ],
        segment_size_bytes=settings.journal.segment_size,
        durability=settings.journal.durability,
        orders_max=settings.capacity.orders,
    )


def _session(
    session: SessionSettings, overrides: DictionarySettings, compile_dictionary: CompileDictionary
) -> _core.SessionSettings:
    begin, version = session.begin_string, session.application_version
    application_name = version or begin
    application = compile_dictionary(
        application_name,
        session.application_dictionary or overrides.of(application_name),
        session.application_overlay,
    )
    own = (
        compile_dictionary(begin, session.session_dictionary or overrides.of(begin), session.session_overlay)
        if version
        else application
    )
    return _core.SessionSettings(
        name=session.name,
        begin_string=begin,
        sender_comp_id=session.sender_comp_id,
        target_comp_id=session.target_comp_id,
        role=session.role,
        host=session.host,
        port=session.port,
        heartbeat_interval_s=session.heartbeat_interval // timedelta(seconds=1),
        default_appl_ver_id=APPL_VER_IDS[version] if version else "",
        username=session.username or "",
        password=_secret(session.password),
        reset_on_logon=session.reset_on_logon,
        reconnect_min_ms=_milliseconds(session.reconnect_min),
        reconnect_max_ms=_milliseconds(session.reconnect_max),
        order_status_requests=session.order_status_requests,
        reconcile_timeout_ms=_milliseconds(session.reconcile_timeout),
        resend_orders_max_age_ms=_milliseconds(session.resend_orders_max_age),
        session_dictionary=own,
        application_dictionary=application,
    )


def _decimal(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"


def _milliseconds(value: timedelta) -> int:
    return value // timedelta(milliseconds=1)


def _secret(value: SecretStr | None) -> str:
    return "" if value is None else value.get_secret_value()
