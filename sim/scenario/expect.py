"""The steps of a test, as they are met or missed."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sim.faults.when import Matcher, Point, Seen
from sim.scenario.model import Expect

__all__ = ["Expectations", "State", "Step"]


class State(StrEnum):
    WAITING = "waiting"
    MET = "met"
    FAILED = "failed"


@dataclass(slots=True)
class Step:
    expect: Expect
    state: State = State.WAITING
    count: int = 0
    reason: str = ""


class Expectations:
    """Watches one step after the other. `fired` tells how often a rule did, `started_at` when time began."""

    def __init__(
        self,
        expects: list[Expect],
        fired: Callable[[str], int],
        started_at: Callable[[], int | None],
    ) -> None:
        self.steps = [Step(expect) for expect in expects]
        self._fired = fired
        self._started_at = started_at
        self._since: int | None = None
        self._at = 0

    @property
    def decided(self) -> bool:
        return self._at >= len(self.steps) or any(step.state is State.FAILED for step in self.steps)

    def saw(self, seen: Seen, now: int) -> None:
        step = self._current(now)
        if step is None:
            return
        matcher = step.expect.see or step.expect.never
        if matcher is not None and _matches(matcher, seen):
            if step.expect.never is not None:
                step.state, step.reason = State.FAILED, f"{seen.msg_type} came"
                return
            step.count += 1
            if step.count >= step.expect.times:
                self._met(step, now)
        self._rules(now)

    def tick(self, now: int) -> None:
        self._rules(now)
        step = self._current(now)
        if step is None or self._since is None or now - self._since < step.expect.within:
            return
        if step.expect.never is not None:
            self._met(step, now)
        else:
            seen = self._fired(step.expect.rule) if step.expect.rule is not None else step.count
            step.state = State.FAILED
            step.reason = f"seen {seen} times in {step.expect.within / 1e9:g} s"

    def due_at(self) -> int | None:
        if self.decided or self._since is None:
            return None
        return self._since + self.steps[self._at].expect.within

    def _rules(self, now: int) -> None:
        while (step := self._current(now)) is not None:
            rule = step.expect.rule
            if rule is None or self._fired(rule) < step.expect.times:
                return
            self._met(step, now)

    def _met(self, step: Step, now: int) -> None:
        step.state = State.MET
        self._at += 1
        self._since = now

    def _current(self, now: int) -> Step | None:
        if self._since is None:
            self._since = self._started_at()
        return None if self.decided or self._since is None else self.steps[self._at]


def _matches(matcher: Matcher, seen: Seen) -> bool:
    if matcher.at is None and seen.at is not Point.RECEIVED:
        return False
    return matcher.matches(seen)
