"""Turns what the core and the projector count into Prometheus metrics, at the moment of the scrape.

Nothing is counted here: the order path counts in the core, and a scrape reads. Each metric stands in one of
the tables below; docs/monitoring.md says what to make of it, and a test keeps the two together.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from gateway.monitor.health import is_wanted
from gateway.monitor.sources import GatewayStatus, ProjectorStatus, ProjectorView
from gateway.v1 import events_pb2, queries_pb2

__all__ = ["GatewayCollector", "make_registry"]

NS_PER_S = 1_000_000_000
UNBOUNDED_NS = 2**63 - 1
DENIED_PREFIX = "orders_denied_"
PROJECTOR_STATES = ("stopped", "opening", "running", "retrying", "refused", "stuck")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Counter:
    """A counter; `keys` maps a label's value to the core's name for it, "" where there is no label."""

    name: str
    help: str
    keys: Mapping[str, str]
    label: str = ""


COUNTERS = (
    _Counter("gateway_orders_accepted", "Orders that passed risk and were sent.", {"": "orders_accepted"}),
    _Counter(
        "gateway_orders_ended",
        "Orders that ended, by how.",
        {
            "filled": "orders_filled",
            "canceled": "orders_canceled",
            "rejected": "orders_rejected",
            "expired": "orders_expired",
            "not_sent": "orders_not_sent",
        },
        "outcome",
    ),
    _Counter(
        "gateway_requests",
        "Replaces and cancels that were sent.",
        {"replace": "requests_replace", "cancel": "requests_cancel"},
        "kind",
    ),
    _Counter(
        "gateway_requests_rejected", "Replaces and cancels that a venue refused.", {"": "requests_rejected"}
    ),
    _Counter("gateway_fills", "Trades that were booked, each once.", {"": "fills"}),
    _Counter(
        "gateway_duplicate_executions",
        "Reports that were dropped because their execution had been booked.",
        {"": "duplicate_executions"},
    ),
    _Counter("gateway_orphan_executions", "Reports that fit no order.", {"": "orphan_executions"}),
    _Counter(
        "gateway_external_orders",
        "Orders that were not made here and became known by a venue's reports.",
        {"": "external_orders"},
    ),
    _Counter(
        "gateway_report_differences",
        "Reports whose CumQty, LeavesQty or AvgPx is not ours.",
        {"": "report_differences"},
    ),
    _Counter(
        "gateway_inferred_fills",
        "Fills that stand for executions which a venue counts and has not reported.",
        {"": "inferred_fills"},
    ),
    _Counter(
        "gateway_cancel_promises_broken",
        "Orders that a venue promises to cancel on disconnect, and that work on.",
        {"": "cancel_promises_broken"},
    ),
    _Counter(
        "gateway_limit_states_not_set",
        "Trading states that a limit was to set, and the journal could not take.",
        {"": "states_not_set"},
    ),
    _Counter(
        "gateway_link_problems",
        "Linked orders that were overfilled, may not be sent, or that the venue refuses to change.",
        {"": "link_problems"},
    ),
    _Counter(
        "gateway_charges_incomplete",
        "Executions whose commission or fees could not all be booked.",
        {"": "charges_incomplete"},
    ),
    _Counter(
        "gateway_drop_copy_executions",
        "Executions that a drop copy session told of first.",
        {"": "drop_copy_executions"},
    ),
    _Counter(
        "gateway_conflicting_executions",
        "Reports that repeat an execution with another content, or under another ExecID; not booked.",
        {"": "conflicting_executions"},
    ),
    _Counter(
        "gateway_unusable_reports",
        "Reports that could not be made sense of; not booked.",
        {"": "unusable_reports"},
    ),
    _Counter(
        "gateway_fix_messages",
        "FIX messages, by direction.",
        {"in": "messages_in", "out": "messages_out"},
        "direction",
    ),
    _Counter("gateway_fix_garbled_messages", "Inbound bytes that were no FIX message.", {"": "garbled_in"}),
    _Counter("gateway_fix_resends", "FIX messages that were sent again on request.", {"": "resends_out"}),
    _Counter("gateway_session_logons", "Logons that a venue took or answered.", {"": "logons"}),
    _Counter(
        "gateway_connections_accepted",
        "Connections that came in to acceptors, refused ones too.",
        {"": "connections_accepted"},
    ),
    _Counter(
        "gateway_connections_refused",
        "Connections that were refused before they had a session, by why.",
        {
            reason: f"connections_refused_{reason}"
            for reason in (
                "too_many_waiting",
                "too_many_of_address",
                "too_fast",
                "address_not_allowed",
                "no_logon_in_time",
                "too_many_bytes",
                "unknown_identity",
                "tls_failed",
            )
        },
        "reason",
    ),
    _Counter(
        "gateway_connects_failed", "Attempts to reach a counterparty that failed.", {"": "connects_failed"}
    ),
    _Counter("gateway_tls_failed", "TLS handshakes of initiators that failed.", {"": "tls_failed"}),
    _Counter(
        "gateway_slow_readers_cut",
        "Connections that were cut because the counterparty did not read.",
        {"": "slow_readers_cut"},
    ),
    _Counter("gateway_session_failovers", "Times a session went on to a backup host.", {"": "failovers"}),
)


@dataclass(frozen=True)
class _Gauge:
    name: str
    help: str
    key: str
    divisor: int = 1


GAUGES = (
    _Gauge("gateway_orders_open", "Orders that are working or may be.", "orders_open"),
    _Gauge("gateway_orders_unknown", "Open orders whose outcome is not known.", "orders_unknown"),
    _Gauge("gateway_positions_saturated", "Positions with a sum that did not fit.", "positions_saturated"),
    _Gauge("gateway_orders_held", "Orders in memory, ended ones too.", "orders_total"),
    _Gauge(
        "gateway_capacity_used_ratio",
        "How full the fullest table of orders, requests, fills and positions is; at 1 new orders are denied.",
        "capacity_used_permille",
        1_000,
    ),
    _Gauge("gateway_recovered_records", "Records that recovery read at the start.", "recovered_records"),
    _Gauge("gateway_journal_committed_lsn", "Newest record of the journal.", "journal_committed_lsn"),
    _Gauge(
        "gateway_journal_durable_lsn", "Newest record that is known to be on disk.", "journal_durable_lsn"
    ),
    _Gauge("gateway_journal_size_bytes", "Bytes of the journal's segments.", "journal_bytes"),
    _Gauge("gateway_journal_segments", "Segments of the journal.", "journal_segments"),
    _Gauge(
        "gateway_journal_accepts_new_orders",
        "1 while the journal takes new orders, 0 while it refuses them.",
        "journal_accepts_new_orders",
    ),
    _Gauge("gateway_connections_waiting", "Connections without a Logon.", "connections_waiting"),
    _Gauge(
        "gateway_loop_last_tick_timestamp_seconds",
        "When the loop that drives the engine last went round.",
        "loop_last_tick_ns",
        NS_PER_S,
    ),
)

HISTOGRAMS = (
    ("command", "gateway_command_duration_seconds", "From a request's bytes to its orders on the wire."),
    ("report", "gateway_report_duration_seconds", "From a report's bytes to the order's new state."),
)


SESSION_GAUGES = {
    "wanted": "1 while the session is to be up: in its hours, and not logged out by an operator.",
    "heartbeat_interval_seconds": "HeartBtInt(108) in force.",
    "last_received_timestamp_seconds": "When the counterparty was last heard, while a connection stands.",
    "round_trip_seconds": "From our last TestRequest(1) to its Heartbeat(0).",
    "clock_offset_seconds": "The counterparty's clock minus ours, by that Heartbeat.",
}


class GatewayCollector(Collector):
    """Reads the core and the projector at each scrape."""

    def __init__(self, gateway: GatewayStatus, projector: ProjectorStatus | None, version: str) -> None:
        self._gateway = gateway
        self._projector = projector
        self._version = version

    def describe(self) -> Iterable[Metric]:
        """Tell the registry nothing, so that registering does not scrape."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Make every metric. A core that fails shows as gateway_core_up 0; the others still come."""
        yield InfoMetricFamily("gateway_build", "The version that runs.", value={"version": self._version})
        metrics: list[Metric] = []
        is_up = True
        try:
            metrics = self._read_core()
        except Exception:
            # Whatever it is, the scrape that would tell of it must not fail with it.
            _log.exception("the core could not be read for a scrape")
            is_up = False
        yield GaugeMetricFamily(
            "gateway_core_up", "1 while the core answers, 0 while reading it fails.", value=float(is_up)
        )
        yield from metrics
        if self._projector is not None:
            yield from projector_metrics(self._projector())

    def _read_core(self) -> list[Metric]:
        values = self._gateway.metrics()
        sessions = queries_pb2.ListSessionsResponse.FromString(self._gateway.sessions())
        return [
            *counter_metrics(values),
            *gauge_metrics(values),
            *session_metrics(sessions),
            *liveness_metrics(sessions),
            *(histogram_metric(name, text, *self._gateway.histogram(key)) for key, name, text in HISTOGRAMS),
        ]


