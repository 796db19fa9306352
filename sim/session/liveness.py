"""Whether the counterparty is still there: heartbeats out, test requests when it is silent."""

from enum import Enum, auto

from sim.wire import SECOND

__all__ = ["Liveness", "Need"]


class Need(Enum):
    HEARTBEAT = auto()
    TEST_REQUEST = auto()
    END = auto()


class Liveness:
    """One timer for each direction. HeartBtInt(108) of 0 means that nothing is ever due."""

    def __init__(self, heartbeat_s: int, now: int) -> None:
        self.heartbeat_s = heartbeat_s
        self._interval = heartbeat_s * SECOND
        # The spec leaves "some reasonable transmission time" to each side; a fifth of the interval is usual.
        self._silence_max = self._interval * 12 // 10
        self._sent_at = now
        self._heard_at = now
        self._tested = False

    def sent(self, now: int) -> None:
        self._sent_at = now

    def heard(self, now: int) -> None:
        """Take note of a message: any message answers a TestRequest(1)."""
        self._heard_at = now
        self._tested = False

    def due(self, now: int) -> list[Need]:
        """Give what must be done now. A test request given here counts as sent."""
        if not self._interval:
            return []
        silence = now - self._heard_at
        if self._tested and silence >= 2 * self._silence_max:
            return [Need.END]
        needs: list[Need] = []
        if not self._tested and silence >= self._silence_max:
            self._tested = True
            needs.append(Need.TEST_REQUEST)
        elif now - self._sent_at >= self._interval:
            needs.append(Need.HEARTBEAT)
        return needs

    def due_at(self) -> int | None:
        if not self._interval:
            return None
        silence = self._heard_at + self._silence_max * (2 if self._tested else 1)
        return min(silence, self._sent_at + self._interval)
