"""Play acceptance definitions against an acceptor and say how many pass.

    python -m tests.conformance.runner --definitions DIR --port N
    python -m tests.conformance.runner --definitions DIR            against our own reflector, started for it
    python -m tests.conformance.runner --definitions DIR --variants the same rewritten for the versions not in DIR

A folder named `future`, as a QuickFIX checkout has one, is left out: it holds drafts that no engine passes. Files of
one folder use the same CompIDs and are played one after the other; folders are played beside each other.
The last line is `N passed, M failed`; the exit code is 0 only where all pass and there was at least one.
"""

from __future__ import annotations

import argparse
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.conformance.definitions import Action, compare, complete, read_definition, read_patterns
from tests.conformance.variants import write_variants

__all__ = ["Mismatch", "play", "play_all", "reflector"]

SOH = b"\x01"
DRAFTS = ("future",)
MESSAGE = re.compile(rb"8=[^\x01]*\x01.*?\x0110=[^\x01]*\x01", re.DOTALL)


class Mismatch(Exception):
    """The acceptor did not do what the definition expects."""


class Connection:
    """One connection to the acceptor under test."""

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        self._socket = socket.create_connection((host, port), timeout=timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._timeout_s = timeout_s
        self._bytes = b""

    def send(self, text: str) -> None:
        """Send, even to one who has just hung up: whether that was right is what the next lines say."""
        try:
            self._socket.sendall(text.encode("latin-1"))
        except OSError:
            return

    def receive(self) -> str:
        """Return the next message.

        Raises:
            Mismatch: the connection ended, or nothing came in time.
        """
        deadline = time.monotonic() + self._timeout_s
        while (found := MESSAGE.search(self._bytes)) is None:
            if not self._read(deadline):
                raise Mismatch("expected a message, was a disconnect")
        self._bytes = self._bytes[found.end() :]
        return found[0].decode("latin-1")

    def wait_for_disconnect(self) -> None:
        """Wait until the other side hangs up.

        Raises:
            Mismatch: it says something first, or does not hang up in time.
        """
        deadline = time.monotonic() + self._timeout_s
        while self._read(deadline):
            if (found := MESSAGE.search(self._bytes)) is not None:
                raise Mismatch(f"expected a disconnect, was {show(found[0].decode('latin-1'))}")

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _read(self, deadline: float) -> bool:
        self._socket.settimeout(max(0.001, deadline - time.monotonic()))
        try:
            piece = self._socket.recv(65_536)
        except TimeoutError:
            raise Mismatch(f"nothing within {self._timeout_s:g} s") from None
        except ConnectionError:
            return False
        self._bytes += piece
        return bool(piece)


def show(text: str) -> str:
    """Make SOH readable."""
    return text.replace("\x01", "|")


def play(
    actions: Sequence[Action], host: str, port: int, timeout_s: float, patterns: Mapping[str, re.Pattern[str]]
) -> None:
    """Play one definition.

    Raises:
        Mismatch: with the line that was not met.
    """
    connections: dict[int, Connection] = {}
    try:
        for action in actions:
            try:
                _do(action, connections, host, port, timeout_s, patterns)
            except Mismatch as mismatch:
                raise Mismatch(f"line {action.line}: {mismatch}") from None
    finally:
        for connection in connections.values():
            connection.close()


def _do(
    action: Action,
    connections: dict[int, Connection],
    host: str,
    port: int,
    timeout_s: float,
    patterns: Mapping[str, re.Pattern[str]],
) -> None:
    if (action.kind, action.text) == ("i", "CONNECT"):
        connections[action.connection] = Connection(host, port, timeout_s)
        return
    connection = connections.get(action.connection)
    if connection is None:
        raise Mismatch("no connection yet")
    if (action.kind, action.text) == ("i", "DISCONNECT"):
        connection.close()
        del connections[action.connection]
    elif (action.kind, action.text) == ("e", "DISCONNECT"):
        connection.wait_for_disconnect()
    elif action.kind == "I":
        connection.send(complete(action.text))
    elif action.kind == "E":
        expected = complete(action.text)
        actual = connection.receive()
        difference = compare(expected, actual, patterns)
        if difference is not None:
            raise Mismatch(f"{difference}\n      expected {show(expected)}\n      was      {show(actual)}")
    else:
        raise Mismatch(f"unknown action {action.kind}{action.text}")


def play_all(
    definitions: Sequence[Path], host: str, port: int, timeout_s: float, only: str = "", jobs: int = 16
) -> tuple[int, list[str]]:
    """Play every definition below the folders; the number that passed, and what failed."""
    folders: dict[Path, list[Path]] = {}
    for top in definitions:
        for path in sorted(top.rglob("*.def")):
            if only in str(path) and path.parent.name not in DRAFTS:
                folders.setdefault(path.parent, []).append(path)

    def play_folder(folder: Path) -> list[str | None]:
        patterns = read_patterns(folder)
        results: list[str | None] = []
        for path in folders[folder]:
            try:
                play(list(read_definition(path)), host, port, timeout_s, patterns)
                results.append(None)
            except (Mismatch, ValueError, OSError) as failure:
                results.append(f"{folder.name}/{path.name}: {failure}")
        return results

    with ThreadPoolExecutor(max_workers=max(1, min(jobs, len(folders)))) as pool:
        results = [result for folder in pool.map(play_folder, folders) for result in folder]
    failed = [result for result in results if result is not None]
    return len(results) - len(failed), failed


@contextmanager
def reflector() -> Iterator[int]:
    """Start the reflector on a free port and give the port; end it afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.conformance.reflector", "--port", "0"],
        cwd=Path(__file__).resolve().parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line.startswith("listening on "):
            raise RuntimeError("expected the reflector to say its port, was nothing; its messages are above")
        yield int(line.split()[-1])
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Play acceptance definitions against a FIX acceptor.")
    parser.add_argument(
        "--definitions", type=Path, required=True, help="folder of *.def files, subfolders too"
    )
    parser.add_argument("--port", type=int, help="of the acceptor under test; none: start the reflector")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--timeout", type=float, default=20.0, help="seconds that an expectation may take")
    parser.add_argument(
        "--variants", action="store_true", help="play them also rewritten for the versions that DIR lacks"
    )
    parser.add_argument("--only", default="", help="play the files whose path holds this")
    options = parser.parse_args(arguments)
    with (
        TemporaryDirectory() as rewritten,
        reflector() if options.port is None else nullcontext(options.port) as port,
    ):
        folders = [options.definitions]
        if options.variants:
            write_variants(options.definitions, Path(rewritten))
            folders.append(Path(rewritten))
        passed, failed = play_all(folders, options.host, port, options.timeout, options.only)
    for failure in failed:
        print(f"FAILED {failure}")
    print(f"{passed} passed, {len(failed)} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
