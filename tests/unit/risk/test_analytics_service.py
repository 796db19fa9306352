"""One sample after the other: what is read, kept, shown, and done about limits that are broken."""

from dataclasses import replace
from decimal import Decimal as D

import pytest
from prometheus_client import CollectorRegistry

from gateway.risk.analytics.limits import METRICS, AnalyticsLimit
from gateway.risk.analytics.messages import analytics_answer
from gateway.risk.analytics.metrics import AnalyticsCollector
from gateway.risk.analytics.portfolio import Measures
from gateway.risk.analytics.service import AnalyticsService, AnalyticsTerms
from gateway.risk.analytics.valuation import InstrumentFacts, Rates
from gateway.v1 import control_pb2, events_pb2, queries_pb2, types_pb2

SECOND = 1_000_000_000
HALTED, ACTIVE = events_pb2.TRADING_STATE_HALTED, events_pb2.TRADING_STATE_ACTIVE
TERMS = AnalyticsTerms(
    facts={"ACME": InstrumentFacts("USD", "SIM"), "NEW": InstrumentFacts("USD", "SIM")},
    rates=Rates("USD"),
    measures=Measures(D("0.99"), 1, 252.0),
    sample_interval_s=60.0,
    samples_max=10,
    limits=(AnalyticsLimit("account:A1", "loss", D(50), "halt"),),
)


class Core:
    """Positions, prices and trading states at the port of the core."""

    def __init__(self):
        self.price = "10"
        self.other_prices = {}
        self.states = {}
        self.set_calls = []
        self.unknown_levels = set()
        self.positions_held = [("A1", "ACME", "100", "10", "0")]

    def positions(self, account=""):
        return queries_pb2.ListPositionsResponse(
            positions=[
                types_pb2.Position(
                    account=held[0],
                    strategy="s",
                    instrument=held[1],
                    net_quantity=held[2],
                    average_price=held[3],
                    realized_profit=held[4],
                )
                for held in self.positions_held
            ]
        ).SerializeToString()

    def reference_prices(self):
        prices = {"ACME": self.price, **self.other_prices}
        return control_pb2.ListReferencePricesResponse(
            prices=[
                control_pb2.ReferencePrice(instrument=name, price=price) for name, price in prices.items()
            ]
        ).SerializeToString()

    def trading_states(self):
        states = [
            events_pb2.TradingStateChanged(level=level, state=state) for level, state in self.states.items()
        ]
        return control_pb2.ListTradingStatesResponse(states=states).SerializeToString()

    def set_trading_state(self, level, state, reason, changed_by, cancel_open_orders):
        if level in self.unknown_levels:
            raise KeyError(level)
        self.states[level] = state
        self.set_calls.append((level, state, reason, changed_by, cancel_open_orders))
        return len(self.set_calls), 0


class Clock:
    def __init__(self):
        self.ns = 1_000 * SECOND

    def __call__(self):
        self.ns += SECOND
        return self.ns


@pytest.fixture
def core():
    return Core()


def service_of(core, clock=None, **changes):
    return AnalyticsService(core, replace(TERMS, **changes), now_ns=clock or Clock())


def prices(service, core, *texts):
    for text in texts:
        core.price = text
        snapshot = service.sample()
    return snapshot


def test_sample_shows_what_the_core_holds(core):
    snapshot = service_of(core).sample()
    firm = snapshot.levels[0]
    assert (firm.level, firm.exposure.net, firm.unrealized_profit) == ("firm", 1000, 0)
    assert firm.historical_var is None


def test_samples_become_a_history_that_value_at_risk_rests_on(core):
    firm = prices(service_of(core), core, "10", "11", "9.9").levels[0]
    assert firm.periods == 2
    assert firm.historical_var == pytest.approx(99.0)
    assert firm.drawdown is not None
    assert firm.drawdown.current == pytest.approx(110.0)


def test_breach_sets_the_trading_state_once_with_its_reason(core):
    service = service_of(core)
    prices(service, core, "10", "9.6")
    assert core.set_calls == []
    snapshot = prices(service, core, "9.4", "9.3")
    reason = "loss of 60.00 is above 50 USD"
    assert core.set_calls == [("account:A1", HALTED, reason, "risk analytics", False)]
    assert list(snapshot.outcomes.values()) == ["set HALTED (lsn 1)"]


def test_breach_may_leave_the_way_out_open(core):
    limits = (AnalyticsLimit("account:A1", "loss", D(50), "reduce"),)
    snapshot = prices(service_of(core, limits=limits), core, "9.0")
    assert core.states == {"account:A1": events_pb2.TRADING_STATE_REDUCING}
    assert list(snapshot.outcomes.values()) == ["set REDUCING (lsn 1)"]


def test_person_who_lifts_the_halt_is_not_overruled_until_the_limit_was_kept_again(core):
    service = service_of(core)
    prices(service, core, "9.4")
    core.states["account:A1"] = ACTIVE
    prices(service, core, "9.3")
    assert len(core.set_calls) == 1
    prices(service, core, "10", "9.2")
    assert len(core.set_calls) == 2


def test_level_that_is_halted_already_is_left_as_it_is(core):
    core.states["account:A1"] = HALTED
    snapshot = prices(service_of(core), core, "9.0")
    assert core.set_calls == []
    assert list(snapshot.outcomes.values()) == ["was halted already"]


def test_warning_and_level_that_the_core_does_not_know_set_nothing(core):
    core.unknown_levels.add("strategy:s")
    limits = (
        AnalyticsLimit("firm", "gross_exposure", D(1), "warn"),
        AnalyticsLimit("strategy:s", "gross_exposure", D(1), "halt"),
    )
    snapshot = service_of(core, limits=limits).sample()
    assert list(snapshot.outcomes.values()) == ["warned", "failed: the core knows no such level"]
    assert core.set_calls == []


