"""The rows over gRPC: the gateway's API and core against a bare server, by turns, the client in a third process.

The venue is a bare acceptor: the simulator is an exchange in Python, and its books would be what is measured.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.bench.budgets import BARE_SERVER
from tests.bench.build import ROOT, BenchError, executable
from tests.bench.core_rows import Options
from tests.bench.measures import GATEWAY, Figures, Measure
from tests.bench.processes import Server, python

__all__ = ["GRPC_ROWS", "load", "running_gateway"]

BATCH = 64
UNDER_WAY = 8
TIMEOUT_S = 300


def load(server: Server, *arguments: object, module: str = "tests.bench.grpc_load") -> dict[str, Any]:
    """Run a client against a server; what it measured. Raises BenchError."""
    command = python(module, server.port, *arguments)
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, cwd=ROOT)
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"{' '.join(command)} did not end within {TIMEOUT_S} s") from error
    if done.returncode != 0:
        raise BenchError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@contextmanager
def running_gateway(options: Options, answers: str, *flags: str) -> Iterator[Server]:
    """Run a gateway and a venue that answers orders with nothing ("none") or an acknowledgment ("new").

    `flags` are those of tests.bench.gateway_grpc_server.
    """
    with (
        Server([executable("bare_acceptor"), answers]) as venue,
        Server(python("tests.bench.gateway_grpc_server", options.directory, venue.port, *flags)) as gateway,
    ):
        yield gateway


def measure_batches(figures: Figures, options: Options) -> None:
    """Row `grpc-batch`: orders a second; and what it costs the server's processor, which no client can hide."""
    messages = 2_000 if options.full else 1_200
    sizes = ("stream", "--messages", messages, "--batch", BATCH, "--under-way", UNDER_WAY)
    with (
        Server(python("tests.bench.bare_grpc_server")) as bare,
        running_gateway(options, "none") as gateway,
        running_gateway(options, "new") as reporting,
    ):
        for _ in range(options.rounds):
            _add_throughput(figures, "grpc_batch", BARE_SERVER, bare, sizes)
            _add_throughput(figures, "grpc_batch", GATEWAY, gateway, sizes)
            _add_throughput(figures, "grpc_batch_events", GATEWAY, reporting, (*sizes, "--subscribe"))


def _add_throughput(
    figures: Figures, measure: str, subject: str, server: Server, sizes: tuple[object, ...]
) -> None:
    cpu_s = server.cpu_s()
    result = load(server, *sizes)
    sent = result["orders"] / (1 - WARM_SHARE)
    cpu_ns = (server.cpu_s() - cpu_s) / sent * 1e9
    figures.add(
        [
            Measure(measure, subject, "orders/s", result["orders_per_s"], samples=result["orders"]),
            Measure(f"{measure}_server_cpu_an_order", subject, "ns", cpu_ns),
            Measure(f"{measure}_client_cpu_an_order", subject, "ns", result["client_cpu_us"] * 1e3),
        ]
    )


WARM_SHARE = 0.2
"""Of the client's messages: they cost the server as much, and are not in the client's count."""


def measure_singles(figures: Figures, options: Options) -> None:
    """Row `grpc-single`: one order a message and one under way, on a stream and as unary calls."""
    messages = 20_000 if options.full else 2_500
    with Server(python("tests.bench.bare_grpc_server")) as bare, running_gateway(options, "none") as gateway:
        for _ in range(options.rounds):
            for subject, server in ((BARE_SERVER, bare), (GATEWAY, gateway)):
                for measure, kind in (("grpc_single", "stream"), ("grpc_unary", "unary")):
                    result = load(server, kind, "--messages", messages)
                    figures.add(
                        [Measure(measure, subject, "ns", result["p50"], result["p99"], result["samples"])]
                    )


GRPC_ROWS: Mapping[str, tuple[Callable[[Figures, Options], None], frozenset[str]]] = {
    "grpc-batch": (measure_batches, frozenset({"grpc-batch"})),
    "grpc-single": (measure_singles, frozenset({"grpc-single"})),
}
"""What measures, and the budgets that it measures."""
