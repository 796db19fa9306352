"""What the control plane keeps of limits beside the journal: what waits, what holds for a time, what is not the file's.

The limits themselves are the core's, in its journal. This file is written anew, whole or not at all, after each change.
A damaged one keeps the gateway from starting, because nobody would know any more what waits for approval.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict, ParseError

from gateway.v1 import risk_pb2

__all__ = ["LIMITS_FILE_NAME", "LimitState", "Override", "PendingChange", "StateFileError"]

LIMITS_FILE_NAME = "limits.json"
_FORMAT = 1


class StateFileError(Exception):
    """The file is not what the gateway writes; the text says what to do."""


@dataclass(frozen=True)
class PendingChange:
    """A change that waits for a second person."""

    change_id: int
    request: risk_pb2.SetLimitsRequest
    proposed_by: str
    proposed_ns: int
    expires_ns: int
    summary: str
    """What it loosens, for people."""
    override_until_ns: int = 0
    """Where it is an override: until when it is to hold; 0 for a lasting change."""
    order: risk_pb2.OrderOverrideTerms | None = None
    """Where it is an override of one order: which. `request` has the reason alone then."""


@dataclass(frozen=True)
class Override:
    """Limits that are others for a time."""

    override_id: int
    before: tuple[risk_pb2.Limit, ...]
    """What they are set back to."""
    during: tuple[risk_pb2.Limit, ...]
    granted_by: str
    approved_by: str
    reason: str
    until_ns: int


@dataclass(frozen=True)
class LimitState:
    """All of it; a change makes another one."""

    next_id: int = 1
    runtime: frozenset[str] = frozenset()
    """Names of limits that were set or removed at run time: the file does not change them."""
    baseline: Mapping[str, risk_pb2.Limit] = field(default_factory=dict)
    """Limits that were loosened by one person alone, as they were before: the next step is measured against it."""
    pending: Mapping[int, PendingChange] = field(default_factory=dict)
    overrides: Mapping[int, Override] = field(default_factory=dict)

    def with_pending(self, change: PendingChange) -> LimitState:
        next_id = max(self.next_id, change.change_id) + 1
        return replace(self, next_id=next_id, pending={**self.pending, change.change_id: change})

    def without_pending(self, change_id: int) -> LimitState:
        return replace(self, pending={key: each for key, each in self.pending.items() if key != change_id})

    def with_override(self, override: Override) -> LimitState:
        next_id = max(self.next_id, override.override_id + 1)
        overrides = {**self.overrides, override.override_id: override}
        return replace(self, next_id=next_id, overrides=overrides)

    def without_override(self, override_id: int) -> LimitState:
        overrides = {key: each for key, each in self.overrides.items() if key != override_id}
        return replace(self, overrides=overrides)

    @staticmethod
    def load(path: Path) -> LimitState:
        """Read the file; the empty state where there is none. Raises StateFileError, OSError."""
        try:
            text = path.read_text()
        except FileNotFoundError:
            return LimitState()
        try:
            tree = json.loads(text)
            if tree["format"] != _FORMAT:
                raise ValueError(f"format {tree['format']}, expected {_FORMAT}")
            pending = [_pending(each) for each in tree["pending"]]
            overrides = [_override(each) for each in tree["overrides"]]
            return LimitState(
                next_id=int(tree["next_id"]),
                runtime=frozenset(map(str, tree["runtime"])),
                baseline={limit.name: limit for limit in map(_limit, tree["baseline"])},
                pending={each.change_id: each for each in pending},
                overrides={each.override_id: each for each in overrides},
            )
        except (ValueError, KeyError, TypeError, ParseError) as error:
            raise StateFileError(
                f"{path} is not what the gateway writes ({error}); mend it, or move it away: changes that wait for"
                " approval are dropped then, and limits of overrides stay as they are"
            ) from error

    def save(self, path: Path) -> None:
        """Write the file anew, whole or not at all. Raises OSError."""
        tree = {
            "format": _FORMAT,
            "next_id": self.next_id,
            "runtime": sorted(self.runtime),
            "baseline": [MessageToDict(limit) for limit in self.baseline.values()],
            "pending": [
                {
                    **_plain(each),
                    "request": MessageToDict(each.request),
                    **({} if each.order is None else {"order": MessageToDict(each.order)}),
                }
                for each in self.pending.values()
            ],
            "overrides": [
                {
                    **_plain(each),
                    "before": [MessageToDict(limit) for limit in each.before],
                    "during": [MessageToDict(limit) for limit in each.during],
                }
                for each in self.overrides.values()
            ],
        }
        new = path.with_suffix(".new")
        with new.open("w") as file:
            json.dump(tree, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)


def _plain(record: PendingChange | Override) -> dict[str, Any]:
    return {key: value for key, value in vars(record).items() if isinstance(value, str | int)}


def _limit(tree: Any) -> risk_pb2.Limit:
    return ParseDict(tree, risk_pb2.Limit())


def _pending(tree: Any) -> PendingChange:
    request = ParseDict(tree["request"], risk_pb2.SetLimitsRequest())
    order = ParseDict(tree["order"], risk_pb2.OrderOverrideTerms()) if "order" in tree else None
    return PendingChange(**{**tree, "request": request, "order": order})


def _override(tree: Any) -> Override:
    before, during = (tuple(map(_limit, tree[key])) for key in ("before", "during"))
    return Override(**{**tree, "before": before, "during": during})