def make_registry(
    gateway: GatewayStatus, projector: ProjectorStatus | None, version: str, *others: Collector
) -> CollectorRegistry:
    """Make a registry of our own: the gateway, the projector, this process, and what others collect."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(GatewayCollector(gateway, projector, version))
    for other in others:
        registry.register(other)
    ProcessCollector(registry=registry)
    return registry


def counter_metrics(values: Mapping[str, int]) -> Iterable[Metric]:
    """Make the counters that the core has values for."""
    for counter in COUNTERS:
        family = CounterMetricFamily(
            counter.name, counter.help, labels=[counter.label] if counter.label else None
        )
        for label, key in counter.keys.items():
            if key in values:
                family.add_metric([label] if counter.label else [], values[key])
        yield family
    denied = CounterMetricFamily(
        "gateway_orders_denied", "Orders that the gateway refused, by code.", labels=["code"]
    )
    for key in sorted(values):
        if key.startswith(DENIED_PREFIX):
            denied.add_metric([key.removeprefix(DENIED_PREFIX)], values[key])
    yield denied


def gauge_metrics(values: Mapping[str, int]) -> Iterable[Metric]:
    """Make the gauges that the core has values for."""
    for gauge in GAUGES:
        if gauge.key in values:
            yield GaugeMetricFamily(gauge.name, gauge.help, value=values[gauge.key] / gauge.divisor)


def session_metrics(response: queries_pb2.ListSessionsResponse) -> Iterable[Metric]:
    """Make one series a session and state, 1 for the state that it is in, and the session's numbers."""
    state = GaugeMetricFamily(
        "gateway_session_state",
        "1 for the state that the session is in, 0 for the others.",
        labels=["session", "venue", "state"],
    )
    next_in = GaugeMetricFamily(
        "gateway_session_next_in", "MsgSeqNum(34) that is expected next.", labels=["session"]
    )
    next_out = GaugeMetricFamily(
        "gateway_session_next_out", "MsgSeqNum(34) that is sent next.", labels=["session"]
    )
    backlog = GaugeMetricFamily(
        "gateway_session_outbound_backlog_bytes",
        "Bytes that wait for the venue to read them.",
        labels=["session"],
    )
    for session in response.sessions:
        for name, number in events_pb2.SessionState.items():
            if number != events_pb2.SESSION_STATE_UNSPECIFIED:
                label = name.removeprefix("SESSION_STATE_").lower()
                state.add_metric([session.name, session.venue, label], float(session.state == number))
        next_in.add_metric([session.name], session.next_in)
        next_out.add_metric([session.name], session.next_out)
        backlog.add_metric([session.name], session.outbound_backlog_bytes)
    return state, next_in, next_out, backlog


