"""`gateway risk changes --history`: what the database has of changes of limits."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from google.protobuf import json_format

from gateway.cli.database_source import open_database
from gateway.cli.event_text import time_text
from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.output import print_json, print_table
from gateway.risk.limits.text import terms_text
from gateway.store import queries, schema
from gateway.store.records import LimitChange
from gateway.v1 import risk_pb2

__all__ = ["print_history"]

_COLUMNS = ("time (UTC)", ">version", "limit", "before", "after", "by", "reason", ">lsn")


def print_history(config: Path | None, name: str, count: int, as_json: bool) -> None:
    """Print the newest changes of limits, or of one limit, that the database has."""
    engine = open_database(config)
    try:
        with engine.connect() as connection:
            schema.check(connection)
            found = queries.limit_changes(connection, name=name or None, limit=count)
        engine.dispose()
    except schema.SchemaError as error:
        raise CommandFailure(str(error), ExitCode.FAILED) from error
    except sa.exc.SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        message = f"the database does not answer: {cause}; check database.url"
        raise CommandFailure(message, ExitCode.FAILED) from error
    if as_json:
        print_json([_json(change) for change in found])
        return
    print_table(_COLUMNS, map(_row, found), empty="no change of limits is in the database")


def _json(change: LimitChange) -> dict[str, Any]:
    return asdict(change) | {
        "before": json.loads(change.before) if change.before else None,
        "after": json.loads(change.after) if change.after else None,
    }


def _row(change: LimitChange) -> tuple[str, ...]:
    people = " + ".join(filter(None, (change.changed_by, change.approved_by)))
    return (
        time_text(change.time_ns),
        str(change.version),
        change.name,
        _terms(change.before),
        _terms(change.after),
        people,
        change.reason,
        str(change.lsn),
    )


def _terms(text: str) -> str:
    return terms_text(json_format.Parse(text, risk_pb2.Limit())) if text else "none"
