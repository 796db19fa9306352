"""A case: what it is for, whom it is for, and how it is played."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum

from sim.certify.peer import Peer
from sim.certify.profile import Profile
from sim.certify.trace import Line

__all__ = ["Case", "Outcome", "Result"]

Play = Callable[[Peer], Awaitable[None]]


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    DIFFERS = "differs"
    """It did not do what the standard says, and the profile knows."""
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Case:
    """`counterparty` and `initiator` restrict whom it is for: None for everybody."""

    id: str
    title: str
    purpose: str
    steps: tuple[str, ...]
    play: Play
    source: str
    """The part of the standard that it comes from."""
    counterparty: str | None = None
    initiator: bool | None = None
    """Whether the kit has to be the one that connects."""

    def why_not(self, profile: Profile, initiator: bool) -> str | None:
        """Say why a case is not played; None where it is."""
        if self.counterparty not in (None, profile.counterparty):
            return f"for a {self.counterparty}"
        if self.initiator not in (None, initiator):
            return "only where the kit connects" if self.initiator else "only where the counterparty connects"
        if profile.only and self.id not in profile.only:
            return "not asked for"
        return profile.skip.get(self.id)


@dataclass(slots=True)
class Result:
    case: Case
    outcome: Outcome
    reason: str = ""
    seconds: float = 0.0
    lines: list[Line] = field(default_factory=list)
