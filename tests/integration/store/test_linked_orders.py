"""Linked orders in the database: held, released, ended unsent."""

from __future__ import annotations

import random

import pytest

from gateway.v1 import events_pb2, types_pb2
from tests.support.event_journal import EventJournal
from tests.support.projecting import project
from tests.support.tables import all_rows


def order(order_id: int) -> events_pb2.OrderAccepted:
    return events_pb2.OrderAccepted(
        order_id=order_id,
        client_order_id=f"c-{order_id}",
        cl_ord_id=f"G{order_id}",
        client="alpha",
        account="A1",
        strategy="s",
        instrument="ACME",
        venue="XV",
        side=types_pb2.SIDE_BUY,
        order_type=types_pb2.ORDER_TYPE_LIMIT,
        time_in_force=types_pb2.TIME_IN_FORCE_DAY,
        quantity="100",
        price="5",
        request_id=order_id + 1,
        link_id=1,
    )


def journal() -> EventJournal:
    made = EventJournal()
    link = events_pb2.LinkAccepted(
        link_id=1, client="alpha", kind=types_pb2.LINK_KIND_OTO, orders=[order(1), order(2), order(3)]
    )
    made.add(events_pb2.Event(link_accepted=link))
    sent = order(1)
    made.add(events_pb2.Event(order_accepted=sent))
    child = order(2)
    child.quantity = "40"
    made.add(events_pb2.Event(order_accepted=child))
    ended = events_pb2.HeldOrderEnded(
        order_id=3, link_id=1, reason="canceled by its client", client_request_id="x-1", request_id=5
    )
    made.add(events_pb2.Event(held_order_ended=ended))
    trade = events_pb2.ExecutionReported(
        order_id=2,
        exec_id="E1",
        exec_type=types_pb2.EXEC_TYPE_TRADE,
        last_quantity="40",
        last_price="5",
        status=types_pb2.ORDER_STATUS_FILLED,
        execution_state=types_pb2.ORDER_STATUS_FILLED,
        quantity="40",
        price="5",
        cum_quantity="40",
        average_price="5",
        request_id=3,
    )
    made.add(events_pb2.Event(execution_reported=trade))
    return made


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
def test_linked_orders_are_held_released_and_ended(database_url: str, seed: int | None) -> None:
    project(database_url, journal(), random.Random(seed) if seed is not None else None)
    rows = all_rows(database_url)
    orders = {row["order_id"]: row for row in rows["orders"]}
    assert {key: row["status"] for key, row in orders.items()} == {
        1: "PENDING_NEW",
        2: "FILLED",
        3: "CANCELED",
    }
    assert {key: bool(row["is_open"]) for key, row in orders.items()} == {1: True, 2: False, 3: False}
    assert orders[2]["quantity"] == 40
    assert orders[3]["reason"] == "canceled by its client"
    requests = {row["request_id"]: (row["kind"], row["state"]) for row in rows["requests"]}
    assert requests == {
        2: ("NEW", "PENDING"),
        3: ("NEW", "ACCEPTED"),
        4: ("NEW", "PENDING"),
        5: ("CANCEL", "ACCEPTED"),
    }
    assert rows["positions"][0]["net_quantity"] == 40
