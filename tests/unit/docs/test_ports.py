"""What runbooks, pages and the Prometheus configuration ask is where the gateway listens by default."""

from __future__ import annotations

import re
from pathlib import Path

from gateway.config.settings import MonitorSettings
from gateway.monitor import server

ROOT = Path(__file__).resolve().parents[3]
ADDRESS = re.compile(r"127\.0\.0\.1:(\d+)(?=/(?:metrics|healthz|readyz)|\"\])")


def test_monitor_is_asked_where_it_listens_by_default() -> None:
    port = MonitorSettings().bind.port
    pages = [*ROOT.glob("ops/prometheus/*.yml"), *ROOT.glob("ops/runbooks/*.md"), *ROOT.glob("docs/*.md")]
    asked = {(page.name, int(found)) for page in pages for found in ADDRESS.findall(page.read_text())}
    assert {name for name, _ in asked} >= {"prometheus.yml", "gateway-down.md", "session-down.md"}
    assert {where for where in asked if where[1] != port} == set()
    assert server.MonitorSettings().port == port
