"""What the strategy's side knows: its own commands with their answers, and the events it received.

The third book of the comparison: built from the event stream alone, as any client would.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from gateway.client import (
    Command,
    Event,
    ExecType,
    ExecutionReported,
    NewOrder,
    OrderAccepted,
    OrderNotSent,
    RequestRejected,
    Result,
    Side,
)

__all__ = ["Fill", "Record"]


@dataclass(frozen=True)
class Fill:
    """One execution on one order."""

    cl_ord_id: str
    instrument: str
    side: Side
    quantity: Decimal
    price: Decimal


class Record:
    """Fed by the strategy as things happen; times by a monotonic clock."""

    def __init__(self, now_ns: Callable[[], int] = time.perf_counter_ns) -> None:
        self._now_ns = now_ns
        self._asked_at_ns: dict[str, int] = {}
        self._unreported: dict[str, int] = {}
        """Orders without a report yet, and when they were asked for."""
        self.commands: Counter[str] = Counter()
        self.order_denials: Counter[str] = Counter()
        """Orders that the gateway refused, by code."""
        self.request_denials: Counter[str] = Counter()
        """Replaces and cancels that it refused."""
        self.request_rejects = 0
        """Replaces and cancels that the venue refused: too late, mostly."""
        self.result_ns: list[int] = []
        """From asking to the answer of the gateway: journaled, and on the wire or denied."""
        self.report_ns: list[int] = []
        """From asking for a new order to the venue's first report on it."""
        self.lsns: list[int] = []
        self.exec_types: Counter[ExecType] = Counter()
        """Reports of the venue by what they told."""
        self.fills: dict[str, Fill] = {}
        self.first_cl_ord_ids: dict[str, str] = {}
        """The client's id of each order that was accepted, by the ClOrdID(11) of its NewOrderSingle(D)."""
        self.not_sent: set[str] = set()
        """ClOrdIDs proven not to have reached the venue."""
        self.problems: list[str] = []
        """What an event stream must not show."""

    def asked(self, command: Command) -> None:
        """Note that a command is about to be sent."""
        now_ns = self._now_ns()
        self.commands[type(command).__name__] += 1
        self._asked_at_ns[_id_of(command)] = now_ns
        if isinstance(command, NewOrder):
            self._unreported[command.client_order_id] = now_ns

    def answered(self, command: Command, result: Result) -> None:
        """Note the answer to a command."""
        self.result_ns.append(self._now_ns() - self._asked_at_ns.pop(_id_of(command)))
        if result.denial is not None:
            denials = self.order_denials if isinstance(command, NewOrder) else self.request_denials
            denials[result.denial.code.name] += 1
            self._unreported.pop(_id_of(command), None)

    def apply(self, event: Event) -> None:
        """Note an event."""
        if self.lsns and event.lsn <= self.lsns[-1]:
            self.problems.append(f"event {event.lsn} came after event {self.lsns[-1]}")
        self.lsns.append(event.lsn)
        match event:
            case OrderAccepted():
                self.first_cl_ord_ids[event.cl_ord_id] = event.client_order_id
            case OrderNotSent():
                self.not_sent.add(event.cl_ord_id)
            case RequestRejected():
                self.request_rejects += 1
            case ExecutionReported():
                self._reported(event)

    def _reported(self, event: ExecutionReported) -> None:
        asked_at_ns = self._unreported.pop(event.client_order_id, None)
        if asked_at_ns is not None:
            self.report_ns.append(self._now_ns() - asked_at_ns)
        self.exec_types[event.exec_type] += 1
        if event.exec_type is not ExecType.TRADE or event.in_question:
            return
        if event.exec_id in self.fills:
            self.problems.append(f"execution {event.exec_id} came twice, last as event {event.lsn}")
        assert event.last_price is not None
        self.fills[event.exec_id] = Fill(
            event.cl_ord_id, event.instrument, event.side, event.last_quantity, event.last_price
        )

    def net_positions(self) -> dict[str, Decimal]:
        """Give bought less sold by instrument, from the fills alone."""
        nets: dict[str, Decimal] = {}
        for fill in self.fills.values():
            signed = fill.quantity if fill.side is Side.BUY else -fill.quantity
            nets[fill.instrument] = nets.get(fill.instrument, Decimal(0)) + signed
        return nets


def _id_of(command: Command) -> str:
    return command.client_order_id if isinstance(command, NewOrder) else command.client_request_id
