"""The simulator's own FIX session layer: bytes in, effects out."""

from sim.session.effects import Deliver, Disconnect, Effect, LoggedOn, LogoutAsked, Note, Transmit
from sim.session.registry import Counterparty, Registry, SentMessage
from sim.session.session import Link, Session
from sim.session.versions import Version, version_of

__all__ = [
    "Counterparty",
    "Deliver",
    "Disconnect",
    "Effect",
    "Link",
    "LoggedOn",
    "LogoutAsked",
    "Note",
    "Registry",
    "SentMessage",
    "Session",
    "Transmit",
    "Version",
    "version_of",
]
