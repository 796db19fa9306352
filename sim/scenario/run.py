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


@dataclass(frozen=True, slots=True)
class Play:
    """A scenario that runs."""

    scenario: Scenario
    layer: FaultLayer
    expectations: Expectations


def draw_from(seed: int) -> Callable[[], float]:
    """Give the source of chance for rules: the same seed, the same decisions."""
    return random.Random(seed).random


def make_layer(simulator: Simulator, scenario: Scenario, draw: Callable[[], float]) -> Play:
    """Put a scenario's faults around a simulator."""
    rules = RuleBook(scenario.rules, draw)

    def fired(name: str) -> int:
        return sum(live.fired for live in rules.live if live.rule.name == name)

    expectations = Expectations(scenario.expect, fired, lambda: rules.started_at)
    return Play(scenario, FaultLayer(simulator, rules, expectations), expectations)


def verdict_of(play: Play, *, final: bool = False) -> Verdict:
    """Judge. With `final` what is still open has failed: the run is over."""
    rules = [
        {"name": live.rule.name, "seen": live.seen, "fired": live.fired, "must_fire": live.rule.must_fire}
        for live in play.layer.rules.live
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
    return Verdict(play.scenario.name, passed, failed + missing, rules, steps)
