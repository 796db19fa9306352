"""What `gateway doctor` finds: one finding for each thing it looks at, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

__all__ = ["Finding", "Severity", "worst"]


class Severity(IntEnum):
    """How much it matters."""

    OK = 0
    NOTE = 1
    """Worth knowing."""
    WARNING = 2
    """The gateway runs, and is slower or less safe than it could be."""
    ERROR = 3
    """The gateway will not start, or will lose something."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    area: str
    subject: str
    severity: Severity
    found: str
    advice: str = ""
    """What to do; empty where all is well."""


def worst(findings: Iterable[Finding]) -> Severity:
    """The worst of them; OK where there are none."""
    return max((finding.severity for finding in findings), default=Severity.OK)
