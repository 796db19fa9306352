"""Limits and their changes in the database, on every database: versions, changes in parts, and a rebuild."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.core import _core
from gateway.store import queries, rebuild
from gateway.store.engine import open_engine
from gateway.v1 import events_pb2, risk_pb2
from tests.support.event_journal import EventJournal
from tests.support.limit_core import core_settings
from tests.support.projecting import project
from tests.support.tables import all_rows


def limit(name: str, value: str = "1", level: str = "firm", **terms: object) -> risk_pb2.Limit:
    kind = risk_pb2.LIMIT_KIND_MAX_ORDER_QUANTITY
    return risk_pb2.Limit(name=name, level=level, kind=kind, value=value, **terms)  # type: ignore[arg-type]


def changed(
    version: int,
    *changes: tuple[risk_pb2.Limit | None, risk_pb2.Limit | None],
    part: int = 1,
    more: bool = False,
    **by: str,
) -> events_pb2.Event:
    who = {"changed_by": "ann", "reason": "test"} | by
    body = risk_pb2.LimitsChanged(version=version, part=part, more=more, **who)  # type: ignore[arg-type]
    for before, after in changes:
        body.changes.add(before=before, after=after)
    return events_pb2.Event(limits_changed=body)


def in_force(url: str) -> dict[str, tuple[Decimal | None, int]]:
    engine = open_engine(url)
    with engine.connect() as connection:
        found = {each.name: (each.value, each.version) for each in queries.limits(connection)}
    engine.dispose()
    return found


def test_limits_are_those_of_the_last_change_with_its_version(database_url: str) -> None:
    journal = EventJournal()
    first, second = limit("q", "10"), limit("q", "20.5")
    journal.add(changed(1, (None, first), (None, limit("gone"))))
    journal.add(changed(2, (first, second), approved_by="bert", reason="more volume"))
    journal.add(changed(3, (limit("gone"), None)))
    project(database_url, journal)

    engine = open_engine(database_url)
    with engine.connect() as connection:
        (shown,) = queries.limits(connection)
        assert (shown.name, shown.value, shown.version) == ("q", Decimal("20.5"), 2)
        assert (shown.kind, shown.changed_by, shown.approved_by) == ("MAX_ORDER_QUANTITY", "ann", "bert")
        assert [(each.name, each.is_removed) for each in queries.limits(connection, removed=True)] == [
            ("gone", True),
            ("q", False),
        ]
        history = queries.limit_changes(connection, name="q")
        assert [(each.version, each.reason) for each in history] == [(2, "more volume"), (1, "test")]
        newest = history[0]
        assert (json.loads(newest.before)["value"], json.loads(newest.after)["value"]) == ("10", "20.5")
        assert history[1].before == ""
        removed = queries.limit_changes(connection, name="gone", limit=1)[0]
        assert (removed.version, removed.after) == (3, "")
    engine.dispose()


def test_every_term_of_a_limit_has_its_column(database_url: str) -> None:
    journal = EventJournal()
    whole = risk_pb2.Limit(
        name="c",
        level="account:A1",
        second_level="instrument:ACME",
        kind=risk_pb2.LIMIT_KIND_PRICE_COLLAR,
        value="0.00000001",
        count=4_294_967_295,
        unit=risk_pb2.LIMIT_UNIT_TICKS,
        reference=risk_pb2.LIMIT_REFERENCE_MID,
        action=risk_pb2.LIMIT_ACTION_HALT,
        disabled=True,
        allow_missing_reference=True,
        crossing=risk_pb2.CROSSING_POLICY_DECREMENT,
        reserve=7,
        capital="92233720368.54775807",
        include_charges=True,
        currency="EUR",
    )
    whole.window.FromNanoseconds(604_800_000_000_001)
    journal.add(changed(1, (None, whole)))
    project(database_url, journal)
    (row,) = all_rows(database_url)["limits"]
    assert row["value"] == Decimal("0.00000001")
    assert row["capital"] == Decimal("92233720368.54775807")
    assert (row["count"], row["reserve"], row["window_ns"]) == (4_294_967_295, 7, 604_800_000_000_001)
    assert (row["level"], row["second_level"]) == ("account:A1", "instrument:ACME")
    assert (row["unit"], row["reference"], row["action"]) == ("TICKS", "MID", "HALT")
    assert (row["kind"], row["crossing"]) == ("PRICE_COLLAR", "DECREMENT")
    assert (row["is_disabled"], row["allows_missing_reference"], row["is_removed"]) == (True, True, False)
    assert (row["includes_charges"], row["currency"]) == (True, "EUR")


@pytest.mark.parametrize("seed", range(5))
def test_change_in_parts_takes_effect_with_its_last_in_whatever_batches(
    database_url: str, tmp_path: Path, seed: int
) -> None:
    journal = EventJournal()
    journal.add(changed(1, (None, limit("a", "1"))))
    journal.add(changed(2, (limit("a", "1"), limit("a", "2")), more=True))
    journal.add(changed(2, (None, limit("lost", "2")), part=2, more=True))  # and the gateway died
    project(database_url, journal, random.Random(seed))
    assert in_force(database_url) == {"a": (Decimal(1), 1)}
    journal.add(changed(2, (limit("a", "1"), limit("a", "3")), (None, limit("b", "3")), more=True))
    journal.add(changed(2, (None, limit("c", "3")), part=2, more=True))
    project(database_url, journal, random.Random(seed))
    assert in_force(database_url) == {"a": (Decimal(1), 1)}
    journal.add(changed(2, (None, limit("d", "3")), part=3))
    project(database_url, journal, random.Random(seed))
    three = Decimal(3), 2
    assert in_force(database_url) == {"a": three, "b": three, "c": three, "d": three}
    effective = [(row["name"], row["is_effective"]) for row in all_rows(database_url)["limit_changes"]]
    assert effective == [
        ("a", True), ("a", False), ("lost", False), ("a", True), ("b", True), ("c", True), ("d", True),
    ]  # fmt: skip

    at_once = f"sqlite:///{tmp_path}/at-once.db"
    project(at_once, journal)
    for table in ("limits", "limit_changes"):
        assert all_rows(at_once)[table] == all_rows(database_url)[table]


def test_rebuild_gives_the_rows_that_a_real_core_has_journalled(database_url: str, tmp_path: Path) -> None:
    core = _core.Gateway(core_settings(tmp_path / "journal"))
    many = [limit(f"m.{number}", str(number), "account:A1") for number in range(25)]  # three parts

    def set_limits(*limits: risk_pb2.Limit, removed: tuple[str, ...] = ()) -> None:
        request = risk_pb2.SetLimitsRequest(limits=limits, removed=removed, reason="test")
        core.set_limits(request.SerializeToString(), "ann")

    set_limits(*many)
    set_limits(limit("m.3", "300", "account:A1"), removed=("m.0", "m.24"))
    engine = open_engine(database_url)
    rebuild(engine, core)
    listed = risk_pb2.ListLimitsResponse.FromString(core.limits())
    expected = {each.name: Decimal(each.value) for each in listed.limits if each.name.startswith("m.")}
    assert {name: value for name, (value, _) in in_force(database_url).items()} == expected
    assert len(expected) == 23
    rows = all_rows(database_url)
    assert {row["version"] for row in rows["limits"]} == {1, 2} == {1, listed.version}
    assert all(row["is_effective"] for row in rows["limit_changes"])
    assert len(rows["limit_changes"]) == 28

    rebuild(engine, core)
    assert all_rows(database_url) == rows
    engine.dispose()
    core.stop()
