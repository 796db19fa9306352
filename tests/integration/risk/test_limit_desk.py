"""Changes of limits through the real core: at once, with a second person, for a time, and from the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.core import _core
from gateway.risk.limits.desk import ApprovalTerms, LimitDesk, LimitRefused, OwnChange
from gateway.risk.limits.state import LIMITS_FILE_NAME, StateFileError
from gateway.v1 import events_pb2, order_entry_pb2, risk_pb2
from tests.support.limit_core import core_settings

SECOND = 1_000_000_000
TERMS = ApprovalTerms(expires_after_ns=60 * SECOND, override_max_ns=100 * SECOND)


class World:
    """A core over a journal, a desk before it, and a clock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now_ns = 1_000 * SECOND
        self.terms = TERMS
        self.start()

    def start(self) -> None:
        self.core = _core.Gateway(core_settings(self.folder / "journal"))
        self.desk = LimitDesk(
            self.core, self.terms, self.folder / LIMITS_FILE_NAME, now_ns=lambda: self.now_ns
        )

    def restart(self) -> None:
        self.core.stop()
        del self.desk, self.core
        self.start()

    def set(self, *limits: risk_pb2.Limit, by: str = "anna", **more: object) -> object:
        hold = int(more.pop("override_for_ns", 0))  # type: ignore[call-overload]
        request = risk_pb2.SetLimitsRequest(limits=limits, reason="test", **more)  # type: ignore[arg-type]
        return self.desk.set(request, by, override_for_ns=hold)

    def values(self) -> dict[str, str]:
        return {limit.name: limit.value for limit in self.desk.limits().limits if "." in limit.name}

    def events(self) -> Iterator[events_pb2.Event]:
        for record in _core.JournalReader(self.folder / "journal"):
            if record.kind == _core.RecordKind.EVENT:
                yield from order_entry_pb2.TradeResponse.FromString(record.payload).events

    def decisions(self) -> list[str]:
        kinds = events_pb2.RiskDecision
        return [
            kinds.Name(event.risk_decision_recorded.decision).removeprefix("RISK_DECISION_")
            for event in self.events()
            if event.HasField("risk_decision_recorded")
        ]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.core.stop()


def quantity(value: str, name: str = "q.1", level: str = "firm", **more: object) -> risk_pb2.Limit:
    kind = risk_pb2.LIMIT_KIND_MAX_ORDER_QUANTITY
    return risk_pb2.Limit(name=name, level=level, kind=kind, value=value, **more)  # type: ignore[arg-type]


def test_new_and_tighter_limits_need_nobody_and_are_journalled_with_old_and_new(world: World) -> None:
    world.set(quantity("100"))
    world.set(quantity("50"), by="anna/Anna A.")
    assert world.values() == {"q.1": "50"}
    last = [event.limits_changed for event in world.events() if event.HasField("limits_changed")][-1]
    assert (last.changed_by, last.approved_by, last.reason) == ("anna/Anna A.", "", "test")
    assert [(change.before.value, change.after.value) for change in last.changes] == [("100", "50")]


def test_looser_limit_waits_for_another_client_and_is_then_made(world: World) -> None:
    world.set(quantity("100"))
    outcome = world.set(quantity("150"))
    assert (outcome.is_pending, outcome.change_id) == (True, 1)
    assert "100 -> 150 (looser by 50 %)" in outcome.summary
    assert world.values() == {"q.1": "100"}
    with pytest.raises(OwnChange, match="another client"):
        world.desk.approve(1, "anna/somebody else", "me again")
    assert world.values() == {"q.1": "100"}
    world.desk.approve(1, "bert", "agreed")
    assert world.values() == {"q.1": "150"}
    assert world.decisions() == ["CHANGE_PROPOSED", "CHANGE_APPROVED"]
    last = [event.limits_changed for event in world.events() if event.HasField("limits_changed")][-1]
    assert (last.changed_by, last.approved_by) == ("anna", "bert")
    with pytest.raises(KeyError):
        world.desk.approve(1, "bert", "twice")


def test_change_that_waits_survives_a_restart_and_expires(world: World) -> None:
    world.set(quantity("100"))
    world.set(quantity("150"))
    world.restart()
    assert list(world.desk.state.pending) == [1]
    world.now_ns += 60 * SECOND
    assert not world.desk.state.pending
    assert world.decisions()[-1] == "CHANGE_EXPIRED"
    assert world.values() == {"q.1": "100"}


def test_approved_is_only_what_was_looked_at(world: World) -> None:
    world.set(quantity("100"))
    world.set(quantity("150"))
    world.set(quantity("10"), by="carl")  # tightened since
    with pytest.raises(LimitRefused):
        world.desk.approve(1, "bert", "agreed")
    assert world.values() == {"q.1": "10"}


def test_pending_change_is_withdrawn_by_its_author_and_refused_by_others(world: World) -> None:
    world.set(quantity("100"))
    world.set(quantity("150"))
    world.set(quantity("160"))
    world.desk.end_pending(1, "anna", "no")
    world.desk.end_pending(2, "bert", "no")
    assert world.decisions()[-2:] == ["CHANGE_WITHDRAWN", "CHANGE_REFUSED"]
    assert world.values() == {"q.1": "100"}


