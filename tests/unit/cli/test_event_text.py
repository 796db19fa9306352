"""Events as people read them in tail, orders show and the console."""

import pytest

from gateway.cli.event_text import event_sentence
from gateway.v1 import events_pb2 as events

SENTENCES = [
    (
        {"cancel_requested": {"order_id": 17, "orig_cl_ord_id": "A1", "cl_ord_id": "A2"}},
        "#17  A1 -> A2",
    ),
    (
        {
            "cancel_requested": {
                "order_id": 17,
                "orig_cl_ord_id": "A1",
                "cl_ord_id": "A2",
                "client_request_id": "by:ops:1f",
            }
        },
        "#17  A1 -> A2  by:ops:1f",
    ),
    (
        {
            "limit_breached": {
                "limit_name": "loss",
                "level": "account:A1",
                "observed": "-120",
                "allowed": "-100",
                "action": "LIMIT_ACTION_WARN",
            }
        },
        "loss at account:A1 was -120, allowed -100  WARN",
    ),
    (
        {"limit_breached": {"order_id": 17, "client": "desk", "limit_name": "cross", "level": "firm"}},
        "#17 of desk: cross at firm was not known, allowed not known  UNSPECIFIED",
    ),
    (
        {"instrument_status_changed": {"instrument": "ACME", "venue": "V", "halted": True, "text": "news"}},
        "ACME at V: HALTED  (news)",
    ),
    (
        {
            "api_called": {
                "client": "ops",
                "peer": "ipv4:127.0.0.1:1",
                "method": "gateway.v1.Operations.CancelOrders",
                "status": "OK",
                "request": 'any_client: true reason: "stray"',
            }
        },
        'ops from ipv4:127.0.0.1:1: Operations.CancelOrders OK  any_client: true reason: "stray"',
    ),
]


@pytest.mark.parametrize(("body", "sentence"), SENTENCES, ids=lambda value: "")
def test_event_is_told_in_a_sentence(body: dict[str, object], sentence: str) -> None:
    assert event_sentence(events.Event(**body)) == sentence  # type: ignore[arg-type]
