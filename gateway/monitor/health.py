"""Says whether the gateway is alive, and whether it is ready to trade, and if not, which part is not and why.

*Alive* means that the loop goes round: if it does not, only a restart helps.

*Ready* means that a new order would be taken: the loop goes round, the journal takes new orders, every
session that is to be up is READY (one that is outside its hours, or was logged out by an operator, is not to
be). The database is not part of that. Orders do not wait for it, and taking a gateway out of service because
its reports are late would turn a small trouble into a large one; so a projector that lags or fails is shown
as `degraded`, alerted on, and leaves the gateway ready.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from gateway.monitor.sources import GatewayStatus, ProjectorStatus
from gateway.v1 import events_pb2, queries_pb2

__all__ = ["Health", "HealthBounds", "HealthReport", "Part", "is_wanted"]

OK, DEGRADED, FAILED = "ok", "degraded", "failed"


@dataclass(frozen=True, slots=True)
class HealthBounds:
    """What is still healthy."""

    loop_silence_max_ns: int = 5_000_000_000
    projector_lag_max: int = 100_000


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the gateway: "ok", "degraded" (somebody should look) or "failed"."""

    name: str
    status: str
    detail: str


@dataclass(frozen=True, slots=True)
class HealthReport:
    """All parts; healthy where none has failed."""

    parts: tuple[Part, ...]

    @property
    def healthy(self) -> bool:
        return all(part.status != FAILED for part in self.parts)

    def as_json(self) -> dict[str, Any]:
        return {"healthy": self.healthy, "parts": [asdict(part) for part in self.parts]}


class Health:
    """Judges by what the core and the projector say at the moment of the question. For any thread."""

    def __init__(
        self,
        gateway: GatewayStatus,
        projector: ProjectorStatus | None,
        *,
        now_ns: Callable[[], int],
        bounds: HealthBounds | None = None,
    ) -> None:
        """`now_ns` is the clock of the core's ticks: UTC nanoseconds."""
        self._gateway = gateway
        self._projector = projector
        self._now_ns = now_ns
        self._bounds = bounds or HealthBounds()

    def live(self) -> HealthReport:
        """Is the process worth keeping?"""
        return HealthReport((self._core(lambda: self._loop(self._gateway.metrics())),))

    def ready(self) -> HealthReport:
        """Would a new order be taken?"""
        parts = [
            self._core(lambda: self._loop(self._gateway.metrics())),
            self._core(lambda: self._journal(self._gateway.metrics())),
            self._core(self._sessions),
        ]
        if self._projector is not None:
            parts.append(self._projected(self._projector))
        return HealthReport(tuple(parts))

    def _core(self, judge: Callable[[], Part]) -> Part:
        try:
            return judge()
        except Exception as error:
            # A core that cannot be asked is the finding, whatever the reason.
            return Part("core", FAILED, f"the core cannot be read: {error}")

    def _loop(self, values: dict[str, int]) -> Part:
        ticked_ns = values.get("loop_last_tick_ns", 0)
        if ticked_ns == 0:
            return Part("loop", FAILED, "the loop has not started")
        silence_ns = self._now_ns() - ticked_ns
        bound_ns = self._bounds.loop_silence_max_ns
        if silence_ns > bound_ns:
            return Part(
                "loop",
                FAILED,
                f"silent for {silence_ns / 1e9:.1f} s, expected at most {bound_ns / 1e9:.1f} s",
            )
        return Part("loop", OK, "ticking")

    def _journal(self, values: dict[str, int]) -> Part:
        if values.get("journal_accepts_new_orders") == 1:
            return Part("journal", OK, f"at lsn {values.get('journal_committed_lsn', 0)}")
        return Part("journal", FAILED, "refuses new orders: the disk is full or failing; cancels still pass")

    def _sessions(self) -> Part:
        sessions = queries_pb2.ListSessionsResponse.FromString(self._gateway.sessions()).sessions
        wanted = [session for session in sessions if is_wanted(session)]
        waiting = [
            f"{session.name} is {_state_name(session.state)}"
            + (f" ({session.reason})" if session.reason else "")
            for session in wanted
            if session.state != events_pb2.SESSION_STATE_READY
        ]
        if waiting:
            return Part("sessions", FAILED, "; ".join(waiting))
        rest = len(sessions) - len(wanted)
        return Part("sessions", OK, f"{len(wanted)} ready" + (f", {rest} not to be up now" if rest else ""))

    def _projected(self, projector: ProjectorStatus) -> Part:
        view = projector()
        detail = f"{view.state.value}, {view.lag} records behind"
        if view.last_error:
            return Part("projector", DEGRADED, f"{detail}: {view.last_error}")
        if view.lag > self._bounds.projector_lag_max:
            return Part("projector", DEGRADED, f"{detail}, expected at most {self._bounds.projector_lag_max}")
        if view.state.value != "running":
            return Part("projector", DEGRADED, detail)
        return Part("projector", OK, detail)


def is_wanted(session: queries_pb2.Session) -> bool:
    """Tell whether a session is to be up: in its hours, and not logged out by an operator."""
    in_hours = not session.scheduled or session.HasField("window_closes")
    return session.enabled and in_hours


def _state_name(state: events_pb2.SessionState) -> str:
    return events_pb2.SessionState.Name(state).removeprefix("SESSION_STATE_")
