"""A scenario around a simulator, and its verdict."""

import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from sim.faults.layer import FaultLayer
from sim.faults.rules import RuleBook
from sim.scenario.expect import Expectations, State
from sim.scenario.model import Scenario
from sim.simulator import Simulator

__all__ = ["Play", "Verdict", "draw_from", "make_layer", "verdict_of"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`passed` is None as long as it is open."""

    scenario: str
    passed: bool | None
    reasons: list[str]
    """What is missing, or went wrong."""
    rules: list[dict[str, Any]]
    steps: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def text(self) -> str:
        words = {True: "passed", False: "failed", None: "open"}[self.passed]
        return "\n".join([f"scenario {self.scenario}: {words}", *(f"  {reason}" for reason in self.reasons)])


class Play:
    """A simulator with faults around it, and the scenario that it plays, if any."""

    def __init__(self, simulator: Simulator, draw: Callable[[], float]) -> None:
        self.rules = RuleBook([], draw)
        self.layer = FaultLayer(simulator, self.rules)
        self.name = "none"
        self.expectations = Expectations([], self._fired, lambda: None)

    def start(self, scenario: Scenario, now: int | None = None) -> None:
        """Put a scenario in the place of all rules. Its time begins `now`, or with the first Logon(A)."""
        self.rules.remove()
        for rule in scenario.rules:
            self.rules.add(rule)
        self.rules.started_at = now if self.layer.logged_on else None
        self.name = scenario.name
        self.expectations = Expectations(scenario.expect, self._fired, lambda: self.rules.started_at)
        self.layer.watcher = self.expectations

    def _fired(self, name: str) -> int:
        return sum(live.fired for live in self.rules.live if live.rule.name == name)


def draw_from(seed: int) -> Callable[[], float]:
    """Give the source of chance for rules: the same seed, the same decisions."""
    return random.Random(seed).random


def make_layer(simulator: Simulator, scenario: Scenario | None, draw: Callable[[], float]) -> Play:
    """Put faults around a simulator: a scenario's, or none until they are injected."""
    play = Play(simulator, draw)
    if scenario is not None:
        play.start(scenario)
    return play


def verdict_of(play: Play, *, final: bool = False) -> Verdict:
    """Judge. With `final` what is still open has failed: the run is over."""
    rules = [
        {"name": live.rule.name, "seen": live.seen, "fired": live.fired, "must_fire": live.rule.must_fire}
        for live in play.rules.live
    ]
    steps = [
        {"text": step.expect.text, "state": step.state.value, "reason": step.reason}
        for step in play.expectations.steps
    ]
    failed = [f"{s['text']}: {s['reason']}" for s in steps if s["state"] == State.FAILED]
    waiting = [f"{s['text']}: not seen" for s in steps if s["state"] == State.WAITING]
    unfired = [f"rule {r['name']} never fired" for r in rules if r["must_fire"] and not r["fired"]]
    missing = waiting + unfired
    passed = False if failed or (final and missing) else None if missing else True
    return Verdict(play.name, passed, failed + missing, rules, steps)
