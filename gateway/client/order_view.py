"""What can be read of an order that changes: the same for the asyncio client and the blocking one."""

from abc import ABC, abstractmethod
from decimal import Decimal
from typing import Self

from gateway.client.enums import OrderStatus
from gateway.client.errors import DeniedError
from gateway.client.model import Denial, Order, Result

__all__ = ["OrderView"]


class OrderView(ABC):
    """What can be read of an order without waiting; every answer is of the moment."""

    @property
    @abstractmethod
    def snapshot(self) -> Order:
        """All of it, as one value that does not change any more."""

    @property
    @abstractmethod
    def result(self) -> Result | None:
        """The gateway's answer to the submit that gave this order, the last one; None where there was none."""

    @property
    def client_order_id(self) -> str:
        return self.snapshot.client_order_id

    @property
    def client_request_id(self) -> str:
        """As `client_order_id`: the id of the command that submitted it."""
        return self.snapshot.client_order_id

    @property
    def order_id(self) -> int:
        return self.snapshot.order_id

    @property
    def cl_ord_id(self) -> str:
        return self.snapshot.cl_ord_id

    @property
    def lsn(self) -> int:
        """Of the newest event that it shows."""
        return self.snapshot.lsn

    @property
    def status(self) -> OrderStatus:
        return self.snapshot.status

    @property
    def is_open(self) -> bool:
        return self.snapshot.is_open

    @property
    def quantity(self) -> Decimal:
        return self.snapshot.quantity

    @property
    def price(self) -> Decimal | None:
        return self.snapshot.price

    @property
    def cum_quantity(self) -> Decimal:
        return self.snapshot.cum_quantity

    @property
    def leaves_quantity(self) -> Decimal:
        return self.snapshot.leaves_quantity

    @property
    def average_price(self) -> Decimal | None:
        return self.snapshot.average_price

    @property
    def duplicate(self) -> bool:
        """True where the submit was seen before, and its first answer came again."""
        return self.result is not None and self.result.duplicate

    @property
    def denial(self) -> Denial | None:
        """Why the gateway refused it."""
        return self.snapshot.denial

    @property
    def denied(self) -> bool:
        """True where the gateway refused it."""
        return self.denial is not None

    def raise_if_denied(self) -> Self:
        """Return this order, or raise DeniedError."""
        if self.denial is not None:
            raise DeniedError(self.client_order_id, self.denial)
        return self

    def __repr__(self) -> str:
        order = self.snapshot
        done = f"{order.cum_quantity}/{order.quantity}"
        return f"<{type(self).__name__} {order.client_order_id} {order.status} {done} {order.instrument}>"
