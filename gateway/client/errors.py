"""What the SDK raises. A denied order is a result; it becomes an exception only where the caller asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import grpc
import grpc.aio
from google.protobuf.any_pb2 import Any as Any_pb
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

if TYPE_CHECKING:
    from gateway.client.model import Denial, Order, Result

__all__ = [
    "ClientClosedError",
    "DeniedError",
    "EventsLostError",
    "FieldViolation",
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


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """A field of a request that holds what it cannot: its path, and what is expected."""

    field: str
    description: str


class RefusedError(GatewayError):
    """The gateway answered a call with an error that repeating it does not mend."""

    def __init__(
        self,
        code: grpc.StatusCode,
        text: str,
        reason: str = "",
        facts: Mapping[str, str] | None = None,
        field_violations: Sequence[FieldViolation] = (),
    ) -> None:
        super().__init__(f"{code.name}: {text}")
        self.code = code
        self.text = text
        self.reason = reason
        """A stable name of what went wrong, for programs; empty where the gateway gave none."""
        self.facts = dict(facts or {})
        """What belongs to the reason, for example the oldest lsn that is kept."""
        self.field_violations = tuple(field_violations)

    @classmethod
    def of(cls, error: grpc.aio.AioRpcError) -> Self:
        """Make the error from the status of a call, with the details that came with it."""
        reason, facts, violations = "", {}, []
        for detail in _details(error):
            if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
                info = error_details_pb2.ErrorInfo.FromString(detail.value)
                reason, facts = info.reason, dict(info.metadata)
            elif detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
                bad = error_details_pb2.BadRequest.FromString(detail.value)
                violations += [FieldViolation(each.field, each.description) for each in bad.field_violations]
        return cls(error.code(), error.details() or "", reason, facts, violations)


class EventsLostError(RefusedError):
    """The journal does not hold the events after the resume point: compare orders, then follow from now."""


class ClientClosedError(GatewayError):
    """The client was closed."""


def _details(error: grpc.aio.AioRpcError) -> Sequence[Any_pb]:
    data = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
    if not isinstance(data, bytes):
        return ()
    try:
        return list(status_pb2.Status.FromString(data).details)
    except DecodeError:  # not ours: the status itself stands
        return ()


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")
