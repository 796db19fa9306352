"""Settings as the core takes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gateway.config.core_credentials import core_credentials
from gateway.config.core_network import admission_settings, connection_settings
from gateway.config.schedule import first_instant, windows_between
from gateway.config.schedule_settings import TradingHoursSettings
from gateway.config.session_sections import ValidationSettings
from gateway.config.session_settings import secret_tags
from gateway.config.settings import DictionarySettings, InstrumentSettings, SessionSettings, Settings
from gateway.config.venue_profile import ORDER_TYPES, TERMS, TIMES_IN_FORCE, VenueProfileSettings
from gateway.core import _core

__all__ = [
    "APPL_VER_IDS",
    "CompileDictionary",
    "core_session",
    "core_settings",
    "session_windows",
    "trading_windows",
]

CompileDictionary = Callable[[str, Path | None, Path | None, bool], bytes]
"""Gives the compiled tables of a version's dictionary: of the file if given, else of the bundled one, changed
by the overlay if one is given; with the types as published, or with those of FIX 4.0 and 4.1 widened."""

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


WINDOWS_BEFORE_NS = 2 * 86_400 * 1_000_000_000
WINDOWS_AFTER_NS = 15 * 86_400 * 1_000_000_000
"""What the core is told of a session's windows; a clock may be set back a little, or nobody may come to tell more."""


