"""What a session asks of the world around it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sim.wire import Message

__all__ = ["Deliver", "Disconnect", "Effect", "LoggedOn", "LogoutAsked", "Note", "Transmit"]


@dataclass(frozen=True, slots=True)
class Transmit:
    """Write these bytes to the connection."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Deliver:
    """Hand an application message, in sequence and seen for the first time, to the exchange."""

    message: Message


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Close the connection once what was transmitted is written."""

    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something for the log. `level` is a name of the logging module."""

    level: str
    text: str


@dataclass(frozen=True, slots=True)
class LoggedOn:
    """A counterparty is there; `fields` are those of its Logon(A)."""

    comp_id: str
    fields: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class LogoutAsked:
    """A counterparty ends its session; `fields` are those of its Logout(5)."""

    comp_id: str
    fields: Mapping[int, str]


Effect = Transmit | Deliver | Disconnect | Note | LoggedOn | LogoutAsked
