"""The one table from what went wrong to the gRPC status that says so, and the details that travel with it.

Denials are not here: a refused order is a result, not a failed call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

from google.protobuf.message import Message
from google.rpc import error_details_pb2 as details
from google.rpc import status_pb2
from grpc import StatusCode

from gateway.core._core import CoreError, SessionRefused

__all__ = ["DETAILS_KEY", "DOMAIN", "STATUS", "ApiError", "Problem", "problem_of", "status_details"]

DETAILS_KEY = "grpc-status-details-bin"
"""Trailing metadata with the serialised google.rpc.Status."""
DOMAIN = "gateway.v1"
"""ErrorInfo.domain: whose reasons they are."""


class Problem(Enum):
    """Why a call failed. The name is the ErrorInfo.reason: stable, for programs."""

    NO_IDENTITY = "the call names no client"
    UNKNOWN_CLIENT = "the client is not configured"
    BAD_PROOF = "the token or certificate is nobody's"
    PERMISSION_DENIED = "the client has not the right to that"
    RIGHTS_CHANGED = "the client's rights are others now"
    MALFORMED = "the bytes are no such message, or hold too much"
    INVALID_ARGUMENT = "a field holds what it cannot"
    NOT_FOUND = "there is no such thing"
    FAILED_PRECONDITION = "it is not in the state for that"
    RESUME_POINT_GONE = "the journal does not hold the resume point"
    REFUSED = "it cannot or must not be done now"
    TOO_MANY_STREAMS = "the client has as many streams as it may"
    TOO_MANY_CALLS = "the client calls more often than it may"
    STOPPING = "the gateway is shutting down"
    CORE_FAILED = "the core could not do it"
    CLIENT_GONE = "the connection ended; nobody reads the status"
    INTERNAL = "a mistake in the gateway"


STATUS: dict[Problem, StatusCode] = {
    Problem.NO_IDENTITY: StatusCode.UNAUTHENTICATED,
    Problem.UNKNOWN_CLIENT: StatusCode.UNAUTHENTICATED,
    Problem.BAD_PROOF: StatusCode.UNAUTHENTICATED,
    Problem.PERMISSION_DENIED: StatusCode.PERMISSION_DENIED,
    Problem.RIGHTS_CHANGED: StatusCode.UNAVAILABLE,
    Problem.MALFORMED: StatusCode.INVALID_ARGUMENT,
    Problem.INVALID_ARGUMENT: StatusCode.INVALID_ARGUMENT,
    Problem.NOT_FOUND: StatusCode.NOT_FOUND,
    Problem.FAILED_PRECONDITION: StatusCode.FAILED_PRECONDITION,
    Problem.RESUME_POINT_GONE: StatusCode.OUT_OF_RANGE,
    Problem.REFUSED: StatusCode.FAILED_PRECONDITION,
    Problem.TOO_MANY_STREAMS: StatusCode.RESOURCE_EXHAUSTED,
    Problem.TOO_MANY_CALLS: StatusCode.RESOURCE_EXHAUSTED,
    Problem.STOPPING: StatusCode.UNAVAILABLE,
    Problem.CORE_FAILED: StatusCode.UNAVAILABLE,
    Problem.CLIENT_GONE: StatusCode.CANCELLED,
    Problem.INTERNAL: StatusCode.INTERNAL,
}


class ApiError(Exception):
    """A call that cannot be answered; `text` is for the caller: what, where, what to do next.

    `field` is the path of the request's field that is wrong. `facts` are values for programs, by name. `extra` are
    further details. `partly_done` where something that the call did before it failed stands.
    """

    def __init__(
        self,
        problem: Problem,
        text: str,
        *,
        field: str = "",
        facts: Mapping[str, object] | None = None,
        extra: Sequence[Message] = (),
        partly_done: bool = False,
    ) -> None:
        super().__init__(text)
        self.problem = problem
        self.text = text
        self.field = field
        self.facts = dict(facts or {})
        self.extra = tuple(extra)
        self.partly_done = partly_done


def status_details(error: ApiError, text: str) -> bytes:
    """Write the google.rpc.Status of an error, as it goes into the trailing metadata."""
    code: int = STATUS[error.problem].value[0]
    status = status_pb2.Status(code=code, message=text)
    facts = {name: str(value) for name, value in error.facts.items()}
    parts: list[Message] = [details.ErrorInfo(reason=error.problem.name, domain=DOMAIN, metadata=facts)]
    if error.field:
        violation = details.BadRequest.FieldViolation(field=error.field, description=text)
        parts.append(details.BadRequest(field_violations=[violation]))
    for part in (*parts, *error.extra):
        status.details.add().Pack(part)
    return bytes(status.SerializeToString())


def problem_of(error: BaseException) -> ApiError:
    """Turn what a servicer raised into what the caller is told.

    Of a group the first error counts. The text of an unexpected exception stays in the log: it may speak of
    other clients.
    """
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, ApiError):
        return error
    if isinstance(error, SessionRefused):
        return ApiError(Problem.REFUSED, str(error))
    if isinstance(error, CoreError):
        return ApiError(Problem.CORE_FAILED, str(error))
    return ApiError(Problem.INTERNAL, "internal error; the gateway's log has the details")
