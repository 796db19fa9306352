"""How often a client may call; time is given."""

import pytest

from gateway.api.errors import ApiError, Problem
from gateway.api.rate import CallRates, TokenBucket


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_bucket_lets_through_what_it_holds_and_then_its_rate() -> None:
    clock = Clock()
    bucket = TokenBucket(10.0, 3.0, clock)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    assert bucket.wait_s() == pytest.approx(0.1)
    clock.now_s += 0.25
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    clock.now_s += 1000
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_each_client_has_its_own_rate() -> None:
    clock = Clock()
    rates = CallRates(5.0, clock)
    for _ in range(10):
        rates.check("alpha")
    with pytest.raises(ApiError, match="alpha") as refusal:
        rates.check("alpha")
    assert refusal.value.problem is Problem.TOO_MANY_CALLS
    assert refusal.value.facts["limit"] == "calls_per_second_max"
    rates.check("beta")
    clock.now_s += 0.2
    rates.check("alpha")
