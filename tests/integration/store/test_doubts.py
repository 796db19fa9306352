"""What the venue left open, in the database: trades in question, decisions that end requests, orders held again."""

from __future__ import annotations

import random

import pytest

from gateway.v1 import events_pb2, types_pb2
from tests.integration.store.test_linked_orders import order
from tests.support.event_journal import EventJournal
from tests.support.projecting import project
from tests.support.tables import all_rows


def report(exec_id: str, cum: str, status: types_pb2.OrderStatus) -> events_pb2.ExecutionReported:
    return events_pb2.ExecutionReported(
        order_id=1,
        exec_id=exec_id,
        exec_type=types_pb2.EXEC_TYPE_TRADE,
        last_quantity="30",
        last_price="5",
        status=status,
        execution_state=types_pb2.ORDER_STATUS_PARTIALLY_FILLED,
        quantity="100",
        price="5",
        cum_quantity=cum,
        average_price="5",
        request_id=2,
    )


def journal_with(*events: events_pb2.Event) -> EventJournal:
    made = EventJournal()
    alone = order(1)
    alone.link_id = 0
    made.add(events_pb2.Event(order_accepted=alone))
    for event in events:
        made.add(event)
    return made


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_trade_in_question_counts_only_once_the_journal_says_so(database_url: str, seed: int | None) -> None:
    partly = types_pb2.ORDER_STATUS_PARTIALLY_FILLED
    aside = report("E2", "30", partly)
    aside.in_question = True
    counts = report("E2", "60", partly)
    counts.question = 1
    dropped = report("E3", "60", partly)
    dropped.in_question = True
    events = [report("E1", "30", partly), aside, counts, dropped]
    journal = journal_with(*(events_pb2.Event(execution_reported=event) for event in events))
    project(database_url, journal, random.Random(seed) if seed is not None else None)
    rows = all_rows(database_url)
    assert rows["orders"][0]["cum_quantity"] == 60
    assert rows["positions"][0]["net_quantity"] == 60
    live = sorted(row["exec_id"] for row in rows["executions"] if row["is_live"])
    assert live == ["E1", "E2"]


def test_decision_ends_the_replace_that_would_open_a_filled_order_again(database_url: str) -> None:
    filled = report("E1", "100", types_pb2.ORDER_STATUS_FILLED)
    filled.last_quantity = "100"
    filled.execution_state = types_pb2.ORDER_STATUS_FILLED
    replace = events_pb2.ReplaceRequested(
        order_id=1, client_request_id="r", cl_ord_id="G9", orig_cl_ord_id="G1", quantity="150", request_id=9
    )
    resolved = events_pb2.OrderResolved(
        order_id=1,
        outcome=types_pb2.ORDER_STATUS_FILLED,
        status=types_pb2.ORDER_STATUS_FILLED,
        reason="phone",
        resolved_by="ann",
        requests_end=True,
    )
    project(
        database_url,
        journal_with(
            events_pb2.Event(execution_reported=filled),
            events_pb2.Event(replace_requested=replace),
            events_pb2.Event(order_resolved=resolved),
        ),
        None,
    )
    rows = all_rows(database_url)
    assert rows["orders"][0]["status"] == "FILLED"
    assert not rows["orders"][0]["is_open"]
    assert {row["request_id"]: row["state"] for row in rows["requests"]} == {2: "ACCEPTED", 9: "MOOT"}


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_order_that_was_not_sent_is_held_again_and_released_under_another_id(
    database_url: str, seed: int | None
) -> None:
    made = EventJournal()
    link = events_pb2.LinkAccepted(
        link_id=1, client="alpha", kind=types_pb2.LINK_KIND_OTO, orders=[order(1), order(2)]
    )
    made.add(events_pb2.Event(link_accepted=link))
    made.add(events_pb2.Event(order_accepted=order(2)))
    not_sent = events_pb2.OrderNotSent(order_id=2, cl_ord_id="G2", request_id=3, held_again=True)
    made.add(events_pb2.Event(order_not_sent=not_sent))
    again = order(2)
    again.request_id = 7
    again.cl_ord_id = "G7"
    made.add(events_pb2.Event(order_accepted=again))
    project(database_url, made, random.Random(seed) if seed is not None else None)
    rows = all_rows(database_url)
    child = next(row for row in rows["orders"] if row["order_id"] == 2)
    assert (child["status"], child["cl_ord_id"], bool(child["is_open"])) == ("PENDING_NEW", "G7", True)
    requests = {row["request_id"]: row["state"] for row in rows["requests"]}
    assert requests == {2: "PENDING", 3: "NOT_SENT", 7: "PENDING"}
