"""What every call goes through: identity, rights, deadline, parsing, and the way errors become statuses."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import NoReturn, TypeVar

import grpc.aio
from google.protobuf.message import DecodeError, Message

from gateway.api.call_record import CallRecord, is_recorded
from gateway.api.errors import DETAILS_KEY, STATUS, ApiError, Problem, problem_of, status_details
from gateway.api.identity import Identify, certificate_names
from gateway.api.rate import CallRates
from gateway.api.rights import METHOD_RIGHTS, Caller

__all__ = ["Call", "CallEntry", "Context"]

_log = logging.getLogger(__name__)

Context = grpc.aio.ServicerContext[bytes, bytes]
Request = TypeVar("Request", bound=Message)

_NO_DEADLINE_S = 365 * 86_400
"""grpc shows a call without a deadline as one far away."""
_TEXT_MAX = 500
"""Characters of a status text, which may quote the request: headers above 8 KiB would break the call."""

_CALLER_GONE = "the caller canceled it, or its deadline passed, before it was answered"


@dataclass(frozen=True, slots=True)
class Call:
    """One call under way."""

    caller: Caller
    deadline_ns: int
    """UTC; 0 where the caller set none."""
    peer: str = ""
    """Where it comes from, as gRPC writes it."""


class CallEntry:
    """The door that every call comes through."""

    def __init__(
        self, identify: Identify, record: CallRecord, rates: CallRates, now_ns: Callable[[], int]
    ) -> None:
        self._identify = identify
        self._record = record
        self._rates = rates
        self._now_ns = now_ns
        self._unattended: set[asyncio.Future[Message | bytes]] = set()

    def enter(self, context: Context, method: str) -> Call:
        """Find out who calls, whether it may, and until when. Raises ApiError."""
        caller = self._caller(context)
        self._rates.check(caller.client)
        caller.require(METHOD_RIGHTS[method], method)
        peer = context.peer()
        self._record.begun(caller.client, peer, method)
        return Call(caller, self._deadline_ns(context), peer)

    def _caller(self, context: Context) -> Caller:
        metadata = dict(context.invocation_metadata() or ())
        return self._identify(metadata, certificate_names(context.auth_context()))

    async def _refuse(
        self, context: Context, method: str, request: Message | None, error: Exception
    ) -> NoReturn:
        """Record where it has to be, and end the call."""
        if not isinstance(error, grpc.aio.AbortError):
            try:
                client = self._caller(context).client
            except ApiError:
                client = ""
            self._record.refused(client, context.peer(), method, request, problem_of(error))
        await refuse(context, error)

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
            request: Request | None = None
            try:
                call = self.enter(context, method)
                request = _parse(request_type, data)
                if is_recorded(method, request):
                    response = await self._changed(call, method, request, answer(call, request))
                else:
                    response = await answer(call, request)
            except Exception as error:
                await self._refuse(context, method, request, error)
            self._record.done(call.caller.client, call.peer, method, request)
            return response if isinstance(response, bytes) else response.SerializeToString()

        return handle

    async def _changed(
        self, call: Call, method: str, request: Message, answer: Awaitable[Message | bytes]
    ) -> Message | bytes:
        """Carry a change to its end, and record it there where its caller waits for it no longer.

        A thread that is at work cannot be called back: the change is made, whether or not somebody is told of it.
        """
        work = asyncio.ensure_future(answer)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            self._unattended.add(work)
            work.add_done_callback(partial(self._ended_unattended, call, method, request))
            raise

    def _ended_unattended(
        self, call: Call, method: str, request: Message, work: asyncio.Future[Message | bytes]
    ) -> None:
        self._unattended.discard(work)
        client, peer = call.caller.client, call.peer
        if work.cancelled():
            error: BaseException | None = ApiError(
                Problem.STOPPING, "the gateway stopped before it was answered"
            )
        else:
            error = work.exception()
        if error is None:
            self._record.done(client, peer, method, request, reason=_CALLER_GONE)
            return
        problem = problem_of(error)
        if problem.problem is Problem.INTERNAL:
            _log.error("a call failed unexpectedly, and its caller was gone", exc_info=error)
        self._record.refused(client, peer, method, request, problem)

    async def settle(self, timeout_s: float) -> None:
        """Wait for changes whose callers are gone, so that they are recorded before the core stops."""
        if self._unattended:
            await asyncio.wait(self._unattended, timeout=timeout_s)

    def watch(
        self,
        method: str,
        request_type: type[Request],
        serve: Callable[[Call, Request, Context], Awaitable[None]],
    ) -> Callable[[bytes, Context], Awaitable[None]]:
        """Make the handler of a stream that answers one request and writes bytes through its context."""
        METHOD_RIGHTS[method]

        async def handle(data: bytes, context: Context) -> None:
            request: Request | None = None
            try:
                call = self.enter(context, method)
                request = _parse(request_type, data)
                await serve(call, request, context)
            except Exception as error:
                await self._refuse(context, method, request, error)

        return handle

    def stream(
        self, method: str, serve: Callable[[Call, Context], Awaitable[None]]
    ) -> Callable[[object, Context], Awaitable[None]]:
        """Make the handler of a stream that reads and writes bytes through its context; `method` as of `unary`."""
        METHOD_RIGHTS[method]

        async def handle(_requests: object, context: Context) -> None:
            call: Call | None = None
            reason = "the client ended it"
            try:
                call = self.enter(context, method)
                await serve(call, context)
            except asyncio.CancelledError:
                reason = "canceled by the client, or its connection ended"
                raise
            except Exception as error:
                reason = problem_of(error).text
                await self._refuse(context, method, None, error)
            finally:
                if call is not None:
                    self._record.ended(call.caller.client, call.peer, reason)

        return handle

    def refusal(self, method: str) -> Callable[[object, Context], Awaitable[None]]:
        """Make the handler of calls that no client makes: it ends them before their message has come."""

        async def handle(_requests: object, context: Context) -> None:
            try:
                self._caller(context)
            except ApiError as error:
                await self._refuse(context, method, None, error)
            # Meanwhile there is such a client.
            await refuse(
                context, ApiError(Problem.RIGHTS_CHANGED, "clients were changed just now; call again")
            )

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
    await context.abort(STATUS[problem.problem], text, ((DETAILS_KEY, status_details(problem, text)),))


def _parse(request_type: type[Request], data: bytes) -> Request:
    try:
        return request_type.FromString(data)
    except DecodeError as error:
        name = request_type.DESCRIPTOR.full_name
        raise ApiError(
            Problem.MALFORMED,
            f"expected the bytes of a {name}, were {len(data)} others; use the proto of this version",
        ) from error