def test_value_that_is_not_known_neither_breaks_nor_mends_a_limit(core):
    limit = AnalyticsLimit("firm", "historical_var", D(1), "halt")
    service = service_of(core, limits=(limit,))
    assert not prices(service, core, "10").outcomes
    assert prices(service, core, "9").outcomes[limit] == "set HALTED (lsn 1)"
    core.positions_held.append(("A1", "NEW", "1", "1", "0"))
    core.other_prices["NEW"] = "1"  # without a history, value at risk of the whole is not known
    snapshot = service.sample()
    assert (snapshot.utilisations[0].value, snapshot.outcomes[limit]) == (None, "set HALTED (lsn 1)")


def test_history_outlives_the_process_and_a_clock_that_was_set_back(core, tmp_path):
    file = tmp_path / "history.csv"
    first = service_of(core, history_file=file)
    prices(first, core, "10", "11")
    first.save()
    clock = Clock()
    clock.ns = 5 * SECOND
    firm = prices(service_of(core, clock, history_file=file), core, "12").levels[0]
    assert firm.periods == 2


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "time_ns,instrument,price\n1,ACME,-1\n",
        "time_ns,instrument,price\n2,A,1\n1,A,1\n",
        "time_ns\n",
    ],
)
def test_damaged_history_is_left_and_the_gateway_goes_on(core, tmp_path, text, caplog):
    file = tmp_path / "history.csv"
    file.write_text(text)
    assert service_of(core, history_file=file).sample().levels[0].periods == 0
    assert "begins anew" in caplog.text


def test_answer_leaves_out_what_is_not_visible_and_has_no_nan(core):
    core.positions_held.append(("B1", "ACME", "1", "10", "0"))
    service = service_of(core)
    assert not analytics_answer(service, "", lambda level: True).HasField("time")
    prices(service, core, "10", "9.4")
    answer = analytics_answer(service, "", lambda level: level != "account:B1")
    assert "account:B1" not in {each.level for each in answer.levels}
    assert "account:A1" in {each.level for each in answer.levels}
    assert "nan" not in str(answer).lower()
    (used,) = answer.utilizations
    assert (used.value, used.limit, used.share_percent) == ("60", "50", "120.00")
    (only,) = analytics_answer(service, "account:A1", lambda level: True).levels
    assert (only.level, only.net_exposure, only.historical_var) == ("account:A1", "940", "56.4000")


def test_metrics_have_no_series_for_what_is_not_known(core):
    registry = CollectorRegistry()
    service = service_of(core)
    registry.register(AnalyticsCollector(service))
    assert registry.get_sample_value("gateway_analytics_last_sample_timestamp_seconds") == 0
    prices(service, core, "9.4")

    def value(metric):
        return registry.get_sample_value("gateway_analytics_value", {"level": "firm", "metric": metric})

    assert (value("net_exposure"), value("total_profit"), value("historical_var")) == (940, -60, None)
    labels = {"level": "account:A1", "metric": "loss", "action": "halt"}
    assert registry.get_sample_value("gateway_analytics_limit_utilization_ratio", labels) == 1.2


MEASURED = [
    "long_exposure",
    "short_exposure",
    "gross_exposure",
    "net_exposure",
    "realized_profit",
    "unrealized_profit",
    "historical_var",
    "historical_shortfall",
    "parametric_var",
    "parametric_shortfall",
    "volatility",
    "drawdown",
    "drawdown_max",
    "sharpe_ratio",
]
LEVELS = ["firm", "account:A1", "strategy:s", "instrument:ACME", "venue:SIM", "currency:USD"]


@pytest.mark.parametrize("level", LEVELS)
def test_every_value_is_in_the_answer_and_in_the_metrics_at_every_level(core, level):
    core.positions_held = [("A1", "ACME", "100", "10", "25")]
    service = service_of(core)
    prices(service, core, "10", "11", "10.5", "12", "9.5", "10.25")
    registry = CollectorRegistry()
    registry.register(AnalyticsCollector(service))
    (shown,) = analytics_answer(service, level, lambda level: True).levels
    for measured in MEASURED:
        answered = getattr(shown, measured)
        assert answered, measured
        metric = registry.get_sample_value("gateway_analytics_value", {"level": level, "metric": measured})
        assert metric == pytest.approx(float(answered), abs=1e-4), measured
    # All of it is one position of 100 at 10.25, bought at 10.
    assert (shown.gross_exposure, shown.short_exposure) == ("1025", "0")
    assert (shown.unrealized_profit, shown.realized_profit) == ("25", "25")
    assert float(shown.historical_var) == pytest.approx(1025 * 2.5 / 12, abs=1e-4)
    assert float(shown.drawdown) == pytest.approx(175)
    assert float(shown.drawdown_max) == pytest.approx(250)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("action", "state"), [("halt", HALTED), ("reduce", events_pb2.TRADING_STATE_REDUCING)]
)
def test_breach_of_any_metric_sets_the_trading_state(core, metric, action, state):
    is_short = metric == "short_exposure"
    core.positions_held = [("A1", "ACME", "-100" if is_short else "100", "12", "-300")]
    limits = (AnalyticsLimit("account:A1", metric, D("0.01"), action),)
    prices(service_of(core, limits=limits), core, "10", "11", "10.5", "12", "9.5", "10.25")
    assert core.states == {"account:A1": state}
