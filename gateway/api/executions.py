"""Executions, read from the journal."""

from __future__ import annotations

from gateway.api.batch_size import FIRST_BYTES, BatchSize
from gateway.api.call import Call, Context
from gateway.api.core_port import Core
from gateway.api.enumerators import enumerators
from gateway.api.event_stream import EventStreams
from gateway.api.off_loop import OffLoop
from gateway.api.pages import page_of
from gateway.api.resume import start_of
from gateway.api.views import KINDS, time_ns, view_of
from gateway.api.wire import bytes_field
from gateway.v1 import executions_pb2 as executions

__all__ = ["Executions"]

_NEXT_PAGE_TOKEN = executions.ListExecutionsResponse.DESCRIPTOR.fields_by_name["next_page_token"].number
_RESUME_LSN = executions.WatchExecutionsResponse.DESCRIPTOR.fields_by_name["resume_lsn"].number


class Executions:
    """What venues reported on the orders that the caller may see."""

    def __init__(self, core: Core, off_loop: OffLoop, streams: EventStreams) -> None:
        self._core = core
        self._off_loop = off_loop
        self._streams = streams

    async def list_executions(self, call: Call, request: executions.ListExecutionsRequest) -> bytes:
        """List a page, newest first. An Execution has the fields of the Event: its bytes are passed on."""
        page = page_of(request)
        view = view_of(
            self._core,
            call.caller,
            any_client=request.any_client,
            client=request.client,
            kinds=[KINDS["execution_reported"]],
            in_accounts=_one(request.account),
            in_strategies=_one(request.strategy),
            in_instruments=_one(request.instrument),
            order_id=request.order_id,
            exec_types=enumerators(request, "exec_types"),
            from_ns=time_ns(request, "from"),
            before_ns=time_ns(request, "before"),
        )
        data, _, following = await self._off_loop(lambda: view.newest_first(page.position, page.size))
        if following:
            data += bytes_field(_NEXT_PAGE_TOKEN, page.token(following).encode())
        return data

    async def watch_executions(
        self, call: Call, request: executions.WatchExecutionsRequest, context: Context
    ) -> None:
        """Send executions as they come; their bytes are passed on as in a page."""
        view = view_of(
            self._core,
            call.caller,
            any_client=request.any_client,
            client=request.client,
            kinds=[KINDS["execution_reported"]],
            in_accounts=_one(request.account),
            in_strategies=_one(request.strategy),
            in_instruments=_one(request.instrument),
            exec_types=enumerators(request, "exec_types"),
        )
        cursor = start_of(self._core, request.after_lsn, from_now=request.from_now, journal=request.journal)

        def read(after_lsn: int, bytes_max: int) -> tuple[bytes, int, int]:
            batch = view.after(after_lsn, bytes_max)
            return batch.data, batch.count, batch.resume_lsn

        size = BatchSize(FIRST_BYTES, self._streams.batch_bytes)
        await self._streams.serve(call, context, cursor, read, _RESUME_LSN, size)


def _one(name: str) -> list[str]:
    return [name] if name else []
