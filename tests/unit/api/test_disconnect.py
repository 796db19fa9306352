"""When a client's orders are canceled after its streams have ended."""

import asyncio

import pytest

from gateway.api.disconnect import DisconnectGuard


@pytest.fixture
def canceled() -> list[str]:
    return []


def guard(canceled: list[str], **always: float) -> DisconnectGuard:
    def cancel(client: str) -> int:
        canceled.append(client)
        return 1

    return DisconnectGuard(cancel, always)


def test_last_stream_of_a_client_cancels_and_others_do_not(canceled: list[str]) -> None:
    watch = guard(canceled, alpha=0.0)
    for client in ("alpha", "alpha", "beta"):
        watch.opened(client)
    watch.ended("alpha", None, stopping=False)
    watch.ended("beta", None, stopping=False)
    assert canceled == []
    watch.ended("alpha", None, stopping=False)
    assert canceled == ["alpha"]


def test_stream_may_ask_for_it(canceled: list[str]) -> None:
    watch = guard(canceled)
    watch.opened("alpha")
    watch.ended("alpha", 0.0, stopping=False)
    assert canceled == ["alpha"]


@pytest.mark.parametrize("graces", [(0.0, 600.0), (600.0, 0.0), (0.0, None), (None, 0.0)])
def test_shortest_time_counts_in_whatever_order_streams_end(
    canceled: list[str], graces: tuple[float | None, ...]
) -> None:
    watch = guard(canceled)
    for _ in graces:
        watch.opened("alpha")
    for grace in graces:
        watch.ended("alpha", grace, stopping=False)
    assert canceled == ["alpha"]


def test_what_a_stream_asked_for_is_forgotten_when_the_client_comes_back(canceled: list[str]) -> None:
    watch = guard(canceled)
    for _ in range(2):
        watch.opened("alpha")
    watch.ended("alpha", 0.0, stopping=False)
    watch.opened("alpha")
    for _ in range(2):
        watch.ended("alpha", None, stopping=False)
    assert canceled == []


def test_nothing_is_canceled_where_the_gateway_stops(canceled: list[str]) -> None:
    watch = guard(canceled, alpha=0.0)
    watch.opened("alpha")
    watch.ended("alpha", 0.0, stopping=True)
    assert canceled == []


async def test_client_that_comes_back_in_time_keeps_its_orders() -> None:
    canceled: list[str] = []
    done = asyncio.Event()

    def cancel(client: str) -> int:
        canceled.append(client)
        done.set()
        return 1

    watch = DisconnectGuard(cancel, {"beta": 0.001})
    for client in ("alpha", "beta"):
        watch.opened(client)
        watch.ended(client, 3600.0 if client == "alpha" else None, stopping=False)
    watch.opened("alpha")
    async with asyncio.timeout(10):
        await done.wait()
    assert canceled == ["beta"]
    watch.ended("alpha", 3600.0, stopping=False)
    watch.stop()
