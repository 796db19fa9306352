"""What the filters of `gateway fixlog` mean: names become tags, and names of values the values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.fix_names import Dictionaries, VersionNames

__all__ = ["Condition", "condition", "session_conditions", "time_text", "type_condition"]

Condition = tuple[list[int], str, list[str]]
"""Tags, test and values, as FixLogScan takes them."""

_MSG_TYPE, _SENDER, _TARGET = 35, 49, 56
_FORM = re.compile(r"(?P<name>[A-Za-z0-9]+)(?P<test>!=|<=|>=|=|~|<|>)(?P<value>.*)", re.DOTALL)


def condition(text: str, dictionaries: Dictionaries, near: VersionNames) -> Condition:
    """Read `Name=Value`, `Name!=Value`, `Name~part`, `Name>=Value`, `Name` (is there) or `!Name` (is not there).

    `Name=A,B`: one of them. Raises CommandFailure.
    """
    if re.fullmatch(r"!?[A-Za-z0-9]+", text):
        absent = text.startswith("!")
        return [dictionaries.tag(text.lstrip("!"), near)], "absent" if absent else "present", []
    form = _FORM.fullmatch(text)
    if form is None:
        raise CommandFailure(
            f"expected NAME=VALUE, NAME!=VALUE, NAME~PART, NAME>=VALUE, NAME or !NAME, was {text!r};"
            " for example OrdStatus=Rejected or 38>=1000",
            ExitCode.USAGE,
        )
    tag = dictionaries.tag(form["name"], near)
    if form["test"] not in ("=", "!="):
        return [tag], form["test"], [form["value"]]
    values = [value for part in form["value"].split(",") for value in dictionaries.values(tag, part, near)]
    return [tag], form["test"], list(dict.fromkeys(values))


def type_condition(types: Sequence[str], dictionaries: Dictionaries, near: VersionNames) -> Condition:
    """Messages of these types, by MsgType(35) or name. Raises CommandFailure for a name that no message has."""
    values: list[str] = []
    for text in types:
        found = dictionaries.values(_MSG_TYPE, text, near)
        if len(found) == 1 and len(text) > 3:
            raise CommandFailure(f"no message is called {text!r} in these dictionaries", ExitCode.USAGE)
        values += found
    return [_MSG_TYPE], "=", values


def session_conditions(session: str) -> list[Condition]:
    """Messages from or to a CompID, or with `A->B` those from A to B alone."""
    sender, arrow, target = session.partition("->")
    if not arrow:
        return [([_SENDER, _TARGET], "=", [session])]
    return [([_SENDER], "=", [sender.strip()]), ([_TARGET], "=", [target.strip()])]


def time_text(text: str) -> str:
    """A time in UTC as SendingTime(52) writes it: from ISO 8601, a date, FIX's form, or a time of today.

    Raises CommandFailure.
    """
    if re.fullmatch(r"\d{8}(-\d{2}(:\d{2}(:\d{2}(\.\d+)?)?)?)?", text):
        return text
    if re.fullmatch(r"\d{2}:\d{2}(:\d{2}(\.\d+)?)?", text):
        return f"{datetime.now(UTC):%Y%m%d}-{text}"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandFailure(
            f"expected a time such as 2026-11-21, 2026-11-21T10:00:00, 20261121-10:00:00 or 10:00 (today, UTC),"
            f" was {text!r}",
            ExitCode.USAGE,
        ) from error
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    shown = f"{moment:%Y%m%d-%H:%M:%S}"
    return f"{shown}.{moment.microsecond:06d}" if moment.microsecond else shown
