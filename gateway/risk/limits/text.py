"""Limits in words."""

from __future__ import annotations

from decimal import Decimal

from gateway.risk.limits.looseness import UNBOUNDED
from gateway.v1 import risk_pb2

__all__ = ["change_text", "kind_text", "level_text", "terms_text"]


def level_text(limit: risk_pb2.Limit) -> str:
    """Write one level or two."""
    return f"{limit.level} + {limit.second_level}" if limit.second_level else limit.level


def kind_text(limit: risk_pb2.Limit) -> str:
    """Write what it is on."""
    return _word(risk_pb2.LimitKind.Name(limit.kind), "LIMIT_KIND_")


def terms_text(limit: risk_pb2.Limit) -> str:
    """Write what it allows and does: `5 ticks of mid, halt`."""
    parts = []
    if limit.value:
        parts.append(" ".join(filter(None, (limit.value + _unit(limit), limit.currency))))
    if limit.count:
        parts.append(f"{limit.count} times")
    if limit.HasField("window"):
        parts.append(f"within {limit.window.ToTimedelta().total_seconds():g} s")
    if limit.capital:
        parts.append(f"of {limit.capital}")
    if limit.reference:
        parts.append(f"of {_word(risk_pb2.LimitReference.Name(limit.reference), 'LIMIT_REFERENCE_')}")
    if limit.crossing:
        parts.append(_word(risk_pb2.CrossingPolicy.Name(limit.crossing), "CROSSING_POLICY_"))
    if limit.action:
        parts.append(_word(risk_pb2.LimitAction.Name(limit.action), "LIMIT_ACTION_"))
    if limit.allow_missing_reference:
        parts.append("passes without a reference")
    if limit.include_charges:
        parts.append("with charges")
    if limit.disabled:
        parts.append("disabled")
    return ", ".join(parts) or "deny"


def change_text(
    before: risk_pb2.Limit | None, after: risk_pb2.Limit | None, loosening: Decimal | None
) -> str:
    """Write what changes, old and new, and by how much it is looser."""
    name = (after or before or risk_pb2.Limit()).name
    old = "none" if before is None else terms_text(before)
    new = "none" if after is None else terms_text(after)
    if loosening is None or not loosening:
        return f"{name}: {old} -> {new}"
    how = "without bound" if loosening == UNBOUNDED else f"by {float(loosening):.4g} %"
    return f"{name}: {old} -> {new} (looser {how})"


def _unit(limit: risk_pb2.Limit) -> str:
    units = {
        risk_pb2.LIMIT_UNIT_PERCENT: " %",
        risk_pb2.LIMIT_UNIT_TICKS: " ticks",
        risk_pb2.LIMIT_UNIT_ABSOLUTE: " (difference)",
    }
    return units.get(limit.unit, "")


def _word(name: str, prefix: str) -> str:
    return name.removeprefix(prefix).lower().replace("_", " ")
