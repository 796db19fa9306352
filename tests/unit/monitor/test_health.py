"""Alive, ready, or not and why."""

from __future__ import annotations

import pytest

from gateway.monitor.health import Health, HealthBounds, HealthReport
from gateway.store.projector import ProjectorState
from gateway.v1 import events_pb2
from tests.support.gateway_status import NOW_NS, FixedStatus, snapshot


def health(status: FixedStatus | None = None, **projector: object) -> Health:
    return Health(status or FixedStatus(), lambda: snapshot(**projector), now_ns=lambda: NOW_NS)


def statuses(report: HealthReport) -> dict[str, str]:
    return {part.name: part.status for part in report.parts}


def detail(report: HealthReport, name: str) -> str:
    return next(part.detail for part in report.parts if part.name == name)


def test_gateway_in_order_is_alive_and_ready() -> None:
    assert health().live().healthy
    report = health().ready()
    assert report.healthy
    assert statuses(report) == {"loop": "ok", "journal": "ok", "sessions": "ok", "projector": "ok"}
    assert report.as_json()["healthy"] is True


@pytest.mark.parametrize(("silence_ns", "alive"), [(5_000_000_000, True), (5_000_000_001, False)])
def test_loop_that_is_silent_beyond_its_bound_is_not_alive(silence_ns: int, alive: bool) -> None:
    status = FixedStatus()
    status.values["loop_last_tick_ns"] = NOW_NS - silence_ns
    assert health(status).live().healthy is alive
    assert health(status).ready().healthy is alive


def test_loop_that_never_started_is_not_alive() -> None:
    status = FixedStatus()
    status.values["loop_last_tick_ns"] = 0
    assert detail(health(status).live(), "loop") == "the loop has not started"


def test_core_that_cannot_be_read_is_neither_alive_nor_ready() -> None:
    status = FixedStatus(error=RuntimeError("gone"))
    assert not health(status).live().healthy
    report = health(status).ready()
    assert not report.healthy
    assert "gone" in detail(report, "core")


def test_journal_that_refuses_orders_is_alive_but_not_ready() -> None:
    status = FixedStatus()
    status.values["journal_accepts_new_orders"] = 0
    assert health(status).live().healthy
    report = health(status).ready()
    assert not report.healthy
    assert statuses(report)["journal"] == "failed"


def test_one_session_that_is_not_ready_is_named_with_its_reason() -> None:
    states = {"A": events_pb2.SESSION_STATE_READY, "B": events_pb2.SESSION_STATE_RECONCILING}
    report = health(FixedStatus(states=states)).ready()
    assert not report.healthy
    assert detail(report, "sessions") == "B is RECONCILING (why)"


@pytest.mark.parametrize("kind", ["logged_out", "closed"])
def test_session_that_is_not_to_be_up_leaves_the_gateway_ready(kind: str) -> None:
    states = {"A": events_pb2.SESSION_STATE_READY, "B": events_pb2.SESSION_STATE_DISCONNECTED}
    report = health(FixedStatus(states=states, **{kind: frozenset({"B"})})).ready()  # type: ignore[arg-type]
    assert report.healthy
    assert detail(report, "sessions") == "1 ready, 1 not to be up now"


@pytest.mark.parametrize(
    "changes",
    [
        {"state": ProjectorState.RETRYING, "last_error": "connection refused"},
        {"state": ProjectorState.REFUSED, "last_error": "another journal"},
        {"state": ProjectorState.STOPPED},
        {"committed_lsn": 1_000_000},
    ],
)
def test_projector_in_trouble_is_shown_and_leaves_the_gateway_ready(changes: dict[str, object]) -> None:
    report = health(None, **changes).ready()
    assert report.healthy
    assert statuses(report)["projector"] == "degraded"
    assert str(changes.get("last_error", "")) in detail(report, "projector")


@pytest.mark.parametrize(("lag", "status"), [(10, "ok"), (11, "degraded")])
def test_projector_lag_is_judged_by_its_bound(lag: int, status: str) -> None:
    bounded = Health(
        FixedStatus(),
        lambda: snapshot(committed_lsn=290 + lag),
        now_ns=lambda: NOW_NS,
        bounds=HealthBounds(projector_lag_max=10),
    )
    assert statuses(bounded.ready())["projector"] == status


def test_gateway_without_a_database_has_no_such_part() -> None:
    report = Health(FixedStatus(), None, now_ns=lambda: NOW_NS).ready()
    assert "projector" not in statuses(report)
    assert report.healthy
