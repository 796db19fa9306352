"""The rows about subscribers: events out, what they cost the order path, and one that stops reading."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from statistics import median

from tests.bench.budgets import ALL_READ, NO_SUBSCRIBERS
from tests.bench.core_rows import Options
from tests.bench.grpc_rows import load, running_gateway
from tests.bench.measures import GATEWAY, Figures, Measure, measure_of_samples

__all__ = ["SUBSCRIBER_ROWS"]

MODULE = "tests.bench.subscriber_load"
BESIDE_MODULE = "tests.bench.beside_load"
DRAINING = 20
EVENTS_PER_S = 104_000
"""Summed over the subscribers; 100,000 and what a pause between two messages is longer than asked for."""
FLOW = ("--events-per-s", EVENTS_PER_S)
JUDGED = "order_beside_subscribers"
BESIDE: Mapping[str, Sequence[object]] = {
    JUDGED: FLOW,
    "order_beside_yielding_subscribers": (*FLOW, "--yielding"),
    "order_beside_calm_subscribers": (),
}
"""Measure -> the flags of `live`. Those that are calm are sent only the events of the orders that are timed."""
STALLING = 50


def measure_events_out(figures: Figures, options: Options) -> None:
    """Row `events-out`: events to 20 subscribers."""
    orders = 100_000 if options.full else 20_000
    for _ in range(options.rounds):
        with running_gateway(options, "none") as gateway:
            drained = load(gateway, "drain", "--subscribers", DRAINING, "--orders", orders, module=MODULE)
            rate, count = drained["events_per_s"], drained["events"]
            figures.add([Measure("events_out", GATEWAY, "events/s", rate, samples=count)])


def measure_beside(figures: Figures, options: Options) -> None:
    """Rows `order-beside-subscribers` and `order-path-beside-subscribers`: one order, with and without subscribers."""
    orders = 3_000 if options.full else 600
    for turn in range(2 * options.rounds):
        # A p99 is of six orders in a round: what is judged has twice as many rounds as what stands beside it.
        names = BESIDE if turn % 2 == 0 else [JUDGED]
        for name in names:
            flags = BESIDE[name]
            with running_gateway(options, "new", "--stamps") as gateway:
                sizes = ("--subscribers", DRAINING, "--orders", orders)
                took = load(gateway, "live", *sizes, *flags, module=BESIDE_MODULE)
                stamps = json.loads(gateway.stop())
            for subject, phase in ((NO_SUBSCRIBERS, "alone"), (GATEWAY, "beside")):
                _add_samples(figures, name, subject, took["samples"][phase], stamps)
            figures.add(
                [
                    Measure(
                        f"events_beside_{name.removeprefix('order_beside_')}",
                        GATEWAY,
                        "events/s",
                        took["events_per_s"],
                    )
                ]
            )


def _add_samples(
    figures: Figures,
    name: str,
    subject: str,
    samples: Sequence[tuple[int, int]],
    stamps: Sequence[tuple[int, int]],
) -> None:
    """Add round trips, and of each the part until the order was on the venue's socket. Both in the order of time."""
    gone = [gone_ns for _, gone_ns in stamps]
    on_wire = [gone[bisect_right(gone, sent_ns)] - sent_ns for sent_ns, _ in samples]
    trips = [answered_ns - sent_ns for sent_ns, answered_ns in samples]
    figures.add(
        [
            measure_of_samples(name, subject, "ns", trips),
            measure_of_samples(name.replace("order_", "order_path_", 1), subject, "ns", on_wire),
        ]
    )


def measure_stalled(figures: Figures, options: Options) -> None:
    """Row `stalled-subscriber`: the other 49, and the server's memory."""
    orders = 2_000 if options.full else 400
    for _ in range(options.rounds):
        with running_gateway(options, "new") as gateway:
            gateway.settled_bytes()
            sizes = ("--subscribers", STALLING, "--orders", orders, "--pid", gateway.pid)
            took = load(gateway, "stall", *sizes, module=MODULE)
            for subject, phase in ((ALL_READ, "all read"), (GATEWAY, "one stalled")):
                one = took[phase]
                figures.add(
                    [
                        Measure(
                            "event_beside_stalled", subject, "ns", one["p50"], one["p99"], one["samples"]
                        ),
                        Measure("stalled_memory_gained", subject, "bytes", median(one["gained"])),
                    ]
                )


SUBSCRIBER_ROWS: Mapping[str, tuple[Callable[[Figures, Options], None], frozenset[str]]] = {
    "events-out": (measure_events_out, frozenset({"events-out"})),
    "beside-subscribers": (
        measure_beside,
        frozenset({"order-beside-subscribers", "order-path-beside-subscribers"}),
    ),
    "stalled-subscriber": (measure_stalled, frozenset({"stalled-subscriber"})),
}
"""What measures, and the budgets that it measures."""
