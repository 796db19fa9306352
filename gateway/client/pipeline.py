"""Commands over one stream that is opened anew whenever it breaks.

Data: `_unsent` holds commands that wait for the stream, `_sent` those written and not yet answered. Answers
come in the order of the commands, so an answer belongs to the oldest of `_sent`. When the stream breaks, what
was sent goes back to the head of `_unsent` and is written again: the gateway knows the ids and answers what
it did already with the first answer. That holds for the journal that knows them: before anything is written to
a new stream, the gateway says which journal it keeps, and where that is another one, what was written is not
written again but fails with OutcomeUnknownError. A command that was given up stays in `_sent`, where its answer must be
counted, but is never written again.

The same stream carries the events that keep `LiveOrders` current, if it was made to track them; results and
events of one decision then come in one message. Where events cannot bring the orders up to date - at the
start, and after the journal has let go of the resume point - the stream starts from now, and when the gateway
has said so the orders are asked for. In this order nothing falls between the two: what the query missed comes
as an event, and what comes twice is recognised by its lsn.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

import grpc.aio

from gateway.client.commands import Command, encode, request_id_of
from gateway.client.connection import Backoff, Connection, TradeCall
from gateway.client.decode import decode
from gateway.client.errors import (
    ClientClosedError,
    EventsLostError,
    GatewayError,
    NotSentError,
    OutcomeUnknownError,
    UnavailableError,
)
from gateway.client.event_stream import (
    Which,
    journal_of,
    open_subscription,
    raise_unless_repeatable,
    read_response,
    write_request,
)
from gateway.client.events import GatewayStarted, decode_event
from gateway.client.model import Result
from gateway.client.tracking import LiveOrders
from gateway.v1 import order_entry_pb2 as order_entry

__all__ = ["Pipeline"]

_COMMANDS_MAX = 1024
"""The gateway takes no more in one message."""
_BYTES_MAX = 512 * 1024
"""Half of what the gateway takes by default."""


@dataclass(slots=True, eq=False)
class _Pending:
    id: str
    message: order_entry.Command
    answer: asyncio.Future[Result | GatewayError]
    """An error where there will be no answer any more."""
    written: bool = False


class _OtherJournal(Exception):
    """The gateway keeps another journal than before."""


class Pipeline:
    """Sends commands and matches their answers."""

    def __init__(
        self, connection: Connection, orders: LiveOrders | None, resync: Callable[[], Awaitable[None]]
    ) -> None:
        self._connection = connection
        self._orders = orders
        self._resync = resync
        self._in_sync = orders is None
        self._unsent: deque[_Pending] = deque()
        self._sent: deque[_Pending] = deque()
        self._work = asyncio.Event()
        self._up = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._failure: GatewayError | None = None
        self._resume_lsn: int | None = None
        self._journal = ""
        """Which every answer so far came from; empty before the first."""
        self._others = 0
        """Endpoints that answered with another journal, one after the other."""
        self._stands = asyncio.Event()
        """A stream stands, and its journal is `_journal`."""

    async def start(self) -> None:
        """Connect, and wait until the tracked orders are known. Raises what ended it for good."""
        self._task = asyncio.create_task(self._run(), name="gateway.client pipeline")
        await self._up.wait()
        if self._failure is not None:
            raise self._failure

    async def close(self) -> None:
        """End the stream; commands without an answer fail. May be called twice."""
        if self._failure is None:
            self._failure = ClientClosedError("the client is closed; make a new one")
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._fail_all()

    async def send(self, commands: Sequence[Command], timeout_s: float) -> list[Result]:
        """Send commands that have ids, in order, and wait for their answers.

        Raises NotSentError where none of those without an answer has left, OutcomeUnknownError where one may
        have.
        """
        loop = asyncio.get_running_loop()
        batch = [_Pending(request_id_of(each), encode(each), loop.create_future()) for each in commands]
        if self._failure is not None:
            raise _unanswered(batch, self._failure)
        self._unsent.extend(batch)
        self._work.set()
        try:
            async with asyncio.timeout(timeout_s):
                answers = [await pending.answer for pending in batch]
        except TimeoutError:
            raise _unanswered(batch, f"no answer within {timeout_s} s") from None
        finally:
            for pending in batch:
                pending.answer.cancel()
        results = [answer for answer in answers if isinstance(answer, Result)]
        if len(results) < len(batch):
            raise _unanswered(batch, next(answer for answer in answers if not isinstance(answer, Result)))
        return results

    async def journal(self) -> str:
        """Wait until a stream stands; the journal behind it. Raises what ended the pipeline for good."""
        await self._stands.wait()
        if self._failure is not None:
            raise self._failure
        return self._journal

    async def _run(self) -> None:
        backoff = Backoff(self._connection.settings)
        while self._failure is None:
            try:
                await self._use_one_stream(backoff)
            except* (EventsLostError, UnavailableError):
                self._in_sync = self._orders is None
            except* _OtherJournal:
                pass
            except* GatewayError as errors:
                self._failure = _first(errors)
            except* (grpc.aio.AioRpcError, TimeoutError):
                pass  # the stream broke or fell silent: the next one takes over
            except* Exception as errors:
                self._failure = GatewayError("a mistake in the SDK ended the stream of orders")
                self._failure.__cause__ = errors
            self._stands.clear()
            if self._failure is None:
                self._connection.fail_over()
                await asyncio.sleep(backoff.next_delay_s())
        self._fail_all()
        self._up.set()
        self._stands.set()

    async def _use_one_stream(self, backoff: Backoff) -> None:
        self._unsent.extendleft(reversed(self._sent))
        self._sent.clear()
        with _refusals():
            cancel_s = self._connection.settings.cancel_on_disconnect_s
            if self._orders is not None:
                call = await open_subscription(
                    self._connection,
                    self._resume_lsn if self._in_sync else None,
                    cancel_on_disconnect_s=cancel_s,
                )
            elif cancel_s is not None:
                # Only a subscription can ask for it; of the events, the fewest that there are.
                call = await open_subscription(
                    self._connection,
                    None,
                    Which(kinds=[GatewayStarted]),
                    cancel_on_disconnect_s=cancel_s,
                )
            else:
                call = self._connection.trade()
        try:
            with _refusals():
                self._check_journal(await journal_of(self._connection, call))
            self._stands.set()
            backoff.reset()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._write(call))
                group.create_task(self._read(call, group))
                if self._orders is None:
                    self._up.set()
        finally:
            call.cancel()

    def _check_journal(self, journal: str) -> None:
        """Keep to one journal, that of the first stream: ids are known to it alone.

        Raises _OtherJournal, GatewayError where it is not to be found any more.
        """
        if self._journal in ("", journal):
            self._journal, self._others = journal, 0
            return
        self._others += 1
        if self._others < len(self._connection.targets):
            raise _OtherJournal  # which is passed over
        other = GatewayError(
            f"the gateway at {self._connection.target} keeps journal {journal!r}, what was sent is in {self._journal!r}"
        )
        if len(self._connection.targets) > 1:
            raise GatewayError(f"{other}, and so do all endpoints; make a new client")
        for pending in [each for each in self._unsent if each.written]:
            self._unsent.remove(pending)
            if not pending.answer.done():
                pending.answer.set_result(other)
        self._journal, self._others = journal, 0
        self._in_sync = self._orders is None
        raise _OtherJournal

    async def _write(self, call: TradeCall) -> None:
        self._work.set()
        while True:
            await self._work.wait()
            request = self._next_request()
            if request is None:
                self._work.clear()
                continue
            with _refusals():
                await write_request(call, request)

    def _next_request(self) -> order_entry.TradeRequest | None:
        """Move commands from unsent to sent, as many as fit one message."""
        request, size = order_entry.TradeRequest(), 0
        while self._unsent and len(request.commands) < _COMMANDS_MAX and size < _BYTES_MAX:
            pending = self._unsent.popleft()
            if pending.answer.done():  # given up while it waited
                continue
            pending.written = True
            self._sent.append(pending)
            request.commands.append(pending.message)
            size += pending.message.ByteSize()
        return request if request.commands else None

    async def _read(self, call: TradeCall, group: asyncio.TaskGroup) -> None:
        # Without a subscription there are no heartbeats; grpc's own pings find a dead connection then.
        silence_timeout_s = None if self._orders is None else self._connection.settings.silence_timeout_s
        first = True
        while True:
            with _refusals():
                response = await read_response(call, silence_timeout_s)
            for message in response.results:
                self._answer(decode(Result, message))
            if self._orders is not None:
                for event in response.events:
                    self._orders.apply(decode_event(event))
                self._resume_lsn = response.resume_lsn
            if first:
                first = False
                if not self._in_sync:
                    group.create_task(self._bring_up_to_date())

    async def _bring_up_to_date(self) -> None:
        await self._resync()
        self._in_sync = True
        self._up.set()

    def _answer(self, result: Result) -> None:
        # A command that the gateway could not read is answered without its id: the order of answers tells
        # whose it is.
        expected = self._sent[0].id if self._sent else None
        if expected is None or result.client_request_id not in (expected, ""):
            raise GatewayError(
                f"expected the answer to {expected!r}, was to {result.client_request_id!r}; "
                "it is a mistake in the gateway"
            )
        pending = self._sent.popleft()
        if not pending.answer.done():
            pending.answer.set_result(replace(result, client_request_id=expected))

    def _fail_all(self) -> None:
        failure = self._failure or ClientClosedError("the client is closed; make a new one")
        for pending in [*self._sent, *self._unsent]:
            if not pending.answer.done():
                pending.answer.set_result(failure)
        self._sent.clear()
        self._unsent.clear()
        if self._orders is not None:
            self._orders.fail(failure)


def _unanswered(batch: Sequence[_Pending], reason: object) -> NotSentError | OutcomeUnknownError:
    results: list[Result] = []
    missing: list[_Pending] = []
    for pending in batch:
        answer = pending.answer.result() if pending.answer.done() and not pending.answer.cancelled() else None
        if isinstance(answer, Result):
            results.append(answer)
        else:
            missing.append(pending)
    kind = OutcomeUnknownError if any(pending.written for pending in missing) else NotSentError
    return kind([pending.id for pending in missing], f"{reason}", results)


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn statuses that a new stream would meet again into errors of the SDK."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        raise_unless_repeatable(error)
        raise


def _first(errors: BaseExceptionGroup[GatewayError]) -> GatewayError:
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, GatewayError)
    return error
