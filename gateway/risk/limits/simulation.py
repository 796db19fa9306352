"""What other limits would have done: a journal, or orders that might come, judged anew by the core's own checks.

Nothing here touches a running gateway: the journal is read as any reader reads it, and the orders are judged in an
engine of their own (`gateway.core._core.Rehearsal`), in the journal's time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.core import _core
from gateway.v1 import order_entry_pb2, risk_pb2, types_pb2

__all__ = ["LimitGroup", "Proposal", "Simulation", "SimulationResult", "TimedOrder", "denial_name"]


@dataclass(frozen=True)
class Proposal:
    """Limits that hold throughout, whatever the journal says of those of the same names."""

    limits: Sequence[risk_pb2.Limit] = ()
    removed: Sequence[str] = ()
    replace_all: bool = False
    """No other limits are set; those of the configuration's section `limits` stay."""


@dataclass(frozen=True)
class TimedOrder:
    """An order of a client that might come at a time (UTC nanoseconds)."""

    client: str
    order: order_entry_pb2.NewOrder
    time_ns: int


@dataclass
class LimitGroup:
    """What one limit at one level would have denied or warned of, with one code, or reduced."""

    limit: str
    level: str
    code: str
    denied: int = 0
    newly_denied: int = 0
    """Of these, how many the journal has as accepted."""
    resized: int = 0
    """Sent with less, this limit being the last that reduces them."""
    warned: int = 0
    examples: list[_core.RehearsedOrder] = field(default_factory=list)
    """The first of them; newly denied ones where there are any. What is warned of is counted alone."""


@dataclass
class SimulationResult:
    """Counts of what was judged, and who denies what. Replaces count as orders do."""

    orders: int = 0
    replaces: int = 0
    unjudged: int = 0
    """Requests that are not judged by limits: of links, of unknown accounts, refused replaces, and the like."""
    last_lsn: int = 0
    denied: int = 0
    denied_as_recorded: int = 0
    """Denied in the journal, too, with the same code by the same limit."""
    denied_otherwise: int = 0
    """Denied in the journal, too, with another code or by another limit."""
    newly_denied: int = 0
    no_longer_denied: int = 0
    """Denied in the journal, and they would pass, if with less."""
    resized: int = 0
    """Sent with less than was asked for."""
    warnings: int = 0
    """By limits that warn alone: an order has as many as there are such limits that it breaks."""
    groups: dict[tuple[str, str, str], LimitGroup] = field(default_factory=dict)
    passed: list[_core.RehearsedOrder] = field(default_factory=list)
    """The first of those that would pass now."""

    @property
    def by_limit(self) -> list[LimitGroup]:
        """The limits that deny most first."""
        return sorted(
            self.groups.values(),
            key=lambda group: (-group.denied, -group.resized, -group.warned, group.limit, group.level),
        )


class Simulation:
    """One run: a journal first, if there is one, then orders."""

    def __init__(
        self,
        settings: _core.CoreSettings,
        journal: Path | None,
        proposal: Proposal | None = None,
        *,
        examples: int = 5,
    ) -> None:
        """Raises JournalError, and ValueError with place and reason where the proposal is garbage."""
        self._core = _core.Rehearsal(settings, "" if journal is None else str(journal))
        self._proposal = proposal
        self._has_journal = journal is not None
        self._examples = examples
        if proposal is not None:
            request = risk_pb2.SetLimitsRequest(limits=proposal.limits)
            self._core.propose(
                request.SerializeToString(), removed=list(proposal.removed), alone=proposal.replace_all
            )

    def replay(self) -> SimulationResult:
        """Judge everything in the journal. Raises JournalError."""
        return self._collect(self._replayed())

    def judge(self, orders: Iterable[TimedOrder]) -> SimulationResult:
        """Judge orders one after the other, on the state that the journal ends with.

        What passes stays open, with as much of it as would be sent.

        Raises ValueError where an order's client is not configured, or its texts are not clean UTF-8.
        """
        if self._has_journal:
            for _ in self._replayed():
                pass
        before = self._core.orders, self._core.replaces, self._core.unjudged
        result = self._collect(self._judged(orders))
        result.orders -= before[0]
        result.replaces -= before[1]
        result.unjudged -= before[2]
        return result

    def _replayed(self) -> Iterator[_core.RehearsedOrder]:
        while (found := self._core.step()) is not None:
            yield from found

    def _judged(self, orders: Iterable[TimedOrder]) -> Iterator[_core.RehearsedOrder]:
        for number, timed in enumerate(orders, start=1):
            judged = self._core.order(timed.client, timed.order.SerializeToString(), timed.time_ns)
            if judged is None:
                raise ValueError(
                    f"order {number}: client '{timed.client}' is not configured, or a text is not clean UTF-8"
                )
            yield from (each for each in judged if each.effect != "passes")

    def _collect(self, orders: Iterable[_core.RehearsedOrder]) -> SimulationResult:
        result = SimulationResult()
        for order in orders:
            self._count(result, order)
        result.orders, result.replaces = self._core.orders, self._core.replaces
        result.unjudged, result.last_lsn = self._core.unjudged, self._core.last_lsn
        return result

    def _count(self, result: SimulationResult, order: _core.RehearsedOrder) -> None:
        if order.effect != "denied" and order.effect != "warned" and order.recorded:
            result.no_longer_denied += 1
            if len(result.passed) < self._examples:
                result.passed.append(order)
        if order.effect == "passes":
            return
        key = order.limit_name, order.level, denial_name(order.denial) if order.denial else "RESIZED"
        group = result.groups.setdefault(key, LimitGroup(*key))
        if order.effect == "warned":
            result.warnings += 1
            group.warned += 1
            return
        is_new = not order.recorded
        if order.effect == "denied":
            self._count_denial(result, group, order)
        else:
            result.resized += 1
            group.resized += 1
        if is_new and len(group.examples) == self._examples:
            old = next((at for at, each in enumerate(group.examples) if each.recorded), None)
            if old is not None:
                del group.examples[old]
        if len(group.examples) < self._examples:
            group.examples.append(order)

    @staticmethod
    def _count_denial(result: SimulationResult, group: LimitGroup, order: _core.RehearsedOrder) -> None:
        is_new = not order.recorded
        is_same = (order.denial, order.limit_name, order.level) == (
            order.recorded,
            order.recorded_limit,
            order.recorded_level,
        )
        result.denied += 1
        result.newly_denied += is_new
        result.denied_as_recorded += is_same
        result.denied_otherwise += not is_new and not is_same
        group.denied += 1
        group.newly_denied += is_new


def denial_name(code: int) -> str:
    """The code without its prefix: `MAX_POSITION`."""
    name: str = types_pb2.DenialCode.Name(code)
    return name.removeprefix("DENIAL_CODE_")
