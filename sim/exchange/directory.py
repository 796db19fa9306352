"""Which order a ClOrdID(11) means, and which may not be used again."""

from collections.abc import Iterator

from sim.book import Order

__all__ = ["Directory"]


class Directory:
    """Orders by counterparty and ClOrdID(11), and by OrderID(37)."""

    def __init__(self) -> None:
        # Every ClOrdID(11) of every accepted or rejected order and accepted replace, by counterparty.
        self._orders: dict[str, dict[str, Order]] = {}
        # The ClOrdIDs of requests that had no order, or were refused: they may not be used again either.
        self._used: dict[str, set[str]] = {}

    def find(self, owner: str, cl_ord_id: str) -> Order | None:
        orders = self._orders.get(owner)
        return None if orders is None else orders.get(cl_ord_id)

    def is_used(self, owner: str, cl_ord_id: str) -> bool:
        return self.find(owner, cl_ord_id) is not None or cl_ord_id in self._used.get(owner, ())

    def use(self, owner: str, cl_ord_id: str) -> None:
        self._used.setdefault(owner, set()).add(cl_ord_id)

    def enter(self, order: Order) -> None:
        self._orders.setdefault(order.owner, {})[order.cl_ord_id] = order

    def claim(self, order: Order, cl_ord_id: str) -> None:
        """Make an accepted request's ClOrdID(11) the order's current one."""
        order.cl_ord_ids.append(cl_ord_id)
        self._orders[order.owner][cl_ord_id] = order

    def of(self, owner: str) -> Iterator[Order]:
        """Yield every order of a counterparty once, first come first."""
        for cl_ord_id, order in self._orders.get(owner, {}).items():
            if order.cl_ord_ids[0] == cl_ord_id:
                yield order
