"""The monitor's ports, answered from plain values."""

from __future__ import annotations

from dataclasses import dataclass, field

from google.protobuf.timestamp_pb2 import Timestamp

from gateway.store.projector import ProjectorSnapshot, ProjectorState
from gateway.v1 import events_pb2, queries_pb2

NOW_NS = 1_700_000_000_000_000_000

METRICS = {
    "orders_accepted": 10,
    "orders_denied_price_collar": 2,
    "orders_denied_trading_halted": 1,
    "orders_filled": 4,
    "orders_canceled": 3,
    "orders_rejected": 1,
    "orders_expired": 1,
    "orders_not_sent": 1,
    "orders_open": 5,
    "orders_unknown": 2,
    "fills": 7,
    "duplicate_executions": 1,
    "orphan_executions": 1,
    "requests_replace": 2,
    "requests_cancel": 3,
    "requests_rejected": 1,
    "messages_in": 100,
    "messages_out": 90,
    "garbled_in": 1,
    "resends_out": 4,
    "logons": 2,
    "conflicting_executions": 1,
    "unusable_reports": 1,
    "orders_total": 20,
    "positions_saturated": 0,
    "capacity_used_permille": 250,
    "recovered_records": 50,
    "journal_committed_lsn": 300,
    "journal_durable_lsn": 290,
    "journal_bytes": 65_536,
    "journal_segments": 1,
    "journal_accepts_new_orders": 1,
    "loop_last_tick_ns": NOW_NS - 1_000_000,
    "connections_accepted": 5,
    "connections_refused_too_fast": 2,
    "connects_failed": 1,
    "tls_failed": 0,
    "slow_readers_cut": 0,
    "failovers": 0,
    "connections_waiting": 3,
}


@dataclass
class FixedStatus:
    """Says what it was told to say; `error` instead, where there is one."""

    values: dict[str, int] = field(default_factory=lambda: dict(METRICS))
    states: dict[str, int] = field(default_factory=lambda: {"SIM-1": events_pb2.SESSION_STATE_READY})
    logged_out: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()
    """Sessions that are outside their hours."""
    error: Exception | None = None

    def metrics(self) -> dict[str, int]:
        if self.error:
            raise self.error
        return self.values

    def histogram(self, name: str) -> tuple[list[int], list[int], int]:
        return [1_000, 10_000], [3, 5, 6], 123_456

    def sessions(self) -> bytes:
        if self.error:
            raise self.error
        return queries_pb2.ListSessionsResponse(
            sessions=[
                queries_pb2.Session(
                    name=name,
                    venue="SIM",
                    state=state,
                    next_in=5,
                    next_out=6,
                    outbound_backlog_bytes=7,
                    reason="why",
                    enabled=name not in self.logged_out,
                    scheduled=name in self.closed,
                    heartbeat_interval_s=30,
                    last_received=Timestamp(seconds=1_700_000_000),
                    round_trip_ns=2_500_000,
                    clock_offset_ns=-1_500_000,
                    round_trip_measured=Timestamp(seconds=1_700_000_000),
                )
                for name, state in self.states.items()
            ]
        ).SerializeToString()


def snapshot(**changes: object) -> ProjectorSnapshot:
    values: dict[str, object] = {
        "state": ProjectorState.RUNNING,
        "database": "sqlite:///x",
        "projected_lsn": 290,
        "committed_lsn": 300,
        "events_count": 250,
        "batches_count": 9,
        "busy_ns": 1_500_000_000,
    }
    return ProjectorSnapshot(**{**values, **changes})  # type: ignore[arg-type]
