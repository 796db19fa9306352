"""Child processes that say where they listen, and end when they are told to."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from tests.bench.build import ROOT, BenchError

__all__ = ["Server", "python", "resident_bytes"]

TIMEOUT_S = 30
SETTLING_ROUND_S = 0.5
SETTLING_ROUNDS_MAX = 60


def python(module: str, *arguments: object) -> list[str]:
    """The command that runs a module of this project."""
    return [sys.executable, "-m", module, *map(str, arguments)]


def resident_bytes(pid: int) -> int:
    """Anonymous memory of a process; pages of files, the journal's, are the system's to keep or drop."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("RssAnon:"))
    return int(line.split()[1]) * 1024


class Server:
    """A process whose first line is its port; it ends when its standard input does."""

    def __init__(self, command: Sequence[str | Path]) -> None:
        self._command = [str(part) for part in command]

    def __enter__(self) -> Server:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.strip().isdigit():
            self._process.kill()
            self._process.wait(TIMEOUT_S)
            raise BenchError(f"{' '.join(self._command)}: expected a port, was {line!r}")
        self.port = int(line)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.last_words = self.stop()

    def stop(self) -> str:
        """End it; what it still said. May be called twice."""
        if self._process.poll() is not None and (self._process.stdout is None or self._process.stdout.closed):
            return self.last_words
        try:
            self.last_words = self._process.communicate(timeout=TIMEOUT_S)[0]
        except subprocess.TimeoutExpired:
            self._process.kill()
            self.last_words = self._process.communicate()[0]
        return self.last_words

    def cpu_s(self) -> float:
        """Processor time that all of its threads have taken, in user and kernel."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text()
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    @property
    def pid(self) -> int:
        return self._process.pid

    def resident_bytes(self) -> int:
        """Anonymous memory that it holds."""
        return resident_bytes(self.pid)

    def settled_bytes(self) -> int:
        """The same once it grows no more by itself: tables are filled in the background at the start."""
        before = -1
        for _ in range(SETTLING_ROUNDS_MAX):
            now = self.resident_bytes()
            if now == before:
                return now
            before = now
            time.sleep(SETTLING_ROUND_S)
        raise BenchError(
            f"expected memory to settle in {SETTLING_ROUNDS_MAX * SETTLING_ROUND_S} s, was {before} bytes and growing"
        )
