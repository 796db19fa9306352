"""The rows that the C++ benchmarks measure, each with its yardsticks by turns."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.bench import python_codecs
from tests.bench.build import executable, output, run
from tests.bench.measures import GATEWAY, Figures, Measure
from tests.bench.processes import Server, python

__all__ = ["CORE_ROWS", "Options"]


@dataclass(frozen=True)
class Options:
    """How long to measure, and where."""

    full: bool
    directory: Path
    """For journals."""

    @property
    def rounds(self) -> int:
        return 7 if self.full else 3


def measure_codec(figures: Figures, options: Options) -> None:
    """Rows `parse` and `encode`."""
    messages = [line.replace("|", "\x01") for line in output("codec_bench", "messages").splitlines()]
    for _ in range(options.rounds):
        figures.add(run("codec_bench"))
        python_codecs.add_parsers(figures, messages)
        python_codecs.add_encoders(figures)


def measure_session(figures: Figures, options: Options) -> None:
    """Row `session`, and TestRequest to Heartbeat against whole acceptors."""
    trips = 50_000 if options.full else 15_000
    figures.add(run("session_bench", "--rounds", options.rounds, "--trips", trips))
    acceptors = {
        GATEWAY: [str(executable("session_bench")), "accept"],
        "gateway, its loop and journal": python("tests.bench.gateway_acceptor", options.directory),
    }
    if python_codecs.quickfix_or_none() is not None:
        acceptors["quickfix acceptor"] = python("tests.bench.quickfix_acceptor")
    else:
        figures.lacks("test_request", "quickfix acceptor", "not installed (extra: interop)")
    for _ in range(options.rounds):
        for name, command in acceptors.items():
            with Server(command) as acceptor:
                figures.add(run("session_bench", "ping", acceptor.port, name, "--trips", trips // 5))


def measure_relay(figures: Figures, options: Options) -> None:
    """Row `relay`."""
    trips = 100_000 if options.full else 15_000
    sizes = ("--rounds", options.rounds, "--trips", trips)
    figures.add(run("relay_bench", "--directory", options.directory, *sizes))


def measure_risk(figures: Figures, options: Options) -> None:
    """Row `risk`."""
    for _ in range(options.rounds):
        figures.add(run("risk_bench"))


def measure_burst(figures: Figures, options: Options) -> None:
    """Row `burst`: by turns in one process, beside itself alone."""
    for _ in range(options.rounds):
        figures.add(run("burst_bench", "--directory", options.directory))


def measure_submit(figures: Figures, options: Options) -> None:
    """Rows `memory` and `growth`, the whole path of an order in the core, the journal alone."""
    orders = 1_000_000 if options.full else 200_000
    for _ in range(options.rounds):
        figures.add(run("submit_bench", "--directory", options.directory, "--orders", orders))
    for _ in range(options.rounds if options.full else 1):
        figures.add(map(_journal_measure, output("journal_bench", options.directory).splitlines()))


def _journal_measure(line: str) -> Measure:
    content = json.loads(line)
    p50 = content["p50"] if "p50" in content else content["value"]
    p99 = float(content["p99"]) if "p99" in content else None
    return Measure(content["bench"], GATEWAY, content["unit"], float(p50), p99)


def measure_recovery(figures: Figures, options: Options) -> None:
    """Row `recovery` from the whole journal, and from a checkpoint."""
    orders = 1_000_000 if options.full else 100_000
    folder = Path(tempfile.mkdtemp(prefix="gateway-bench-", dir=options.directory))
    try:
        output("recovery_bench", "write", folder / "journal", "--orders", orders)
        for _ in range(options.rounds):
            figures.add(run("recovery_bench", "recover", folder / "journal", "--orders", orders))
        figures.add(run("recovery_bench", "checkpoint", folder / "journal"))
        for _ in range(options.rounds):
            figures.add(run("recovery_bench", "recover", folder / "journal", "--orders", orders))
    finally:
        shutil.rmtree(folder)


CORE_ROWS: Mapping[str, tuple[Callable[[Figures, Options], None], frozenset[str]]] = {
    "codec": (measure_codec, frozenset({"parse", "encode"})),
    "session": (measure_session, frozenset({"session", "session-quickfix"})),
    "relay": (measure_relay, frozenset({"relay"})),
    "risk": (measure_risk, frozenset({"risk"})),
    "burst": (measure_burst, frozenset({"burst"})),
    "submit": (measure_submit, frozenset({"memory", "growth"})),
    "recovery": (measure_recovery, frozenset({"recovery"})),
}
"""What measures, and the budgets that it measures."""
