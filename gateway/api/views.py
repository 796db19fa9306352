"""From who calls to what it may see of orders and events.

A client sees what is its own, in its accounts and strategies, and what concerns every client. With `admin` it may ask
for every client's, in its accounts and strategies, and for what is of no account. The core judges, record by record.
"""

from __future__ import annotations

from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from gateway.api.core_port import Core, View
from gateway.api.errors import ApiError, Problem
from gateway.api.rights import Caller
from gateway.v1 import events_pb2 as events

__all__ = ["KINDS", "kind_numbers", "own_view", "time_ns", "view_of"]

KINDS = {field.name: field.number for field in events.Event.DESCRIPTOR.oneofs_by_name["body"].fields}
"""Member of Event.body -> its field number."""

_TIME_MAX_NS = 2**63 - 1


def own_view(core: Core, caller: Caller, **asked: Any) -> View:
    """Make the view of a client on what is its own; `asked` as `Gateway.event_view` takes it."""
    return core.event_view(
        client=caller.client,
        accounts=sorted(caller.accounts),
        strategies=sorted(caller.strategies),
        client_levels="risk" in caller.rights,
        **asked,
    )


def view_of(core: Core, caller: Caller, *, any_client: bool, client: str = "", **asked: Any) -> View:
    """Make the view that a request asks for. Raises ApiError where it needs a right that the caller has not."""
    if not any_client:
        if client and client != caller.client:
            raise ApiError(
                Problem.INVALID_ARGUMENT,
                "expected client to be empty or the caller; set any_client to ask for others",
                field="client",
            )
        return own_view(core, caller, **asked)
    caller.require(frozenset({"admin"}), "any_client")
    return core.event_view(
        client=caller.client,
        every_client=True,
        accounts=sorted(caller.accounts),
        strategies=sorted(caller.strategies),
        client_levels=True,
        clients=sorted(caller.clients),
        of_client=client,
        **asked,
    )


def kind_numbers(names: Any, path: str = "") -> list[int]:
    """Give the field numbers of kinds of events; `path` is where they stand in the request ("filter."). Raises ApiError
    for a name that is none.
    """
    for index, name in enumerate(names):
        if name not in KINDS:
            raise ApiError(
                Problem.INVALID_ARGUMENT,
                f"{path}kinds[{index}]: expected the name of a member of Event.body, was {name[:40]!r}",
                field=f"{path}kinds[{index}]",
            )
    return [KINDS[name] for name in names]


def time_ns(message: Any, field: str, path: str = "") -> int:
    """Read a time in UTC nanoseconds; 0 where it is not given. `path` is where the message stands in the request.

    Raises ApiError.
    """
    if not message.HasField(field):
        return 0
    stamp: Timestamp = getattr(message, field)
    value = stamp.seconds * 1_000_000_000 + stamp.nanos
    if not 0 <= stamp.nanos < 1_000_000_000 or not 0 < value <= _TIME_MAX_NS:
        raise ApiError(
            Problem.INVALID_ARGUMENT,
            f"{path}{field}: expected a time from 1970 to 2262, was {stamp.seconds} s and {stamp.nanos} ns",
            field=f"{path}{field}",
        )
    return value
