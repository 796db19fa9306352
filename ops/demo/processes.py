"""The demo's processes: started with their output in a log file, and ended in every case."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

__all__ = ["ROOT", "Child", "ChildError", "python"]

ROOT = Path(__file__).resolve().parents[2]
"""The checkout: where `sim` and `ops` are importable."""

_POLL_S = 0.01
_LAST_LINES = 15

Answer = TypeVar("Answer")


class ChildError(Exception):
    """A process did not do what it was started for; the text has the end of its log."""


def python(module: str, *arguments: object) -> list[str]:
    """Make the command that runs a module with this interpreter."""
    return [sys.executable, "-m", module, *(str(argument) for argument in arguments)]


class Child:
    """One process. A context manager; leaving it ends the process.

    It runs in a process group of its own: Ctrl-C reaches the demo alone, which then ends the others in their
    order.
    """

    def __init__(
        self, name: str, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.log = log
        self._log_starts_at = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
                env=os.environ | {"PYTHONUNBUFFERED": "1"} | dict(environment or {}),
            )

    async def __aenter__(self) -> Child:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code; None while it runs, negative for the signal that ended it."""
        return self._process.poll()

    def output(self) -> str:
        """Everything that this process wrote so far."""
        with self.log.open("rb") as file:
            file.seek(self._log_starts_at)
            return file.read().decode(errors="replace")

    def last_lines(self) -> str:
        """The end of its log, indented."""
        lines = self.output().splitlines()[-_LAST_LINES:]
        return "\n".join(f"    {line}" for line in lines) or "    (it wrote nothing)"

    def line_after(self, start: str) -> str | None:
        """The rest of the first complete line that starts so, once it has been written."""
        for line in self.output().splitlines(keepends=True):
            if line.startswith(start) and line.endswith("\n"):
                return line.removeprefix(start).strip()
        return None

    async def wait_for(self, look: Callable[[], Answer | None], what: str, timeout_s: float = 30.0) -> Answer:
        """Look until there is an answer. Raises ChildError where the process ends before, or time is over."""
        deadline = time.monotonic() + timeout_s
        while True:
            ended = self.exit_code is not None  # asked first: what it wrote before its end counts
            if (answer := look()) is not None:
                return answer
            if ended:
                raise ChildError(
                    f"{self.name} ended with code {self.exit_code} before {what}; the end of {self.log}:\n"
                    f"{self.last_lines()}"
                )
            if time.monotonic() > deadline:
                raise ChildError(
                    f"{self.name}: not within {timeout_s:g} s: {what}; the end of {self.log}:\n"
                    f"{self.last_lines()}"
                )
            await asyncio.sleep(_POLL_S)

    def kill(self) -> None:
        """End it as kill -9 does: it gets no chance to do anything more."""
        self._process.kill()
        self._process.wait()

    async def stop(self, timeout_s: float = 20.0) -> int:
        """Ask it to end, wait, and kill it where it does not; its exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.to_thread(self._process.wait, timeout_s)
            except subprocess.TimeoutExpired:
                self._process.kill()
        return self._process.wait()
