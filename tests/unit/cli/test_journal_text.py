from dataclasses import dataclass

import pytest

from gateway.cli.journal_text import Names, as_json, as_line, event_of, fix_text, record_matches
from gateway.core import RecordKind
from gateway.v1 import events_pb2, order_entry_pb2, types_pb2


@dataclass(frozen=True)
class FakeRecord:
    lsn: int = 7
    time_ns: int = 1_700_000_000_123_456_789
    kind: RecordKind = RecordKind.EVENT
    client: int = 0
    session: int = 0
    seq: int = 0
    payload: bytes = b""


def record_of(event: events_pb2.Event) -> FakeRecord:
    return FakeRecord(payload=order_entry_pb2.TradeResponse(events=[event]).SerializeToString())


def soh(text: str) -> bytes:
    return text.replace("|", "\x01").encode()


def test_event_is_one_readable_line() -> None:
    event = events_pb2.Event(
        lsn=7,
        order_accepted=events_pb2.OrderAccepted(
            order_id=3, client_order_id="a b", side=types_pb2.SIDE_BUY, quantity="10", instrument="EUR/USD"
        ),
    )
    record = record_of(event)
    assert as_line(record, event_of(record), Names()) == (
        "         7  2023-11-14 22:13:20.123456789  event  OrderAccepted"
        " order_id=3 client_order_id='a b' instrument=EUR/USD side=BUY quantity=10"
    )


def test_message_is_shown_with_its_session_and_number() -> None:
    names = Names()
    named = events_pb2.NameRegistered(kind=events_pb2.NAME_KIND_SESSION, number=2, name="sim")
    names.learn(events_pb2.Event(name_registered=named))
    record = FakeRecord(kind=RecordKind.MESSAGE_OUT, session=2, seq=5, payload=soh("8=FIX.4.4|35=D|"))
    assert as_line(record, None, names).endswith("  out    sim      5  8=FIX.4.4|35=D|")
    assert as_json(record, None, names)["session"] == "sim"
    assert as_json(record, None, Names())["session"] == "session 2"


@pytest.mark.parametrize(
    ("wire", "shown"),
    [
        ("8=FIX.4.4|9=5|35=A|553=u|554=hunter2|925=new|", "8=FIX.4.4|9=5|35=A|553=u|554=***|925=***|"),
        ("8=FIX.4.4|9=5|35=A|95=2|96=ab|", "8=FIX.4.4|9=5|35=A|95=2|96=***|"),
        ("8=FIX.4.4|9=5|35=B|95=2|96=ab|", "8=FIX.4.4|9=5|35=B|95=2|96=ab|"),
        ("8=FIX.4.4|9=5|35=D|1554=x|55=ACME|", "8=FIX.4.4|9=5|35=D|1554=x|55=ACME|"),
        ("8=FIX.4.4|9=5|35=A|554=", "8=FIX.4.4|9=5|35=A|554=***"),
        ("58=café|", "58=café|"),
        ("58=\x1b[2J|", "58=\\x1b[2J|"),
    ],
)
def test_fix_text_shows_bars_and_hides_secrets(wire: str, shown: str) -> None:
    assert fix_text(soh(wire)) == shown


def test_fix_text_of_bytes_that_are_no_text_is_escaped() -> None:
    assert fix_text(b"58=\xff\x01") == "58=\\xff|"


def test_payload_that_is_no_event_is_shown_by_its_size() -> None:
    record = FakeRecord(payload=b"\xff\xff\xff")
    assert event_of(record) is None
    assert as_line(record, None, Names()).endswith("event  3 bytes")


def test_records_are_chosen_by_kind_and_by_event() -> None:
    record = record_of(events_pb2.Event(order_denied=events_pb2.OrderDenied(order_id=1)))
    event = event_of(record)
    message = FakeRecord(kind=RecordKind.MESSAGE_IN)
    assert record_matches(record, event, frozenset({"OrderDenied"}))
    assert record_matches(record, event, frozenset({"event"}))
    assert not record_matches(record, event, frozenset({"in", "OrderAccepted"}))
    assert record_matches(message, None, frozenset({"in"}))
    assert record_matches(message, None, frozenset())
