"""The disk under the journal as `gateway doctor` sees it: file system, room, how long a sync takes."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from gateway.cli.doctor_finding import Finding, Severity
from gateway.config import Settings

__all__ = ["disk_findings", "file_system_of", "space_finding", "sync_finding"]

SYNCS = 50
SYNC_SLOW_MS = 5.0
SPACE_LOW_BYTES = 10 << 30
_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "glusterfs", "afs"})
_COPIES = frozenset({"btrfs", "zfs", "bcachefs"})
_MEMORY = frozenset({"tmpfs", "ramfs"})
_LAYERED = frozenset({"overlay", "aufs", "fuse.overlayfs"})


def disk_findings(settings: Settings, root: Path) -> Iterator[Finding]:
    """Judge the disk that the journal lies on; writes and removes a file of 4 KiB there."""
    folder = settings.journal.path
    place = next(path for path in (folder, *folder.parents) if path.is_dir())
    kind = file_system_of(place.resolve(), (root / "proc/self/mountinfo").read_text())
    yield _file_system(kind, place)
    stat = os.statvfs(place)
    yield space_finding(
        stat.f_bavail * stat.f_frsize, stat.f_blocks * stat.f_frsize, settings.journal.segment_size
    )
    try:
        times_ms = _sync_times_ms(place)
    except OSError as error:
        yield Finding(
            "disk",
            "writing",
            Severity.ERROR,
            f"{place}: cannot be written ({error.strerror})",
            f"give the gateway's user the folder: chown {os.getuid()} {place}",
        )
    else:
        yield sync_finding(times_ms, settings.journal.durability)


def file_system_of(path: Path, mountinfo: str) -> str:
    """Name the file system that a path lies on, from the text of /proc/self/mountinfo; empty where it is not there."""
    best, kind = "", ""
    for line in mountinfo.splitlines():
        mount, _, source = line.partition(" - ")
        point = mount.split()[4].encode().decode("unicode_escape")
        inside = path == Path(point) or Path(point) in path.parents
        if inside and len(point) >= len(best):
            best, kind = point, source.split()[0]
    return kind


def _file_system(kind: str, place: Path) -> Finding:
    if kind in _NETWORK:
        return Finding(
            "disk",
            "file system",
            Severity.ERROR,
            f"{kind} at {place}",
            "put the journal on a local disk: locks, mappings and syncs do not hold over a network",
        )
    if kind in _MEMORY:
        return Finding(
            "disk",
            "file system",
            Severity.WARNING,
            f"{kind} at {place}: gone when the machine restarts",
            "put the journal on a disk; in memory it is good for tests alone",
        )
    if kind in _COPIES:
        return Finding(
            "disk",
            "file system",
            Severity.WARNING,
            f"{kind} at {place} copies on write",
            "use ext4 or xfs (or chattr +C on btrfs): preallocated segments may meet a full disk otherwise",
        )
    if kind in _LAYERED:
        return Finding(
            "disk",
            "file system",
            Severity.NOTE,
            f"{kind} at {place}: a container's own layer, gone with the container",
            "mount a volume for the journal",
        )
    return Finding("disk", "file system", Severity.OK, f"{kind or 'unknown'} at {place}")


def space_finding(free_bytes: int, total_bytes: int, segment_bytes: int) -> Finding:
    """Judge the room: two segments are always prepared, and a day's trading wants more."""
    found = f"{free_bytes / (1 << 30):.1f} GiB free of {total_bytes / (1 << 30):.1f} GiB"
    if free_bytes < 3 * segment_bytes:
        return Finding(
            "disk",
            "space",
            Severity.ERROR,
            found,
            f"free {3 * segment_bytes >> 20} MiB at least (a segment, the one after, room for cancels);"
            " see journal.old_segments",
        )
    if free_bytes < SPACE_LOW_BYTES or free_bytes * 20 < total_bytes:
        return Finding(
            "disk",
            "space",
            Severity.WARNING,
            found,
            "free some, or let old segments go: journal.old_segments: archive, journal.retention",
        )
    return Finding("disk", "space", Severity.OK, found)


def sync_finding(times_ms: list[float], durability: str) -> Finding:
    """Judge how long the disk takes to keep 4 KiB."""
    ordered = sorted(times_ms)
    median, slow = ordered[len(ordered) // 2], ordered[int(0.99 * (len(ordered) - 1))]
    found = f"{median:.2f} ms median, {slow:.2f} ms p99 of {len(ordered)}"
    if durability == "disk" and median > SYNC_SLOW_MS:
        return Finding(
            "disk",
            "sync of 4 KiB",
            Severity.WARNING,
            found,
            "every batch of orders waits so long with durability: disk; use an SSD with power-loss protection",
        )
    return Finding("disk", "sync of 4 KiB", Severity.OK, found)


def _sync_times_ms(folder: Path) -> list[float]:
    times = []
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:
        os.posix_fallocate(file.fileno(), 0, 4096)
        for _ in range(SYNCS):
            os.pwrite(file.fileno(), os.urandom(4096), 0)
            started = time.perf_counter_ns()
            os.fdatasync(file.fileno())
            times.append((time.perf_counter_ns() - started) / 1e6)
    return times
