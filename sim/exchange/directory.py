"""Which order a ClOrdID(11) means, and which may not be used."""

import re
from collections.abc import Iterator

from sim.book import Order
from sim.config.venue import ClOrdIdRules

__all__ = ["Directory"]


class Directory:
    """Orders by counterparty and ClOrdID(11)."""

    def __init__(self, rules: ClOrdIdRules | None = None) -> None:
        self._rules = rules or ClOrdIdRules()
        self._pattern = re.compile(self._rules.pattern) if self._rules.pattern else None
        # Every ClOrdID(11) of every accepted or rejected order and accepted replace, by counterparty.
        self._orders: dict[str, dict[str, Order]] = {}
        # The ClOrdIDs of requests that had no order, or were refused: they may not be used again either.
        self._used: dict[str, set[str]] = {}

    def find(self, owner: str, cl_ord_id: str) -> Order | None:
        orders = self._orders.get(owner)
        return None if orders is None else orders.get(cl_ord_id)

    def is_used(self, owner: str, cl_ord_id: str) -> bool:
        """Tell whether a ClOrdID(11) may not be used again, or not yet."""
        order = self.find(owner, cl_ord_id)
        if self._rules.unique == "open":
            return order is not None and order.is_open
        return order is not None or cl_ord_id in self._used.get(owner, ())

    def fault(self, cl_ord_id: str) -> str | None:
        """Say what is wrong with the form of a ClOrdID(11)."""
        if len(cl_ord_id) > self._rules.length_max:
            return f"ClOrdID(11) may have {self._rules.length_max} characters, was {cl_ord_id}"
        if self._pattern is not None and not self._pattern.fullmatch(cl_ord_id):
            return f"ClOrdID(11) must match {self._rules.pattern}, was {cl_ord_id}"
        return None

    def use(self, owner: str, cl_ord_id: str) -> None:
        if self._rules.unique != "open":
            self._used.setdefault(owner, set()).add(cl_ord_id)

    def new_day(self) -> None:
        """Let what is unique within a day be used again, save for orders that are still open."""
        if self._rules.unique != "day":
            return
        self._used.clear()
        for orders in self._orders.values():
            for cl_ord_id in [name for name, order in orders.items() if not order.is_open]:
                del orders[cl_ord_id]

    def enter(self, order: Order) -> None:
        self._orders.setdefault(order.owner, {})[order.cl_ord_id] = order

    def claim(self, order: Order, cl_ord_id: str) -> None:
        """Make an accepted request's ClOrdID(11) the order's current one."""
        order.cl_ord_ids.append(cl_ord_id)
        self._orders[order.owner][cl_ord_id] = order

    def of(self, owner: str) -> Iterator[Order]:
        """Yield every order of a counterparty once, first come first."""
        for cl_ord_id, order in self._orders.get(owner, {}).items():
            if order.cl_ord_id == cl_ord_id:
                yield order
