"""The connections: which session speaks over which, for whom, and what becomes of it.

Sessions give effects; here they become commands for the outside. What is not the connections' own matter - a message
for the exchange, a logon, an end - is told to `Follower`.
"""

from collections.abc import Iterable
from typing import Protocol

from sim.commands import Close, Command, Log, Send
from sim.config import Settings
from sim.session import (
    Counterparty,
    Deliver,
    Disconnect,
    Effect,
    LoggedOn,
    LogoutAsked,
    Note,
    Registry,
    Session,
    Transmit,
)
from sim.wire import Message

__all__ = ["Follower", "Links"]


class Follower(Protocol):
    """Who is told what happened on a connection."""

    def delivered(self, connection: int, session: Session, message: Message, now: int) -> None: ...
    def logged_on_now(self, event: LoggedOn, now: int) -> None: ...
    def logout_asked(self, event: LogoutAsked, now: int) -> None: ...
    def ended(self, peer: Counterparty, orderly: bool, now: int) -> None: ...


class Links:
    """All connections. A counterparty has one at most that is logged on."""

    def __init__(self, settings: Settings, registry: Registry, follower: Follower) -> None:
        self._settings = settings
        self._registry = registry
        self._follower = follower
        self._sessions: dict[int, Session] = {}
        self._connection_of: dict[str, int] = {}
        self._commands: list[Command] = []

    @property
    def connections(self) -> list[int]:
        return list(self._sessions)

    @property
    def sessions(self) -> list[tuple[int, Session]]:
        return list(self._sessions.items())

    def session(self, connection: int) -> Session | None:
        return self._sessions.get(connection)

    def of(self, owner: str) -> tuple[int, Session] | None:
        """Give where a counterparty is logged on."""
        connection = self._connection_of.get(owner)
        session = None if connection is None else self._sessions.get(connection)
        return None if connection is None or session is None else (connection, session)

    def due_at(self) -> Iterable[int | None]:
        return (session.due_at() for session in self._sessions.values())

    def open(self, connection: int, now: int) -> None:
        self._sessions[connection] = Session(self._settings.session, self._registry, now)

    def act(self, connection: int, effects: Iterable[Effect], now: int) -> None:
        """Carry out what a session asks for, as long as its connection is there."""
        session = self._sessions.get(connection)
        for effect in effects:
            if session is None or self._sessions.get(connection) is not session:
                break
            self._act(connection, session, effect, now)

    def pass_on(self, owner: str, session: Session, effects: Iterable[Effect], now: int) -> None:
        """The same for a session whose connection may have been dropped meanwhile."""
        found = self.of(owner)
        if found is not None and found[1] is session:
            self.act(found[0], effects, now)

    def close(self, connection: int, reason: str, now: int, *, at_once: bool = False) -> None:
        self._commands.append(Close(connection, reason, at_once=at_once))
        self.forget(connection, now)

    def forget(self, connection: int, now: int, *, orderly: bool = False) -> None:
        """Take note that a connection is gone."""
        session = self._sessions.pop(connection, None)
        if session is None:
            return
        peer = session.peer
        if peer is not None and self._connection_of.get(peer.comp_id) == connection:
            del self._connection_of[peer.comp_id]
            session.disconnected()
            self._follower.ended(peer, orderly, now)

    def taken(self) -> list[Command]:
        """Give what the outside has to do since it was asked last."""
        commands, self._commands = self._commands, []
        return commands

    def _act(self, connection: int, session: Session, effect: Effect, now: int) -> None:
        if isinstance(effect, Transmit):
            if session.peer is not None:
                self._connection_of[session.peer.comp_id] = connection
            self._commands.append(Send(connection, effect.data))
        elif isinstance(effect, Deliver):
            self._follower.delivered(connection, session, effect.message, now)
        elif isinstance(effect, Note):
            self._commands.append(Log(effect.level, effect.text))
        elif isinstance(effect, Disconnect):
            self._commands.append(Close(connection, effect.reason))
            self.forget(connection, now, orderly=effect.reason.startswith("logged out"))
        elif isinstance(effect, LoggedOn):
            self._follower.logged_on_now(effect, now)
        elif isinstance(effect, LogoutAsked):
            self._follower.logout_asked(effect, now)
