"""What of a call is recorded, and what of a flood."""

from typing import Any, cast

import pytest

from gateway.api.call_record import CallRecord, changes_something
from gateway.api.core_port import Core
from gateway.api.errors import ApiError, Problem
from gateway.api.rights import METHOD_RIGHTS
from gateway.v1 import control_pb2 as control
from gateway.v1 import sessions_pb2 as sessions
from tests.support.methods import METHODS

HALT = "gateway.v1.Risk.SetTradingState"
DENIED = ApiError(Problem.PERMISSION_DENIED, "no")


class ScriptedCore:
    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.connected: list[tuple[str, str]] = []
        self.disconnected: list[tuple[str, str]] = []

    def record_call(self, **fields: Any) -> int:
        self.calls.append(fields)
        return 1

    def record_connected(self, *, client: str, peer: str, identity: str, method: str) -> int:
        self.connected.append((client, peer))
        return 1

    def record_disconnected(self, *, client: str, peer: str, reason: str) -> int:
        self.disconnected.append((client, peer))
        return 1


@pytest.fixture
def core() -> ScriptedCore:
    return ScriptedCore()


@pytest.fixture
def clock() -> list[float]:
    return [0.0]


@pytest.fixture
def record(core: ScriptedCore, clock: list[float]) -> CallRecord:
    return CallRecord(cast(Core, core), "token", lambda: clock[0])


def test_methods_that_only_read_are_not_recorded() -> None:
    reads = {method.full_name for method in METHODS if not changes_something(method.full_name)}
    assert "gateway.v1.Risk.SetTradingState" not in reads
    assert "gateway.v1.Sessions.ReloadConfiguration" not in reads
    assert "gateway.v1.Operations.ResolveOrder" not in reads
    assert {
        "gateway.v1.Orders.GetOrder",
        "gateway.v1.Audit.QueryEvents",
        "gateway.v1.Risk.CheckOrder",
    } <= reads
    assert {
        name for name in reads if name.startswith("gateway.v1.OrderEntry.")
    }  # told by events of their own


def test_change_is_recorded_with_who_and_what(core: ScriptedCore, record: CallRecord) -> None:
    record.done("ops", "ipv4:1", HALT, control.SetTradingStateRequest(level="firm", reason="why"))
    (call,) = core.calls
    assert (call["client"], call["peer"], call["method"], call["status"]) == ("ops", "ipv4:1", HALT, "OK")
    assert 'level: "firm"' in call["request"]


def test_settings_that_may_hold_a_secret_are_not_recorded(core: ScriptedCore, record: CallRecord) -> None:
    request = sessions.AddSessionRequest(settings_yaml="password: hunter2")
    record.done("ops", "p", "gateway.v1.Sessions.AddSession", request)
    assert "hunter2" not in core.calls[0]["request"]
    assert request.settings_yaml == "password: hunter2"


def test_long_requests_are_cut(core: ScriptedCore, record: CallRecord) -> None:
    for size in (1000, 100_000):
        record.done("ops", "p", HALT, control.SetTradingStateRequest(level="x" * size))
        assert len(core.calls[-1]["request"]) < 600


def test_flood_of_refused_calls_is_counted_and_not_recorded(
    core: ScriptedCore, record: CallRecord, clock: list[float]
) -> None:
    for _ in range(10_000):
        record.refused("c", "p", "gateway.v1.Orders.GetOrder", None, DENIED)
    assert len(core.calls) == 50
    clock[0] += 1.0
    record.refused("c", "p", HALT, None, DENIED)
    assert core.calls[-1]["unrecorded"] == 10_000 - 50
    assert core.calls[-1]["status"] == "PERMISSION_DENIED"


def test_refused_read_is_recorded_only_where_a_right_was_missing(
    core: ScriptedCore, record: CallRecord
) -> None:
    record.refused("c", "p", "gateway.v1.Orders.GetOrder", None, ApiError(Problem.NOT_FOUND, "none"))
    assert core.calls == []
    record.refused("c", "p", HALT, None, ApiError(Problem.NOT_FOUND, "none"))
    assert len(core.calls) == 1


def test_connection_is_recorded_once_and_again_after_it_ended(core: ScriptedCore, record: CallRecord) -> None:
    method = "gateway.v1.OrderEntry.SubmitOrder"
    for _ in range(3):
        record.begun("c", "p", method)
    record.begun("c", "q", method)
    record.begun("c", "r", "gateway.v1.Orders.GetOrder")
    assert core.connected == [("c", "p"), ("c", "q")]
    record.ended("c", "p", "over")
    record.begun("c", "p", method)
    assert core.disconnected == [("c", "p")]
    assert core.connected[-1] == ("c", "p")


def test_what_takes_no_more_than_read_is_no_change() -> None:
    reads = [method for method, rights in METHOD_RIGHTS.items() if rights == {"read"}]
    assert reads
    assert [method for method in reads if changes_something(method)] == []
