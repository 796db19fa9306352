"""Runs a command on a pseudo-terminal, as a person's shell does, and keeps what it wrote there."""

from __future__ import annotations

import codecs
import os
import pty
import re
import select
import signal
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["Terminal"]

ROWS, COLUMNS = 24, 120
TIMEOUT_S = 60.0
_READ_BYTES = 65_536
_POLL_S = 0.1


class Terminal:
    """A command whose input and error output are a terminal, and its output as well unless that goes to a pipe."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        output_to_pipe: bool = False,
    ) -> None:
        self._master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (ROWS, COLUMNS))
        self._process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=subprocess.PIPE if output_to_pipe else slave,
            stderr=slave,
            cwd=folder,
            env={**environment, "TERM": "xterm-256color"},
            start_new_session=True,
        )
        os.close(slave)
        self.shown = ""
        """What was written to the terminal so far."""
        self.piped = ""
        """What was written to the pipe so far."""
        self._decode_shown = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._decode_piped = codecs.getincrementaldecoder("utf-8")("replace").decode
        out = self._process.stdout
        self._open = [self._master] + ([out.fileno()] if out is not None else [])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._master)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def type(self, text: str) -> None:
        """Press these keys."""
        os.write(self._master, text.encode())

    def wait_for_file(self, path: Path) -> str:
        """Read what appears on the terminal until a file is there with a whole line; gives the line and removes it."""
        deadline = time.monotonic() + TIMEOUT_S
        while not (path.exists() and path.read_text().endswith("\n")):
            assert time.monotonic() < deadline, f"no {path.name} within {TIMEOUT_S:g} s: {self.shown!r}"
            self._read()
        line = path.read_text()
        path.unlink()
        return line.removesuffix("\n")

    def wait_for(self, expression: str) -> None:
        """Read until something has appeared that the expression describes."""
        deadline = time.monotonic() + TIMEOUT_S
        while not re.search(expression, self.shown):
            assert time.monotonic() < deadline, f"no {expression!r} within {TIMEOUT_S:g} s: {self.shown!r}"
            assert self._open, f"ended without {expression!r}: {self.shown!r}"
            self._read()

    @property
    def is_running(self) -> bool:
        """Whether the command has not ended."""
        return self._process.poll() is None

    def interrupt(self) -> None:
        """Do what Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)

    def wait(self) -> int:
        """Read to the end; gives the exit code."""
        deadline = time.monotonic() + TIMEOUT_S
        while self._open:
            assert time.monotonic() < deadline, f"did not end within {TIMEOUT_S:g} s: {self.shown!r}"
            self._read()
        return self._process.wait(TIMEOUT_S)

    def _read(self) -> None:
        """Take what is there, or wait a moment for it."""
        readable, _, _ = select.select(self._open, [], [], _POLL_S)
        for descriptor in readable:
            try:
                data = os.read(descriptor, _READ_BYTES)
            except OSError:  # EIO: nobody holds the other end of the terminal any more
                data = b""
            if not data:
                self._open.remove(descriptor)
            elif descriptor == self._master:
                self.shown += self._decode_shown(data)
            else:
                self.piped += self._decode_piped(data)
