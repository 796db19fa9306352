"""Folds changes of limits: every change is a row for ever, and the limits in force are what they add up to.

A large change takes several events that take effect together with the last; a gateway that died between them has
changed nothing. So the parts are kept as rows that are not effective yet, and the last part makes all of them so.
"""

from __future__ import annotations

from google.protobuf import json_format

from gateway.store.decode import full_text, name_text, number, time_ns
from gateway.store.rows import LimitChangeRow, LimitRow
from gateway.store.working_set import WorkingSet
from gateway.v1 import events_pb2, risk_pb2

__all__ = ["take_limits_changed"]


def take_limits_changed(rows: WorkingSet, event: events_pb2.Event) -> None:
    """Add the changes of an event, and make those of its whole change effective with the last part."""
    body = event.limits_changed
    if body.part <= 1:
        rows.open_limit_changes.clear()  # what had come of another change was never completed
    for ordinal, change in enumerate(body.changes):
        row = _change_row(event, ordinal, change)
        rows.limit_changes.append(row)
        rows.open_limit_changes.append(row)
    if body.more:
        return
    for row in rows.open_limit_changes:
        row["is_effective"] = True
        rows.effective_limit_changes.add((row["lsn"], row["ordinal"]))
        rows.limits[row["name"]] = _limit_row(row, event)
    rows.open_limit_changes.clear()


def _change_row(event: events_pb2.Event, ordinal: int, change: risk_pb2.LimitChange) -> LimitChangeRow:
    body = event.limits_changed
    name = change.after.name if change.HasField("after") else change.before.name
    return {
        "lsn": event.lsn,
        "ordinal": ordinal,
        "time_ns": time_ns(event.time),
        "version": body.version,
        "part": body.part,
        "is_effective": False,
        "name": name_text(name),
        "changed_by": name_text(body.changed_by),
        "approved_by": name_text(body.approved_by),
        "reason": full_text(body.reason),
        "before": _json(change.before) if change.HasField("before") else "",
        "after": _json(change.after) if change.HasField("after") else "",
    }


def _limit_row(change: LimitChangeRow, event: events_pb2.Event) -> LimitRow:
    """Make the limit as the change leaves it; one that was removed keeps its last terms."""
    limit = json_format.Parse(change["after"] or change["before"], risk_pb2.Limit())
    where = f"of the limit {limit.name} at lsn {change['lsn']}"
    return {
        "name": change["name"],
        "level": name_text(limit.level),
        "second_level": name_text(limit.second_level),
        "kind": _word(risk_pb2.LimitKind.Name(limit.kind), "LIMIT_KIND_"),
        "value": number(limit.value, f"value {where}"),
        "count": limit.count,
        "window_ns": limit.window.ToNanoseconds(),
        "unit": _word(risk_pb2.LimitUnit.Name(limit.unit), "LIMIT_UNIT_"),
        "reference": _word(risk_pb2.LimitReference.Name(limit.reference), "LIMIT_REFERENCE_"),
        "action": _word(risk_pb2.LimitAction.Name(limit.action), "LIMIT_ACTION_"),
        "crossing": _word(risk_pb2.CrossingPolicy.Name(limit.crossing), "CROSSING_POLICY_"),
        "reserve": limit.reserve,
        "capital": number(limit.capital, f"capital {where}"),
        "is_disabled": limit.disabled,
        "allows_missing_reference": limit.allow_missing_reference,
        "includes_charges": limit.include_charges,
        "currency": name_text(limit.currency),
        "is_removed": not change["after"],
        "version": change["version"],
        "changed_by": change["changed_by"],
        "approved_by": change["approved_by"],
        "changed_ns": time_ns(event.time),
        "lsn": event.lsn,
    }


def _json(limit: risk_pb2.Limit) -> str:
    return json_format.MessageToJson(limit, preserving_proto_field_name=True, indent=None)


def _word(name: str, prefix: str) -> str:
    word = name.removeprefix(prefix)
    return "" if word == "UNSPECIFIED" else word
