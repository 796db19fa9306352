"""Connections that break by configuration (`behaviours.drop_connection`), at a message that is counted."""

from sim.config.settings import DropConnection

__all__ = ["Drops"]


class Drops:
    def __init__(self, settings: DropConnection | None) -> None:
        self._settings = settings
        self._delivered: dict[int, int] = {}
        self._done = 0

    def due(self, connection: int) -> str | None:
        """Count a message; gives what becomes of it where the connection breaks at it."""
        drop = self._settings
        if drop is None:
            return None
        self._delivered[connection] = self._delivered.get(connection, 0) + 1
        if self._delivered[connection] != drop.after_messages or (drop.times and self._done >= drop.times):
            return None
        self._done += 1
        return drop.message_is

    def forget(self, connection: int) -> None:
        self._delivered.pop(connection, None)
