"""What those ask who account for a gateway: its event log, its health, its configuration."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.client.decode import decode
from gateway.client.events import Event, decode_event
from gateway.client.model import Configuration, Health, Version
from gateway.client.query_calls import QueryCalls, timestamp
from gateway.client.watch import ResumePoint, Watch, WatchKind
from gateway.v1 import admin_pb2 as admin
from gateway.v1 import audit_pb2 as audit

__all__ = ["AuditCalls", "EventFilter"]

_AUDIT = audit.DESCRIPTOR.services_by_name["Audit"]
_ADMIN = admin.DESCRIPTOR.services_by_name["Admin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which events: every field that is not empty has to fit. Times need a time zone."""

    kinds: Sequence[str] = ()
    """Names of members of Event.body in the proto, for example "order_accepted"."""
    client: str = ""
    session: str = ""
    order_id: int = 0
    accounts: Sequence[str] = ()
    strategies: Sequence[str] = ()
    instruments: Sequence[str] = ()
    since: datetime | None = None
    before: datetime | None = None


class AuditCalls(QueryCalls):
    """Reads for operators and auditors. All of them raise UnavailableError and RefusedError."""

    async def query_events(
        self,
        which: EventFilter | None = None,
        *,
        from_lsn: int = 0,
        to_lsn: int = 0,
        oldest_first: bool = False,
        limit: int | None = None,
    ) -> list[Event]:
        """List events of the journal, of every client and of none; all pages, or as many as `limit`.

        0 for `from_lsn` is the oldest that is kept, for `to_lsn` the newest. Takes the right that docs/api.md says.
        """
        request = audit.QueryEventsRequest(
            filter=_filter(which), from_lsn=from_lsn, to_lsn=to_lsn, oldest_first=oldest_first
        )
        found = await self._pages(_AUDIT, "QueryEvents", request, audit.QueryEventsResponse, "events", limit)
        return [decode_event(event) for event in found]

    def watch_events(
        self, which: EventFilter | None = None, *, after_lsn: int | None = 0, journal: str = ""
    ) -> Watch[Event]:
        """Follow events of the journal in lsn order, each once, of every client and of none.

        After an lsn, 0 for all that is kept, None for those from now on (entering it as a context waits until that has
        begun). It ends with EventsLostError where what comes next is not kept, or the gateway has not that `journal`.
        """

        def request(point: ResumePoint) -> audit.WatchEventsRequest:
            return audit.WatchEventsRequest(
                filter=_filter(which),
                after_lsn=point.after_lsn,
                from_now=point.begins and after_lsn is None,
                journal=point.journal,
            )

        kind = WatchKind(
            _AUDIT,
            "WatchEvents",
            request,
            audit.WatchEventsResponse,
            _events_of,
            from_now=after_lsn is None,
        )
        return Watch(self._connected(), kind, after_lsn or 0, journal)

    async def version(self) -> Version:
        """Ask which gateway it is."""
        request = admin.GetVersionRequest()
        response = await self._connected().call(_ADMIN, "GetVersion", request, admin.GetVersionResponse)
        return decode(Version, response)

    async def health(self) -> Health:
        """Ask how the gateway and each of its parts does."""
        request = admin.GetHealthRequest()
        response = await self._connected().call(_ADMIN, "GetHealth", request, admin.GetHealthResponse)
        return decode(Health, response)

    async def configuration(self) -> Configuration:
        """Ask for the configuration in force; secrets are left out."""
        request = admin.GetConfigurationRequest()
        response = await self._connected().call(
            _ADMIN, "GetConfiguration", request, admin.GetConfigurationResponse
        )
        return decode(Configuration, response)


def _filter(which: EventFilter | None) -> audit.EventFilter:
    if which is None:
        return audit.EventFilter()
    message = audit.EventFilter(
        kinds=which.kinds,
        client=which.client,
        session=which.session,
        order_id=which.order_id,
        accounts=which.accounts,
        strategies=which.strategies,
        instruments=which.instruments,
        before=timestamp(which.before),
    )
    if which.since is not None:
        getattr(message, "from").CopyFrom(timestamp(which.since))  # a word of Python's
    return message


def _events_of(response: Any) -> list[Event]:
    return [decode_event(event) for event in response.events]
