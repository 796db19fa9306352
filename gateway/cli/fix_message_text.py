"""A FIX message as people and programs read it: names beside numbers, secrets blanked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from gateway.cli.fix_names import Dictionaries, VersionNames
from gateway.core import FixLogMessage

__all__ = ["BLANK", "SECRET_TAGS", "LoggedMessage", "as_json", "as_line", "as_lines", "as_raw", "read"]

BLANK = "***"
SECRET_TAGS = frozenset({89, 96, 554, 925, 1402, 1404})
"""Signature, RawData, Password, NewPassword and the encrypted forms of both."""

_HEADER = frozenset({8, 9, 10, 34, 35, 49, 52, 56})
"""What the beginning of a line says already."""

_STYLES = {
    "Reject": "bold red",
    "OrderCancelReject": "bold red",
    "BusinessMessageReject": "bold red",
    "ExecutionReport": "bold green",
    "NewOrderSingle": "bold cyan",
    "OrderCancelRequest": "bold yellow",
    "OrderCancelReplaceRequest": "bold yellow",
}
_ADMIN = frozenset("012345A")
_BAD_STATUS = {(39, "8"), (150, "8"), (39, "4"), (150, "H"), (150, "4")}


@dataclass(frozen=True)
class LoggedMessage:
    """One message with its names."""

    fields: tuple[tuple[int, str], ...]
    """Tag and value in the message's order, secrets blanked."""
    names: VersionNames
    notes: tuple[str, ...]
    """What is wrong with it."""
    place: Mapping[str, Any]
    """Of a message of our journal: its lsn, time, direction, session. Else empty."""

    def get(self, tag: int) -> str:
        return next((value for number, value in self.fields if number == tag), "")

    @property
    def msg_type(self) -> str:
        return self.get(35)

    @property
    def name(self) -> str:
        return self.names.messages.get(self.msg_type, self.msg_type or "?")


class _Versions:
    """DefaultApplVerID(1137) of each pair of CompIDs, as its Logons(A) say."""

    def __init__(self) -> None:
        self._known: dict[frozenset[str], str] = {}

    def of(self, fields: Mapping[int, str]) -> str:
        pair = frozenset((fields.get(49, ""), fields.get(56, "")))
        if 1137 in fields:
            self._known[pair] = fields[1137]
        return fields.get(1128) or self._known.get(pair, "")


def read(
    messages: Iterator[FixLogMessage],
    dictionaries: Dictionaries,
    *,
    is_journal: bool = False,
    secrets: frozenset[int] = SECRET_TAGS,
) -> Iterator[LoggedMessage]:
    """Name the messages of a log, in its order; fields with a tag of `secrets` are blanked."""
    versions = _Versions()
    for message in messages:
        values = [(tag, value.decode("utf-8", "backslashreplace")) for tag, value in message.fields]
        first = dict(reversed(values))
        fields = tuple((tag, BLANK if tag in secrets else _printable(value)) for tag, value in values)
        notes = () if message.whole else ("cut off",)
        if message.whole and not message.check_sum_agrees and not secrets & set(first):
            notes = ("wrong CheckSum",)  # with blanked secrets it cannot be right
        names = dictionaries.of(first.get(8, ""), versions.of(first))
        yield LoggedMessage(fields, names, notes, _place(message.before) if is_journal else {})


def as_line(message: LoggedMessage) -> Text:
    """One line: when, from whom to whom, number, message, and its fields by name."""
    line = Text()
    time = message.get(52)
    line.append(f"{_short_time(time):<26} ", "dim")
    line.append(f"{message.get(49)} → {message.get(56)} ", "blue")
    line.append(f"{message.get(34):>5} ", "dim")
    style = "dim" if message.msg_type in _ADMIN else _STYLES.get(message.name, "bold")
    line.append(message.name, style)
    for tag, value in message.fields:
        if tag in _HEADER:
            continue
        line.append(f" {message.names.fields.get(tag, tag)}=", "dim")
        line.append(_value(message, tag, value), "red" if (tag, value) in _BAD_STATUS else "")
    for note in message.notes:
        line.append(f"  [{note}]", "bold red")
    return line


def as_lines(message: LoggedMessage) -> Text:
    """A line for the message and one for each field: tag, name, value, the value's name."""
    lines = Text()
    head = f"{message.get(52)}  {message.get(49)} → {message.get(56)}  {message.name}"
    lines.append(head, "bold")
    lines.append("".join(f"  [{note}]" for note in message.notes), "bold red")
    width = max((len(message.names.fields.get(tag, "")) for tag, _ in message.fields), default=0)
    for tag, value in message.fields:
        lines.append(f"\n  {tag:>6} ", "dim")
        lines.append(f"{message.names.fields.get(tag, ''):<{width}} ", "cyan")
        lines.append(value, "red" if (tag, value) in _BAD_STATUS else "")
        if named := message.names.value(tag, value):
            lines.append(f"  {named}", "green")
    lines.append("\n")
    return lines


def as_raw(message: LoggedMessage) -> Text:
    """The message with | for SOH."""
    return Text("".join(f"{tag}={value}|" for tag, value in message.fields))


def as_json(message: LoggedMessage) -> dict[str, Any]:
    """The message as plain values: fields in their order, with names where there are any."""
    fields = []
    for tag, value in message.fields:
        field: dict[str, Any] = {"tag": tag, "value": value}
        if name := message.names.fields.get(tag):
            field["name"] = name
        if meaning := message.names.value(tag, value):
            field["meaning"] = meaning
        fields.append(field)
    head: dict[str, Any] = {
        "time": message.get(52),
        "sender": message.get(49),
        "target": message.get(56),
        "msg_seq_num": message.get(34),
        "msg_type": message.msg_type,
        "message": message.name,
    }
    return {**message.place, **head, "fields": fields, "notes": list(message.notes)}


def _value(message: LoggedMessage, tag: int, value: str) -> str:
    return message.names.value(tag, value) or value


def _short_time(time: str) -> str:
    return f"{time[:4]}-{time[4:6]}-{time[6:8]} {time[9:]}" if len(time) >= 17 and time[8] == "-" else time


def _printable(text: str) -> str:
    return "".join(mark if mark.isprintable() else f"\\x{ord(mark):02x}" for mark in text)


def _place(before: bytes) -> dict[str, Any]:
    """What JournalReader.fix_log writes before a message."""
    words = before.decode("ascii", "replace").split()
    if len(words) < 4 or not words[-5:][0].isdecimal():
        return {}
    lsn, time, direction, session = words[-5:-1]
    return {"lsn": int(lsn), "journalled": time, "direction": direction, "session": int(session)}
