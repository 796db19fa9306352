"""Which rules are due: the only place where chance and counting decide."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase

from sim.faults.rule import Rule
from sim.faults.when import Point, Seen, When

__all__ = ["LiveRule", "RuleBook"]


@dataclass(slots=True)
class LiveRule:
    """A rule and its history."""

    number: int
    rule: Rule
    seen: int = 0
    fired: int = 0


class RuleBook:
    """The rules in force. `draw` gives numbers of [0, 1); a seeded source makes a run repeatable."""

    def __init__(self, rules: list[Rule], draw: Callable[[], float]) -> None:
        self._draw = draw
        self._added = 0
        self.live: list[LiveRule] = []
        self.started_at: int | None = None
        """When the first Logon(A) came; all times of conditions count from there."""
        for rule in rules:
            self.add(rule)

    def add(self, rule: Rule) -> LiveRule:
        self._added += 1
        live = LiveRule(self._added, rule)
        self.live.append(live)
        return live

    def remove(self, number: int | None = None) -> int:
        """Remove one rule, or all; gives how many."""
        before = len(self.live)
        self.live = [] if number is None else [live for live in self.live if live.number != number]
        return before - len(self.live)

    def start(self, now: int) -> None:
        if self.started_at is None:
            self.started_at = now

    def waits_at(self, point: Point) -> bool:
        return any(live.rule.point is point for live in self.live)

    def match(self, seen: Seen, phase: str, now: int) -> list[LiveRule]:
        """Give the rules to carry out for this message, in the order in which they were added."""
        return [live for live in self.live if self._holds(live, seen, phase, now)]

    def timed(self, now: int) -> list[LiveRule]:
        """Give the rules whose time has come."""
        due = []
        for live in self.live:
            at = self._fires_at(live)
            if at is not None and at <= now:
                live.seen += 1
                live.fired += 1
                due.append(live)
        return due

    def due_at(self) -> int | None:
        return min((at for live in self.live if (at := self._fires_at(live)) is not None), default=None)

    def _fires_at(self, live: LiveRule) -> int | None:
        time = live.rule.when.time
        if time is None or live.fired or self.started_at is None:
            return None
        return self.started_at + time

    def _holds(self, live: LiveRule, seen: Seen, phase: str, now: int) -> bool:
        when = live.rule.when
        if live.rule.point is not seen.at or when.time is not None or not when.matches(seen):
            return False
        if not self._in_time(when, now) or (when.phase is not None and not fnmatchcase(phase, when.phase)):
            return False
        live.seen += 1
        if when.count is not None and live.seen != when.count:
            return False
        if live.seen < when.first or (live.seen - when.first) % when.every:
            return False
        if when.times is not None and live.fired >= when.times:
            return False
        if when.probability < 1 and Decimal(self._draw()) >= when.probability:
            return False
        live.fired += 1
        return True

    def _in_time(self, when: When, now: int) -> bool:
        elapsed = 0 if self.started_at is None else now - self.started_at
        return elapsed >= when.after and (when.until is None or elapsed <= when.until)
