"""Cancels of open orders: a client's own, and those of others for an operator.

By filter the core cancels as the kill switch does: a mass cancel where the venue takes one, and past the venue's
throttle. What an operator may see is narrowed by account and strategy, so the core is asked for each client, account
and strategy that has an open order which fits: nothing beyond what he sees is reached. By order_id each cancel is a
request on behalf of the order's client, whose id says who asked.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby

from gateway.api.core_port import Core, View
from gateway.api.errors import ApiError, Problem
from gateway.api.rights import Caller
from gateway.api.views import view_of
from gateway.core._core import CoreError
from gateway.v1 import operations_pb2 as operations
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import queries_pb2 as queries
from gateway.v1 import types_pb2 as types

__all__ = ["cancel_orders"]

_IDS_MAX = 1000
_REASON_BYTES_MAX = 256
_PAGE_SIZE = 1000
_COMMANDS_AT_ONCE = 256
"""Cancels that are one step of the core: other clients' orders wait no longer than for these."""
_NAME_BYTES_SHOWN = 20


def cancel_orders(
    core: Core, caller: Caller, request: operations.CancelOrdersRequest
) -> operations.CancelOrdersResponse:
    """Cancel what a request names, and say what came of it. Raises ApiError, and has canceled nothing then."""
    _check(request)
    view = view_of(
        core,
        caller,
        any_client=request.any_client,
        client=request.client,
        in_accounts=[request.account] if request.account else [],
        in_strategies=[request.strategy] if request.strategy else [],
        in_instruments=[request.instrument] if request.instrument else [],
    )
    if request.order_ids:
        return _cancel_ids(core, caller, _found(core, view, request.order_ids))
    if not request.any_client:
        sent = core.cancel_orders(caller.client, request.account, request.strategy, request.instrument)
        return operations.CancelOrdersResponse(cancels_sent=sent)
    groups = sorted({(order.client, order.account, order.strategy) for order in _open_orders(core, view)})
    answer = operations.CancelOrdersResponse()
    with _what_was_sent_stands(answer):
        for client, account, strategy in groups:
            assert account, "an empty name fits every account"
            assert strategy, "an empty name fits every strategy"
            answer.cancels_sent += core.cancel_orders(client, account, strategy, request.instrument)
    return answer


def _check(request: operations.CancelOrdersRequest) -> None:
    size = len(request.reason.encode())
    if size > _REASON_BYTES_MAX or (request.any_client and not size):
        raise ApiError(
            Problem.INVALID_ARGUMENT,
            f"expected a reason of {int(request.any_client)} to {_REASON_BYTES_MAX} bytes, were {size}: it is kept in"
            " the journal",
            field="reason",
        )
    if len(request.order_ids) > _IDS_MAX:
        raise ApiError(
            Problem.INVALID_ARGUMENT,
            f"expected at most {_IDS_MAX} order_ids, were {len(request.order_ids)}; send the others with another call",
            field="order_ids",
        )
    if request.order_ids and (request.account or request.strategy or request.instrument or request.client):
        raise ApiError(
            Problem.INVALID_ARGUMENT,
            "expected either order_ids, or account, strategy, instrument and client",
            field="order_ids",
        )


def _open_orders(core: Core, view: View) -> Iterator[types.Order]:
    before = 0
    while True:
        data, before = core.list_orders(view, open_only=True, before_order_id=before, limit=_PAGE_SIZE)
        yield from queries.ListOrdersResponse.FromString(data).orders
        if not before:
            return


def _found(core: Core, view: View, order_ids: Sequence[int]) -> list[types.Order]:
    found: dict[int, types.Order] = {}
    for index, order_id in enumerate(order_ids):
        data = core.find_order(view, order_id)
        if data is None:
            raise ApiError(
                Problem.NOT_FOUND,
                f"order_ids[{index}]: there is no order {order_id}; nothing was canceled",
                field=f"order_ids[{index}]",
            )
        found[order_id] = types.Order.FromString(data)
    return list(found.values())


def _cancel_ids(core: Core, caller: Caller, orders: Sequence[types.Order]) -> operations.CancelOrdersResponse:
    answer = operations.CancelOrdersResponse()
    by_client = groupby(sorted(orders, key=lambda order: order.client), lambda order: order.client)
    with _what_was_sent_stands(answer):
        for client, of_client in by_client:
            ids = [order.order_id for order in of_client]
            for at in range(0, len(ids), _COMMANDS_AT_ONCE):
                for result in _cancel_some(core, caller, client, ids[at : at + _COMMANDS_AT_ONCE]):
                    if result.HasField("denial"):
                        answer.denials.add(order_id=result.order_id, client=client, denial=result.denial)
                    else:
                        answer.cancels_sent += 1
    return answer


@contextmanager
def _what_was_sent_stands(answer: operations.CancelOrdersResponse) -> Iterator[None]:
    """Have a call that the core fails say how far it came, and be recorded as a change all the same."""
    try:
        yield
    except CoreError as error:
        sent = answer.cancels_sent
        raise ApiError(
            Problem.CORE_FAILED, f"{error}; {sent} cancels were sent before", partly_done=sent > 0
        ) from error


def _cancel_some(
    core: Core, caller: Caller, client: str, order_ids: Sequence[int]
) -> list[order_entry.CommandResult]:
    cancels = [
        order_entry.CancelCommand(client_request_id=_request_id(caller.client), order_id=order_id)
        for order_id in order_ids
    ]
    request = order_entry.TradeRequest(commands=[order_entry.Command(cancel=cancel) for cancel in cancels])
    try:
        data = core.command(client, request.SerializeToString())
    except KeyError:
        # Nobody's, or of a client that the configuration has no more: only by filter, as the gateway's own cancel.
        denial = types.Denial(
            code=types.DENIAL_CODE_UNKNOWN_ORDER,
            limit_name="client",
            observed=client,
            allowed="a configured client; cancel by client, account and strategy instead",
        )
        return [order_entry.CommandResult(order_id=order_id, denial=denial) for order_id in order_ids]
    results = list(order_entry.TradeResponse.FromString(data).results)
    for result, order_id in zip(results, order_ids, strict=True):
        result.order_id = order_id
    return results


def _request_id(asked_by: str) -> str:
    """At most 40 bytes; 64 random bits tell it from every other of the order's client."""
    name = asked_by.encode()[:_NAME_BYTES_SHOWN].decode(errors="ignore")
    return f"by:{name}:{uuid.uuid4().hex[:16]}"
