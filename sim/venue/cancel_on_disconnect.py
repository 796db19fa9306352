"""Which orders end with a connection, and when."""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field

from sim.book import Order, Status
from sim.config.venue import CancelOnDisconnect
from sim.exchange import Exchange, Report
from sim.wire import MILLISECOND

__all__ = ["Connections"]

_TEXT = "cancel on disconnect"


@dataclass(order=True, slots=True)
class _Due:
    at: int
    owner: str
    since: int = field(compare=False)


class Connections:
    """Remembers who logged on with which wish. Cancels that have begun to wait come even to who is back by then."""

    def __init__(self, settings: CancelOnDisconnect, exchange: Exchange) -> None:
        self._settings = settings
        self._exchange = exchange
        # The time since when orders are to be canceled; 0 is all there are.
        self._armed: dict[str, int] = {}
        self._due: list[_Due] = []

    def logged_on(self, owner: str, fields: Mapping[int, str], now: int) -> None:
        settings = self._settings
        if settings.when == "never":
            return
        wish = None if settings.logon_tag is None else fields.get(settings.logon_tag)
        if wish in settings.session and wish is not None:
            self._armed[owner] = now
        elif settings.when == "always" or wish in settings.all:
            self._armed[owner] = 0
        else:
            self._armed.pop(owner, None)

    def logging_out(self, owner: str, fields: Mapping[int, str]) -> None:
        """Take note of a Logout(5): it may say that orders stay after all."""
        tag = self._settings.logout_tag
        if tag is not None and fields.get(tag) in self._settings.all:
            self._armed.pop(owner, None)

    def lost(self, owner: str, orderly: bool, now: int) -> None:
        """Take note of the end of a connection; `orderly` is one with a Logout(5)."""
        since = self._armed.pop(owner, None)
        if since is None or (orderly and not self._settings.on_logout):
            return
        heapq.heappush(self._due, _Due(now + self._settings.delay_ms * MILLISECOND, owner, since))

    def due_at(self) -> int | None:
        return self._due[0].at if self._due else None

    def tick(self, now: int) -> list[Report]:
        reports: list[Report] = []
        while self._due and self._due[0].at <= now:
            due = heapq.heappop(self._due)
            for order in list(self._exchange.directory.of(due.owner)):
                if self._ends(order, due.since):
                    reports += self._exchange.end(order, Status.CANCELED, now, _TEXT)
        return reports

    def _ends(self, order: Order, since: int) -> bool:
        kept = order.time_in_force.value in self._settings.keeps
        return order.is_open and order.entered_at >= since and not kept
