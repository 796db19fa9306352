from gateway.client import Settings
from gateway.client.connection import Backoff


def delays(random: float, count: int) -> list[float]:
    backoff = Backoff(Settings(backoff_min_s=1, backoff_max_s=5, random=lambda: random))
    return [backoff.next_delay_s() for _ in range(count)]


def test_backoff_doubles_up_to_its_maximum() -> None:
    assert delays(random=1, count=5) == [1, 2, 4, 5, 5]


def test_backoff_is_never_below_half() -> None:
    assert delays(random=0, count=4) == [0.5, 1, 2, 2.5]


def test_backoff_starts_over_after_success() -> None:
    backoff = Backoff(Settings(backoff_min_s=1, backoff_max_s=5, random=lambda: 1))
    first = [backoff.next_delay_s() for _ in range(3)]
    backoff.reset()
    assert [backoff.next_delay_s() for _ in range(3)] == first
