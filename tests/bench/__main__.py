"""Measures the budgets: a table on standard output, JSON in bench-results/.

    python -m tests.bench [--quick | --full] [--only NAME ...] [--directory DIR]

Names are those of the budgets (see docs/benchmarks.md). Journals are written below DIR; by default in memory,
where the machine has /dev/shm, so that no figure is a disk's.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import machine
from tests.bench.budgets import BUDGETS
from tests.bench.build import BUILD, ROOT, BenchError, build
from tests.bench.core_rows import CORE_ROWS, Options
from tests.bench.fixlog_rows import FIXLOG_ROWS
from tests.bench.grpc_rows import GRPC_ROWS
from tests.bench.measures import Figures
from tests.bench.risk_rows import RISK_ROWS
from tests.bench.subscriber_rows import SUBSCRIBER_ROWS
from tests.bench.table import as_json, as_text

ROWS = {**CORE_ROWS, **GRPC_ROWS, **RISK_ROWS, **FIXLOG_ROWS, **SUBSCRIBER_ROWS}


def _default_directory() -> Path:
    in_memory = Path("/dev/shm")
    return in_memory if in_memory.is_dir() else Path(tempfile.gettempdir())


def _parser() -> argparse.ArgumentParser:
    names = [budget.name for budget in BUDGETS]
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="less than two minutes (the default)")
    length.add_argument("--full", action="store_true", help="a million orders, more rounds")
    parser.add_argument(
        "--only", action="append", choices=names, default=[], metavar="NAME", help=", ".join(names)
    )
    parser.add_argument(
        "--directory", type=Path, default=_default_directory(), help="where journals are written"
    )
    return parser


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    arguments = _parser().parse_args()
    started, load_before = datetime.now(UTC), machine.load()
    options = Options(full=arguments.full, directory=arguments.directory)
    figures = Figures()
    try:
        _say("building the benchmarks (Release)")
        build()
        for name, (measure, budgets) in ROWS.items():
            if arguments.only and not budgets & set(arguments.only):
                continue
            at = time.monotonic()
            _say(f"measuring {name} ...")
            measure(figures, options)
            _say(f"measured {name} in {time.monotonic() - at:.0f} s")
    except BenchError as error:
        _say(str(error))
        return 1
    facts = {
        "started_at": started.isoformat(timespec="seconds"),
        "mode": "full" if arguments.full else "quick",
        "journal_directory": str(arguments.directory),
        "load_before": load_before,
        "load_after": machine.load(),
        "machine": machine.facts(BUILD / "CMakeCache.txt"),
    }
    print(as_text(figures, arguments.only))
    load = " ".join(f"{value:.1f}" for value in load_before)
    print(f"\nload before the run: {load} (1, 5, 15 minutes; anything else that ran is in the figures)")
    results = ROOT / "bench-results"
    results.mkdir(exist_ok=True)
    path = results / f"{started:%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(as_json(figures, facts), indent=1) + "\n")
    print(f"everything, round by round: {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
