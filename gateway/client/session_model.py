"""What an operator is told of FIX sessions: their detail, their messages, what came of a change."""

from dataclasses import dataclass

from gateway.client.enums import MessageDirection
from gateway.client.model import Session

__all__ = ["ConfigurationChange", "SessionDetail", "SessionMessage", "SessionResult", "SessionWindow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionWindow:
    """A time in which a session is up."""

    opens_ns: int
    """Its first instant."""
    closes_ns: int
    """The first instant after it."""
    day: int
    """YYYYMMDD in the session's time zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDetail:
    """One session, with what depends on it."""

    session: Session
    open_orders: int
    windows: tuple[SessionWindow, ...]
    """The one that it is in and those that follow, as far as they are known; empty where it has no schedule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionResult:
    """What came of a change of a session."""

    lsn: int
    session: Session | None
    """After it; None where it was removed."""
    pending: bool
    """True where the change waits for the session's Logout."""
    detail: str
    """What was changed, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionMessage:
    """One FIX message as the journal holds it."""

    lsn: int
    time_ns: int
    direction: MessageDirection
    msg_seq_num: int
    text: str
    """Fields with | for SOH and secrets blanked; what is not text is shown as \\xNN."""
    resend: bool
    """Sent before under the same number."""
    ignored: bool
    """Not acted upon: seen before, or not expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationChange:
    """One difference between the configuration that runs and the file."""

    subject: str
    """The session, or the section of the file."""
    outcome: str
    """"added", "changed", "removed", "refused" or "needs a restart"."""
    detail: str
