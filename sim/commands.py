"""What an event loop is asked to do, and what it drives."""

from dataclasses import dataclass
from typing import Protocol

from sim.config import Settings
from sim.ledger import Ledger

__all__ = ["Close", "Command", "Core", "Log", "Pause", "Send"]


@dataclass(frozen=True, slots=True)
class Send:
    connection: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """Close a connection: after what was sent is written, or at once and without it."""

    connection: int
    reason: str
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Log:
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop reading from a connection, or go on with it."""

    connection: int
    paused: bool


Command = Send | Close | Log | Pause


class Core(Protocol):
    """What an event loop drives: a simulator, or one with faults around it."""

    @property
    def settings(self) -> Settings: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def logged_on(self) -> list[str]: ...
    def connected(self, connection: int, now: int) -> list[Command]: ...
    def received(self, connection: int, data: bytes, now: int) -> list[Command]: ...
    def disconnected(self, connection: int, now: int) -> list[Command]: ...
    def tick(self, now: int) -> list[Command]: ...
    def shutdown(self, now: int) -> list[Command]: ...
    def due_at(self) -> int | None: ...
