"""What the section `risk` demands of the others, and of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.config.problem import Location

__all__ = ["SECTION_LIMIT_NAMES", "risk_faults"]

SECTION_LIMIT_NAMES = frozenset({"max_order_quantity", "max_order_notional", "price_collar_percent"})
"""What the core calls limits of the section `limits`, at whichever level they stand."""

_SECTIONS = {
    "desk": ("accounts", "desk"),
    "account": ("accounts", "name"),
    "instrument": ("instruments", "symbol"),
    "class": ("instruments", "asset_class"),
    "sector": ("instruments", "sector"),
    "region": ("instruments", "region"),
    "venue": ("venues", "name"),
    "session": ("sessions", "name"),
    "currency": ("instruments", "currency"),
}


def risk_faults(tree: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
    """Find limits on analytics of levels that are not there, doubles, and currencies without a rate."""
    risk = tree.get("risk")
    if not isinstance(risk, dict):
        return
    yield from _limit_names(risk.get("limits"))
    yield from _market_data(tree, risk.get("market_data"))
    analytics = risk.get("analytics")
    if not isinstance(analytics, dict):
        return
    at: Location = ("risk", "analytics")
    yield from _limits(tree, analytics.get("limits"), (*at, "limits"))
    yield from _rates(analytics, at)


def _limit_names(limits: Any) -> Iterator[tuple[Location, str]]:
    first: dict[str, int] = {}
    for index, entry in enumerate(limits if isinstance(limits, list) else ()):
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str):
            continue
        at: Location = ("risk", "limits", index, "name")
        if first.setdefault(name, index) != index:
            yield at, f"'{name}' is the name of limits[{first[name]}] already; choose another"
        if name in SECTION_LIMIT_NAMES:
            yield at, f"'{name}' is what limits of the section `limits` are called; choose another"


def _market_data(tree: Mapping[str, Any], sessions: Any) -> Iterator[tuple[Location, str]]:
    symbols = _names(tree, "instruments", "symbol")
    first: dict[str, int] = {}
    names: dict[str, int] = {}
    for index, entry in enumerate(sessions if isinstance(sessions, list) else ()):
        at: Location = ("risk", "market_data", index)
        if not isinstance(entry, dict):
            continue
        name, version = entry.get("name"), entry.get("application_version")
        if isinstance(name, str) and names.setdefault(name, index) != index:
            yield (*at, "name"), f"'{name}' is the name of market_data[{names[name]}] already; choose another"
        if (entry.get("begin_string") == "FIXT.1.1") != (version is not None):
            yield at, "application_version goes with FIXT.1.1, which needs it"
        instruments = entry.get("instruments")
        for place, symbol in enumerate(instruments if isinstance(instruments, list) else ()):
            if not isinstance(symbol, str):
                continue
            if symbol not in symbols:
                yield (
                    (*at, "instruments", place),
                    f"there is no '{symbol}' in instruments; add it, or mend the name",
                )
            elif symbol in first:
                message = (
                    f"market_data[{first[symbol]}] subscribes to {symbol}: its price would have two sources"
                )
                yield (*at, "instruments", place), f"{message}; remove one"
            first.setdefault(symbol, index)


def _limits(tree: Mapping[str, Any], limits: Any, at: Location) -> Iterator[tuple[Location, str]]:
    first: dict[tuple[Any, Any, Any], int] = {}
    for index, entry in enumerate(limits if isinstance(limits, list) else ()):
        if not isinstance(entry, dict) or not isinstance(entry.get("level"), str):
            continue
        kind, _, name = entry["level"].partition(":")
        if kind in _SECTIONS and name not in _names(tree, *_SECTIONS[kind]):
            section = _SECTIONS[kind][0]
            yield (*at, index, "level"), f"there is no '{name}' in {section}; add it there, or mend the name"
        key = entry["level"], entry.get("metric"), entry.get("action", "warn")
        if first.setdefault(key, index) != index:
            yield (
                (*at, index),
                f"limits the same as limits[{first[key]}] does, with the same action; remove one",
            )


def _rates(analytics: Mapping[str, Any], at: Location) -> Iterator[tuple[Location, str]]:
    seen: set[str] = set()
    rates = analytics.get("rates")
    for index, entry in enumerate(rates if isinstance(rates, list) else ()):
        currency = entry.get("currency") if isinstance(entry, dict) else None
        if not isinstance(currency, str):
            continue
        if currency in seen:
            yield (*at, "rates", index), f"{currency} has a rate already; remove one"
        if currency == analytics.get("base_currency", "USD"):
            yield (*at, "rates", index), f"{currency} is the base currency: its rate is 1; remove the entry"
        seen.add(currency)


def _names(tree: Mapping[str, Any], section: str, key: str) -> set[str]:
    entries = tree.get(section)
    return {
        entry[key]
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, dict) and isinstance(entry.get(key), str)
    }
