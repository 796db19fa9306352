"""What counterparties are told: each report in the words of its owner's version, numbered, sent or stored."""

from collections.abc import Iterable

from sim.exchange import Execution, ExecutionKind, Report, encode_report
from sim.intercept import Interceptor
from sim.links import Links
from sim.services import Services
from sim.services.outgoing import Answer
from sim.session import Registry, Version
from sim.venue import Numbers
from sim.wire import Fields, format_utc

__all__ = ["Outbox"]

# What is true only of its moment is not kept for resends: who asks for it later gets a gap fill.
_FLEETING = frozenset({"W", "X", "f", "h"})


class Outbox:
    """`interceptor`, where there is one, says what is sent in place of an application message."""

    def __init__(self, registry: Registry, links: Links, services: Services, numbers: Numbers) -> None:
        self.interceptor: Interceptor | None = None
        self.trades = 0
        """How many trades counterparties were told of."""
        self._registry = registry
        self._links = links
        self._services = services
        self._numbers = numbers

    def tell(self, answers: Iterable[Answer], now: int) -> None:
        for answer in answers:
            if isinstance(answer, tuple):
                self.publish(*answer, now)
            else:
                self.report([answer], now)

    def report(self, reports: Iterable[Report], now: int) -> None:
        """Send each report to its owner, or store it for the owner's next logon; with drop copies."""
        for report in reports:
            peer = self._registry.get(report.owner)
            assert peer is not None, f"a report for {report.owner}, who never logged on"
            self.trades += isinstance(report, Execution) and report.kind is ExecutionKind.TRADE
            msg_type, body = encode_report(report, peer.version)
            self.publish(report.owner, msg_type, body, now)
            for copy in self._services.copies(report, self._version_of):
                self.publish(*copy, now)

    def inform(self, now: int) -> None:
        """Tell those who follow markets what happened."""
        for owner, msg_type, body in self._services.publish(now):
            self.publish(owner, msg_type, body, now)

    def publish(self, owner: str, msg_type: str, body: Fields, now: int) -> None:
        if self.interceptor is None:
            self.number(owner, msg_type, body, now)
            return
        for sent_type, sent_body in self.interceptor.report(owner, msg_type, body, now):
            self.number(owner, sent_type, sent_body, now)

    def number(self, owner: str, msg_type: str, body: Fields, now: int) -> None:
        """Give an application message its number, and send it where its owner is there."""
        keep = msg_type not in _FLEETING
        found = self._links.of(owner)
        if found is not None:
            connection, session = found
            self._links.act(connection, session.send(msg_type, body, now, keep), now)
            return
        peer = self._registry.get(owner)
        assert peer is not None, f"a message for {owner}, who never logged on"
        if not self._numbers.resets_at_logon:  # else the next logon begins at 1: nobody can ask for it
            peer.store(msg_type, format_utc(now), body, keep)

    def _version_of(self, comp_id: str) -> Version | None:
        peer = self._registry.get(comp_id)
        return None if peer is None else peer.version
