"""Limits of the configuration file as messages, and the desk that the configuration asks for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from gateway.config import Settings
from gateway.config.risk_limits import RiskLimitSettings
from gateway.risk.limits.desk import ApprovalTerms, LimitCore, LimitDesk
from gateway.risk.limits.state import LIMITS_FILE_NAME
from gateway.v1 import risk_pb2

__all__ = ["file_limits", "limit_desk", "limit_message"]


def limit_desk(settings: Settings, core: LimitCore, *, now_ns: Callable[[], int]) -> LimitDesk:
    """Make the desk. Raises StateFileError, OSError."""
    approval = settings.risk.approval
    terms = ApprovalTerms(
        loosening_percent=approval.loosening_percent,
        required=approval.required,
        expires_after_ns=_ns(approval.expires_after),
        override_max_ns=_ns(approval.override_max),
    )
    return LimitDesk(core, terms, settings.journal.path / LIMITS_FILE_NAME, now_ns=now_ns)


def file_limits(settings: Settings) -> list[risk_pb2.Limit]:
    """Convert `risk.limits`."""
    return [limit_message(each) for each in settings.risk.limits]


def limit_message(settings: RiskLimitSettings) -> risk_pb2.Limit:
    """Convert one."""
    limit = risk_pb2.Limit(
        name=settings.name,
        level=settings.level,
        second_level=settings.second_level or "",
        kind=f"LIMIT_KIND_{settings.kind.upper()}",
        value="" if settings.value is None else _plain(f"{settings.value:f}"),
        count=settings.count,
        unit=_enumerator("LIMIT_UNIT", settings.unit),
        reference=_enumerator("LIMIT_REFERENCE", settings.reference),
        action=_enumerator("LIMIT_ACTION", settings.action),
        crossing=_enumerator("CROSSING_POLICY", settings.crossing),
        disabled=settings.disabled,
        allow_missing_reference=settings.allow_missing_reference,
        reserve=settings.reserve,
        capital="" if settings.capital is None else _plain(f"{settings.capital:f}"),
        include_charges=settings.include_charges,
        currency=settings.currency or "",
    )
    if settings.window:
        limit.window.FromTimedelta(settings.window)
    return limit


def _enumerator(prefix: str, name: str | None) -> str:
    return f"{prefix}_{name.upper() if name else 'UNSPECIFIED'}"


def _plain(number: str) -> str:
    """Write a decimal as the core does, without zeros at its end: only so are two terms the same."""
    return number.rstrip("0").rstrip(".") if "." in number else number


def _ns(length: timedelta) -> int:
    return length // timedelta(microseconds=1) * 1_000
