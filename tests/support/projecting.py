"""Projects a stream without a thread."""

from __future__ import annotations

import random

from gateway.store import schema
from gateway.store.engine import open_engine
from gateway.store.projection import Projection
from gateway.store.source import EventSource


def project(url: str, journal: EventSource, sizes: random.Random | None = None) -> int:
    """Project all of a journal, in batches of random sizes if given; how many reports differed."""
    engine = open_engine(url)
    schema.upgrade_engine(engine)
    projection = Projection(engine, "J1")
    projection.open(journal)
    differences_count = 0
    while projection.lsn < journal.committed_lsn():
        max_bytes = sizes.randint(1, 20_000) if sizes else 1 << 20
        differences_count += projection.apply(
            journal.events(projection.lsn, None, max_bytes)
        ).differences_count
    engine.dispose()
    return differences_count
