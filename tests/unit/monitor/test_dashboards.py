"""The dashboards: JSON that Grafana takes, about metrics and labels that exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
BOARDS = sorted((ROOT / "ops/grafana").glob("*.json"))


def panels(board: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(board.read_text())["panels"]
    return found


def documented() -> dict[str, str]:
    """The metrics of docs/monitoring.md, with what their rows say of labels."""
    rows = re.findall(r"^\| `(gateway_\w+)` \| ([^|]*) \|", (ROOT / "docs/monitoring.md").read_text(), re.M)
    return dict(rows)


@pytest.mark.parametrize("board", BOARDS, ids=lambda path: str(path.name))
def test_panels_are_about_metrics_and_labels_that_exist(board: Path) -> None:
    known = documented()
    found = panels(board)
    assert found
    for panel in found:
        for target in panel["targets"]:
            metrics = re.findall(r"gateway_\w+", target["expr"])
            assert metrics, panel["title"]
            assert set(metrics) <= known.keys(), panel["title"]
            labels = {"instance", *re.findall(r"\w+", " ".join(known[metric] for metric in metrics))}
            used = re.findall(r"{{(\w+)}}", target["legendFormat"])
            used += re.findall(r"(\w+)=~?\"", target["expr"])
            used += re.findall(r"\w+", " ".join(re.findall(r" by \(([^)]*)\)", target["expr"])))
            assert set(used) <= labels, panel["title"]


@pytest.mark.parametrize("board", BOARDS, ids=lambda path: str(path.name))
def test_panels_have_numbers_and_places_of_their_own(board: Path) -> None:
    found = panels(board)
    assert len({panel["id"] for panel in found}) == len(found)
    taken = [
        (column, row)
        for place in (panel["gridPos"] for panel in found)
        for column in range(place["x"], place["x"] + place["w"])
        for row in range(place["y"], place["y"] + place["h"])
    ]
    assert len(taken) == len(set(taken))
    assert all(column < 24 for column, _ in taken)


@pytest.mark.parametrize("board", BOARDS, ids=lambda path: str(path.name))
def test_expressions_are_promql(board: Path, tmp_path: Path) -> None:
    expressions = [
        target["expr"].replace("$instance", ".*") for p in panels(board) for target in p["targets"]
    ]
    promtool = shutil.which("promtool")
    if promtool is None:  # without Prometheus nobody here reads them as it does
        assert all(
            text.count(open_) == text.count(close)
            for text in expressions
            for open_, close in ("()", "{}", "[]")
        )
        return
    rules = [{"record": f"panel:{number}", "expr": text} for number, text in enumerate(expressions)]
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": board.stem, "rules": rules}]}))
    done = subprocess.run(
        [promtool, "check", "rules", str(file)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
