"""Whether a change of a limit loosens it, and by how much.

What cannot be compared - another level, unit, reference or policy - counts as loosening without bound: a second person
looks at it. Only what is tighter or the same in every respect is tightening.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from gateway.v1 import risk_pb2

__all__ = ["TIGHTENING", "UNBOUNDED", "loosening_percent", "loosest"]

TIGHTENING = Decimal(0)
UNBOUNDED = Decimal("Infinity")

_SEVERITY = {
    risk_pb2.LIMIT_ACTION_WARN: 0,
    risk_pb2.LIMIT_ACTION_RESIZE: 1,
    risk_pb2.LIMIT_ACTION_UNSPECIFIED: 2,  # deny
    risk_pb2.LIMIT_ACTION_DENY: 2,
    risk_pb2.LIMIT_ACTION_REDUCE: 3,
    risk_pb2.LIMIT_ACTION_HALT: 4,
}
_LONGER_IS_TIGHTER = frozenset(
    {
        risk_pb2.LIMIT_KIND_DUPLICATE_ORDERS,
        risk_pb2.LIMIT_KIND_MESSAGE_RATE,
        risk_pb2.LIMIT_KIND_REPEATED_EXECUTIONS,
        risk_pb2.LIMIT_KIND_ACCUMULATED_QUANTITY,
        risk_pb2.LIMIT_KIND_ACCUMULATED_NOTIONAL,
    }
)
"""As much within a longer window is a stricter limit."""
_SHORTER_IS_TIGHTER = frozenset({risk_pb2.LIMIT_KIND_PRICE_COLLAR})
"""There the window is how old a reference price may be."""

Limit = risk_pb2.Limit


def loosening_percent(before: Limit | None, after: Limit | None) -> Decimal:
    """Say by how many percent a change loosens; TIGHTENING (0) where it does not, UNBOUNDED where nothing compares.

    A limit that is new tightens, one that is removed or disabled is loosened without bound. A permission (PERMITTED) is
    the other way round: what is permitted in addition loosens, and the first one of a kind tightens; so each change of
    permissions is looked at by a second person.
    """
    if before == after:
        return TIGHTENING
    if _is_permission(before) or _is_permission(after):
        return UNBOUNDED
    if after is None or (after.disabled and before is not None and not before.disabled):
        return UNBOUNDED
    if before is None or before.disabled:
        return TIGHTENING
    if any(getattr(before, field) != getattr(after, field) for field in _FIXED):
        return UNBOUNDED
    return max(measure(before, after) for measure in _MEASURES)


def loosest(changes: Iterable[tuple[Limit | None, Limit | None]]) -> Decimal:
    """Give the largest loosening of several changes; TIGHTENING for none."""
    return max((loosening_percent(before, after) for before, after in changes), default=TIGHTENING)


def _is_permission(limit: Limit | None) -> bool:
    return limit is not None and limit.kind == risk_pb2.LIMIT_KIND_PERMITTED


_FIXED = ("kind", "level", "second_level", "unit", "reference", "crossing", "reserve", "currency")


def _growth(before: Decimal, after: Decimal) -> Decimal:
    """By how many percent it grew; what grows from nothing does so without bound."""
    if after <= before:
        return TIGHTENING
    return UNBOUNDED if before == 0 else (after / before - 1) * 100


def _value(before: Limit, after: Limit) -> Decimal:
    return _growth(Decimal(before.value or 0), Decimal(after.value or 0))


def _capital(before: Limit, after: Limit) -> Decimal:
    return _growth(Decimal(before.capital or 0), Decimal(after.capital or 0))


def _count(before: Limit, after: Limit) -> Decimal:
    return _growth(Decimal(before.count), Decimal(after.count))


def _window(before: Limit, after: Limit) -> Decimal:
    old, new = Decimal(before.window.ToNanoseconds()), Decimal(after.window.ToNanoseconds())
    if old == new:
        return TIGHTENING
    if after.kind in _LONGER_IS_TIGHTER:
        return _growth(new, old)
    if after.kind in _SHORTER_IS_TIGHTER:
        # Without a window a reference never gets too old.
        return UNBOUNDED if new == 0 else TIGHTENING if old == 0 else _growth(old, new)
    return UNBOUNDED


def _action(before: Limit, after: Limit) -> Decimal:
    return UNBOUNDED if _SEVERITY[after.action] < _SEVERITY[before.action] else TIGHTENING


def _missing_reference(before: Limit, after: Limit) -> Decimal:
    return UNBOUNDED if after.allow_missing_reference and not before.allow_missing_reference else TIGHTENING


def _charges(before: Limit, after: Limit) -> Decimal:
    return UNBOUNDED if before.include_charges and not after.include_charges else TIGHTENING


_MEASURES: tuple[Callable[[Limit, Limit], Decimal], ...] = (
    _value,
    _capital,
    _count,
    _window,
    _action,
    _missing_reference,
    _charges,
)
