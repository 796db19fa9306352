"""What a benchmark says: one measure of one subject, and the medians over rounds.

A *measure* is what is measured ("parse"), a *subject* who does it ("gateway", or the name of a yardstick).
Subjects take turns, so that the n-th round of one stands beside the n-th round of the other: ratios are taken
within a round, and the median over the rounds is reported. What drifts, drifts for both.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

__all__ = ["GATEWAY", "Figures", "Measure", "measure_of_samples", "quantile"]

GATEWAY = "gateway"
"""The subject that is ours."""


@dataclass(frozen=True)
class Measure:
    """One round's figure: a distribution (p50, p99) or, where p99 is missing, one value."""

    measure: str
    subject: str
    unit: str
    p50: float
    p99: float | None = None
    samples: int = 1

    @classmethod
    def from_line(cls, line: str) -> Measure:
        """Read a line that a C++ benchmark has printed. Raises ValueError where it is none."""
        try:
            content: dict[str, Any] = json.loads(line)
            return cls(
                measure=content["measure"],
                subject=content["subject"],
                unit=content["unit"],
                p50=float(content["value"] if "value" in content else content["p50"]),
                p99=float(content["p99"]) if "p99" in content else None,
                samples=int(content.get("samples", 1)),
            )
        except (KeyError, TypeError, json.JSONDecodeError) as error:
            raise ValueError(f"expected a measure as JSON, was {line!r}") from error


def quantile(samples: Sequence[float], q: float) -> float:
    """The sample at `q`, 0 to 1; at least one sample."""
    ordered = sorted(samples)
    return ordered[int(q * (len(ordered) - 1))]


def measure_of_samples(measure: str, subject: str, unit: str, samples: Sequence[float]) -> Measure:
    """Make a measure from what was timed."""
    return Measure(measure, subject, unit, quantile(samples, 0.5), quantile(samples, 0.99), len(samples))


@dataclass
class Figures:
    """All rounds of all measures."""

    rounds: dict[tuple[str, str], list[Measure]] = field(default_factory=lambda: defaultdict(list))
    missing: dict[tuple[str, str], str] = field(default_factory=dict)
    """Why a subject was not measured."""

    def add(self, measures: Iterable[Measure]) -> None:
        """Add one round, or several of them in their order."""
        for measure in measures:
            self.rounds[measure.measure, measure.subject].append(measure)

    def lacks(self, measure: str, subject: str, why: str) -> None:
        """Note why there is no figure."""
        self.missing[measure, subject] = why

    def of(self, measure: str, subject: str = GATEWAY) -> Measure | None:
        """The medians over the rounds, or None where nothing was measured."""
        found = self.rounds.get((measure, subject))
        if not found:
            return None
        p99s = [one.p99 for one in found if one.p99 is not None]
        return Measure(
            measure,
            subject,
            found[0].unit,
            median(one.p50 for one in found),
            median(p99s) if p99s else None,
            sum(one.samples for one in found),
        )

    def ratio(self, measure: str, subject: str, *, of_p99: bool = False) -> float | None:
        """Ours divided by the subject's, the median over the rounds that both have."""
        ours = self.rounds.get((measure, GATEWAY), [])
        theirs = self.rounds.get((measure, subject), [])
        pairs = [(a.p99, b.p99) if of_p99 else (a.p50, b.p50) for a, b in zip(ours, theirs, strict=False)]
        ratios = [a / b for a, b in pairs if a is not None and b]
        return median(ratios) if ratios else None

    def subjects(self, measure: str) -> list[str]:
        """Who was measured, or should have been, ours left out; in the order of the first figure."""
        known = [s for m, s in [*self.rounds, *self.missing] if m == measure and s != GATEWAY]
        return list(dict.fromkeys(known))
