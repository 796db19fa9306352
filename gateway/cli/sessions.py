"""`gateway sessions`."""

from __future__ import annotations

import typer

from gateway.cli.connection import connect
from gateway.cli.options import Address, Client, Config, Json
from gateway.cli.output import as_dict, print_json, print_table
from gateway.v1 import events_pb2, queries_pb2

__all__ = ["register"]

_COLUMNS = (
    "session", "venue", "state", "version", "sender", "target", "role", ">next in", ">next out", ">backlog",
    "reason",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sessions")(_sessions)


def _sessions(
    config: Config = None, address: Address = None, client: Client = None, as_json: Json = False
) -> None:
    """List the FIX sessions and what each is doing."""
    with connect(config, address, client) as connection:
        request = queries_pb2.ListSessionsRequest()
        answer = connection.ask("Sessions/ListSessions", request, queries_pb2.ListSessionsResponse)
    if as_json:
        print_json([as_dict(session) for session in answer.sessions])
        return
    print_table(_COLUMNS, (_row(session) for session in answer.sessions), empty="no sessions")


def _row(session: queries_pb2.Session) -> tuple[str, ...]:
    return (
        session.name,
        session.venue,
        events_pb2.SessionState.Name(session.state).removeprefix("SESSION_STATE_"),
        session.begin_string,
        session.sender_comp_id,
        session.target_comp_id,
        session.role,
        str(session.next_in),
        str(session.next_out),
        f"{session.outbound_backlog_bytes} B",
        session.reason,
    )
