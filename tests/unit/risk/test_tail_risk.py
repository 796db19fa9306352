"""Value at risk and expected shortfall against values worked out by hand and closed forms."""

import math
from decimal import Decimal
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.risk.analytics.tail_risk import (
    historical_shortfall,
    historical_var,
    parametric_shortfall,
    parametric_var,
)

CONFIDENCES = [Decimal(text) for text in ("0.5", "0.9", "0.95", "0.975", "0.99", "0.999")]
samples = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60).map(np.array)
confidences = st.sampled_from(CONFIDENCES)
MEASURES = (historical_var, historical_shortfall, parametric_var, parametric_shortfall)


def test_historical_measures_of_a_hundred_losses_are_those_counted_by_hand():
    profits = -np.arange(1.0, 101.0)  # losses of 1, 2, ... 100
    assert historical_var(profits, Decimal("0.95")) == 95
    assert historical_shortfall(profits, Decimal("0.95")) == pytest.approx((96 + 97 + 98 + 99 + 100) / 5)
    assert historical_var(profits, Decimal("0.99")) == 99
    assert historical_shortfall(profits, Decimal("0.99")) == 100


def test_rank_is_counted_exactly_where_binary_numbers_are_not():
    # 0.7 x 10 is 7.000000000000001 in binary, which would give the eighth.
    assert historical_var(-np.arange(1.0, 11.0), Decimal("0.7")) == 7


def test_shortfall_counts_a_part_of_an_observation_in_part():
    # The worst 15 % of 10: one whole and half of the next.
    profits = -np.arange(1.0, 11.0)
    assert historical_shortfall(profits, Decimal("0.85")) == pytest.approx((10 + 0.5 * 9) / 1.5)


def test_gain_in_the_bad_case_is_a_negative_loss():
    assert historical_var(np.array([3.0, 4.0, 5.0]), Decimal("0.99")) == -3


def test_parametric_measures_of_known_moments_are_the_textbook_values():
    # Mean 0 and sample deviation 1: the 99 % quantile of the standard normal is 2.3263, its shortfall 2.6652.
    profits = np.array([-1.0, 1.0] * 500) * math.sqrt(999 / 1000)
    assert parametric_var(profits, Decimal("0.99")) == pytest.approx(2.3263479, abs=1e-6)
    assert parametric_shortfall(profits, Decimal("0.99")) == pytest.approx(2.6652142, abs=1e-6)
    assert parametric_var(profits + 0.5, Decimal("0.99")) == pytest.approx(2.3263479 - 0.5, abs=1e-6)


def test_measures_of_normal_quantiles_agree_with_each_other_and_the_distribution():
    normal = NormalDist(10, 200)
    count = 20_000
    profits = np.array([normal.inv_cdf((index + 0.5) / count) for index in range(count)])
    exact_var = -normal.inv_cdf(0.01)
    exact_shortfall = 200 * NormalDist().pdf(NormalDist().inv_cdf(0.99)) / 0.01 - 10
    confidence = Decimal("0.99")
    assert historical_var(profits, confidence) == pytest.approx(exact_var, rel=2e-3)
    assert parametric_var(profits, confidence) == pytest.approx(exact_var, rel=2e-3)
    assert historical_shortfall(profits, confidence) == pytest.approx(exact_shortfall, rel=2e-3)
    assert parametric_shortfall(profits, confidence) == pytest.approx(exact_shortfall, rel=2e-3)


def test_variance_of_the_profit_series_is_that_of_the_covariance_matrix():
    returns = np.random.default_rng(1).normal(size=(250, 3)) @ np.array(
        [[1, 0.4, 0], [0, 1, -0.3], [0, 0, 2]]
    )
    weights = np.array([100.0, -250.0, 30.0])
    deviation = math.sqrt(weights @ np.cov(returns, rowvar=False) @ weights)
    expected = deviation * NormalDist().inv_cdf(0.975) - (returns @ weights).mean()
    assert parametric_var(returns @ weights, Decimal("0.975")) == pytest.approx(expected)


@given(samples, confidences)
def test_shortfall_is_never_below_value_at_risk(profits, confidence):
    shortfall, var = historical_shortfall(profits, confidence), historical_var(profits, confidence)
    assert shortfall is not None
    assert var is not None
    assert shortfall >= var - 1e-9 * max(1.0, abs(var))
    if len(profits) > 1:
        assert parametric_shortfall(profits, confidence) >= parametric_var(profits, confidence) - 1e-6


@given(samples, confidences, st.floats(0.01, 100))
def test_measures_grow_with_the_position(profits, confidence, factor):
    for measure in MEASURES:
        once, scaled = measure(profits, confidence), measure(profits * factor, confidence)
        assert (once is None) == (scaled is None)
        if once is not None:
            assert scaled == pytest.approx(once * factor, rel=1e-6, abs=1e-5)


@given(samples, confidences, st.floats(-1e5, 1e5))
def test_certain_gain_lowers_every_measure_by_itself(profits, confidence, gain):
    for measure in MEASURES:
        before, after = measure(profits, confidence), measure(profits + gain, confidence)
        if before is not None:
            assert after == pytest.approx(before - gain, rel=1e-6, abs=1e-4)


@given(samples, confidences, st.randoms(use_true_random=False))
def test_order_of_the_sample_does_not_matter(profits, confidence, dice):
    shuffled = list(profits)
    dice.shuffle(shuffled)
    for measure in MEASURES:
        before = measure(profits, confidence)
        if before is not None:
            assert measure(np.array(shuffled), confidence) == pytest.approx(before, rel=1e-6, abs=1e-5)


@given(samples, samples, confidences)
def test_historical_shortfall_of_a_sum_is_at_most_the_sum(first, second, confidence):
    size = min(len(first), len(second))
    first, second = first[:size], second[:size]
    whole = historical_shortfall(first + second, confidence)
    parts = historical_shortfall(first, confidence) + historical_shortfall(second, confidence)
    assert whole <= parts + 1e-6 * max(1.0, abs(parts))


def test_horizon_stretches_by_the_root_of_time():
    profits = np.array([-4.0, 1.0, 2.0, 1.0])  # mean 0
    assert parametric_var(profits, Decimal("0.95"), 4) == pytest.approx(
        2 * parametric_var(profits, Decimal("0.95"))
    )
    assert historical_var(profits, Decimal("0.95"), 9) == 3 * 4


def test_sample_that_is_too_small_says_nothing():
    assert [measure(np.empty(0), Decimal("0.99")) for measure in MEASURES] == [None] * 4
    assert [measure(np.array([-5.0]), Decimal("0.99")) for measure in MEASURES] == [5, 5, None, None]


@pytest.mark.parametrize("confidence", ["0", "1", "-0.5", "99"])
def test_confidence_outside_of_its_range_is_refused(confidence):
    for measure in MEASURES:
        with pytest.raises(ValueError, match="confidence"):
            measure(np.array([1.0, 2.0]), Decimal(confidence))


def test_horizon_below_one_period_is_refused():
    with pytest.raises(ValueError, match="horizon"):
        historical_var(np.array([1.0]), Decimal("0.9"), 0)
