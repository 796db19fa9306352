"""The table of budgets, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from tests.bench.budgets import BUDGETS, Budget, growth_ratio
from tests.bench.measures import GATEWAY, Figures, Measure

__all__ = ["as_json", "as_text", "shown"]

HEADER = ("path", "budget", "p50", "p99", "yardstick", "its p50", "its p99", "ratio", "at p99", "")
NOT_MEASURED = "not measured"


def shown(value: float | None, unit: str) -> str:
    """A figure for people: three digits and a unit that keeps it short."""
    if value is None:
        return ""
    if unit == "ns":
        for factor, name in ((1e9, "s"), (1e6, "ms"), (1e3, "us")):
            if value >= factor:
                return f"{_three(value / factor)} {name}"
        return f"{_three(value)} ns"
    if unit.endswith("/s") and value >= 1000:
        return f"{_three(value / 1000)} k {unit}"
    return f"{_three(value)} {unit}"


def _three(value: float) -> str:
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f} x" if ratio >= 0.095 else f"{ratio:.4f} x"


def _verdict(budget: Budget, figures: Figures) -> str:
    return {True: "met", False: "missed", None: NOT_MEASURED}[budget.verdict(figures)]


def _lines(budget: Budget, figures: Figures) -> Iterator[Sequence[str]]:
    verdict = _verdict(budget, figures)
    if budget.name == "growth":
        yield from _growth_lines(budget, figures, verdict)
        return
    first = True
    for measure in budget.measures:
        ours = figures.of(measure)
        head = [budget.path, budget.budget] if first else ["", ""]
        head += [shown(ours.p50, ours.unit), shown(ours.p99, ours.unit)] if ours else [NOT_MEASURED, ""]
        for subject in figures.subjects(measure) or [""]:
            theirs = figures.of(measure, subject)
            if theirs is not None:
                yardstick = [subject, shown(theirs.p50, theirs.unit), shown(theirs.p99, theirs.unit)]
                ratios = [figures.ratio(measure, subject), figures.ratio(measure, subject, of_p99=True)]
                yardstick += [_times(ratio) for ratio in ratios]
            elif subject:
                yardstick = [f"{subject}: {figures.missing[measure, subject]}", "", "", "", ""]
            else:
                yardstick = [""] * 5
            yield [*head, *yardstick, verdict if first else ""]
            head, first = [""] * 4, False


def _growth_lines(budget: Budget, figures: Figures, verdict: str) -> Iterator[Sequence[str]]:
    stages = [
        (measure, figures.of(measure)) for measure, _ in figures.rounds if measure.startswith("growth_")
    ]
    if not stages:
        yield [budget.path, budget.budget, NOT_MEASURED, *[""] * 6, verdict]
    base = stages[0][1] if stages else None
    for at, (measure, figure) in enumerate(stages):
        assert figure is not None
        assert base is not None
        head = [budget.path, budget.budget] if at == 0 else ["", ""]
        at_live = f"at {measure.removeprefix('growth_')} live orders"
        spread = f"{_times(growth_ratio(figures))} max/min" if at == 0 else ""
        ratio = _times(figure.p50 / base.p50)
        p99 = shown(figure.p99, figure.unit)
        yield [
            *head,
            shown(figure.p50, figure.unit),
            p99,
            at_live,
            "",
            "",
            ratio,
            spread,
            verdict if at == 0 else "",
        ]


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def as_text(figures: Figures, only: Sequence[str] = ()) -> str:
    """The budgets, each with its yardsticks, then everything else that was measured."""
    budgets = [budget for budget in BUDGETS if not only or budget.name in only]
    rows: list[Sequence[str]] = [HEADER]
    for budget in budgets:
        rows.extend(_lines(budget, figures))
    lines = list(_aligned(rows))
    lines.insert(1, "-" * max(map(len, lines)))
    notes = [f"{budget.name}: {budget.note}" for budget in budgets if budget.note]
    lines += ["", *notes, "", "Further figures", "---------------"]
    in_table = {measure for budget in BUDGETS for measure in budget.measures}
    others = [(m, s) for m, s in figures.rounds if m not in in_table and not m.startswith("growth_")]
    further = [_further(figures.of(measure, subject)) for measure, subject in others]
    missing = [
        [measure, subject, why, "", ""]
        for (measure, subject), why in figures.missing.items()
        if measure not in in_table
    ]
    return "\n".join([*lines, *(_aligned([*further, *missing]) if further or missing else ())])


def _further(figure: Measure | None) -> list[str]:
    assert figure is not None
    kind = "" if figure.p99 is None else f"p99 {shown(figure.p99, figure.unit)}"
    subject = "" if figure.subject == GATEWAY else figure.subject
    return [figure.measure, subject, shown(figure.p50, figure.unit), kind, ""]


def as_json(figures: Figures, facts: dict[str, Any]) -> dict[str, Any]:
    """Everything, with every round: what a later run is compared with."""
    return {
        **facts,
        "budgets": [
            {
                "name": budget.name,
                "path": budget.path,
                "budget": budget.budget,
                "note": budget.note,
                "verdict": _verdict(budget, figures),
                "measures": list(budget.measures),
                "ratios": {
                    measure: {
                        subject: {
                            "p50": figures.ratio(measure, subject),
                            "p99": figures.ratio(measure, subject, of_p99=True),
                        }
                        for subject in figures.subjects(measure)
                    }
                    for measure in budget.measures
                },
            }
            for budget in BUDGETS
        ],
        "growth_max_by_min": growth_ratio(figures),
        "medians": [asdict(found) for key in figures.rounds if (found := figures.of(*key)) is not None],
        "rounds": [asdict(one) for rounds in figures.rounds.values() for one in rounds],
        "missing": [
            {"measure": measure, "subject": subject, "why": why}
            for (measure, subject), why in figures.missing.items()
        ],
    }
