"""Sessions as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from gateway.cli.output import print_table
from gateway.v1 import events_pb2, queries_pb2, sessions_pb2

__all__ = ["LIST_COLUMNS", "changes_table", "list_row", "log_line", "show"]

LIST_COLUMNS = (
    "session", "venue", "state", "version", "sender", "target", "role", ">next in", ">next out", ">backlog",
    "reason",
)  # fmt: skip


def list_row(session: queries_pb2.Session) -> tuple[str, ...]:
    """Make a row of the list."""
    return (
        session.name,
        session.venue,
        _state(session),
        session.begin_string,
        session.sender_comp_id,
        session.target_comp_id,
        session.role,
        str(session.next_in),
        str(session.next_out),
        f"{session.outbound_backlog_bytes} B",
        session.reason,
    )


def show(found: sessions_pb2.GetSessionResponse) -> str:
    """Make the lines of one session."""
    session = found.session
    rows = [
        ("session", f"{session.name}, {session.role}, {session.begin_string}"),
        ("counterparty", f"{session.sender_comp_id} -> {session.target_comp_id}"),
        ("venue", session.venue or "none"),
        ("state", f"{_state(session)}{f' ({session.reason})' if session.reason else ''}"),
        (
            "operator",
            "may connect" if session.enabled else "logged out; `gateway sessions logon` lets it back",
        ),
        ("next in, out", f"{session.next_in}, {session.next_out}"),
        ("open orders", str(found.open_orders)),
        ("backlog", f"{session.outbound_backlog_bytes} B"),
        ("heartbeat", f"every {session.heartbeat_interval_s} s{_heard(session)}"),
        ("round trip", _measured(session)),
        ("hours", _hours(session)),
    ]
    lines = [f"{name:<13}{text}" for name, text in rows]
    lines += [
        f"  window     {_time(window.opens)} to {_time(window.closes)}, day {window.day}"
        for window in found.windows[:5]
    ]
    return "\n".join(lines)


def log_line(message: sessions_pb2.SessionMessage) -> str:
    """Make a line of the message log."""
    way = "in " if message.direction == sessions_pb2.MESSAGE_DIRECTION_IN else "out"
    note = " (resend)" if message.resend else " (not acted upon)" if message.ignored else ""
    return f"{message.lsn:>10}  {_time(message.time)}  {way} {message.msg_seq_num:>6}  {message.text}{note}"


def changes_table(changes: Sequence[sessions_pb2.ConfigurationChange], dry_run: bool) -> None:
    """Print what a reload did."""
    rows = ((change.subject, change.outcome, change.detail) for change in changes)
    would = "would be " if dry_run else ""
    print_table(
        ("what", f"{would}done" if dry_run else "outcome", "detail"),
        rows,
        empty="nothing differs from the file",
    )


def _state(session: queries_pb2.Session) -> str:
    return events_pb2.SessionState.Name(session.state).removeprefix("SESSION_STATE_")


def _heard(session: queries_pb2.Session) -> str:
    return f", last heard {_time(session.last_received)}" if session.HasField("last_received") else ""


def _measured(session: queries_pb2.Session) -> str:
    if not session.HasField("round_trip_measured"):
        return "not measured yet"
    offset_ms = session.clock_offset_ns / 1e6
    return (
        f"{session.round_trip_ns / 1e6:.3f} ms, their clock {offset_ms:+.3f} ms"
        f" (measured {_time(session.round_trip_measured)})"
    )


def _hours(session: queries_pb2.Session) -> str:
    if not session.scheduled:
        return "always"
    day = f"day {session.session_day}" if session.session_day else "no day begun"
    if session.HasField("window_closes"):
        return f"open until {_time(session.window_closes)}, {day}"
    if session.HasField("window_opens"):
        return f"closed until {_time(session.window_opens)}, {day}"
    return f"closed, and no window is known, {day}"


def _time(stamp: Timestamp) -> str:
    moment = datetime.fromtimestamp(stamp.seconds, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{stamp.nanos // 1_000_000:03d}Z"
