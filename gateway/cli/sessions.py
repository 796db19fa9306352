"""`gateway sessions`: look at the FIX sessions and operate them."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.connection import Connection, connect
from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.options import Address, Client, Config, Json
from gateway.cli.output import as_dict, print_json, print_table
from gateway.cli.session_text import LIST_COLUMNS, changes_table, list_row, log_line, show
from gateway.v1 import queries_pb2, sessions_pb2

__all__ = ["register"]

Name = Annotated[str, typer.Argument(metavar="SESSION", help="The session's name.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept in the journal.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Force = Annotated[bool, typer.Option("--force", help="Also where it is refused without.")]
Settings = Annotated[
    Path,
    typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="One entry of `sessions`, as YAML."),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this group. Without a command it lists."""
    group = typer.Typer(
        invoke_without_command=True,
        help="List the FIX sessions, look at one, and operate them: each change is journalled.",
    )
    group.callback()(_list_where_nothing_else_is_asked)
    for name, command in (
        ("list", _list),
        ("show", _show),
        ("log", _log),
        ("logon", _logon),
        ("logout", _logout),
        ("set-sequence", _set_sequence),
        ("reset", _reset),
        ("add", _add),
        ("change", _change),
        ("remove", _remove),
        ("reload", _reload),
    ):
        group.command(name)(command)
    app.add_typer(group, name="sessions")


