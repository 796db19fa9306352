"""Where FIX messages come from: a log file of any engine, compressed or not, the standard input, or our journal."""

from __future__ import annotations

import gzip
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gateway.cli.failure import CommandFailure, ExitCode
from gateway.core import JournalError, JournalReader

__all__ = ["CHUNK_BYTES", "STDIN", "Source"]

CHUNK_BYTES = 4 << 20
STDIN = Path("-")
POLL_S = 0.2


@dataclass(frozen=True)
class Source:
    """One source. `path`: a file, a folder that holds a journal, or STDIN."""

    path: Path

    def __post_init__(self) -> None:
        if self.path != STDIN and not self.path.exists():
            raise CommandFailure(
                f"{self.path}: there is no such file; give a FIX log, a journal's folder, or - for stdin",
                ExitCode.USAGE,
            )

    @property
    def is_journal(self) -> bool:
        return self.path.is_dir()

    @property
    def size(self) -> int:
        """Bytes to read; 0 where that is not known."""
        if self.path == STDIN or self.is_journal or self.path.suffix == ".gz":
            return 0
        return self.path.stat().st_size

    def chunks(self, *, follow: bool = False) -> Iterator[bytes]:
        """The text in pieces. `follow`: wait for more at the end, for ever; an empty piece while there is none."""
        try:
            if self.is_journal:
                yield from self._journal(follow)
            elif self.path == STDIN:
                yield from _read(sys.stdin.buffer, follow=False)
            elif self.path.suffix == ".gz":
                with gzip.open(self.path, "rb") as packed:
                    yield from _read(packed, follow=False)  # type: ignore[arg-type]  # it reads as a BinaryIO does
            else:
                with self.path.open("rb") as file:
                    yield from _read(file, follow)
        except JournalError as error:
            message = f"{error}; `gateway journal verify {self.path}` says more"
            raise CommandFailure(message, ExitCode.JOURNAL) from error
        except (OSError, EOFError) as error:
            raise CommandFailure(f"{self.path}: cannot be read: {error}") from error

    def kept(self) -> Source:
        """Give a source that can be read twice: of the standard input a copy in a file that is gone when it closes."""
        if self.path != STDIN:
            return self
        return _Spooled(STDIN, _spool(sys.stdin.buffer))

    def _journal(self, follow: bool) -> Iterator[bytes]:
        reader = JournalReader(self.path)
        lsn = reader.oldest_lsn
        while True:
            log, following = reader.fix_log(lsn, CHUNK_BYTES)
            if following == lsn:
                if not follow:
                    return
                yield b""
                time.sleep(POLL_S)
                continue
            lsn = following
            yield log


@dataclass(frozen=True)
class _Spooled(Source):
    file: BinaryIO

    def chunks(self, *, follow: bool = False) -> Iterator[bytes]:
        self.file.seek(0)
        yield from _read(self.file, follow=False)


def _spool(stream: BinaryIO) -> BinaryIO:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as its source
    shutil.copyfileobj(stream, file, CHUNK_BYTES)
    return file


def _read(file: BinaryIO, follow: bool) -> Iterator[bytes]:
    read = getattr(file, "read1", file.read)  # what is there, without waiting for a whole piece
    while True:
        data = read(CHUNK_BYTES)
        if data:
            yield data
        elif follow:
            yield b""
            time.sleep(POLL_S)
        else:
            return
