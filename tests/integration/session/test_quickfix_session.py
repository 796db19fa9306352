"""The session core against QuickFIX, both roles, all versions: logon, orders, gaps both ways, reset, logout."""

from __future__ import annotations

import queue
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.core import SessionCore, SessionOutput

pytest.importorskip("quickfix")

pytestmark = pytest.mark.interop

PEER = Path(__file__).with_name("quickfix_peer.py")
VERSIONS = ("FIX.4.2", "FIX.4.4", "FIXT.1.1")
MESSAGE = re.compile(rb"8=FIX[^\x01]*\x019=\d+\x01.*?\x0110=\d{3}\x01", re.DOTALL)
TIMEOUT_S = 20.0


def fields_of(message: bytes) -> dict[str, str]:
    pairs = (part.partition("=") for part in message.decode("latin-1").split("\x01") if part)
    return {tag: value for tag, _, value in pairs}


class Quickfix:
    """A QuickFIX engine in its own process. As initiator, `reset` has it ask for new numbers at each Logon."""

    def __init__(self, folder: Path, role: str, begin_string: str, port: int, reset: bool) -> None:
        asks = "Y" if reset and role == "initiator" else "N"
        command = [sys.executable, str(PEER), role, begin_string, str(port), str(folder), asks]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.expect("ready")

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.strip())

    def _do(self, command: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()

    def send(self, cl_ord_id: str) -> None:
        self._do(f"send {cl_ord_id}")

    def log_out(self) -> None:
        self._do("logout")

    def expect(self, line: str) -> None:
        """Wait for a line. What it says of other connections, made and given up between, is passed over."""
        while (said := self._lines.get(timeout=TIMEOUT_S)) != line:
            assert not said.startswith("received"), said

    def received(self, *cl_ord_ids: str) -> None:
        """Wait for the orders that reach its application next."""
        for cl_ord_id in cl_ord_ids:
            self.expect(f"received {cl_ord_id}")

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=TIMEOUT_S)


def order(cl_ord_id: str) -> list[tuple[int, bytes]]:
    now = time.strftime("%Y%m%d-%H:%M:%S", time.gmtime()).encode()
    return [
        (11, cl_ord_id.encode()),
        (21, b"1"),
        (38, b"10"),
        (40, b"1"),
        (54, b"1"),
        (55, b"AAPL"),
        (60, now),
    ]


class Us:
    """Our session core on a socket that can lose a message either way."""

    def __init__(self, core: SessionCore) -> None:
        self.core = core
        self.delivered: list[str] = []
        self.sent: list[dict[str, str]] = []
        self.came: list[dict[str, str]] = []
        self.up = False
        self.lose_sent = 0
        self.lose_received: set[str] = set()  # ClOrdID(11), once each
        self._socket: socket.socket | None = None
        self._bytes = b""

    def open(self, connection: socket.socket) -> None:
        """Take up a connection."""
        self._socket, self._bytes, self.up = connection, b"", True
        self._carry_out(self.core.connect(time.time_ns()))

    def send(self, cl_ord_id: str) -> None:
        self._carry_out(self.core.send("D", order(cl_ord_id), [], time.time_ns()))

    def log_out(self) -> None:
        self._carry_out(self.core.log_out("done", time.time_ns()))

    def run(self, until: Callable[[], bool]) -> None:
        """Read until something holds."""
        deadline = time.monotonic() + TIMEOUT_S
        while not until():
            assert time.monotonic() < deadline, (self.came, self.sent)
            assert self._socket is not None
            self._socket.settimeout(0.05)
            try:
                piece = self._socket.recv(65_536)
            except TimeoutError:
                if self.core.next_deadline_ns <= time.time_ns():
                    self._carry_out(self.core.tick(time.time_ns()))
                continue
            except OSError:
                piece = b""
            if not piece:
                self.hang_up()
                continue
            self._take(piece)

    def _take(self, piece: bytes) -> None:
        self._bytes += piece
        while (found := MESSAGE.search(self._bytes)) is not None and self.up:
            self._bytes = self._bytes[found.end() :]
            fields = fields_of(found[0])
            self.came.append(fields)
            if fields.get("11") in self.lose_received:
                self.lose_received.discard(fields["11"])
                continue
            self.core.feed(found[0])
            while self.up and (output := self.core.take_next(time.time_ns())) is not None:
                self._carry_out(output)

    def _carry_out(self, output: SessionOutput) -> None:
        assert self._socket is not None
        for message in output.sent:
            self.sent.append(fields_of(message))
            if self.lose_sent:
                self.lose_sent -= 1
            else:
                self._socket.sendall(message)
        if output.delivered is not None:
            self.delivered.append(fields_of(output.delivered)["11"])
        if output.disconnect:
            self.hang_up()

    def hang_up(self) -> None:
        """Close the connection, without a word."""
        if not self.up:
            return
        self.up = False
        assert self._socket is not None
        self._socket.close()
        self.core.disconnect(time.time_ns())


