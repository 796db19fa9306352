"""A cancel of several clients' orders that the core fails on its way says how far it came."""

from typing import cast

import pytest

from gateway.api.cancel_orders import _cancel_ids
from gateway.api.core_port import Core
from gateway.api.errors import ApiError, Problem
from gateway.api.rights import Caller
from gateway.core._core import CoreError
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import types_pb2 as types

OPERATOR = Caller("operator", frozenset())
ORDERS = [
    types.Order(order_id=1, client="alpha"),
    types.Order(order_id=2, client="alpha"),
    types.Order(order_id=3, client="beta"),
]


class FailingCore:
    """Fails for one client."""

    def __init__(self, fails_for: str) -> None:
        self._fails_for = fails_for

    def command(self, client: str, request: bytes, deadline_ns: int = 0) -> bytes:
        if client == self._fails_for:
            raise CoreError("the journal is full")
        commands = order_entry.TradeRequest.FromString(request).commands
        results = [order_entry.CommandResult() for _ in commands]
        return order_entry.TradeResponse(results=results).SerializeToString()


@pytest.mark.parametrize(("fails_for", "sent"), [("alpha", 0), ("beta", 2)])
def test_what_was_sent_before_the_core_failed_is_said_and_recorded(fails_for: str, sent: int) -> None:
    with pytest.raises(ApiError) as failure:
        _cancel_ids(cast(Core, FailingCore(fails_for)), OPERATOR, ORDERS)
    assert failure.value.problem is Problem.CORE_FAILED
    assert failure.value.text == f"the journal is full; {sent} cancels were sent before"
    assert failure.value.partly_done is (sent > 0)


def test_all_are_canceled_where_the_core_can() -> None:
    answer = _cancel_ids(cast(Core, FailingCore("")), OPERATOR, ORDERS)
    assert answer.cancels_sent == len(ORDERS)
    assert not answer.denials
