"""The rows about risk that need a whole gateway."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping

from tests.bench.build import ROOT, BenchError, executable
from tests.bench.core_rows import Options
from tests.bench.measures import Figures, Measure
from tests.bench.processes import Server, python

__all__ = ["RISK_ROWS"]

TIMEOUT_S = 120


def measure_kill_switch(figures: Figures, options: Options) -> None:
    """Row `kill-switch`: from the call to the cancels at the other end of the loopback."""
    for _ in range(options.rounds):
        with Server([executable("bare_acceptor"), "new"]) as venue:
            command = python("tests.bench.kill_switch", options.directory, venue.port)
            try:
                done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, cwd=ROOT)
            except subprocess.TimeoutExpired as error:
                raise BenchError(f"{' '.join(command)} did not end within {TIMEOUT_S} s") from error
        if done.returncode != 0:
            raise BenchError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}")
        figures.add(map(Measure.from_line, done.stdout.splitlines()))


RISK_ROWS: Mapping[str, tuple[Callable[[Figures, Options], None], frozenset[str]]] = {
    "kill-switch": (measure_kill_switch, frozenset({"kill-switch"})),
}
"""What measures, and the budgets that it measures."""
