"""The benchmarks' table and JSON: every budget is there, whatever was measured. No time is looked at."""

import json
import re
from pathlib import Path

import pytest

from tests.bench.budgets import BARE_SERVER, BUDGETS, RAW_ECHO
from tests.bench.core_rows import CORE_ROWS
from tests.bench.fixlog_rows import FIXLOG_ROWS
from tests.bench.grpc_rows import GRPC_ROWS
from tests.bench.measures import GATEWAY, Figures, Measure
from tests.bench.risk_rows import RISK_ROWS
from tests.bench.subscriber_rows import SUBSCRIBER_ROWS
from tests.bench.table import as_json, as_text, shown

DESIGN_ROWS = (
    "parse + checksum + field index",
    "encode a 13-field NewOrderSingle",
    "session echo round trip",
    "TestRequest to Heartbeat",
    "client FIX in",
    "one risk decision",
    "kill switch with 5,000 open orders",
    "one order, while another strategy",
    "gRPC, 64 orders a message",
    "gRPC, one order a message",
    "events out to 20 subscribers",
    "one order, while 20 subscribers",
    "the same order, until it is on the venue's socket",
    "from order to event for 49 subscribers",
    "recovery",
    "live order in memory",
    "growth",
    "gateway fixlog",
)


def figures_of(*measures: Measure) -> Figures:
    figures = Figures()
    figures.add(measures)
    return figures


def row_of(text: str, path: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(path))


def test_budgets_are_all_there() -> None:
    assert [budget.path for budget in BUDGETS if not budget.path.startswith(DESIGN_ROWS)] == []
    assert len(BUDGETS) == len(DESIGN_ROWS)


def test_budgets_each_have_something_that_measures_them() -> None:
    groups = (CORE_ROWS, GRPC_ROWS, RISK_ROWS, FIXLOG_ROWS, SUBSCRIBER_ROWS)
    measured = [name for rows in groups for _, names in rows.values() for name in names]
    assert sorted(measured) == sorted(budget.name for budget in BUDGETS)


def test_budgets_each_have_their_place_in_the_docs() -> None:
    page = (Path(__file__).parents[3] / "docs" / "benchmarks.md").read_text()
    assert [budget.name for budget in BUDGETS if f"`{budget.name}`" not in page] == []


def test_table_without_figures_says_so_in_every_row() -> None:
    text = as_text(Figures())
    for budget in BUDGETS:
        assert row_of(text, budget.path).endswith("not measured")


def test_table_shows_the_medians_of_the_rounds_and_of_their_ratios() -> None:
    rounds = [(100.0, 50.0), (300.0, 100.0), (200.0, 100.0)]
    figures = figures_of(
        *(Measure("session_echo", GATEWAY, "ns", ours, ours) for ours, _ in rounds),
        *(Measure("session_echo", RAW_ECHO, "ns", theirs, theirs) for _, theirs in rounds),
    )
    row = re.split(r"  +", row_of(as_text(figures), "session echo"))
    assert row[2:] == ["200 ns", "200 ns", RAW_ECHO, "100 ns", "100 ns", "2.00 x", "2.00 x", "missed"]


def test_table_names_a_yardstick_that_is_missing() -> None:
    figures = figures_of(Measure("parse", GATEWAY, "ns", 80.0, 90.0))
    figures.lacks("parse", "quickfix", "not installed")
    assert "quickfix: not installed" in row_of(as_text(figures), "parse")


@pytest.mark.parametrize(("ours", "verdict"), [(99.0, "missed"), (101.0, "met")])
def test_orders_a_second_are_met_by_more_of_them(ours: float, verdict: str) -> None:
    figures = figures_of(
        Measure("grpc_batch", GATEWAY, "orders/s", ours),
        Measure("grpc_batch", BARE_SERVER, "orders/s", 100.0),
    )
    assert row_of(as_text(figures), "gRPC, 64").endswith(verdict)


@pytest.mark.parametrize(("slowest", "verdict"), [(111.0, "missed"), (109.0, "met")])
def test_growth_is_judged_by_its_slowest_and_its_fastest_stage(slowest: float, verdict: str) -> None:
    stages = {"growth_0": 100.0, "growth_10k": slowest, "growth_100k": 104.0}
    figures = figures_of(*(Measure(name, GATEWAY, "ns", p50, p50) for name, p50 in stages.items()))
    assert row_of(as_text(figures), "growth").endswith(verdict)


def test_table_of_some_rows_leaves_out_the_others() -> None:
    text = as_text(Figures(), only=["risk"])
    assert "one risk decision" in text
    assert "session echo" not in text


def test_json_holds_every_round_and_every_budget() -> None:
    figures = figures_of(*(Measure("parse", GATEWAY, "ns", p50, p50) for p50 in (80.0, 90.0)))
    content = json.loads(json.dumps(as_json(figures, {"mode": "quick"})))
    assert [budget["name"] for budget in content["budgets"]] == [budget.name for budget in BUDGETS]
    assert [one["p50"] for one in content["rounds"]] == [80.0, 90.0]
    assert content["mode"] == "quick"


def test_measure_from_a_line_of_another_program_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a measure as JSON"):
        Measure.from_line("Segmentation fault")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (41.25, "ns", "41.2 ns"),
        (1_500.0, "ns", "1.50 us"),
        (2.5e9, "ns", "2.50 s"),
        (96_500.0, "orders/s", "96.5 k orders/s"),
    ],
)
def test_figures_are_shown_in_units_that_keep_them_short(value: float, unit: str, text: str) -> None:
    assert shown(value, unit) == text
