"""Keeps the journal short: checkpoints from time to time, and old segments let go.

A checkpoint is made by a process of its own (`gateway journal checkpoint`), which reads the journal as any
reader does: neither the order path nor this process's memory knows of it. Segments go once nothing needs them:

* a start: they lie before the last checkpoint but one;
* a resend: no request in them still waits for its answer, as of that checkpoint;
* the database: they are projected;
* clients: they are older than `journal.retention`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from gateway.config.settings import JournalSettings

__all__ = ["Checkpoint", "CheckpointError", "Upkeep", "make_checkpoint"]

CHECK_INTERVAL_S = 1.0
RETRY_AFTER_S = 60.0
"""After a checkpoint that failed."""
NICENESS = 10

_log = logging.getLogger(__name__)


class CheckpointError(Exception):
    """No checkpoint was made; the text says why."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What `gateway journal checkpoint` said."""

    lsn: int
    previous_lsn: int
    keep_from_lsn: int
    records: int
    bytes: int

    @property
    def release_before_lsn(self) -> int:
        """Nothing before it is needed for a start or a resend."""
        return min(self.previous_lsn, self.keep_from_lsn)


class Core(Protocol):
    """The part of gateway.core.Gateway that is needed here."""

    def committed_lsn(self) -> int: ...
    def checkpoint_lsn(self) -> int: ...
    def journal_bytes_after(self, lsn: int) -> int: ...
    def release_segments(self, *, before_lsn: int, before_ns: int, archive: bool) -> int: ...


class Upkeep:
    """Decides when; `run` is to be canceled."""

    def __init__(
        self,
        core: Core,
        settings: JournalSettings,
        projected_lsn: Callable[[], int],
        *,
        now_ns: Callable[[], int],
    ) -> None:
        """`projected_lsn`: up to where the database is; `now_ns`: UTC nanoseconds."""
        self._core = core
        self._settings = settings
        self._projected_lsn = projected_lsn
        self._now_ns = now_ns
        self._lsn = core.checkpoint_lsn()
        self._due_ns = now_ns() + _ns(settings.checkpoint_interval)
        self._last: Checkpoint | None = None

    def is_due(self) -> bool:
        """Whether enough was written, or enough time has passed, since the last checkpoint."""
        if self._core.committed_lsn() <= self._lsn:
            return False
        enough = self._core.journal_bytes_after(self._lsn) >= self._settings.checkpoint_size
        return enough or self._now_ns() >= self._due_ns

    def made(self, checkpoint: Checkpoint) -> None:
        """Take note of a new one."""
        self._last = checkpoint
        self._lsn = checkpoint.lsn
        self._due_ns = self._now_ns() + _ns(self._settings.checkpoint_interval)

    def release(self) -> int:
        """Let go of what nothing needs any more; how many segments. Raises JournalError."""
        last = self._last
        if last is None or not last.previous_lsn or self._settings.old_segments == "keep":
            return 0
        return self._core.release_segments(
            before_lsn=min(last.release_before_lsn, self._projected_lsn() + 1),
            before_ns=self._now_ns() - _ns(self._settings.retention),
            archive=self._settings.old_segments == "archive",
        )

    async def run(self) -> None:
        """Look after the journal until canceled."""
        while True:
            await asyncio.sleep(CHECK_INTERVAL_S)
            try:
                if self.is_due():
                    self.made(checkpoint := await make_checkpoint(self._settings))
                    _log.info("checkpoint at lsn %d, %d bytes", checkpoint.lsn, checkpoint.bytes)
                if released := await asyncio.to_thread(self.release):
                    _log.info("%d old segments: %s", released, self._settings.old_segments)
            except Exception as error:
                # Whatever it is, the journal grows and orders go on; it is tried again.
                _log.error("the journal is not looked after: %s; tried again in %d s", error, RETRY_AFTER_S)
                await asyncio.sleep(RETRY_AFTER_S)


async def make_checkpoint(settings: JournalSettings) -> Checkpoint:
    """Run `gateway journal checkpoint`, with less claim on the processor than the gateway has.

    Raises CheckpointError.
    """
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway.cli", "journal", "checkpoint", settings.path, "--json"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        os.setpriority(os.PRIO_PROCESS, child.pid, NICENESS)
        out, err = await child.communicate()
    except asyncio.CancelledError:
        child.kill()
        await child.wait()
        raise
    if child.returncode:
        text = err.decode(errors="replace").strip() or f"it ended with code {child.returncode}"
        raise CheckpointError(f"no checkpoint: {text}")
    said = json.loads(out)
    for note in said["notes"]:
        _log.warning("a checkpoint was not used: %s", note)
    return Checkpoint(**{name: said[name] for name in Checkpoint.__slots__})


def _ns(length: timedelta) -> int:
    return length // timedelta(microseconds=1) * 1_000
