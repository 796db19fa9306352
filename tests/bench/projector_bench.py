"""Measures how many events a second the projection takes: one JSON line a database.

    python tests/bench/projector_bench.py [--events 100000] [--batch-bytes 262144]

PostgreSQL runs with its durable defaults here, on a Unix socket.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from gateway.store import schema
from gateway.store.engine import open_engine
from gateway.store.projection import BATCH_BYTES, Projection
from tests.support.databases import PostgresqlServer
from tests.support.event_journal import EventJournal
from tests.support.order_stream import OrderStream


def measure(name: str, url: str, journal: EventJournal, batch_bytes: int) -> None:
    engine = open_engine(url)
    schema.upgrade_engine(engine)
    projection = Projection(engine, "J1")
    projection.open(journal)
    batches: list[float] = []
    started = time.perf_counter()
    while projection.lsn < journal.committed_lsn():
        at = time.perf_counter()
        projection.apply(journal.events(projection.lsn, None, batch_bytes))
        batches.append(time.perf_counter() - at)
    took_s = time.perf_counter() - started
    engine.dispose()
    batches.sort()
    print(
        json.dumps(
            {
                "bench": "projector",
                "database": name,
                "events": journal.count,
                "batch_bytes": batch_bytes,
                "events_per_s": round(journal.count / took_s),
                "batches": len(batches),
                "batch_ms_p50": round(batches[len(batches) // 2] * 1e3, 1),
                "batch_ms_max": round(batches[-1] * 1e3, 1),
            }
        ),
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--batch-bytes", type=int, default=BATCH_BYTES)
    arguments = parser.parse_args()
    journal = OrderStream(1).run(arguments.events).journal
    with tempfile.TemporaryDirectory() as folder:
        measure("sqlite", f"sqlite:///{folder}/bench.db", journal, arguments.batch_bytes)
    server = PostgresqlServer(durable=True)
    try:
        measure("postgresql", server.new_database(), journal, arguments.batch_bytes)
    finally:
        server.remove()


if __name__ == "__main__":
    main()