def make_us(role: str, begin_string: str, *, reset: bool = False) -> SessionCore:
    return SessionCore(
        role=role,
        begin_string=begin_string,
        sender_comp_id="US",
        target_comp_id="QF",
        default_appl_ver_id="9" if begin_string == "FIXT.1.1" else "",
        reset_on_logon=reset,
    )


class Pair:
    """Both sides, connected in the role that is under test."""

    def __init__(self, folder: Path, role: str, begin_string: str, *, reset: bool) -> None:
        self.role = role
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        if role == "initiator":  # then QuickFIX listens
            self._listener.close()
        self.us = Us(make_us(role, begin_string, reset=reset and role == "initiator"))
        other = "acceptor" if role == "initiator" else "initiator"
        self.quickfix = Quickfix(folder, other, begin_string, self.port, reset)

    def connect(self) -> None:
        """Log on. QuickFIX gives up a connection now and then before it has said a word, and makes another."""
        answered = len(self.us.came)
        deadline = time.monotonic() + TIMEOUT_S
        while len(self.us.came) == answered:
            assert time.monotonic() < deadline
            try:
                self.us.open(self._connection())
            except (ConnectionError, TimeoutError):
                continue
            self.us.run(lambda: len(self.us.came) > answered or not self.us.up)
        assert self.us.came[answered]["35"] == "A"
        self.quickfix.expect("logged on")

    def _connection(self) -> socket.socket:
        if self.role == "initiator":
            return socket.create_connection(("127.0.0.1", self.port), timeout=1)
        self._listener.settimeout(1)
        return self._listener.accept()[0]

    def stop(self) -> None:
        self.quickfix.stop()
        self._listener.close()


CASES = [(role, version) for role in ("initiator", "acceptor") for version in VERSIONS]


@pytest.fixture
def started() -> Iterator[list[Pair]]:
    pairs: list[Pair] = []
    yield pairs
    for pair in pairs:
        pair.stop()


@pytest.mark.parametrize(("role", "begin_string"), CASES)
def test_session_with_quickfix_fills_gaps_both_ways_and_logs_out(
    role: str, begin_string: str, tmp_path: Path, started: list[Pair]
) -> None:
    pair = Pair(tmp_path, role, begin_string, reset=False)
    started.append(pair)
    us, quickfix = pair.us, pair.quickfix
    pair.connect()
    us.send("u1")
    quickfix.received("u1")
    quickfix.send("q1")
    us.run(lambda: us.delivered == ["q1"])

    # A gap of theirs: what we sent is lost, and they ask for it.
    us.lose_sent = 2
    us.send("u2")
    us.send("u3")
    us.send("u4")
    us.run(lambda: any(m["35"] == "2" for m in us.came))
    quickfix.received("u2", "u3", "u4")
    assert {"u2", "u3"} <= {m["11"] for m in us.sent if m.get("43") == "Y" and m["35"] == "D"}

    # A gap of ours.
    us.lose_received = {"q2", "q3"}
    for cl_ord_id in ("q2", "q3", "q4"):
        quickfix.send(cl_ord_id)
    us.run(lambda: us.delivered == ["q1", "q2", "q3", "q4"])
    assert any(m["35"] == "2" for m in us.sent)
    assert not us.lose_received

    # Numbers go on after the connection broke, and what was sent meanwhile comes by resend.
    us.hang_up()
    quickfix.expect("logged out")
    quickfix.send("q5")
    before = us.core.next_in
    pair.connect()
    us.run(lambda: us.delivered[-1] == "q5")
    assert us.core.next_in > before

    # Our Logout, and theirs.
    us.log_out()
    us.run(lambda: not us.up)
    assert us.came[-1]["35"] == "5"
    quickfix.expect("logged out")
    pair.connect()
    quickfix.log_out()
    us.run(lambda: not us.up)
    assert us.sent[-1]["35"] == "5"
    assert us.delivered == ["q1", "q2", "q3", "q4", "q5"]
    assert [m for m in (*us.sent, *us.came) if m["35"] in ("3", "j")] == []


@pytest.mark.parametrize(("role", "begin_string"), CASES)
def test_session_with_quickfix_starts_its_numbers_anew_by_agreement(
    role: str, begin_string: str, tmp_path: Path, started: list[Pair]
) -> None:
    """The side that connects asks for it: we do as initiator, QuickFIX does where we accept."""
    pair = Pair(tmp_path, role, begin_string, reset=True)
    started.append(pair)
    us, quickfix = pair.us, pair.quickfix
    for connection in ("1", "2"):
        us.sent.clear()
        us.came.clear()
        pair.connect()
        us.send(f"u{connection}")
        quickfix.received(f"u{connection}")
        quickfix.send(f"q{connection}")
        us.run(lambda done=f"q{connection}": us.delivered[-1:] == [done])  # type: ignore[misc]
        logons = [m for m in (*us.sent, *us.came) if m["35"] == "A" and m.get("141") == "Y"]
        assert [m["34"] for m in logons[-2:]] == ["1", "1"]
        assert us.core.next_in == us.core.next_out == 3
        us.hang_up()
        quickfix.expect("logged out")
    assert us.delivered == ["q1", "q2"]
