"""When a checkpoint is due, and what may go after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.config.settings import JournalSettings
from gateway.upkeep import Checkpoint, CheckpointError, Upkeep, make_checkpoint

S = 1_000_000_000


@dataclass
class FakeCore:
    """The core's port, as numbers."""

    lsn: int = 100
    started_from: int = 0
    bytes_after: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)

    def committed_lsn(self) -> int:
        return self.lsn

    def checkpoint_lsn(self) -> int:
        return self.started_from

    def journal_bytes_after(self, lsn: int) -> int:
        return self.bytes_after

    def release_segments(self, *, before_lsn: int, before_ns: int, archive: bool) -> int:
        self.asked.append({"before_lsn": before_lsn, "before_ns": before_ns, "archive": archive})
        return 2


@dataclass
class World:
    core: FakeCore = field(default_factory=FakeCore)
    now_ns: int = 1_000_000 * S
    projected_lsn: int = 10_000

    def upkeep(self, **changes: Any) -> Upkeep:
        settings = JournalSettings.model_construct(
            path=Path("journal"),
            checkpoint_size=1000,
            checkpoint_interval=timedelta(seconds=60),
            old_segments=changes.get("old_segments", "archive"),
            retention=timedelta(seconds=30),
        )
        return Upkeep(self.core, settings, lambda: self.projected_lsn, now_ns=lambda: self.now_ns)


def checkpoint(lsn: int, previous_lsn: int, keep_from_lsn: int) -> Checkpoint:
    return Checkpoint(lsn, previous_lsn, keep_from_lsn, records=1, bytes=1)


def test_checkpoint_is_due_by_size_or_time_and_only_where_something_is_new() -> None:
    world = World()
    upkeep = world.upkeep()
    assert not upkeep.is_due()
    world.core.bytes_after = 1000
    assert upkeep.is_due()
    world.core.bytes_after = 999
    world.now_ns += 60 * S
    assert upkeep.is_due()
    upkeep.made(checkpoint(100, 0, 0))
    assert not upkeep.is_due()
    world.now_ns += 600 * S
    assert not upkeep.is_due()
    world.core.lsn = 101
    assert upkeep.is_due()


def test_start_from_a_checkpoint_with_nothing_after_it_needs_no_other() -> None:
    world = World(FakeCore(lsn=100, started_from=100))
    upkeep = world.upkeep()
    world.now_ns += 600 * S
    assert not upkeep.is_due()


@pytest.mark.parametrize(
    ("previous_lsn", "keep_from_lsn", "projected_lsn", "before_lsn"),
    [(500, 600, 10_000, 500), (500, 400, 10_000, 400), (500, 600, 300, 301)],
    ids=["checkpoint before", "unanswered request", "database"],
)
def test_what_is_needed_longest_holds_segments(
    previous_lsn: int, keep_from_lsn: int, projected_lsn: int, before_lsn: int
) -> None:
    world = World(projected_lsn=projected_lsn)
    upkeep = world.upkeep()
    upkeep.made(checkpoint(900, previous_lsn, keep_from_lsn))
    assert upkeep.release() == 2
    before_ns = world.now_ns - 30 * S
    assert world.core.asked == [{"before_lsn": before_lsn, "before_ns": before_ns, "archive": True}]


def test_nothing_goes_without_two_checkpoints_or_where_all_is_kept() -> None:
    world = World()
    upkeep = world.upkeep()
    assert upkeep.release() == 0
    upkeep.made(checkpoint(900, 0, 0))
    assert upkeep.release() == 0
    keeping = world.upkeep(old_segments="keep")
    keeping.made(checkpoint(900, 800, 800))
    assert keeping.release() == 0
    assert world.core.asked == []


async def test_checkpoint_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    settings = JournalSettings.model_construct(path=tmp_path)
    with pytest.raises(CheckpointError, match="no journal in"):
        await make_checkpoint(settings)
