"""The ports of the monitor: what it reads, and from whom. The daemon joins them to the gateway and the
projector.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

__all__ = ["GatewayStatus", "ProjectorStatus", "ProjectorView"]


class GatewayStatus(Protocol):
    """What a gateway.core.Gateway tells about itself. Reading it waits for no order and no order waits for
    it.
    """

    def metrics(self) -> dict[str, int]:
        """Counters and gauges by the names that are listed in collector.py."""

    def histogram(self, name: str) -> tuple[list[int], list[int], int]:
        """Upper bounds (ns), cumulative counts (one more than bounds: all) and the sum (ns)."""

    def sessions(self) -> bytes:
        """Bytes of a ListSessionsResponse."""


class Named(Protocol):
    """A member of an enumeration."""

    @property
    def value(self) -> str: ...


class ProjectorView(Protocol):
    """The projector at one moment: gateway.store.ProjectorSnapshot."""

    @property
    def state(self) -> Named: ...
    @property
    def lag(self) -> int: ...
    @property
    def projected_lsn(self) -> int: ...
    @property
    def events_count(self) -> int: ...
    @property
    def batches_count(self) -> int: ...
    @property
    def failures_count(self) -> int: ...
    @property
    def differences_count(self) -> int: ...
    @property
    def busy_ns(self) -> int: ...
    @property
    def last_error(self) -> str: ...


ProjectorStatus: TypeAlias = Callable[[], ProjectorView]
