"""Positions, prices and rates to the analytics of every level."""

from decimal import Decimal as D

import pytest

from gateway.risk.analytics.exposure import Exposure, exposure_of
from gateway.risk.analytics.history import PriceHistory, PriceSample, ProfitHistory
from gateway.risk.analytics.limits import METRICS, AnalyticsLimit, utilisation_of
from gateway.risk.analytics.portfolio import Measures, analyse, profits_by_level
from gateway.risk.analytics.valuation import Holding, InstrumentFacts, Rates, value_holdings

FACTS = {
    "ACME": InstrumentFacts("USD", "SIM"),
    "DAX": InstrumentFacts("EUR", "EUREX", D(25)),
    "FLAT": InstrumentFacts("GBP", "SIM"),
}
RATES = Rates("USD", {"EUR": D("1.10")})
MEASURES = Measures(D("0.95"), 1, 252.0)


def holding(instrument, quantity, average=None, realized="0", account="A1", strategy="s"):
    return Holding(account, strategy, instrument, D(quantity), average and D(average), D(realized))


def valuation_of(*holdings, prices=None):
    known = {"ACME": D(10), "DAX": D(20000)} if prices is None else prices
    return value_holdings(holdings, FACTS, known, RATES)


def history(*rows):
    kept = PriceHistory(samples_max=100)
    for time, prices in enumerate(rows):
        kept.add(PriceSample(time, {name: D(price) for name, price in prices.items()}))
    return kept


def by_level(*holdings, prices=None, rows=(), curves=()):
    profits = ProfitHistory(100)
    for curve in curves:
        profits.add(curve)
    found = analyse(valuation_of(*holdings, prices=prices), history(*rows), profits, MEASURES)
    return {each.level: each for each in found}


def test_value_takes_multiplier_and_rate():
    (valued,) = valuation_of(holding("DAX", "-2", "20100", "30")).valued
    assert valued.market_value == D("-2") * 20000 * 25 * D("1.10")
    assert valued.unrealized_profit == D(2) * 100 * 25 * D("1.10")
    assert valued.realized_profit == D("33.00")


def test_value_is_exact_for_the_largest_numbers_of_the_core():
    largest = "92233720368.54775807"
    (valued,) = valuation_of(holding("ACME", largest, largest), prices={"ACME": D(largest)}).valued
    assert valued.market_value == D("8507059173023461584739.6907784232501249")
    assert valued.unrealized_profit == 0


def test_what_cannot_be_valued_is_named_and_left_out():
    valuation = valuation_of(
        holding("ACME", "5", "10"),
        holding("OTHER", "5", "10"),
        holding("DAX", "1", "1"),
        holding("FLAT", "0", realized="7"),
        prices={"ACME": D(10)},
    )
    assert [each.holding.instrument for each in valuation.valued] == ["ACME"]
    assert valuation.without_price == {"OTHER", "DAX"}
    assert valuation.without_rate == {"GBP"}
    assert not valuation.is_whole


def test_flat_position_needs_no_price_and_keeps_its_realized_profit():
    valuation = valuation_of(holding("ACME", "0", realized="-7.5"), prices={})
    assert valuation.is_whole
    assert profits_by_level(valuation) == dict.fromkeys(
        ["firm", "account:A1", "strategy:s", "instrument:ACME", "venue:SIM", "currency:USD"], D("-7.5")
    )


def test_exposures_are_sums_of_what_is_held_and_owed():
    exposure = exposure_of([D("0.1"), D("0.2"), D("-0.5")])
    assert (exposure.long, exposure.short, exposure.gross, exposure.net) == (
        D("0.3"),
        D("0.5"),
        D("0.8"),
        D("-0.2"),
    )
    assert exposure_of([]) == Exposure(D(0), D(0))


def test_every_level_has_its_own_sums():
    levels = by_level(
        holding("ACME", "100", "9"), holding("ACME", "-40", "11", account="A2"), holding("DAX", "1", "20000")
    )
    assert list(levels) == [
        "firm",
        "account:A1",
        "account:A2",
        "strategy:s",
        "instrument:ACME",
        "instrument:DAX",
        "venue:EUREX",
        "venue:SIM",
        "currency:EUR",
        "currency:USD",
    ]
    assert levels["firm"].exposure == Exposure(D(1000) + D(550000), D(400))
    assert levels["account:A2"].exposure == Exposure(D(0), D(400))
    assert levels["account:A1"].unrealized_profit == 100
    assert levels["firm"].total_profit == 100 + 40


