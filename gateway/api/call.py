"""What every call goes through: identity, rights, deadline, parsing, and the way errors become statuses."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NoReturn, TypeVar

import grpc.aio
from google.protobuf.message import DecodeError, Message

from gateway.api.errors import STATUS, ApiError, Problem, problem_of
from gateway.api.identity import Identify, certificate_names
from gateway.api.rights import METHOD_RIGHTS, Caller

__all__ = ["Call", "CallEntry", "Context"]

_log = logging.getLogger(__name__)

Context = grpc.aio.ServicerContext[bytes, bytes]
Request = TypeVar("Request", bound=Message)

_NO_DEADLINE_S = 365 * 86_400
"""grpc shows a call without a deadline as one far away."""
_TEXT_MAX = 500
"""Characters of a status text, which may quote the request: headers above 8 KiB would break the call."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call under way."""

    caller: Caller
    deadline_ns: int
    """UTC; 0 where the caller set none."""


class CallEntry:
    """The door that every call comes through."""

    def __init__(self, identify: Identify, now_ns: Callable[[], int]) -> None:
        self._identify = identify
        self._now_ns = now_ns

    def enter(self, context: Context, method: str) -> Call:
        """Find out who calls, whether it may, and until when. Raises ApiError."""
        metadata = dict(context.invocation_metadata() or ())
        caller = self._identify(metadata, certificate_names(context.auth_context()))
        caller.require(METHOD_RIGHTS[method], method)
        return Call(caller, self._deadline_ns(context))

    def unary(
        self,
        method: str,
        request_type: type[Request],
        answer: Callable[[Call, Request], Awaitable[Message | bytes]],
    ) -> Callable[[bytes, Context], Awaitable[bytes]]:
        """Make the handler of a unary call from what answers it.

        `method` is the full name; KeyError where METHOD_RIGHTS has no row for it.
        """
        METHOD_RIGHTS[method]

        async def handle(data: bytes, context: Context) -> bytes:
            try:
                call = self.enter(context, method)
                response = await answer(call, _parse(request_type, data))
            except Exception as error:
                await refuse(context, error)
            return response if isinstance(response, bytes) else response.SerializeToString()

        return handle

    def stream(
        self, method: str, serve: Callable[[Call, Context], Awaitable[None]]
    ) -> Callable[[object, Context], Awaitable[None]]:
        """Make the handler of a stream that reads and writes bytes through its context; `method` as of `unary`."""
        METHOD_RIGHTS[method]

        async def handle(_requests: object, context: Context) -> None:
            try:
                await serve(self.enter(context, method), context)
            except Exception as error:
                await refuse(context, error)

        return handle

    def _deadline_ns(self, context: Context) -> int:
        remaining_s = context.time_remaining()
        if remaining_s is None or remaining_s > _NO_DEADLINE_S:
            return 0
        return self._now_ns() + int(remaining_s * 1e9)


async def refuse(context: Context, error: Exception) -> NoReturn:
    """End a call with the status that the error stands for."""
    if isinstance(error, grpc.aio.AbortError):
        raise error
    problem = problem_of(error)
    if problem.problem is Problem.INTERNAL:
        _log.error("a call failed unexpectedly", exc_info=error)
    text = problem.text
    if len(text) > _TEXT_MAX:
        text = f"{text[:_TEXT_MAX]}..."
    await context.abort(STATUS[problem.problem], text)


def _parse(request_type: type[Request], data: bytes) -> Request:
    try:
        return request_type.FromString(data)
    except DecodeError as error:
        name = request_type.DESCRIPTOR.full_name
        raise ApiError(
            Problem.MALFORMED,
            f"expected the bytes of a {name}, were {len(data)} others; use the proto of this version",
        ) from error
