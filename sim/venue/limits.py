"""How many messages a counterparty may send."""

from sim.config.venue import RateLimit
from sim.wire import MILLISECOND

__all__ = ["Limits"]

_ORDERS = frozenset("DFGq")


class Limits:
    """Fixed windows: each begins with the first message after the end of the last."""

    def __init__(self, limits: tuple[RateLimit, ...]) -> None:
        self._limits = limits
        # By limit and counterparty: beginning of the window, and what was counted in it.
        self._windows: dict[tuple[int, str], tuple[int, int]] = {}

    def breach(self, owner: str, msg_type: str, now: int) -> RateLimit | None:
        """Count a message; gives the severest limit that it breaks."""
        broken: list[RateLimit] = []
        for i, limit in enumerate(self._limits):
            if limit.counts == "orders" and msg_type not in _ORDERS:
                continue
            begun, count = self._windows.get((i, owner), (now, 0))
            if now - begun >= limit.window_ms * MILLISECOND:
                begun, count = now, 0
            self._windows[i, owner] = (begun, count + 1)
            if count >= limit.messages:
                broken.append(limit)
        return max(broken, key=lambda b: ("reject", "logout", "disconnect").index(b.breach), default=None)
