"""`gateway journal`: look at a journal, check it, checkpoint it, repair it. None of it needs a running gateway."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.journal_text import KINDS, Names, as_json, as_line, event_of, record_matches
from gateway.cli.options import Json
from gateway.cli.output import print_json
from gateway.core import _core
from gateway.v1 import events_pb2

__all__ = ["register"]

READ_COUNT = 1000
"""Records that are fetched from the core at once."""

JournalPath = Annotated[Path, typer.Argument(metavar="PATH", help="Folder of the journal.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(no_args_is_help=True, help="Look at a journal, check it, checkpoint it, repair it.")
    group.command("verify")(_verify)
    group.command("dump")(_dump)
    group.command("checkpoint")(_checkpoint)
    group.command("repair")(_repair)
    app.add_typer(group, name="journal")


def _verify(path: JournalPath, as_json_: Json = False) -> None:
    """Read every byte and check it; changes nothing, and may run beside a running gateway."""
    report = _report(path)
    if as_json_:
        print_json({**_as_dict(report), "clean": report.clean})
    else:
        _show(path, report)
    if not report.clean:
        raise typer.Exit(ExitCode.JOURNAL)


def _report(path: Path) -> _core.JournalReport:
    _require(path)
    try:
        report = _core.verify_journal(path)
    except _core.JournalError as error:
        raise CommandFailure(str(error), ExitCode.JOURNAL) from error
    if not report.segments:
        raise CommandFailure(f"{path}: no journal there; is the path right?", ExitCode.JOURNAL)
    return report


def _require(path: Path) -> None:
    if not path.is_dir():
        message = f"{path}: there is no such folder; give what `journal.path` of the configuration names"
        raise CommandFailure(message, ExitCode.USAGE)


def _as_dict(report: _core.JournalReport) -> dict[str, object]:
    return {
        "segments": report.segments,
        "records": report.records,
        "batches": report.batches,
        "first_lsn": report.first_lsn,
        "last_lsn": report.last_lsn,
        "torn_tail_bytes": report.torn_tail_bytes,
        "damage": [
            {
                "segment": damage.segment,
                "offset": damage.offset,
                "last_good_lsn": damage.last_good_lsn,
                "what": damage.what,
            }
            for damage in report.damage
        ],
        "notes": list(report.notes),
    }


def _show(path: Path, report: _core.JournalReport) -> None:
    verdict = "good" if report.clean else "DAMAGED"
    lsns = f"lsn {report.first_lsn} to {report.last_lsn}"
    records = f"{report.records} records in {report.batches} batches"
    print(f"{path}: {verdict}: {report.segments} segments, {records}, {lsns}")
    if report.torn_tail_bytes:
        print(
            f"{report.torn_tail_bytes} bytes after the last whole batch: never acknowledged, dropped at start"
        )
    for damage in report.damage:
        print(f"{damage.segment} offset {damage.offset}, after lsn {damage.last_good_lsn}: {damage.what}")
    for note in report.notes:
        print(f"note: {note}")
    if not report.clean:
        print(f"next: restore it from a copy, or see what `gateway journal repair {path}` would give up")


def _dump(
    path: JournalPath,
    from_lsn: Annotated[int, typer.Option("--from-lsn", min=0, help="Start with this lsn.")] = 0,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many records.")] = sys.maxsize,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", help=f"Only {', '.join(KINDS.values())}, or an event: OrderAccepted."),
    ] = None,
    as_json_: Json = False,
) -> None:
    """Print records: events in words, FIX with | for SOH and secrets blanked. --json: one object a line."""
    wanted = _kinds(kind or [])
    names = Names()
    _require(path)
    try:
        for record in _records(path, from_lsn):
            event = event_of(record)
            if event is not None:
                names.learn(event)
            if not record_matches(record, event, wanted):
                continue
            shown = json.dumps(as_json(record, event, names)) if as_json_ else as_line(record, event, names)
            print(shown)
            limit -= 1
            if not limit:
                return
    except _core.JournalError as error:
        message = f"{error}; `gateway journal verify {path}` says more"
        raise CommandFailure(message, ExitCode.JOURNAL) from error


def _kinds(kinds: list[str]) -> frozenset[str]:
    bodies = events_pb2.Event.DESCRIPTOR.oneofs_by_name["body"].fields
    events = {field.message_type.name for field in bodies if field.message_type is not None}
    for kind in kinds:
        if kind not in events and kind not in KINDS.values():
            known = ", ".join([*KINDS.values(), *sorted(events)])
            raise CommandFailure(f"--kind {kind} is not known; use one of {known}", ExitCode.USAGE)
    return frozenset(kinds)


def _records(path: Path, from_lsn: int) -> Iterator[_core.JournalRecord]:
    reader = _core.JournalReader(path)
    next_lsn = max(from_lsn, reader.oldest_lsn)
    while records := reader.read(next_lsn, READ_COUNT):
        yield from records
        next_lsn = records[-1].lsn + 1


def _checkpoint(
    path: JournalPath,
    kept: Annotated[int, typer.Option("--keep", min=1, help="Keep so many of the newest.")] = 2,
    as_json_: Json = False,
) -> None:
    """Write the state as of now beside the journal, so that the next start reads only what comes after it.

    May run beside a running gateway, which does not notice, or while it is stopped.
    """
    _require(path)
    try:
        made = _core.make_checkpoint(path, kept=kept)
    except _core.JournalError as error:
        raise CommandFailure(str(error), ExitCode.JOURNAL) from error
    if as_json_:
        names = ("lsn", "previous_lsn", "keep_from_lsn", "records", "bytes")
        print_json({name: getattr(made, name) for name in names} | {"notes": made.notes.splitlines()})
        return
    for note in made.notes.splitlines():
        print(f"note: not used: {note}")
    if made.bytes:
        print(f"{path}: checkpoint at lsn {made.lsn}: {made.records} records applied, {made.bytes} bytes")
    else:
        print(f"{path}: nothing new since the checkpoint at lsn {made.lsn}")


def _repair(
    path: JournalPath,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; otherwise only say what would be done.")] = False,
) -> None:
    """Cut a damaged journal after its last good batch. What is cut off stays in a folder of its own."""
    report = _report(path)
    if report.clean:
        print(f"{path}: good; nothing to repair")
        return
    _show(path, report)
    if not yes:
        last = min((damage.last_good_lsn for damage in report.damage), default=report.last_lsn)
        print(
            f"would keep everything up to lsn {last} and move the rest to {path}/damaged-*/;"
            " stop the gateway, keep a copy of the folder, then run it with --yes"
        )
        raise typer.Exit(ExitCode.JOURNAL)
    try:
        repaired = _core.repair_journal(path)
    except _core.JournalError as error:
        raise CommandFailure(str(error), ExitCode.JOURNAL) from error
    for action in repaired.actions:
        print(action)
    print(
        f"{path}: repaired; the last record is lsn {repaired.last_lsn}, the next will be {repaired.next_lsn}"
    )