def liveness_metrics(response: queries_pb2.ListSessionsResponse) -> Iterable[Metric]:
    """Make what is known of each session's counterparty, and whether the session is to be up at all."""
    families = {
        name: GaugeMetricFamily(f"gateway_session_{name}", text, labels=["session"])
        for name, text in SESSION_GAUGES.items()
    }
    for session in response.sessions:
        labels = [session.name]
        families["wanted"].add_metric(labels, float(is_wanted(session)))
        families["heartbeat_interval_seconds"].add_metric(labels, session.heartbeat_interval_s)
        if session.HasField("last_received"):
            heard_s = session.last_received.ToNanoseconds() / NS_PER_S
            families["last_received_timestamp_seconds"].add_metric(labels, heard_s)
        if session.HasField("round_trip_measured"):
            families["round_trip_seconds"].add_metric(labels, session.round_trip_ns / NS_PER_S)
            families["clock_offset_seconds"].add_metric(labels, session.clock_offset_ns / NS_PER_S)
    return families.values()


def histogram_metric(name: str, text: str, bounds_ns: list[int], counts: list[int], sum_ns: int) -> Metric:
    """Make a histogram in seconds from cumulative counts; the last count is that of all observations."""
    buckets = [
        (repr(bound_ns / NS_PER_S), float(count))
        for bound_ns, count in zip(bounds_ns, counts, strict=False)
        if bound_ns < UNBOUNDED_NS
    ]
    buckets.append(("+Inf", float(counts[-1]) if counts else 0.0))
    return HistogramMetricFamily(name, text, buckets=buckets, sum_value=sum_ns / NS_PER_S)


def projector_metrics(view: ProjectorView) -> Iterable[Metric]:
    """Make the projector's metrics."""
    state = GaugeMetricFamily(
        "gateway_projector_state",
        "1 for the state that the projector is in, 0 for the others.",
        labels=["state"],
    )
    for name in PROJECTOR_STATES:
        state.add_metric([name], float(view.state.value == name))
    yield state
    yield GaugeMetricFamily(
        "gateway_projector_lag_records",
        "Records of the journal that are not in the database.",
        value=view.lag,
    )
    yield GaugeMetricFamily(
        "gateway_projector_lsn", "Newest record that is in the database.", value=view.projected_lsn
    )
    yield CounterMetricFamily(
        "gateway_projector_events", "Events that were written to the database.", value=view.events_count
    )
    yield CounterMetricFamily(
        "gateway_projector_batches", "Transactions that wrote them.", value=view.batches_count
    )
    yield CounterMetricFamily(
        "gateway_projector_failures", "Tries that failed and were made again.", value=view.failures_count
    )
    yield CounterMetricFamily(
        "gateway_projector_differences",
        "Reports whose cumulative quantity differs from the trades in the database.",
        value=view.differences_count,
    )
    yield CounterMetricFamily(
        "gateway_projector_busy_seconds", "Time spent writing.", value=view.busy_ns / NS_PER_S
    )
