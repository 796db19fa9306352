"""Parts of a session's entry that are sections of their own: extra fields, validation."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from gateway.config.scalars import Duration, Flag, Integer, Text
from gateway.config.secrets import Secret
from gateway.config.section import Section

__all__ = ["HeaderFieldSettings", "LogonFieldSettings", "Tag", "ThrottleSettings", "ValidationSettings"]

_Boolean = Annotated[bool, Flag()]
Tag = Annotated[int, Integer(1, 2**31 - 1)]
_Value = Annotated[str, Text("a field's value", r"[ -~]{1,256}", "1 to 256 printable characters")]
TagPolicy = Literal["allow", "pass_on", "reject"]


class LogonFieldSettings(Section):
    """One more field of the Logon, behind those of the session, ascending by tag."""

    tag: Tag
    """The field."""
    value: _Value | None = None
    """Its value; this or `secret`."""
    secret: Annotated[SecretStr, Secret()] | None = None
    """Its value by reference, ${env:NAME} or ${file:PATH}; it is blanked wherever the Logon is kept or shown."""

    @property
    def text(self) -> str:
        return self.secret.get_secret_value() if self.secret is not None else self.value or ""


class HeaderFieldSettings(Section):
    """One more field of every header, at its place by tag."""

    tag: Tag
    """The field, of the header or of the counterparty's own."""
    value: _Value
    """Its value. No secrets: headers are kept as they were sent."""


class ThrottleSettings(Section):
    """How many orders, replaces, cancels and questions the session sends in an interval, wherever it begins."""

    messages: Annotated[int, Integer(0, 100_000)] = 0
    """The most; 0: no limit."""
    interval: Annotated[timedelta, Duration("10ms", "1m")] = timedelta(seconds=1)
    """The interval."""
    reserved_for_cancels: Annotated[int, Integer(0, 100_000)] = 0
    """How many of them only cancels may use."""
    over_limit: Literal["deny", "drop", "wait"] = "deny"
    """A request that finds no room is denied for good; or dropped: its id may be tried again; or, where it is a new
    order, it waits until there is room."""
    waiting_max: Annotated[int, Integer(1, 100_000)] = 1_000
    """With `wait`: how many new orders may wait; more are denied."""
    wait_max: Annotated[timedelta, Duration("1ms", "1m")] = timedelta(seconds=1)
    """With `wait`: for how long, and no longer than the client's deadline; then the order ends as NOT_SENT."""


class ValidationSettings(Section):
    """What is checked of a message that comes in. Off: what venues commonly add or change on their own."""

    message_types: _Boolean = True
    """MsgType(35) is in the dictionary; otherwise the answer is a Reject or BusinessMessageReject."""
    required_fields: _Boolean = True
    """Required fields are there, also in group entries."""
    empty_values: _Boolean = False
    """No field is empty."""
    formats: _Boolean = True
    """Values have the form of their type."""
    strict_types: _Boolean = False
    """Quantities and identifiers of FIX 4.0 and 4.1 are whole numbers, as published; otherwise as in FIX 4.2."""
    local_dates: _Boolean = False
    """So have LOCALMKTDATE and MONTHYEAR, which many fill freely."""
    enumerations: _Boolean = False
    """Values are in the enumeration of their field."""
    fields_of_message: _Boolean = False
    """Each field that the dictionary knows is one that the message has."""
    field_order: _Boolean = False
    """Header before body before trailer."""
    repeated_fields: _Boolean = True
    """No field comes twice in one structure."""
    group_counts: _Boolean = True
    """A group has as many entries as its count says."""
    group_delimiters: _Boolean = True
    """Each entry begins with the first field of the group."""
    data_lengths: _Boolean = True
    """A data field follows its length field and is as long as that says."""
    unknown_fields: TagPolicy = "allow"
    """Tags below 5000 that the dictionary does not have: `allow` lets them be, `pass_on` also shows those of an
    ExecutionReport to clients (`extra_fields` of the event), `reject` answers a Reject."""
    user_defined_fields: TagPolicy = "allow"
    """Tags from 5000 on that the dictionary, or the message, does not have: the same; `pass_on` also shows those that
    an overlay defines."""
    group_entries_max: Annotated[int, Integer(0, 10_000)] = Field(default=0)
    """Entries of one repeating group; 0: as many as the message has fields for."""
