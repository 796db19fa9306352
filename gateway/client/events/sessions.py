"""FIX sessions."""

from dataclasses import dataclass

from gateway.client.enums import SessionAction, SessionState
from gateway.client.events.base import Event

__all__ = [
    "PasswordChanged",
    "SequenceChanged",
    "SessionChanged",
    "SessionControlled",
    "SessionWindowChanged",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionChanged(Event):
    """A session changed its state."""

    session: str
    state: SessionState
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceChanged(Event):
    """A session's sequence numbers changed other than by one message."""

    session: str
    next_in: int
    next_out: int
    reason: str
    reset: bool
    reset_open: bool
    """A reset was asked for, and the counterparty has not yet agreed to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionControlled(Event):
    """An operator did something with a session."""

    session: str
    action: SessionAction
    changed_by: str
    reason: str
    old_next_in: int
    old_next_out: int
    next_in: int
    next_out: int
    detail: str
    forced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionWindowChanged(Event):
    """A session's window opened or closed, by its schedule."""

    session: str
    open: bool
    day: int
    opens_ns: int
    closes_ns: int
    reset: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(Event):
    """A counterparty took the new password of its session."""

    session: str
    change_id: str