def _list_where_nothing_else_is_asked(
    context: typer.Context,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """List the FIX sessions, look at one, and operate them: each change is journalled."""
    if context.invoked_subcommand is None:
        _list(config, address, client, as_json)


def _list(
    config: Config = None, address: Address = None, client: Client = None, as_json: Json = False
) -> None:
    """List the FIX sessions and what each is doing."""
    with connect(config, address, client) as connection:
        request = queries_pb2.ListSessionsRequest()
        answer = connection.ask("Sessions/ListSessions", request, queries_pb2.ListSessionsResponse)
    if as_json:
        print_json([as_dict(session) for session in answer.sessions])
        return
    print_table(LIST_COLUMNS, (list_row(session) for session in answer.sessions), empty="no sessions")


def _show(
    name: Name, config: Config = None, address: Address = None, client: Client = None, as_json: Json = False
) -> None:
    """Show one session: state, sequence numbers, windows, open orders, round trip and clock."""
    with connect(config, address, client) as connection:
        answer = _get(connection, name)
    if as_json:
        print_json(as_dict(answer))
        return
    print(show(answer))


def _log(
    name: Name,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many messages.")] = 50,
    inbound: Annotated[bool, typer.Option("--in", help="Only what the counterparty sent.")] = False,
    outbound: Annotated[bool, typer.Option("--out", help="Only what the gateway sent.")] = False,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Print the newest FIX messages of a session, newest last, secrets blanked. --json: one object a message."""
    direction = sessions_pb2.MESSAGE_DIRECTION_UNSPECIFIED
    if inbound != outbound:
        direction = sessions_pb2.MESSAGE_DIRECTION_IN if inbound else sessions_pb2.MESSAGE_DIRECTION_OUT
    found: list[sessions_pb2.SessionMessage] = []
    token = ""
    with connect(config, address, client) as connection:
        while len(found) < limit:
            request = sessions_pb2.ListSessionMessagesRequest(
                name=name, direction=direction, page_size=min(1000, limit - len(found)), page_token=token
            )
            page = connection.ask(
                "Sessions/ListSessionMessages", request, sessions_pb2.ListSessionMessagesResponse
            )
            found.extend(page.messages)
            token = page.next_page_token
            if not token:
                break
    if as_json:
        print_json([as_dict(message) for message in reversed(found)])
        return
    print("\n".join(log_line(message) for message in reversed(found)) or "no messages")


def _logon(
    name: Name,
    reason: Reason,
    yes: Yes = False,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Let a session connect again that was logged out."""
    with connect(config, address, client) as connection:
        _confirm(connection, name, "let it log on", yes)
        request = sessions_pb2.LogonSessionRequest(name=name, note=_note(reason))
        answer = connection.ask("Sessions/LogonSession", request, sessions_pb2.SessionCommandResponse)
    _report(answer, f"{name} may log on", as_json)


def _logout(
    name: Name,
    reason: Reason,
    yes: Yes = False,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Log a session out and keep it out until `logon`, over restarts too. Its orders stay at the venue."""
    with connect(config, address, client) as connection:
        _confirm(connection, name, "log it out and keep it out", yes)
        request = sessions_pb2.LogoutSessionRequest(name=name, note=_note(reason))
        answer = connection.ask("Sessions/LogoutSession", request, sessions_pb2.SessionCommandResponse)
    _report(answer, f"{name} is logged out", as_json)


def _set_sequence(
    name: Name,
    reason: Reason,
    next_in: Annotated[int | None, typer.Option("--in", min=1, help="MsgSeqNum(34) expected next.")] = None,
    next_out: Annotated[
        int | None, typer.Option("--out", min=1, help="MsgSeqNum(34) to be sent next.")
    ] = None,
    yes: Yes = False,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Set sequence numbers of a session that is logged out; --out may be raised while it is logged on.

    Raising --in gives up what was missed: no fill in it will come.
    """
    if not next_in and not next_out:
        raise CommandFailure("say which number: --in N, --out N or both", ExitCode.USAGE)
    numbers = ", ".join(
        f"next {way} {number}" for way, number in (("in", next_in), ("out", next_out)) if number
    )
    with connect(config, address, client) as connection:
        _confirm(connection, name, f"set {numbers}", yes)
        request = sessions_pb2.SetSequenceNumbersRequest(
            name=name, next_in=next_in, next_out=next_out, note=_note(reason)
        )
        answer = connection.ask("Sessions/SetSequenceNumbers", request, sessions_pb2.SessionCommandResponse)
    _report(answer, f"{name}: {numbers}", as_json)


def _reset(
    name: Name,
    reason: Reason,
    force: Force = False,
    yes: Yes = False,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Start both sequences anew, by a Logon with ResetSeqNumFlag(141)=Y. What was missed is not resent then."""
    with connect(config, address, client) as connection:
        _confirm(connection, name, "start both sequences at 1", yes)
        request = sessions_pb2.ResetSessionRequest(name=name, force=force, note=_note(reason))
        answer = connection.ask("Sessions/ResetSession", request, sessions_pb2.SessionCommandResponse)
    _report(answer, f"{name} starts its sequences anew", as_json)


def _add(
    file: Settings,
    reason: Reason,
    venue: Annotated[
        list[str] | None, typer.Option("--venue", help="A venue that it leads to; may be repeated.")
    ] = None,
    yes: Yes = False,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Add a session. One that was removed before goes on with its sequence numbers."""
    text = file.read_text()
    _ask(f"add the session of {file}?", yes)
    with connect(config, address, client) as connection:
        request = sessions_pb2.AddSessionRequest(settings_yaml=text, venues=venue or (), note=_note(reason))
        answer = connection.ask("Sessions/AddSession", request, sessions_pb2.SessionCommandResponse)
    _report(answer, f"{answer.session.name} is added: {answer.detail}", as_json)


def _change(
    file: Settings,
    reason: Reason,
    force: Force = False,
    yes: Yes = False,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Give a session other settings. It logs out and comes back with them; its sequence numbers go on."""
    text = file.read_text()
    _ask(f"change the session of {file}? It logs out and on again", yes)
    with connect(config, address, client) as connection:
        request = sessions_pb2.ChangeSessionRequest(settings_yaml=text, force=force, note=_note(reason))
        answer = connection.ask("Sessions/ChangeSession", request, sessions_pb2.SessionCommandResponse)
    done = f"is changed: {answer.detail}" if answer.lsn else "is like that already"
    _report(answer, f"{answer.session.name} {done}", as_json)


def _remove(
    name: Name,
    reason: Reason,
    force: Force = False,
    yes: Yes = False,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Log a session out and take it away. The journal keeps its sequence numbers."""
    with connect(config, address, client) as connection:
        _confirm(connection, name, "remove it", yes)
        request = sessions_pb2.RemoveSessionRequest(name=name, force=force, note=_note(reason))
        answer = connection.ask("Sessions/RemoveSession", request, sessions_pb2.SessionCommandResponse)
    _report(answer, f"{name} is removed", as_json)


def _reload(
    reason: Reason,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="The file wins over what the API has changed; sessions with open orders may be removed.",
        ),
    ] = False,
    yes: Yes = False,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Have the gateway read its configuration file again, as SIGHUP does, and say what it changed."""
    if not dry_run:
        _ask("add, change and remove sessions as the file says?", yes)
    with connect(config, address, client) as connection:
        request = sessions_pb2.ReloadConfigurationRequest(dry_run=dry_run, force=force, note=_note(reason))
        answer = connection.ask(
            "Sessions/ReloadConfiguration", request, sessions_pb2.ReloadConfigurationResponse
        )
    if as_json:
        print_json([as_dict(change) for change in answer.changes])
        return
    changes_table(answer.changes, dry_run)


def _get(connection: Connection, name: str) -> sessions_pb2.GetSessionResponse:
    request = sessions_pb2.GetSessionRequest(name=name)
    return connection.ask("Sessions/GetSession", request, sessions_pb2.GetSessionResponse)


def _confirm(connection: Connection, name: str, what: str, yes: bool) -> None:
    """Show what is there before it is changed, and ask."""
    if yes:
        return
    found = _get(connection, name)
    print(show(found))
    _ask(f"{what}?", yes)


def _ask(question: str, yes: bool) -> None:
    if not yes:
        typer.confirm(question, abort=True)


def _note(reason: str) -> sessions_pb2.OperatorNote:
    try:
        person = getpass.getuser()
    except (OSError, KeyError):
        person = ""
    return sessions_pb2.OperatorNote(person=person, reason=reason)


def _report(answer: sessions_pb2.SessionCommandResponse, done: str, as_json: bool) -> None:
    if as_json:
        print_json(as_dict(answer))
        return
    later = ", once it has logged out" if answer.pending else ""
    print(f"{done}{later} (lsn {answer.lsn})" if answer.lsn else done)
