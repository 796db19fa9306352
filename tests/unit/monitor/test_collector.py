"""What a scrape shows for what the core and the projector say."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from prometheus_client import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from gateway.monitor.collector import PROJECTOR_STATES, make_registry
from gateway.risk.analytics.metrics import AnalyticsCollector
from gateway.risk.analytics.portfolio import Measures
from gateway.risk.analytics.service import AnalyticsService, AnalyticsTerms
from gateway.risk.analytics.valuation import Rates
from gateway.risk.limits.denials import DenialsCollector
from gateway.risk.limits.metrics import LimitsCollector
from gateway.risk.limits.state import LimitState
from gateway.risk.market_data.metrics import MarketDataCollector
from gateway.risk.market_data.service import MarketDataService
from gateway.risk.price_watch import PriceFileCollector, PriceFileWatch
from gateway.store.projector import ProjectorState
from gateway.v1 import events_pb2, risk_pb2
from tests.support.event_journal import Batch
from tests.support.gateway_status import METRICS, NOW_NS, FixedStatus, snapshot

ROOT = Path(__file__).resolve().parents[3]
BASE_UNITS = ("_seconds", "_bytes", "_records")
FOREIGN_UNITS = ("_ms", "_ns", "_us", "_milliseconds", "_minutes", "_kb", "_percent")


class NoPositions:
    """A core that is never asked: no sample is taken."""


class NoLimits:
    """A desk without limits."""

    kept = LimitState()

    def limits(self) -> risk_pb2.ListLimitsResponse:
        return risk_pb2.ListLimitsResponse()

    def utilization(self) -> risk_pb2.ListLimitUtilizationResponse:
        return risk_pb2.ListLimitUtilizationResponse()


ANALYTICS = AnalyticsTerms({}, Rates("USD"), Measures(Decimal("0.99"), 1, 252.0), 60.0, 2)


class NoPrices:
    """A core whose prices nobody sets."""

    def set_references(self, update: bytes) -> int:
        raise AssertionError(update)


class NoDenials:
    """A core that has denied nothing."""

    def committed_lsn(self) -> int:
        return 0

    def event_view(
        self, *, client: str, every_client: bool, accounts: Sequence[str], kinds: Sequence[int]
    ) -> NoDenials:
        return self

    def after(self, lsn: int, max_bytes: int = 0) -> Batch:
        return Batch(b"", 0, lsn)


def scrape(status: FixedStatus | None = None, **projector: object) -> str:
    analytics = AnalyticsService(NoPositions(), ANALYTICS, now_ns=lambda: 0)
    others = (
        AnalyticsCollector(analytics),
        MarketDataCollector(MarketDataService([])),
        LimitsCollector(NoLimits()),
        DenialsCollector(NoDenials(), ()),
        PriceFileCollector(
            PriceFileWatch(
                NoPrices(), Path("prices.csv"), (), interval_s=1, stale_after_ns=1, now_ns=lambda: NOW_NS
            )
        ),
    )
    registry = make_registry(status or FixedStatus(), lambda: snapshot(**projector), "1.2.3", *others)
    return generate_latest(registry).decode()


def families(text: str) -> dict[str, Metric]:
    return {family.name: family for family in text_string_to_metric_families(text)}


def value(text: str, series: str) -> float:
    found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
    assert found, series
    return float(found.group(1))


def test_every_number_of_the_core_is_shown_once_in_its_unit() -> None:
    text = scrape()
    assert value(text, "gateway_orders_accepted_total") == 10
    assert value(text, 'gateway_orders_denied_total{code="price_collar"}') == 2
    assert value(text, 'gateway_orders_ended_total{outcome="filled"}') == 4
    assert value(text, 'gateway_orders_ended_total{outcome="not_sent"}') == 1
    assert value(text, 'gateway_requests_total{kind="cancel"}') == 3
    assert value(text, 'gateway_fix_messages_total{direction="out"}') == 90
    assert value(text, "gateway_journal_size_bytes") == 65_536
    assert value(text, "gateway_loop_last_tick_timestamp_seconds") == 1_699_999_999.999
    assert value(text, "gateway_core_up") == 1
    assert value(text, 'gateway_build_info{version="1.2.3"}') == 1


def test_changing_any_number_of_the_core_changes_the_scrape() -> None:
    before = scrape().splitlines()
    for key in METRICS:
        status = FixedStatus()
        status.values[key] += 1_000_000_000
        changed = [line for line in scrape(status).splitlines() if line not in before]
        assert [line for line in changed if line.startswith("gateway_")], key


def test_session_has_one_series_a_state() -> None:
    states = {"A": events_pb2.SESSION_STATE_RECONCILING, "B": events_pb2.SESSION_STATE_READY}
    text = scrape(FixedStatus(states=states))
    for session, inside in (("A", "reconciling"), ("B", "ready")):
        for state in ("disconnected", "logging_on", "reconciling", "ready", "logging_out"):
            series = f'gateway_session_state{{session="{session}",state="{state}",venue="SIM"}}'
            assert value(text, series) == (state == inside)
    assert value(text, 'gateway_session_outbound_backlog_bytes{session="A"}') == 7


def test_session_shows_the_counterparty_s_clock_and_distance_and_whether_it_is_to_be_up() -> None:
    states = {"A": events_pb2.SESSION_STATE_READY, "B": events_pb2.SESSION_STATE_DISCONNECTED}
    text = scrape(FixedStatus(states=states, closed=frozenset({"B"})))
    assert value(text, 'gateway_session_wanted{session="A"}') == 1
    assert value(text, 'gateway_session_wanted{session="B"}') == 0
    assert value(text, 'gateway_session_round_trip_seconds{session="A"}') == 0.0025
    assert value(text, 'gateway_session_clock_offset_seconds{session="A"}') == -0.0015
    assert value(text, 'gateway_session_last_received_timestamp_seconds{session="A"}') == 1_700_000_000
    assert value(text, 'gateway_session_heartbeat_interval_seconds{session="A"}') == 30


def test_histogram_is_in_seconds_and_ends_with_all() -> None:
    text = scrape()
    assert value(text, 'gateway_command_duration_seconds_bucket{le="1e-06"}') == 3
    assert value(text, 'gateway_command_duration_seconds_bucket{le="1e-05"}') == 5
    assert value(text, 'gateway_command_duration_seconds_bucket{le="+Inf"}') == 6
    assert value(text, "gateway_command_duration_seconds_count") == 6
    assert value(text, "gateway_command_duration_seconds_sum") == 0.000123456


def test_projector_shows_state_and_lag() -> None:
    text = scrape(state=ProjectorState.RETRYING, projected_lsn=100)
    assert value(text, 'gateway_projector_state{state="retrying"}') == 1
    assert value(text, 'gateway_projector_state{state="running"}') == 0
    assert value(text, "gateway_projector_lag_records") == 200
    assert value(text, "gateway_projector_busy_seconds_total") == 1.5
    assert set(PROJECTOR_STATES) == {state.value for state in ProjectorState}


def test_core_that_fails_is_shown_and_the_rest_still_comes() -> None:
    text = scrape(FixedStatus(error=RuntimeError("stopped")))
    assert value(text, "gateway_core_up") == 0
    assert value(text, "gateway_projector_lag_records") == 10
    assert "gateway_orders_accepted_total" not in text


def test_key_that_the_core_lacks_shows_nothing_rather_than_zero() -> None:
    status = FixedStatus()
    del status.values["fills"]
    assert "gateway_fills_total" not in [line.split(" ")[0] for line in scrape(status).splitlines()]


def test_labels_from_configuration_cannot_break_the_format() -> None:
    states = {'we"ird\\ses\nsion': events_pb2.SESSION_STATE_READY}
    found = families(scrape(FixedStatus(states=states)))["gateway_session_next_in"]
    assert found.samples[0].labels == {"session": 'we"ird\\ses\nsion'}


def test_names_follow_the_conventions_of_prometheus() -> None:
    for family in families(scrape()).values():
        if not family.name.startswith("gateway_"):
            continue
        assert re.fullmatch(r"[a-z][a-z0-9_]*", family.name), family.name
        assert family.documentation.endswith("."), family.name
        assert not family.name.endswith(FOREIGN_UNITS), family.name
        assert not re.search(r"_(count|sum|bucket|total)$", family.name), family.name
        for sample in family.samples:
            assert (family.type == "counter") == sample.name.endswith("_total"), sample.name
        if family.type == "histogram":
            assert family.name.endswith("_seconds"), family.name


def test_promtool_accepts_the_metrics() -> None:
    text = scrape()
    promtool = shutil.which("promtool")
    if promtool is None:
        # Without Prometheus' own tool its client's parser has to do, beside the conventions above.
        assert len(families(text)) > 30
        return
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False, timeout=30
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def test_documentation_explains_every_metric_and_no_other() -> None:
    text = (ROOT / "docs/monitoring.md").read_text()
    documented = set(re.findall(r"^\| `(gateway_\w+)", text, re.MULTILINE))
    shown = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in families(scrape()).values()
        if family.name.startswith("gateway_")
    }
    assert documented == shown
