"""The file in which a running gateway says where it listens."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["READY_FILE_NAME", "Ready", "write_ready"]

READY_FILE_NAME = "run.json"
"""In the journal's folder, as long as the gateway runs."""


@dataclass(frozen=True)
class Ready:
    """Where a gateway listens."""

    pid: int
    version: str
    api: str
    monitor: str
    database: str
    """Without its password."""
    recovered_lsn: int
    acceptors: dict[str, int]
    """Sessions that wait for their counterparty, and the port of each."""


def write_ready(path: Path, ready: Ready) -> None:
    """Write so that a reader sees all of it or nothing."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            json.dump(asdict(ready), file)
            file.write("\n")
            file.flush()
        except OSError:
            Path(file.name).unlink()
            raise
    os.replace(file.name, path)
