"""What one value of the configuration demands of another: names that must exist, be unique, or fit together.

The checks read the file's plain values and skip whatever has the wrong shape (the settings' own types report
that), so that a person sees all that is wrong at once and not one layer after the other.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from gateway.config.access_consistency import access_faults
from gateway.config.drop_copy_consistency import drop_copy_faults
from gateway.config.network_consistency import network_faults
from gateway.config.problem import Location, dotted
from gateway.config.risk_consistency import risk_faults
from gateway.config.schedule import WindowRule, find_overlap
from gateway.config.schedule_settings import WindowSettings
from gateway.config.session_consistency import session_faults

__all__ = ["Fault", "find_faults", "near_miss"]

Fault = tuple[Location, str]
"""Where, and what to say."""

_Entry = tuple[Location, dict[str, Any]]

LEVEL_SECTIONS = {"account": "accounts", "client": "clients", "instrument": "instruments", "venue": "venues"}
NAME_KEYS = {"instruments": "symbol", "limits": "level"}
FIRM_LIMITS = ("max_order_quantity", "max_order_notional", "price_collar_percent")


def near_miss(found: str, allowed: Sequence[str]) -> str:
    """Give `; did you mean 'x'?` where something allowed is close to what was found."""
    lower = {name.lower(): name for name in allowed}
    close = difflib.get_close_matches(found.lower(), lower, n=1, cutoff=0.6)
    return f"; did you mean '{lower[close[0]]}'?" if close else ""


def find_faults(tree: dict[str, Any]) -> list[Fault]:
    """Find everything that does not fit together."""
    checks: tuple[Callable[[dict[str, Any]], Iterator[Fault]], ...] = (
        _unique_names,
        _references,
        drop_copy_faults,
        _sessions,
        network_faults,
        access_faults,
        _session_dictionaries,
        _schedules,
        _client_accounts,
        _limit_levels,
        _firm_limits,
        _binds,
        _message_sizes,
        risk_faults,
    )
    return [fault for check in checks for fault in check(tree)]


def _entries(tree: dict[str, Any], section: str) -> Iterator[_Entry]:
    entries = tree.get(section)
    if isinstance(entries, list):
        for index, entry in enumerate(entries):
            if isinstance(entry, dict):
                yield (section, index), entry


def _names(tree: dict[str, Any], section: str) -> list[str]:
    key = NAME_KEYS.get(section, "name")
    return [entry[key] for _, entry in _entries(tree, section) if isinstance(entry.get(key), str)]


def _unique_names(tree: dict[str, Any]) -> Iterator[Fault]:
    for section in (
        "sessions",
        "profiles",
        "venues",
        "instruments",
        "accounts",
        "clients",
        "limits",
        "trading_hours",
    ):
        key = NAME_KEYS.get(section, "name")
        seen: dict[str, Location] = {}
        for location, entry in _entries(tree, section):
            name = entry.get(key)
            if not isinstance(name, str):
                continue
            if name in seen:
                yield (
                    (*location, key),
                    f"'{name}' is already the {key} of {dotted(seen[name])}; each must differ",
                )
            else:
                seen[name] = location


def _missing(name: str, section: str, tree: dict[str, Any]) -> str:
    names = list(dict.fromkeys(_names(tree, section)))
    known = (
        f"there are {', '.join(names[:8])}{', ...' if len(names) > 8 else ''}" if names else "there are none"
    )
    return f"no entry of {section} is called '{name}' ({known}){near_miss(name, names) or '; add it there'}"


def _references(tree: dict[str, Any]) -> Iterator[Fault]:
    references = (
        ("venues", "session", "sessions"),
        ("venues", "profile", "profiles"),
        ("instruments", "venue", "venues"),
        ("instruments", "trading_hours", "trading_hours"),
    )
    for section, key, target in references:
        names = set(_names(tree, target))
        for location, entry in _entries(tree, section):
            name = entry.get(key)
            if isinstance(name, str) and name not in names:
                yield (*location, key), _missing(name, target, tree)
    routes: dict[str, Location] = {}
    for location, entry in _entries(tree, "venues"):
        session = entry.get("session")
        if isinstance(session, str) and routes.setdefault(session, location) != location:
            first = dotted(routes[session])
            message = f"session '{session}' already leads to {first}; one session serves one venue"
            yield (*location, "session"), message


def _sessions(tree: dict[str, Any]) -> Iterator[Fault]:
    identities: dict[tuple[Any, ...], Location] = {}
    for location, entry in _entries(tree, "sessions"):
        version, begin = entry.get("application_version"), entry.get("begin_string")
        if begin == "FIXT.1.1" and version is None:
            yield (
                location,
                "FIXT.1.1 needs application_version; add for example `application_version: FIX.5.0SP2`",
            )
        if version is not None and isinstance(begin, str) and begin != "FIXT.1.1":
            yield (
                (*location, "application_version"),
                f"goes with FIXT.1.1 only, and begin_string is {begin}; remove it",
            )
        if entry.get("role", "initiator") == "initiator" and entry.get("port") == "0":
            yield (
                (*location, "port"),
                "an initiator needs the counterparty's port, from 1 to 65535; 0 is for acceptors",
            )
        if "password" in entry and "username" not in entry:
            yield (*location, "password"), "a password without username; add `username:`"
        low, high = (_milliseconds(entry.get(key, text)) for key, text in _RECONNECT_DEFAULTS)
        if low is not None and high is not None and low > high:
            yield (*location, "reconnect_max"), "is below reconnect_min; make it at least as long"
        yield from session_faults(location, entry)
        identity = tuple(entry.get(key) for key in ("begin_string", "sender_comp_id", "target_comp_id"))
        if all(isinstance(part, str) for part in identity):
            first = identities.setdefault(identity, location)
            if first != location:
                same = f"has the same BeginString and CompIDs as {dotted(first)}"
                yield location, f"{same}; a counterparty cannot tell them apart"


_RECONNECT_DEFAULTS = (("reconnect_min", "250ms"), ("reconnect_max", "30s"))


def _milliseconds(text: Any) -> int | None:
    units = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
    if not isinstance(text, str):
        return None
    digits = text.rstrip("msh ")
    unit = text[len(digits) :].strip()
    return int(digits) * units[unit] if digits.isdecimal() and unit in units else None


def _session_dictionaries(tree: dict[str, Any]) -> Iterator[Fault]:
    for location, entry in _entries(tree, "sessions"):
        begin = entry.get("begin_string")
        for kind in ("dictionary", "overlay"):
            if f"session_{kind}" in entry and isinstance(begin, str) and begin != "FIXT.1.1":
                message = f"goes with FIXT.1.1 only; in {begin} application_{kind} covers all messages"
                yield (*location, f"session_{kind}"), message


def _message_sizes(tree: dict[str, Any]) -> Iterator[Fault]:
    journal = tree.get("journal")
    segment = _bytes(journal.get("segment_size", "64MiB") if isinstance(journal, dict) else "64MiB")
    for location, entry in _entries(tree, "sessions"):
        largest = _bytes(entry.get("message_size_max", "64KiB"))
        if largest and segment and 4 * largest > segment:
            message = "a message and its events must fit a segment; at most a quarter of journal.segment_size"
            yield (*location, "message_size_max"), message
        kept = _bytes(entry.get("kept_size_max", "1MiB"))
        if largest and kept and largest > kept:
            message = "is below message_size_max: no message that large could be kept; make it at least that"
            yield (*location, "kept_size_max"), message


def _bytes(text: Any) -> int | None:
    units = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
    match = re.fullmatch(r"([0-9]{1,15}) ?(B|KiB|MiB|GiB)", text) if isinstance(text, str) else None
    return int(match[1]) * units[match[2]] if match else None


def _schedules(tree: dict[str, Any]) -> Iterator[Fault]:
    schedules: list[tuple[Location, Any]] = [
        ((*location, "schedule"), entry.get("schedule")) for location, entry in _entries(tree, "sessions")
    ]
    for at, schedule in (*schedules, *_entries(tree, "trading_hours")):
        windows = schedule.get("windows") if isinstance(schedule, dict) else None
        rules: dict[int, WindowRule] = {}
        for index, window in enumerate(windows if isinstance(windows, list) else ()):
            try:
                read = WindowSettings.model_validate(window)
            except ValidationError:
                continue  # reported as what it is
            where = (*at, "windows", index)
            if read.close_day is not None and len(read.days) != 1:
                yield (
                    (*where, "close_day"),
                    "goes with one opening day; give `days: sun`, or one window for each",
                )
                continue
            rules[index] = WindowRule(read.days, read.opens, read.closes, read.close_day)
        places = list(rules)
        overlap = find_overlap(list(rules.values()))
        if overlap is not None:
            first, second = places[overlap[0]], places[overlap[1]]
            where = (*at, "windows", max(first, second))
            other = "itself a week later" if first == second else f"windows[{min(first, second)}]"
            yield where, f"overlaps {other}; only one window is open at a time"


def _client_accounts(tree: dict[str, Any]) -> Iterator[Fault]:
    known = set(_names(tree, "accounts"))
    for location, entry in _entries(tree, "clients"):
        accounts = entry.get("accounts")
        seen: set[str] = set()
        for index, name in enumerate(accounts if isinstance(accounts, list) else ()):
            if not isinstance(name, str):
                continue
            if name not in known:
                yield (*location, "accounts", index), _missing(name, "accounts", tree)
            elif name in seen:
                yield (*location, "accounts", index), f"'{name}' is listed twice; remove one"
            seen.add(name)


def _limit_levels(tree: dict[str, Any]) -> Iterator[Fault]:
    for location, entry in _entries(tree, "limits"):
        level = entry.get("level")
        kind, separator, name = level.partition(":") if isinstance(level, str) else ("", "", "")
        section = LEVEL_SECTIONS.get(kind)
        if separator and section is not None and name not in _names(tree, section):
            yield (*location, "level"), _missing(name, section, tree)
        if not any(key in entry for key in FIRM_LIMITS):
            yield location, f"limits nothing; give one of {', '.join(FIRM_LIMITS)}"


def _firm_limits(tree: dict[str, Any]) -> Iterator[Fault]:
    if not isinstance(tree.get("limits"), list):
        return  # missing or misshapen: reported by its type
    firm = [(location, entry) for location, entry in _entries(tree, "limits") if entry.get("level") == "firm"]
    if not firm:
        yield ("limits",), f"no entry has `level: firm`; add one with {', '.join(FIRM_LIMITS)}"
    for location, entry in firm:
        absent = [key for key in FIRM_LIMITS if key not in entry]
        if absent and len(absent) < len(FIRM_LIMITS):
            yield location, f"the firm's limits are the last line and must all be on; add {', '.join(absent)}"


def _binds(tree: dict[str, Any]) -> Iterator[Fault]:
    defaults = {"api": "127.0.0.1:7010", "monitor": "127.0.0.1:7011"}
    binds = {}
    for section, default in defaults.items():
        values = tree.get(section, {})
        binds[section] = values.get("bind", default) if isinstance(values, dict) else None
    if binds["api"] == binds["monitor"] and isinstance(binds["api"], str) and not binds["api"].endswith(":0"):
        yield ("monitor", "bind"), f"{binds['monitor']} is the address of api; choose another port"
