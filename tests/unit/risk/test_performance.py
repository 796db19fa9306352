"""Returns, volatility, drawdown and Sharpe ratio against values worked out by hand."""

import math

import numpy as np
import pytest

from gateway.risk.analytics.performance import Drawdown, drawdown, sharpe_ratio, volatility
from gateway.risk.analytics.returns import profit_series, simple_returns


def test_returns_are_relative_changes_and_missing_where_a_price_is():
    prices = np.array([[100.0, 10.0], [110.0, np.nan], [99.0, 12.0], [99.0, 15.0]])
    assert simple_returns(prices) == pytest.approx(
        np.array([[0.1, np.nan], [-0.1, np.nan], [0.0, 0.25]]), nan_ok=True
    )


def test_returns_of_fewer_than_two_samples_are_none():
    assert simple_returns(np.array([[1.0, 2.0]])).shape == (0, 2)
    assert simple_returns(np.empty((0, 3))).shape == (0, 3)
    with pytest.raises(ValueError, match="matrix"):
        simple_returns(np.array([1.0, 2.0]))


def test_profit_series_leaves_out_periods_that_a_held_instrument_lacks():
    returns = np.array([[0.1, np.nan], [-0.1, 0.2], [0.0, 0.25]])
    assert profit_series(returns, ["A", "B"], {"A": 100.0, "B": -10.0}) == pytest.approx([-12.0, -2.5])
    assert profit_series(returns, ["A", "B"], {"A": 100.0, "B": 0.0}) == pytest.approx([10.0, -10.0, 0.0])


def test_profit_series_of_an_instrument_without_history_is_empty_and_of_nothing_zero():
    returns = np.array([[0.1], [0.2]])
    assert profit_series(returns, ["A"], {"A": 1.0, "C": 1.0}).size == 0
    assert list(profit_series(returns, ["A"], {})) == [0.0, 0.0]


def test_volatility_is_the_sample_deviation_by_the_root_of_a_year():
    assert volatility(np.array([0.01, -0.01]), 252) == pytest.approx(math.sqrt(2) * 0.01 * math.sqrt(252))
    assert volatility(np.array([0.01]), 252) is None
    assert volatility(np.empty(0), 252) is None


@pytest.mark.parametrize(
    ("curve", "current", "largest"),
    [
        ([0.0], 0, 0),
        ([0.0, 5.0, 7.0], 0, 0),
        ([0.0, 10.0, 4.0, 8.0, 12.0, 11.0], 1, 6),
        ([-1.0, -5.0, -3.0], 2, 4),
    ],
)
def test_drawdown_is_the_fall_from_the_highest_point(curve, current, largest):
    assert drawdown(np.array(curve)) == Drawdown(current, largest)


def test_drawdown_of_nothing_is_not_known():
    assert drawdown(np.empty(0)) is None


def test_sharpe_ratio_is_mean_by_deviation_a_year():
    profits = np.array([1.0, 3.0])  # mean 2, sample deviation sqrt(2)
    assert sharpe_ratio(profits, 4) == pytest.approx(2 / math.sqrt(2) * 2)
    assert sharpe_ratio(profits, 4, riskless=2.0) == pytest.approx(0)
    assert sharpe_ratio(profits * 1000, 4) == pytest.approx(sharpe_ratio(profits, 4))


@pytest.mark.parametrize("profits", [[], [1.0], [0.1, 0.1, 0.1], [0.0, 0.0]])
def test_sharpe_ratio_without_variation_is_not_known(profits):
    assert sharpe_ratio(np.array(profits), 252) is None
