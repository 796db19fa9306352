"""Where a run keeps its files: a folder of its own under demo-run, and a link `latest` to the newest."""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from pathlib import Path

__all__ = ["RUNS_KEPT", "make_folder"]

RUNS_KEPT = 5
"""Older runs are removed; each holds a preallocated journal."""

_PATTERN = "20*-*"


def make_folder(parent: Path, now: datetime) -> Path:
    """Make the folder of a run that starts now, point `latest` at it and remove the oldest runs."""
    parent.mkdir(parents=True, exist_ok=True)
    name = now.strftime("%Y%m%d-%H%M%S")
    folder = parent / name
    number = 1
    while True:  # two runs may start within one second
        try:
            folder.mkdir()
            break
        except FileExistsError:
            number += 1
            folder = parent / f"{name}-{number}"
    _point_latest_at(folder)
    for old in sorted(path for path in parent.glob(_PATTERN) if path.is_dir())[:-RUNS_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return folder


def _point_latest_at(folder: Path) -> None:
    link = folder.parent / "latest"
    new = folder.parent / f".latest-{os.getpid()}"
    new.symlink_to(folder.name)
    os.replace(new, link)