def core_settings(
    settings: Settings, compile_dictionary: CompileDictionary, now_ns: int
) -> _core.CoreSettings:
    """Convert; windows are those around `now_ns`.

    Nothing can be wrong any more but a dictionary, of which `compile_dictionary` says what.
    """
    return _core.CoreSettings(
        journal_path=str(settings.journal.path),
        sessions=[
            core_session(session, settings.dictionaries, compile_dictionary, now_ns)
            for session in settings.sessions
        ],
        venues=[
            _core.VenueSettings(
                name=venue.name,
                session=venue.session,
                profile=_profile(venue.profile, settings.profiles),
                drop_copies=venue.drop_copies,
            )
            for venue in settings.venues
        ],
        instruments=[
            _core.InstrumentSettings(
                symbol=instrument.symbol,
                venue=instrument.venue,
                tick_size=_decimal(instrument.tick_size),
                lot_size=_decimal(instrument.lot_size),
                min_quantity=_decimal(instrument.min_quantity),
                currency=instrument.currency,
                reference_price=_decimal(instrument.reference_price),
                multiplier=_decimal(instrument.multiplier),
                asset_class=instrument.asset_class or "",
                sector=instrument.sector or "",
                region=instrument.region or "",
                max_quantity=_decimal(instrument.max_quantity),
                expires_ns=expires_ns(instrument, settings.trading_hours),
                margin_rate_percent=_decimal(instrument.margin_rate_percent),
                trading_hours=instrument.trading_hours or "",
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
        admission=admission_settings(settings.connections),
        accounts=[
            _core.AccountSettings(name=account.name, desk=account.desk or "") for account in settings.accounts
        ],
        trading_hours=[
            _core.TradingHoursSettings(name=hours.name, windows=trading_windows(hours, now_ns))
            for hours in settings.trading_hours
        ],
        base_currency=settings.reporting.base_currency or "",
        rate_max_age_ns=settings.reporting.rate_max_age // timedelta(microseconds=1) * 1_000,
    )


def session_windows(session: SessionSettings, now_ns: int) -> list[_core.Window] | None:
    """Give the windows of a session around a time; None where it is always up."""
    if session.schedule is None:
        return None
    schedule = session.schedule.schedule()
    found = windows_between(schedule, now_ns - WINDOWS_BEFORE_NS, now_ns + WINDOWS_AFTER_NS)
    return [(window.opens_ns, window.closes_ns, window.day) for window in found]


def trading_windows(hours: TradingHoursSettings, now_ns: int) -> list[_core.Window]:
    """Give the windows of trading hours around a time."""
    found = windows_between(hours.schedule(), now_ns - WINDOWS_BEFORE_NS, now_ns + WINDOWS_AFTER_NS)
    return [(window.opens_ns, window.closes_ns, window.day) for window in found]


def expires_ns(instrument: InstrumentSettings, hours: Sequence[TradingHoursSettings]) -> int:
    """Give the first instant after its last day; 0 where it has none."""
    if instrument.expires is None:
        return 0
    zone = next((each.time_zone for each in hours if each.name == instrument.trading_hours), ZoneInfo("UTC"))
    after = datetime.combine(instrument.expires + timedelta(days=1), time.min)
    return int(first_instant(after, zone).timestamp()) * 1_000_000_000


def core_session(
    session: SessionSettings,
    overrides: DictionarySettings,
    compile_dictionary: CompileDictionary,
    now_ns: int,
) -> _core.SessionSettings:
    """Convert one session."""
    begin, version = session.begin_string, session.application_version
    application_name = version or begin
    application = compile_dictionary(
        application_name,
        session.application_dictionary or overrides.of(application_name),
        session.application_overlay,
        session.validation.strict_types,
    )
    own = (
        compile_dictionary(
            begin,
            session.session_dictionary or overrides.of(begin),
            session.session_overlay,
            session.validation.strict_types,
        )
        if version
        else application
    )
    return _core.SessionSettings(
        name=session.name,
        begin_string=begin,
        sender_comp_id=session.sender_comp_id,
        target_comp_id=session.target_comp_id,
        role=session.role,
        drop_copy=session.kind == "drop_copy",
        host=session.host,
        port=session.port,
        heartbeat_interval_s=session.heartbeat_interval // timedelta(seconds=1),
        default_appl_ver_id=APPL_VER_IDS[version] if version else "",
        **_protocol(session),
        **_validation(session.validation),
        throttle_messages=session.throttle.messages,
        throttle_interval_ns=_milliseconds(session.throttle.interval) * 1_000_000,
        throttle_reserved_for_cancels=session.throttle.reserved_for_cancels,
        throttle_over_limit=session.throttle.over_limit,
        throttle_waiting_max=session.throttle.waiting_max,
        throttle_wait_max_ns=_milliseconds(session.throttle.wait_max) * 1_000_000,
        reconnect_min_ms=_milliseconds(session.reconnect_min),
        reconnect_max_ms=_milliseconds(session.reconnect_max),
        order_status_requests=session.order_status_requests,
        reconcile_timeout_ms=_milliseconds(session.reconcile_timeout),
        resend_orders_max_age_ms=_milliseconds(session.resend_orders_max_age),
        connection=connection_settings(session),
        **core_credentials(session),
        session_dictionary=own,
        application_dictionary=application,
        measure_interval_ms=_milliseconds(session.measure_interval),
        windows=session_windows(session, now_ns),
        day_reset=session.schedule.reset if session.schedule else "never",
    )


def _protocol(session: SessionSettings) -> dict[str, Any]:
    return {
        "sender_sub_id": session.sender_sub_id or "",
        "sender_location_id": session.sender_location_id or "",
        "target_sub_id": session.target_sub_id or "",
        "target_location_id": session.target_location_id or "",
        "logon_fields": [(each.tag, each.text) for each in session.logon_fields],
        "header_fields": [(each.tag, each.value) for each in session.header_fields],
        "header_tags": session.header_tags,
        "secret_tags": sorted(secret_tags(session)),
        "logon_timeout_ms": _milliseconds(session.logon_timeout),
        "logout_timeout_ms": _milliseconds(session.logout_timeout),
        "reset_on_logon": session.reset_on_logon,
        "reset_on_logout": session.reset_on_logout,
        "reset_on_disconnect": session.reset_on_disconnect,
        "reset_on_error": session.reset_on_error,
        "accept_reset": session.accept_reset,
        "next_expected_msg_seq_num": session.next_expected_msg_seq_num,
        "last_msg_seq_num_processed": session.last_msg_seq_num_processed,
        "check_comp_ids": session.check_comp_ids,
        "require_orig_sending_time": session.require_orig_sending_time,
        "check_sending_time": session.check_sending_time,
        "sending_time_tolerance_ms": _milliseconds(session.sending_time_tolerance),
        "time_decimals": _DECIMALS[session.timestamp_precision],
        "resend_chunk": session.resend_chunk,
        "resend_stall_timeout_ms": _milliseconds(session.resend_stall_timeout),
        "replay_messages_per_step": session.resend_slice,
        "kept_messages_max": session.kept_messages_max,
        "kept_bytes_max": session.kept_size_max,
        "message_size_max": session.message_size_max,
        "fields_max": session.message_fields_max,
    }


_DECIMALS = {"seconds": 0, "milliseconds": 3, "microseconds": 6, "nanoseconds": 9}


def _validation(validation: ValidationSettings) -> dict[str, Any]:
    return {
        "check_msg_type": validation.message_types,
        "check_required": validation.required_fields,
        "check_empty_value": validation.empty_values,
        "check_format": validation.formats,
        "check_local_dates": validation.local_dates,
        "check_enumerations": validation.enumerations,
        "check_tag_for_message": validation.fields_of_message,
        "check_field_order": validation.field_order,
        "check_repeated_tag": validation.repeated_fields,
        "check_group_count": validation.group_counts,
        "check_group_delimiter": validation.group_delimiters,
        "check_data_length": validation.data_lengths,
        "unknown_tags": validation.unknown_fields,
        "user_defined_tags": validation.user_defined_fields,
        "group_entries_max": validation.group_entries_max,
    }


def _profile(name: str | None, profiles: tuple[VenueProfileSettings, ...]) -> _core.VenueProfile | None:
    """Give the profile of this name as the core takes it; None: FIX's own way."""
    if name is None:
        return None
    profile = next(profile for profile in profiles if profile.name == name)
    promise = profile.cancel_on_disconnect
    return _core.VenueProfile(
        order_types=profile.order_types or ORDER_TYPES,
        times_in_force=profile.times_in_force or TIMES_IN_FORCE,
        terms=TERMS if profile.terms is None else profile.terms,
        order_type_codes={entry.order_type: entry.code for entry in profile.order_type_codes},
        time_in_force_codes={entry.time_in_force: entry.code for entry in profile.time_in_force_codes},
        tags={entry.term: entry.tag for entry in profile.tags},
        custom_fields=[(entry.tag, entry.value) for entry in profile.custom_fields],
        exec_id_per_account=profile.exec_id_per_account,
        exec_id_per_trade_date=profile.exec_id_per_trade_date,
        dont_know_trades=profile.dont_know_trades,
        adopt_orphans=profile.adopt_orphans,
        orphan_client=profile.orphan_client or "",
        orphan_strategy=profile.orphan_strategy or "",
        inferred_fill_after_ms=_milliseconds(profile.inferred_fill_after),
        mass_cancel=profile.mass_cancel or (),
        mass_status=profile.mass_status,
        cancel_on_disconnect_ms=0 if promise is None else _milliseconds(promise.within),
        kept_on_disconnect=() if promise is None else promise.excludes or (),
        day_orders_end=profile.day_orders_end,
        expiry_grace_ms=_milliseconds(profile.expiry_grace),
        commission=profile.commission,
        drop_copy_exec_id_tag=profile.drop_copy_exec_id_tag or 0,
        drop_copy_exec_ref_id_tag=profile.drop_copy_exec_ref_id_tag or 0,
        drop_copy_cl_ord_id_tag=profile.drop_copy_cl_ord_id_tag or 0,
        trading_session=profile.trading_session or "",
    )


def _decimal(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"


def _milliseconds(value: timedelta) -> int:
    return value // timedelta(milliseconds=1)
