"""The rows about subscribers: events out, what they cost the order path, and one that stops reading."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.bench.budgets import ALL_READ, NO_SUBSCRIBERS
from tests.bench.core_rows import Options
from tests.bench.grpc_rows import load, running_gateway
from tests.bench.measures import GATEWAY, Figures, Measure

__all__ = ["SUBSCRIBER_ROWS"]

MODULE = "tests.bench.subscriber_load"
DRAINING = 20
STALLING = 50


def measure_events_out(figures: Figures, options: Options) -> None:
    """Row `events-out`: events to 20 subscribers, and the order path with and without them."""
    orders = 100_000 if options.full else 20_000
    singles = 4_000 if options.full else 1_000
    for _ in range(options.rounds):
        with running_gateway(options, "none") as gateway:
            drained = load(gateway, "drain", "--subscribers", DRAINING, "--orders", orders, module=MODULE)
            rate, count = drained["events_per_s"], drained["events"]
            figures.add([Measure("events_out", GATEWAY, "events/s", rate, samples=count)])
        with running_gateway(options, "new") as gateway:
            took = load(gateway, "live", "--subscribers", DRAINING, "--orders", singles, module=MODULE)
            for subject, phase in ((NO_SUBSCRIBERS, "alone"), (GATEWAY, "beside")):
                one = took[phase]
                figures.add(
                    [
                        Measure(
                            "order_beside_subscribers", subject, "ns", one["p50"], one["p99"], one["samples"]
                        )
                    ]
                )


def measure_stalled(figures: Figures, options: Options) -> None:
    """Row `stalled-subscriber`: the other 49, and the server's memory."""
    orders = 2_000 if options.full else 400
    for _ in range(options.rounds):
        with running_gateway(options, "new") as gateway:
            resident = gateway.settled_bytes()
            took = load(gateway, "stall", "--subscribers", STALLING, "--orders", orders, module=MODULE)
            grown = gateway.resident_bytes() - resident
            for subject, phase in ((ALL_READ, "all read"), (GATEWAY, "one stalled")):
                one = took[phase]
                figures.add(
                    [Measure("event_beside_stalled", subject, "ns", one["p50"], one["p99"], one["samples"])]
                )
            figures.add([Measure("stalled_memory_gained", GATEWAY, "bytes", grown)])


SUBSCRIBER_ROWS: Mapping[str, tuple[Callable[[Figures, Options], None], frozenset[str]]] = {
    "events-out": (measure_events_out, frozenset({"events-out", "order-beside-subscribers"})),
    "stalled-subscriber": (measure_stalled, frozenset({"stalled-subscriber"})),
}
"""What measures, and the budgets that it measures."""
