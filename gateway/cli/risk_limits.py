"""`gateway risk show`, `set`, `approve`, `refuse` and `changes`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.cli.connection import connect
from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.limit_file import read_limit_file
from gateway.cli.options import Address, Client, Config, Json
from gateway.cli.output import as_dict, print_json, print_table
from gateway.cli.risk_outcome import print_outcome
from gateway.cli.risk_override import override
from gateway.risk.limits.order_overrides import order_text
from gateway.risk.limits.text import kind_text, level_text, terms_text
from gateway.v1 import limits_pb2, risk_pb2

__all__ = ["register_limits"]

Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept in the journal.")]
Number = Annotated[int, typer.Argument(help="Number of the change or override: see `gateway risk changes`.")]
File = Annotated[
    Path, typer.Argument(help="YAML with `limits:`, entries as of `risk.limits` in the configuration.")
]


def register_limits(group: typer.Typer) -> None:
    """Add the commands about limits."""
    group.command("show")(_show)
    group.command("set")(_set)
    group.command("override")(override)
    group.command("changes")(_changes)
    group.command("approve")(_approve)
    group.command("refuse")(_refuse)


def _show(
    level: Annotated[str, typer.Option("--level", help="Only limits on this level.")] = "",
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Show the limits in force, how much of each is used, and where it comes from.

    Limits on one order alone have no use between orders.
    """
    with connect(config, address, client) as connection:
        request = limits_pb2.GetLimitsRequest(level=level)
        answer = connection.ask("Risk/GetLimits", request, limits_pb2.GetLimitsResponse)
        asked = risk_pb2.ListLimitUtilizationRequest(level=level)
        used = connection.ask("Risk/ListLimitUtilization", asked, risk_pb2.ListLimitUtilizationResponse)
    if as_json:
        print_json({**as_dict(answer), **as_dict(used)})
        return
    print(f"limits, version {answer.version}")
    shares = {(each.name, each.level.partition("+")[0]): each for each in used.utilizations}
    rows = (_row(each, shares.get((each.limit.name, each.limit.level))) for each in answer.limits)
    columns = ("name", "level", "kind", "terms", ">used", ">used %", "source")
    print_table(columns, rows, empty="no limits on this level")


def _row(each: limits_pb2.LimitInForce, used: risk_pb2.LimitUtilization | None) -> tuple[str, ...]:
    limit = each.limit
    value, share = (used.value, used.share_percent) if used else ("", "")
    return limit.name, level_text(limit), kind_text(limit), terms_text(limit), value, share, each.source


def _set(
    reason: Reason,
    file: Annotated[
        Path | None, typer.Argument(help="YAML with `limits:`, entries as of `risk.limits`.")
    ] = None,
    remove: Annotated[list[str] | None, typer.Option("--remove", help="Name of a limit to remove.")] = None,
    replace_all: Annotated[
        bool, typer.Option("--replace-all", help="Remove every limit that is not in the file.")
    ] = False,
    expected_version: Annotated[
        int, typer.Option("--expected-version", help="Refuse the change where another set is in force.")
    ] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, change nothing.")
    ] = False,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Change limits: all of the request, or nothing where anything of it is wrong.

    What loosens a limit by more than the configuration allows one person waits for another client's approval.
    """
    if file is None and not remove:
        raise CommandFailure("say what to change: a file with `limits:`, or --remove NAME", ExitCode.USAGE)
    request = risk_pb2.SetLimitsRequest(
        limits=read_limit_file(file).limits if file else [],
        removed=remove or [],
        replace_all=replace_all,
        expected_version=expected_version,
        reason=reason,
        validate_only=dry_run,
    )
    with connect(config, address, client) as connection:
        answer = connection.ask("Risk/SetLimits", request, risk_pb2.SetLimitsResponse)
    print_outcome(answer, as_json, dry_run=dry_run)


def _changes(
    history: Annotated[
        bool, typer.Option("--history", help="What was changed, by the database: no gateway has to run.")
    ] = False,
    name: Annotated[str, typer.Option("--limit", help="With --history: only changes of this limit.")] = "",
    count: Annotated[
        int, typer.Option("-n", "--count", min=1, max=10_000, help="With --history: how many, the newest.")
    ] = 50,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """List changes that wait for a second person and overrides that hold, or the history of changes."""
    if history:
        from gateway.cli.limit_history import print_history  # loads the database's drivers

        print_history(config, name, count, as_json)
        return
    with connect(config, address, client) as connection:
        request = limits_pb2.ListLimitChangesRequest()
        answer = connection.ask("Risk/ListLimitChanges", request, limits_pb2.ListLimitChangesResponse)
    if as_json:
        print_json(as_dict(answer))
        return
    rows = [
        (str(each.change_id), "waits", each.proposed_by, _until(each.expires_at), each.reason, each.summary)
        for each in answer.pending
    ]
    rows += [
        (
            str(each.change_id),
            "holds",
            " + ".join(filter(None, (each.granted_by, each.approved_by))),
            _until(each.until),
            each.reason,
            ", ".join(limit.name for limit in each.limits),
        )
        for each in answer.overrides
    ]
    rows += [
        (
            str(each.override_id),
            "for one order",
            " + ".join(filter(None, (each.granted_by, each.approved_by))),
            _until(each.expires_at),
            each.reason,
            order_text(each.order),
        )
        for each in answer.order_overrides
    ]
    columns = (">number", "state", "by", "until (UTC)", "reason", "what")
    print_table(columns, rows, empty="nothing waits and no override holds")


def _approve(
    number: Number,
    reason: Reason,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Approve a change that another client has asked for; it is made at once."""
    request = limits_pb2.ApproveLimitChangeRequest(change_id=number, reason=reason)
    with connect(config, address, client) as connection:
        answer = connection.ask("Risk/ApproveLimitChange", request, limits_pb2.ApproveLimitChangeResponse)
    print_outcome(answer.change, as_json)


def _refuse(
    number: Number,
    reason: Reason,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Refuse or withdraw a change that waits, or end an override before its time."""
    request = limits_pb2.EndLimitChangeRequest(change_id=number, reason=reason)
    with connect(config, address, client) as connection:
        answer = connection.ask("Risk/EndLimitChange", request, limits_pb2.EndLimitChangeResponse)
    if as_json:
        print_json(as_dict(answer))
        return
    print(f"{number} is ended; limits, version {answer.version}")


def _until(time: Timestamp) -> str:
    return time.ToDatetime().strftime("%Y-%m-%d %H:%M:%S")