def test_groups_that_the_configuration_names_are_levels_of_their_own():
    facts = {
        "ACME": InstrumentFacts("USD", "SIM", D(1), "equity", "tech", "us", "S1"),
        "DAX": InstrumentFacts("EUR", "EUREX", D(25), "future", "", "eu", "S2"),
    }
    holdings = [
        Holding("A1", "s", "ACME", D(100), D(9), D(0), "cash"),
        Holding("A2", "s", "ACME", D(-40), D(11), D(0), "cash"),
        Holding("B1", "s", "DAX", D(1), D(20000), D(0)),
    ]
    valuation = value_holdings(holdings, facts, {"ACME": D(10), "DAX": D(20000)}, RATES)
    levels = {each.level: each for each in analyse(valuation, history(), ProfitHistory(100), MEASURES)}
    groups = [
        level
        for level in levels
        if level.partition(":")[0] in ("desk", "class", "sector", "region", "session")
    ]
    assert groups == [
        "desk:cash",
        "class:equity",
        "class:future",
        "sector:tech",
        "region:eu",
        "region:us",
        "session:S1",
        "session:S2",
    ]
    for level in ("desk:cash", "class:equity", "sector:tech", "region:us", "session:S1"):
        assert levels[level].exposure == Exposure(D(1000), D(400))
    assert levels["class:future"].exposure == levels["session:S2"].exposure == Exposure(D(550000), D(0))


def test_value_at_risk_is_of_the_net_position_and_of_todays_exposures():
    rows = [{"ACME": "100"}, {"ACME": "110"}, {"ACME": "99"}]  # returns of +10 % and -10 %
    levels = by_level(holding("ACME", "100", "10"), holding("ACME", "-60", "10", account="A2"), rows=rows)
    assert levels["account:A1"].historical_var == pytest.approx(100)
    assert levels["account:A2"].historical_var == pytest.approx(60)
    assert levels["firm"].historical_var == pytest.approx(40)
    assert levels["firm"].periods == 2


def test_hedged_portfolio_has_nothing_at_risk():
    levels = by_level(
        holding("ACME", "100", "10"),
        holding("ACME", "-100", "10", account="A2"),
        rows=[{"ACME": "100"}, {"ACME": "110"}, {"ACME": "99"}],
    )
    assert (levels["firm"].historical_var, levels["firm"].parametric_var) == (0, 0)


def test_portfolio_without_history_has_undefined_statistics_and_exact_sums():
    firm = by_level(holding("ACME", "100", "9"))["firm"]
    assert (firm.historical_var, firm.parametric_var, firm.historical_shortfall) == (None, None, None)
    assert (firm.volatility, firm.drawdown, firm.sharpe_ratio, firm.periods) == (None, None, None, 0)
    assert firm.total_profit == 100


def test_firm_without_positions_is_there_with_zeros():
    firm = by_level()["firm"]
    assert (firm.exposure.gross, firm.total_profit) == (0, 0)


def test_drawdown_and_sharpe_ratio_are_of_the_levels_own_curve():
    curves = [{"firm": D(0)}, {"firm": D(10)}, {"firm": D(4)}]
    firm = by_level(holding("ACME", "1", "10"), curves=curves)["firm"]
    assert firm.drawdown is not None
    assert (firm.drawdown.current, firm.drawdown.largest) == (6, 6)
    assert firm.sharpe_ratio is not None


def test_history_drops_the_oldest_and_refuses_what_is_out_of_order():
    kept = PriceHistory(samples_max=2)
    for time in range(5):
        kept.add(PriceSample(time, {"ACME": D(time + 1)}))
    assert [sample.time_ns for sample in kept.samples] == [3, 4]
    with pytest.raises(ValueError, match="in order"):
        kept.add(PriceSample(4, {}))
    with pytest.raises(ValueError, match="instruments"):
        PriceHistory(2, instruments_max=1).add(PriceSample(0, {"A": D(1), "B": D(1)}))
    with pytest.raises(ValueError, match="two samples"):
        PriceHistory(samples_max=1)


def test_profit_history_is_bounded_in_samples_and_levels():
    profits = ProfitHistory(samples_max=2, levels_max=1)
    for value in (1, 2, 3):
        profits.add({"firm": D(value), "account:A1": D(value)})
    assert list(profits.curve("firm")) == [2, 3]
    assert profits.curve("account:A1").size == 0


def test_utilisation_is_value_limit_and_share():
    levels = analyse(valuation_of(holding("ACME", "-30", "8")), history(), ProfitHistory(2), MEASURES)
    limits = [
        AnalyticsLimit("firm", "gross_exposure", D(600), "warn"),
        AnalyticsLimit("account:A1", "loss", D(50), "halt"),
        AnalyticsLimit("firm", "historical_var", D(50), "halt"),
        AnalyticsLimit("account:NONE", "loss", D(50), "halt"),
    ]
    found = list(utilisation_of(limits, levels))
    assert [(each.value, each.share, each.is_breached) for each in found] == [
        (D(300), D("0.5"), False),
        (D(60), D("1.2"), True),
        (None, None, False),
        (D(0), D(0), False),
    ]


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_can_be_measured(metric):
    rows = [{"ACME": "100"}, {"ACME": "110"}, {"ACME": "99"}]
    profits = ProfitHistory(10)
    profits.add({"firm": D(5)})
    profits.add({"firm": D(2)})
    levels = analyse(valuation_of(holding("ACME", "100", "11", "-3")), history(*rows), profits, MEASURES)
    (found,) = utilisation_of([AnalyticsLimit("firm", metric, D(1), "warn")], levels)
    assert found.value is not None
    assert found.value >= 0
