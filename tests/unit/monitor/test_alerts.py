"""The alert rules: valid, tested, about metrics that exist, and each with a runbook."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
RULES = ROOT / "ops/prometheus/alerts.yml"
TESTS = ROOT / "ops/prometheus/alerts_test.yml"


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_alert_has_severity_runbook_and_known_metrics(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("page", "ticket")
    runbook = ROOT / rule["annotations"]["runbook"]
    assert runbook.is_file()
    assert runbook.read_text().startswith("# ")
    documented = (ROOT / "docs/monitoring.md").read_text()
    for metric in re.findall(r"gateway_\w+", rule["expr"]):
        assert f"| `{metric}" in documented, metric


def test_every_alert_is_tested_to_fire_and_to_stay_silent() -> None:
    fired, silent = set(), set()
    for test in yaml.safe_load(TESTS.read_text())["tests"]:
        for case in test["alert_rule_test"]:
            (fired if case["exp_alerts"] else silent).add(case["alertname"])
    assert fired == silent == {rule["alert"] for rule in rules()}


def test_promtool_runs_the_rules_as_expected() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        # Their expressions cannot be evaluated without Prometheus; at least nothing in them is misspelt, see
        # above.
        assert all(rule["expr"].count("(") == rule["expr"].count(")") for rule in rules())
        return
    for arguments in (["check", "config", "prometheus.yml"], ["test", "rules", TESTS.name]):
        done = subprocess.run(
            [promtool, *arguments], cwd=RULES.parent, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr
