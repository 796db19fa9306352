"""What a client follows beside its events: orders, executions, positions and quotes, each as it changes."""

from collections.abc import Sequence
from typing import Any

from gateway.client.calls import Calls
from gateway.client.decode import decode
from gateway.client.enums import ExecType
from gateway.client.events import ExecutionReported
from gateway.client.model import Order, Position
from gateway.client.proto_enums import enumerators
from gateway.client.references import Quote
from gateway.client.watch import ResumePoint, Watch, WatchKind
from gateway.v1 import control_pb2 as control
from gateway.v1 import executions_pb2 as executions
from gateway.v1 import queries_pb2 as queries

__all__ = ["WatchCalls"]

_ORDERS = queries.DESCRIPTOR.services_by_name["Orders"]
_POSITIONS = queries.DESCRIPTOR.services_by_name["Positions"]
_MARKET_DATA = control.DESCRIPTOR.services_by_name["MarketData"]
_EXECUTIONS = executions.DESCRIPTOR.services_by_name["Executions"]


class WatchCalls(Calls):
    """Streams of what changes. They reconnect and resume by themselves."""

    def watch_orders(
        self,
        *,
        account: str = "",
        strategy: str = "",
        instrument: str = "",
        open_only: bool = False,
        any_client: bool = False,
        client: str = "",
        after_lsn: int = 0,
        journal: str = "",
    ) -> Watch[Order]:
        """Follow orders: each as it is, then again whenever it changes. `async for order in client.watch_orders()`.

        `any_client`, `client`: as of `list_orders`.
        Changes that come fast are one; `order` and `events` miss none. With `after_lsn` it begins with the changes
        after that, and ends with EventsLostError where they are not kept or the gateway has not that `journal`.
        """

        def request(point: ResumePoint) -> queries.WatchOrdersRequest:
            return queries.WatchOrdersRequest(
                account=account,
                strategy=strategy,
                instrument=instrument,
                open_only=open_only,
                any_client=any_client,
                client=client,
                after_lsn=point.after_lsn,
                journal=point.journal,
                snapshot_before_order_id=point.before_order_id,
            )

        kind = WatchKind(_ORDERS, "WatchOrders", request, queries.WatchOrdersResponse, _orders_of)
        return Watch(self._connected(), kind, after_lsn, journal)

    def watch_executions(
        self,
        *,
        account: str = "",
        strategy: str = "",
        instrument: str = "",
        exec_types: Sequence[ExecType] = (),
        any_client: bool = False,
        client: str = "",
        after_lsn: int | None = None,
        journal: str = "",
    ) -> Watch[ExecutionReported]:
        """Follow what venues report on the client's orders in lsn order, each once; `exec_types=[ExecType.TRADE]` for
        fills alone.

        `any_client`, `client`: as of `list_orders`.
        From now on (entering it as a context waits until that has begun), or after an lsn, 0 for all that the journal
        holds. It ends with EventsLostError where what comes
        next is not kept, or the gateway has not that `journal`.
        """

        def request(point: ResumePoint) -> executions.WatchExecutionsRequest:
            return executions.WatchExecutionsRequest(
                account=account,
                strategy=strategy,
                instrument=instrument,
                exec_types=enumerators(exec_types),
                any_client=any_client,
                client=client,
                after_lsn=point.after_lsn,
                from_now=point.begins and after_lsn is None,
                journal=point.journal,
            )

        kind = WatchKind(
            _EXECUTIONS,
            "WatchExecutions",
            request,
            executions.WatchExecutionsResponse,
            _executions_of,
            from_now=after_lsn is None,
        )
        return Watch(self._connected(), kind, after_lsn or 0, journal)

    def watch_positions(
        self, *, account: str = "", strategy: str = "", instrument: str = ""
    ) -> Watch[Position]:
        """Follow positions: each as it is, then again when it has changed, at most a few times a second.

        After a broken connection each comes once more as it is, so the newest is always right.
        """

        def request(_: ResumePoint) -> queries.WatchPositionsRequest:
            return queries.WatchPositionsRequest(account=account, strategy=strategy, instrument=instrument)

        kind = WatchKind(_POSITIONS, "WatchPositions", request, queries.WatchPositionsResponse, _positions_of)
        return Watch(self._connected(), kind)

    def watch_quotes(self, *instruments: str, after_lsn: int = 0, journal: str = "") -> Watch[Quote]:
        """Follow quotes: each as it is, then again when something of it was set; all, or those that are named.

        What is set while they are not read comes once, as it is by then. `after_lsn`, `journal`: as of `watch_orders`.
        """

        def request(point: ResumePoint) -> control.WatchQuotesRequest:
            return control.WatchQuotesRequest(
                instruments=instruments, after_lsn=point.after_lsn, journal=point.journal
            )

        kind = WatchKind(_MARKET_DATA, "WatchQuotes", request, control.WatchQuotesResponse, _quotes_of)
        return Watch(self._connected(), kind, after_lsn, journal)


def _orders_of(response: Any) -> list[Order]:
    return [decode(Order, order) for order in response.orders]


def _executions_of(response: Any) -> list[ExecutionReported]:
    return [
        decode(ExecutionReported, each.report, lsn=each.lsn, time_ns=each.time.ToNanoseconds())
        for each in response.executions
    ]


def _quotes_of(response: Any) -> list[Quote]:
    return [decode(Quote, quote) for quote in response.quotes]


def _positions_of(response: Any) -> list[Position]:
    return [decode(Position, position) for position in response.positions]
