"""Record the simulator's own background trading, on virtual time."""

from collections.abc import Iterator
from typing import Final

from sim.replay.record import Record
from sim.replay.recorder import Recorder
from sim.simulator import Simulator
from sim.wire import SECOND

__all__ = ["START", "record"]

START: Final = 1_767_268_800 * SECOND  # 2026-01-01 12:00


def record(simulator: Simulator, now: int, seconds: int) -> Iterator[Record]:
    """Let virtual time pass, and give what happens."""
    recorder = Recorder(simulator.exchange)
    end = now + seconds * SECOND
    while (due := simulator.due_at()) is not None and due <= end:
        now = max(due, now)
        simulator.tick(now)
        yield from recorder.take(now)
