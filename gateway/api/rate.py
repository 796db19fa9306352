"""How often something may happen."""

from __future__ import annotations

from collections.abc import Callable

from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo

from gateway.api.errors import ApiError, Problem

__all__ = ["CallRates", "TokenBucket"]


class TokenBucket:
    """Lets `per_second` pass in the long run, and `at_once` after a pause. For one thread."""

    def __init__(self, per_second: float, at_once: float, monotonic_s: Callable[[], float]) -> None:
        self._per_second = per_second
        self._at_once = at_once
        self._monotonic_s = monotonic_s
        self._tokens = at_once
        self._filled_s = monotonic_s()

    def take(self) -> bool:
        """Take one; False where there is none now."""
        now_s = self._monotonic_s()
        self._tokens = min(self._at_once, self._tokens + (now_s - self._filled_s) * self._per_second)
        self._filled_s = now_s
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True

    def wait_s(self) -> float:
        """How long until there is one again."""
        return max(0.0, (1.0 - self._tokens) / self._per_second)


class CallRates:
    """A bucket for each client that calls. For one thread."""

    def __init__(self, per_second: float, monotonic_s: Callable[[], float]) -> None:
        self._per_second = per_second
        self._monotonic_s = monotonic_s
        self._buckets: dict[str, TokenBucket] = {}

    def check(self, client: str) -> None:
        """Count one call of a configured client. Raises ApiError where it calls more often than it may."""
        bucket = self._buckets.get(client)
        if bucket is None:
            bucket = TokenBucket(self._per_second, 2 * self._per_second, self._monotonic_s)
            self._buckets[client] = bucket
        if bucket.take():
            return
        delay = Duration()
        delay.FromNanoseconds(int(bucket.wait_s() * 1e9))
        raise ApiError(
            Problem.TOO_MANY_CALLS,
            f"client {client!r} may make {self._per_second:g} calls a second; wait, or send orders over Trade",
            facts={"limit": "calls_per_second_max", "allowed": f"{self._per_second:g}"},
            extra=[RetryInfo(retry_delay=delay)],
        )
