"""What became of a change of limits."""

from __future__ import annotations

from gateway.cli.output import as_dict, print_json
from gateway.v1 import risk_pb2

__all__ = ["print_outcome"]


def print_outcome(answer: risk_pb2.SetLimitsResponse, as_json: bool, *, dry_run: bool = False) -> None:
    if as_json:
        print_json(as_dict(answer))
        return
    for line in filter(None, answer.summary.split("; ")):
        print(f"  {line}")
    if dry_run:
        print(
            "would wait for a second person"
            if answer.pending
            else "would change at once; nothing was changed"
        )
    elif answer.pending:
        print(
            f"change {answer.change_id} waits for another client: `gateway risk approve {answer.change_id}"
            " --client NAME --reason WHY`; limits are as they were"
        )
    else:
        changed, removed = answer.changed_count, answer.removed_count
        print(f"limits, version {answer.version}: {changed} changed, {removed} removed (lsn {answer.lsn})")
