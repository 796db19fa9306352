"""What the SDK raises. A denied order is a result; it becomes an exception only where the caller asks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import grpc

if TYPE_CHECKING:
    from gateway.client.model import Denial, Order, Result

__all__ = [
    "ClientClosedError",
    "DeniedError",
    "EventsLostError",
    "GatewayError",
    "NotFilledError",
    "NotSentError",
    "OutcomeUnknownError",
    "RefusedError",
    "UnavailableError",
]


class GatewayError(Exception):
    """Base of everything that the SDK raises on its own."""


class DeniedError(GatewayError):
    """The gateway refused a command."""

    def __init__(self, client_request_id: str, denial: "Denial") -> None:
        super().__init__(f"{client_request_id}: {denial}")
        self.client_request_id = client_request_id
        self.denial = denial


class NotFilledError(GatewayError):
    """An order ended before all of it had traded."""

    def __init__(self, order: "Order") -> None:
        super().__init__(
            f"{order.client_order_id}: {order.denial or order.status}, "
            f"{order.cum_quantity} of {order.quantity} {order.instrument} traded"
        )
        self.order = order


class NotSentError(GatewayError):
    """Commands that never left this process, and never will."""

    def __init__(
        self, client_request_ids: Sequence[str], reason: str, results: Sequence["Result"] = ()
    ) -> None:
        super().__init__(f"{_some(client_request_ids)} not sent: {reason}")
        self.client_request_ids = tuple(client_request_ids)
        self.results = tuple(results)
        """Answers that did come, to other commands of the same call."""


class OutcomeUnknownError(GatewayError):
    """No answer to commands that may have reached the gateway.

    Give the same command with the same id again to learn the answer: it is never done twice. Or look with
    `get_order`.
    """

    def __init__(
        self, client_request_ids: Sequence[str], reason: str, results: Sequence["Result"] = ()
    ) -> None:
        super().__init__(
            f"{_some(client_request_ids)} may have reached the gateway, the answer did not come: {reason}; "
            "repeat with the same id, or get_order"
        )
        self.client_request_ids = tuple(client_request_ids)
        self.results = tuple(results)
        """Answers that did come, to other commands of the same call."""


class UnavailableError(GatewayError):
    """The gateway could not be reached in time; nothing was changed."""


class RefusedError(GatewayError):
    """The gateway answered a call with an error that repeating it does not mend."""

    def __init__(self, code: grpc.StatusCode, text: str) -> None:
        super().__init__(f"{code.name}: {text}")
        self.code = code
        self.text = text


class EventsLostError(RefusedError):
    """The journal does not hold the events after the resume point: compare orders, then follow from now."""


class ClientClosedError(GatewayError):
    """The client was closed."""


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")
