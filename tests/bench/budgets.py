"""The budgets of the order path, and when a figure keeps one.

A verdict is a reading of one run on one machine, for whoever looks at the table: nothing fails by it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.bench.measures import Figures

__all__ = ["BUDGETS", "Budget"]

Verdict = bool | None
"""None: not measured."""


@dataclass(frozen=True)
class Budget:
    """One line of the table of budgets."""

    name: str
    """For --only and in the JSON."""
    path: str
    budget: str
    measures: Sequence[str]
    """What stands in the row, the first one first."""
    verdict: Callable[[Figures], Verdict]
    note: str = ""
    """What the row shows, where that is not the whole of the budget."""


def _p50_at_most(measure: str, limit: float, p99_limit: float | None = None) -> Callable[[Figures], Verdict]:
    def judge(figures: Figures) -> Verdict:
        figure = figures.of(measure)
        if figure is None:
            return None
        within = figure.p50 <= limit
        if p99_limit is not None:
            within = within and figure.p99 is not None and figure.p99 <= p99_limit
        return within

    return judge


def _ratio_at_most(
    measure: str, yardstick: str, limit: float, p99_limit: float | None = None
) -> Callable[[Figures], Verdict]:
    def judge(figures: Figures) -> Verdict:
        ratio = figures.ratio(measure, yardstick)
        if ratio is None:
            return None
        within = ratio <= limit
        if p99_limit is not None:
            p99_ratio = figures.ratio(measure, yardstick, of_p99=True)
            within = within and p99_ratio is not None and p99_ratio <= p99_limit
        return within

    return judge


def _at_least(measure: str, limit: float) -> Callable[[Figures], Verdict]:
    def judge(figures: Figures) -> Verdict:
        figure = figures.of(measure)
        return None if figure is None else figure.p50 >= limit

    return judge


def _each_at_least(measures: Sequence[str], limit: float) -> Callable[[Figures], Verdict]:
    def judge(figures: Figures) -> Verdict:
        verdicts = [_at_least(measure, limit)(figures) for measure in measures]
        return None if None in verdicts else all(verdicts)

    return judge


def _rate_ratio(figures: Figures) -> Verdict:
    ratio = figures.ratio("grpc_batch", BARE_SERVER)
    return None if ratio is None else ratio >= 1.0


def _single(figures: Figures) -> Verdict:
    ours, bare = figures.of("grpc_single"), figures.of("grpc_single", BARE_SERVER)
    return None if ours is None or bare is None else ours.p50 <= bare.p50 + 30_000


def _events_out(figures: Figures) -> Verdict:
    figure = figures.of("events_out")
    return None if figure is None else figure.p50 >= 100_000


def _p99_ratio_at_most(measure: str, yardstick: str, limit: float) -> Callable[[Figures], Verdict]:
    def judge(figures: Figures) -> Verdict:
        ratio = figures.ratio(measure, yardstick, of_p99=True)
        return None if ratio is None else ratio <= limit

    return judge


def _stalled(figures: Figures) -> Verdict:
    ratio = figures.ratio("event_beside_stalled", ALL_READ, of_p99=True)
    gained, usual = figures.of("stalled_memory_gained"), figures.of("stalled_memory_gained", ALL_READ)
    if ratio is None or gained is None or usual is None:
        return None
    return ratio <= 1.05 and gained.p50 - usual.p50 <= 1 << 20


def _recovery(figures: Figures) -> Verdict:
    took, orders = figures.of("recovery_checkpoint"), figures.of("recovery_orders")
    return None if took is None or orders is None else took.p50 * 1e6 / orders.p50 <= 2.0


def growth_ratio(figures: Figures) -> float | None:
    """The slowest stage's median by the fastest's."""
    found = [figures.of(measure) for measure, _ in figures.rounds if measure.startswith("growth_")]
    medians = [figure.p50 for figure in found if figure is not None]
    return max(medians) / min(medians) if medians else None


def _growth(figures: Figures) -> Verdict:
    ratio = growth_ratio(figures)
    return None if ratio is None else ratio <= 1.10


BARE_SERVER = "bare grpcio server"
ALONE = "gateway, the strategy alone"
NO_SUBSCRIBERS = "gateway, nobody subscribed"
ALL_READ = "gateway, all read"
RAW_ECHO = "raw TCP echo"
RAW_RELAY = "raw TCP relay"
QUICKFIX_ACCEPTOR = "quickfix acceptor"

BUDGETS: Sequence[Budget] = (
    Budget(
        "parse",
        "parse + checksum + field index, 210-byte ExecutionReport",
        "<= 90 ns",
        ("parse",),
        _p50_at_most("parse", 90),
    ),
    Budget(
        "encode",
        "encode a 13-field NewOrderSingle with sequence, time, checksum",
        "<= 60 ns",
        ("encode",),
        _p50_at_most("encode", 60),
        "measured: through the session, as the engine does it; encode_codec_only is the codec by itself",
    ),
    Budget(
        "session",
        "session echo round trip on loopback, busy polling",
        "<= 1.15 x raw TCP echo",
        ("session_echo",),
        _ratio_at_most("session_echo", RAW_ECHO, 1.15),
    ),
    Budget(
        "session-quickfix",
        "TestRequest to Heartbeat on loopback, busy polling",
        "<= 0.5 x a QuickFIX acceptor",
        ("test_request",),
        _ratio_at_most("test_request", QUICKFIX_ACCEPTOR, 0.5),
        "measured: an admin message that both engines answer by themselves; QuickFIX is the extra interop",
    ),
    Budget(
        "relay",
        "client FIX in -> risk -> journal -> venue FIX out",
        "<= 1.2 x a raw TCP relay, p50; 1.5 x, p99",
        ("relay",),
        _ratio_at_most("relay", RAW_RELAY, 1.2, 1.5),
        "measured: a TradeRequest's bytes in by TCP, not FIX: there is no FIX order entry yet",
    ),
    Budget(
        "risk",
        "one risk decision, 20 checks at 4 levels",
        "<= 300 ns p50, 1 us p99",
        ("risk",),
        _p50_at_most("risk", 300, 1_000),
        "measured: the 23 checks at 5 levels that exist today",
    ),
    Budget(
        "kill-switch",
        "kill switch with 5,000 open orders: 1,000 cancels on the wire",
        "<= 100 ms",
        ("kill_switch_1000_cancels", "kill_switch_all_cancels", "kill_switch_call"),
        _p50_at_most("kill_switch_1000_cancels", 100e6),
        "measured: from the call to their arrival at the other end of the loopback",
    ),
    Budget(
        "burst",
        "one order, while another strategy is refused at full rate",
        "<= 1.1 x its p50 alone",
        ("order_beside_burst", "refused_order"),
        _ratio_at_most("order_beside_burst", ALONE, 1.10),
        "measured: in the core; ten orders of the other are refused before each",
    ),
    Budget(
        "grpc-batch",
        "gRPC, 64 orders a message",
        ">= 100 % of a bare grpcio server's orders a second",
        ("grpc_batch",),
        _rate_ratio,
        "measured: API server and core in one process, without projector and monitor",
    ),
    Budget(
        "grpc-single",
        "gRPC, one order a message",
        "that bare server's median + 30 us",
        ("grpc_single",),
        _single,
        "measured: on a stream, one order under way",
    ),
    Budget(
        "events-out",
        "events out to 20 subscribers",
        ">= 100,000 events a second, summed",
        ("events_out",),
        _events_out,
        "measured: everybody reads the whole journal at once, in one process that parses nothing",
    ),
    Budget(
        "order-beside-subscribers",
        "one order, while 20 subscribers are sent 100,000 events a second",
        "<= 1.1 x its p99 without them",
        (
            "order_beside_subscribers",
            "order_beside_yielding_subscribers",
            "order_beside_calm_subscribers",
            "events_beside_subscribers",
        ),
        _p99_ratio_at_most("order_beside_subscribers", NO_SUBSCRIBERS, 1.10),
        "measured: until the client has the answer, the subscribers' own processor time on the same cores",
    ),
    Budget(
        "order-path-beside-subscribers",
        "the same order, until it is on the venue's socket",
        "<= 1.1 x its p99 without them",
        (
            "order_path_beside_subscribers",
            "order_path_beside_yielding_subscribers",
            "order_path_beside_calm_subscribers",
        ),
        _p99_ratio_at_most("order_path_beside_subscribers", NO_SUBSCRIBERS, 1.10),
        "measured: from the client's write, the subscribers' own processor time on the same cores",
    ),
    Budget(
        "stalled-subscriber",
        "from order to event for 49 subscribers, while the 50th does not read",
        "<= 1.05 x their p99 before, memory flat",
        ("event_beside_stalled", "stalled_memory_gained"),
        _stalled,
        "flat: beside one who does not read, megabytes behind, the server gains at most 1 MiB more than when all read",
    ),
    Budget(
        "recovery",
        "recovery",
        "1 M orders (4 M records) <= 2 s",
        ("recovery_checkpoint", "recovery"),
        _recovery,
        "judged from a checkpoint, in proportion to the orders that the journal held: see recovery_orders",
    ),
    Budget(
        "memory",
        "live order in memory",
        "<= 512 bytes",
        ("memory",),
        _p50_at_most("memory", 512),
        "measured: resident memory gained, by the orders that live in it",
    ),
    Budget(
        "growth",
        "growth, 0 -> 1 M live orders",
        "p50 flat within 10 %",
        (),
        _growth,
    ),
    Budget(
        "fixlog",
        "gateway fixlog: 210-byte messages of a file, with a filter; each written with its names; as JSON",
        ">= 500 k messages/s",
        ("fixlog", "fixlog_printed", "fixlog_json", "fixlog_stat", "fixlog_order"),
        _each_at_least(("fixlog", "fixlog_printed", "fixlog_json"), 500_000),
        "measured: with the filter one message in a thousand matches; the others write every message to /dev/null",
    ),
)
