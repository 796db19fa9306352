"""The event loop around the simulator: the clock, the sockets and the signals."""

import asyncio
import logging
import signal
import time
from collections.abc import Callable

from sim.commands import Close, Command, Core, Log, Pause, Send
from sim.wire import SECOND

__all__ = ["Server"]

# For what is unsent when a client is logged out or given up.
_FLUSH_S = 1

_log = logging.getLogger("sim")


class Server:
    """Carries out what the simulator asks for. One loop, one thread."""

    def __init__(self, simulator: Core, clock: Callable[[], int] = time.time_ns) -> None:
        self.simulator = simulator
        self._clock = clock
        self._connections: dict[int, _Connection] = {}
        self._opened = 0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due: int | None = None
        self._listener: asyncio.Server | None = None
        self._idle = asyncio.Event()
        self.after_each: Callable[[], object] = lambda: None
        """Called after each input was taken."""

    async def start(self, host: str, port: int) -> int:
        """Listen; gives the port, which the system chooses for 0."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(lambda: _Connection(self), host, port)
        self._schedule()
        chosen: int = self._listener.sockets[0].getsockname()[1]
        return chosen

    async def stop(self) -> None:
        """Log everybody out, and close. Ends when the last connection is gone."""
        if self._listener is not None:
            self._listener.close()
        if self._connections:
            self._idle.clear()
            self.carry_out(self.simulator.shutdown(self._clock()))
            await self._wait_for_the_last()
        if self._timer is not None:
            self._timer.cancel()

    async def _wait_for_the_last(self) -> None:
        """Wait for every connection to end. One whose client does not read never would, and is cut."""
        try:
            async with asyncio.timeout(self.simulator.settings.session.logout_timeout_s + _FLUSH_S):
                await self._idle.wait()
        except TimeoutError:
            for connection in list(self._connections.values()):
                connection.abort()
            await self._idle.wait()

    def opened(self, connection: "_Connection") -> int:
        self._opened += 1
        self._connections[self._opened] = connection
        self.carry_out(self.simulator.connected(self._opened, self._clock()))
        return self._opened

    def received(self, number: int, data: bytes) -> None:
        self.carry_out(self.simulator.received(number, data, self._clock()))

    def closed(self, number: int) -> None:
        self._connections.pop(number, None)
        self.carry_out(self.simulator.disconnected(number, self._clock()))
        if not self._connections:
            self._idle.set()

    def carry_out(self, commands: list[Command]) -> None:
        """Do what the simulator asks for."""
        pending: dict[int, list[bytes]] = {}
        for command in commands:
            if isinstance(command, Send):
                pending.setdefault(command.connection, []).append(command.data)
            elif isinstance(command, Log):
                _log.log(logging.getLevelNamesMapping()[command.level.upper()], "%s", command.text)
            elif isinstance(command, Pause):
                paused = self._connections.get(command.connection)
                if paused is not None:
                    paused.pause(command.paused)
            else:
                self._close(command, pending.pop(command.connection, []))
        for number, chunks in pending.items():
            connection = self._connections.get(number)
            if connection is not None:
                connection.write(b"".join(chunks))
        self._schedule()
        self.after_each()

    def _close(self, command: Close, unsent: list[bytes]) -> None:
        _log.info("connection %d: %s", command.connection, command.reason)
        connection = self._connections.get(command.connection)
        if connection is None:
            return
        if command.at_once:
            if unsent:
                connection.write(b"".join(unsent))
            connection.abort()
            return
        if unsent:
            connection.write(b"".join(unsent))
        connection.close()

    def _schedule(self) -> None:
        due = self.simulator.due_at()
        if self._timer is not None:
            # A timer that is early costs one idle tick; most work moves deadlines away, so it is left alone.
            if due is None or (self._timer_due is not None and self._timer_due <= due):
                return
            self._timer.cancel()
        elif due is None:
            return
        self._timer_due = due
        delay = max(due - self._clock(), 0) / SECOND
        self._timer = asyncio.get_running_loop().call_later(delay, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.carry_out(self.simulator.tick(self._clock()))


class _Connection(asyncio.Protocol):
    """One TCP connection."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._number = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio sets TCP_NODELAY on every TCP socket by itself.
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._number = self._server.opened(self)
        _log.info("connection %d from %s", self._number, transport.get_extra_info("peername"))

    def data_received(self, data: bytes) -> None:
        self._server.received(self._number, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.closed(self._number)

    def write(self, data: bytes) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        transport.write(data)
        if transport.get_write_buffer_size() > self._server.simulator.settings.session.unread_bytes_max:
            _log.error("connection %d: does not read, more than the limit is unsent; aborted", self._number)
            transport.abort()

    def pause(self, paused: bool) -> None:
        transport = self._transport
        if transport is None or transport.is_closing() or transport.is_reading() is not paused:
            return
        if paused:
            transport.pause_reading()
        else:
            transport.resume_reading()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def install_signals(loop: asyncio.AbstractEventLoop, stop: asyncio.Event, dump: Callable[[], None]) -> None:
    """SIGTERM and SIGINT end the run, SIGUSR1 writes the ledger."""
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, dump)
