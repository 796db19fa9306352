"""What `gateway fixlog` writes of a message, to the character; and of bytes that are no messages."""

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cli.fix_message_text import SECRET_TAGS, text_of
from gateway.cli.fix_names import Dictionaries
from gateway.core import FixLogScan

DICTIONARIES = Dictionaries()
FORMS = ["line", "lines", "raw", "json"]


def message(*fields: tuple[int, str], begin_string: str = "FIX.4.4", check_sum_is_off_by: int = 0) -> bytes:
    body = b"".join(b"%d=%s\x01" % (tag, value.encode("utf-8", "surrogateescape")) for tag, value in fields)
    whole = b"8=%s\x019=%d\x01" % (begin_string.encode(), len(body)) + body
    return whole + b"10=%03d\x01" % ((sum(whole) + check_sum_is_off_by) % 256)


def shown(
    log: bytes, form: str, *, colored: bool = False, is_journal: bool = False, piece: int = 1 << 20
) -> str:
    text = text_of(form, DICTIONARIES, colored=colored, is_journal=is_journal, secrets=SECRET_TAGS)
    scan = FixLogScan()
    out = b"".join(scan.show(text, log[at : at + piece]) for at in range(0, len(log), piece))
    return (out + scan.show(text, b"", at_end=True)).decode()


REJECTED = message(
    (35, "8"), (49, "VENUE"), (56, "DESK"), (34, "7"), (52, "20261121-10:00:00.123"), (39, "8"), (5001, "own"),
    (58, 'bell \x07, "quoted" \\ é'), (554, "secret"),
)  # fmt: skip
HEAD = "2026-11-21 10:00:00.123    VENUE → DESK     7 ExecutionReport"


def test_line() -> None:
    rest = ' OrdStatus=REJECTED 5001=own Text=bell \\x07, "quoted" \\ é Password=***'
    assert shown(REJECTED, "line") == HEAD + rest + "\n"


def test_line_in_colours() -> None:
    coloured = shown(REJECTED, "line", colored=True)
    assert "\x1b[1;32mExecutionReport\x1b[0m\x1b[2m OrdStatus=\x1b[0m\x1b[31mREJECTED\x1b[0m" in coloured
    plain = coloured
    for code in ("0", "2", "34", "1;32", "31"):
        plain = plain.replace(f"\x1b[{code}m", "")
    assert plain == shown(REJECTED, "line")


def test_line_for_each_field() -> None:
    lines = shown(REJECTED, "lines").splitlines()
    assert lines[0] == "20261121-10:00:00.123  VENUE → DESK  ExecutionReport"
    assert "      35 MsgType      8  ExecutionReport" in lines
    assert "      39 OrdStatus    8  REJECTED" in lines
    assert "    5001              own" in lines
    assert lines[-1] == ""


def test_raw() -> None:
    check_sum = REJECTED[-4:-1].decode()
    end = f'|5001=own|58=bell \\x07, "quoted" \\ é|554=***|10={check_sum}|\n'
    assert shown(REJECTED, "raw").endswith(end)


def test_json() -> None:
    (line,) = shown(b"12 2026-11-21T10:00:00Z in 3 : " + REJECTED, "json", is_journal=True).splitlines()
    read = json.loads(line)
    fields = read.pop("fields")
    assert read == {
        "lsn": 12, "journalled": "2026-11-21T10:00:00Z", "direction": "in", "session": 3,
        "time": "20261121-10:00:00.123", "sender": "VENUE", "target": "DESK", "msg_seq_num": "7", "msg_type": "8",
        "message": "ExecutionReport", "notes": [],
    }  # fmt: skip
    assert {"tag": 39, "value": "8", "name": "OrdStatus", "meaning": "REJECTED"} in fields
    assert {"tag": 5001, "value": "own"} in fields
    assert {"tag": 58, "value": 'bell \\x07, "quoted" \\ é', "name": "Text"} in fields
    assert {"tag": 554, "value": "***", "name": "Password"} in fields


@pytest.mark.parametrize("form", ["line", "lines"])
def test_what_is_wrong_is_noted(form: str) -> None:
    assert "  [wrong CheckSum]" in shown(message((35, "0"), check_sum_is_off_by=1), form)
    assert "  [cut off]" in shown(message((35, "0"))[:-8], form)
    assert "[" not in shown(message((35, "A"), (554, "x"), check_sum_is_off_by=1), form)


def test_version_that_a_logon_names_is_that_of_its_session() -> None:
    def of(version: str, *pair: str) -> bytes:
        logon = message((35, "A"), (49, pair[0]), (56, pair[1]), (1137, version), begin_string="FIXT.1.1")
        return logon + message((35, "D"), (49, pair[1]), (56, pair[0]), (1140, "5"), begin_string="FIXT.1.1")

    lines = shown(of("7", "A", "B") + of("9", "A", "C"), "line").splitlines()
    assert [" MaxTradeVol=5" in line for line in lines] == [
        False,
        False,
        False,
        True,
    ]  # FIX 5.0 has no such field


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.builds(
                lambda fields, wrong: message(*fields, check_sum_is_off_by=wrong),
                st.lists(st.tuples(st.integers(1, 10_000), st.text(max_size=12)), max_size=8),
                st.integers(0, 1),
            ),
        ),
        max_size=8,
    ),
    st.integers(1, 200),
)
def test_anything_is_shown_alike_however_it_comes_and_harms_no_terminal(
    parts: list[bytes], piece: int
) -> None:
    log = b"".join(parts)
    for form in FORMS:
        text = shown(log, form)
        assert shown(log, form, piece=piece) == text
        assert not any(unicodedata.category(mark) == "Cc" for mark in text if mark != "\n")
    for line in shown(log, "json").splitlines():
        assert set(json.loads(line)) >= {"message", "fields", "notes"}