def test_small_steps_are_added_up(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.terms = replace(TERMS, loosening_percent=Decimal(10))
    world.restart()
    try:
        world.set(quantity("100"))
        assert not world.set(quantity("106")).is_pending
        assert world.set(quantity("112")).is_pending  # 12 % above what two people have agreed to
        world.desk.approve(1, "bert", "agreed")
        assert not world.set(quantity("120")).is_pending  # from 112 on
    finally:
        world.core.stop()


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (quantity("-1"), "value"),
        (quantity("NaN"), "value"),
        (quantity("1", level="account:NONE"), "not configured"),
        (quantity("1", level="instrument:NONE"), "not configured"),
        (quantity("1", level="planet:x"), "level"),
        (quantity("1", level="client:beta", second_level="account:A1"), "no order falls under both"),
        (quantity("1", name=""), "name"),
    ],
)
def test_garbage_is_refused_as_a_whole_and_limits_in_force_stay(
    world: World, limit: risk_pb2.Limit, said: str
) -> None:
    world.set(quantity("100"))
    before = world.desk.limits()
    with pytest.raises(LimitRefused, match=said) as refused:
        world.set(quantity("50"), quantity("7", name="q.2"), limit)
    assert "limits[2]" in str(refused.value)
    assert world.desk.limits() == before
    assert world.decisions() == []


def test_request_says_why_and_for_which_version(world: World) -> None:
    with pytest.raises(LimitRefused, match="reason"):
        world.desk.set(risk_pb2.SetLimitsRequest(limits=[quantity("1")], reason=" "), "anna")
    world.set(quantity("100"))
    with pytest.raises(LimitRefused):
        world.set(quantity("50"), expected_version=99)
    assert world.values() == {"q.1": "100"}


def test_dry_run_says_what_would_change_and_changes_nothing(world: World) -> None:
    world.set(quantity("100"))
    outcome = world.set(quantity("150"), validate_only=True)
    assert (outcome.is_pending, outcome.change_id) == (True, 0)
    assert world.values() == {"q.1": "100"}
    assert not world.desk.state.pending


def test_override_ends_by_itself_over_a_restart(world: World) -> None:
    world.set(quantity("100"))
    assert world.set(quantity("500"), override_for_ns=50 * SECOND).is_pending
    world.desk.approve(1, "bert", "for the roll")
    assert world.values() == {"q.1": "500"}
    assert world.desk.source_of("q.1") == "override"
    world.restart()
    world.now_ns += 49 * SECOND
    world.desk.expire()
    assert world.values() == {"q.1": "500"}
    world.now_ns += SECOND
    world.desk.expire()
    assert world.values() == {"q.1": "100"}
    assert world.decisions()[-2:] == ["OVERRIDE_GRANTED", "OVERRIDE_ENDED"]


def test_end_of_an_override_leaves_what_was_decided_since(world: World) -> None:
    world.set(quantity("100"))
    world.set(quantity("50"), override_for_ns=50 * SECOND)
    world.set(quantity("20"))
    world.now_ns += 50 * SECOND
    assert not world.desk.state.overrides
    assert world.values() == {"q.1": "20"}


def test_override_adds_nothing_and_is_not_too_long(world: World) -> None:
    with pytest.raises(LimitRefused, match="adds and removes none"):
        world.set(quantity("100"), override_for_ns=SECOND)
    world.set(quantity("100"))
    with pytest.raises(LimitRefused, match="override of 1 to 100 s"):
        world.set(quantity("50"), override_for_ns=101 * SECOND)


def test_file_is_applied_but_for_what_was_changed_at_run_time(world: World) -> None:
    world.desk.apply_file([quantity("100"), quantity("7", name="q.2")], "configuration")
    world.set(quantity("50"))
    world.desk.apply_file([quantity("90"), quantity("6", name="q.2"), quantity("1", name="q.3")], "SIGHUP")
    assert world.values() == {"q.1": "50", "q.2": "6", "q.3": "1"}
    assert [world.desk.source_of(name) for name in ("q.1", "q.2")] == ["runtime", "file"]
    world.restart()
    assert world.desk.source_of("q.1") == "runtime"
    world.desk.apply_file([quantity("40"), quantity("6", name="q.2")], "SIGHUP", force=True)
    assert world.desk.state.pending  # q.3 goes, which loosens: it waits, and so does the rest
    world.desk.approve(1, "bert", "agreed")
    assert world.values() == {"q.1": "40", "q.2": "6"}


def test_file_that_loosens_waits_and_is_not_asked_for_twice(world: World) -> None:
    world.desk.apply_file([quantity("100")], "configuration")
    assert world.desk.apply_file([quantity("200")], "SIGHUP").is_pending
    assert not world.desk.apply_file([quantity("200")], "SIGHUP").change_id
    assert list(world.desk.state.pending) == [1]
    assert world.values() == {"q.1": "100"}
    assert world.desk.apply_file([quantity("80")], "SIGHUP").changed_count == 1


def test_state_file_that_is_damaged_is_told(tmp_path: Path) -> None:
    (tmp_path / LIMITS_FILE_NAME).write_text('{"format": 1}')
    with pytest.raises(StateFileError, match="move it away"):
        World(tmp_path)
