"""The event log, for those who account for it."""

from __future__ import annotations

from gateway.api.batch_size import FIRST_BYTES, BatchSize
from gateway.api.call import Call, Context
from gateway.api.core_port import Core, View
from gateway.api.event_stream import EventStreams
from gateway.api.off_loop import OffLoop
from gateway.api.pages import page_of
from gateway.api.resume import start_of
from gateway.api.views import kind_numbers, time_ns, view_of
from gateway.api.wire import bytes_field, varint_field
from gateway.v1 import audit_pb2 as audit

__all__ = ["Audit"]

_FIELDS = audit.QueryEventsResponse.DESCRIPTOR.fields_by_name
_RESUME_LSN = audit.WatchEventsResponse.DESCRIPTOR.fields_by_name["resume_lsn"].number


class Audit:
    """Events of every client and of none, in the caller's accounts and strategies."""

    def __init__(self, core: Core, off_loop: OffLoop, streams: EventStreams) -> None:
        self._core = core
        self._off_loop = off_loop
        self._streams = streams

    async def query_events(self, call: Call, request: audit.QueryEventsRequest) -> bytes:
        """List a page of events, by lsn either way."""
        page = page_of(request)
        view = self._view(call, request.filter, request.from_lsn, request.to_lsn)
        read = view.oldest_first if request.oldest_first else view.newest_first
        data, _, following = await self._off_loop(lambda: read(page.position, page.size))
        if following:
            data += bytes_field(_FIELDS["next_page_token"].number, page.token(following).encode())
        data += varint_field(_FIELDS["oldest_lsn"].number, self._core.oldest_lsn())
        return data + varint_field(_FIELDS["newest_lsn"].number, self._core.committed_lsn())

    async def watch_events(self, call: Call, request: audit.WatchEventsRequest, context: Context) -> None:
        """Send events as they come."""
        view = self._view(call, request.filter, 0, 0)
        cursor = start_of(self._core, request.after_lsn, from_now=request.from_now, journal=request.journal)

        def read(after_lsn: int, bytes_max: int) -> tuple[bytes, int, int]:
            batch = view.after(after_lsn, bytes_max)
            return batch.data, batch.count, batch.resume_lsn

        size = BatchSize(FIRST_BYTES, self._streams.batch_bytes)
        await self._streams.serve(call, context, cursor, read, _RESUME_LSN, size)

    def _view(self, call: Call, wanted: audit.EventFilter, from_lsn: int, to_lsn: int) -> View:
        return view_of(
            self._core,
            call.caller,
            any_client=True,
            client=wanted.client,
            kinds=kind_numbers(wanted.kinds, "filter."),
            session=wanted.session,
            order_id=wanted.order_id,
            in_accounts=list(wanted.accounts),
            in_strategies=list(wanted.strategies),
            in_instruments=list(wanted.instruments),
            from_lsn=from_lsn,
            to_lsn=to_lsn,
            from_ns=time_ns(wanted, "from", "filter."),
            before_ns=time_ns(wanted, "before", "filter."),
        )
