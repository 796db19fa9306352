"""`gateway fixlog` on logs as other engines write them."""

import gzip
import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.core import encode_message
from tests.unit.cli.cli_runner import Result, gateway


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dictionaries are compiled once for all tests, and not into the home folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


def fix(msg_type: str, seq: int, *body: tuple[int, str], sender: str = "DESK", begin: str = "FIX.4.4") -> str:
    target = "VENUE" if sender == "DESK" else "DESK"
    header = [(49, sender), (56, target), (34, str(seq)), (52, f"20261121-10:00:{seq:02d}.000")]
    fields = [(tag, value.encode()) for tag, value in [*header, *body]]
    return encode_message(begin, msg_type, fields).decode()


def report(seq: int, exec_type: str, status: str, cl_ord_id: str, *more: tuple[int, str]) -> str:
    body = [(37, "V-1"), (17, f"E{seq}"), (150, exec_type), (39, status), (11, cl_ord_id), *more]
    return fix("8", seq, *body, sender="VENUE")


LOGON = fix("A", 1, (98, "0"), (108, "30"), (553, "desk"), (554, "s3cret!"))
ORDER = fix("D", 2, (11, "C1"), (55, "AAPL"), (54, "1"), (38, "100"), (40, "2"), (44, "190.5"))
ACCEPTED = report(1, "0", "0", "C1")
REPLACE = fix("G", 3, (41, "C1"), (11, "C2"), (55, "AAPL"), (54, "1"), (38, "200"), (40, "2"), (44, "191"))
REPLACED = report(2, "5", "0", "C2", (41, "C1"))
FILL = report(3, "F", "2", "C2", (32, "200"), (31, "191"))
OTHER = fix("D", 4, (11, "D1"), (55, "MSFT"), (54, "2"), (38, "5"), (40, "1"))
REJECTED = fix(
    "8", 4, (37, "V-2"), (17, "E4"), (150, "8"), (39, "8"), (11, "D1"), (58, "no credit"), sender="VENUE"
)
HEARTBEAT = fix("0", 5)
MESSAGES = [LOGON, ORDER, ACCEPTED, REPLACE, REPLACED, FILL, OTHER, REJECTED, HEARTBEAT]


def as_file_log(messages: list[str]) -> str:
    return "".join(f"20261121-10:00:00.000000 : {message}\n" for message in messages)


def as_screen_log(messages: list[str]) -> str:
    shown = (message.replace("\x01", "|") for message in messages)
    return "".join(
        f"<20261121-10:00:00, FIX.4.4:DESK->VENUE, outgoing>\n  ({message})\n" for message in shown
    )


def as_dump(messages: list[str]) -> str:
    return "INFO " + " ".join(message.replace("\x01", "^A") for message in messages)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "FIX.4.4-DESK-VENUE.messages.current.log"
    path.write_text(as_file_log(MESSAGES))
    return path


def found(result: Result) -> list[dict[str, object]]:
    assert result.code == 0, result.err
    return [json.loads(line) for line in result.out.splitlines()]


def ids(result: Result) -> list[tuple[object, object]]:
    return [(message["sender"], message["msg_seq_num"]) for message in found(result)]


@pytest.mark.parametrize("write", [as_file_log, as_screen_log, as_dump])
def test_logs_of_every_form_give_the_same_messages(write: object, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text(write(MESSAGES))  # type: ignore[operator]
    messages = found(gateway("fixlog", path, "--json"))
    assert [message["message"] for message in messages] == [
        "Logon", "NewOrderSingle", "ExecutionReport", "OrderCancelReplaceRequest", "ExecutionReport",
        "ExecutionReport", "NewOrderSingle", "ExecutionReport", "Heartbeat",
    ]  # fmt: skip
    assert all(message["notes"] == [] for message in messages)


def test_compressed_log_and_stdin_are_read(log: Path, tmp_path: Path) -> None:
    packed = tmp_path / "log.gz"
    packed.write_bytes(gzip.compress(log.read_bytes()))
    assert len(found(gateway("fixlog", packed, "--json"))) == len(MESSAGES)
    command = [sys.executable, "-m", "gateway.cli", "fixlog", "-", "--order", "V-1", "--json"]
    piped = subprocess.run(command, input=log.read_bytes(), capture_output=True, check=True)
    assert len(piped.stdout.splitlines()) == 5


def test_names_stand_beside_tags_and_values(log: Path) -> None:
    lines = gateway("fixlog", log).out.splitlines()
    assert "DESK → VENUE     2 NewOrderSingle ClOrdID=C1 Symbol=AAPL Side=BUY OrderQty=100" in lines[
        1
    ].replace("Buy", "BUY")
    long = gateway("fixlog", log, "--long", "--where", "OrdStatus=Filled").out
    assert "39 OrdStatus" in long
    assert "2  F" in long.replace("FILLED", "Filled")


def test_password_is_shown_in_no_form(log: Path) -> None:
    for form in ([], ["--long"], ["--raw"], ["--json"], ["--stat", "--count-by", "Password"]):
        result = gateway("fixlog", log, *form)
        assert result.code == 0, result.err
        assert "s3cret!" not in result.out
        assert "***" in result.out


def test_raw_data_is_blanked_outside_a_logon_too(log: Path) -> None:
    log.write_text(as_file_log([fix("B", 1, (148, "news"), (95, "7"), (96, "s3cret!"))]))
    shown = gateway("fixlog", log, "--json")
    assert "s3cret!" not in shown.out
    assert "wrong CheckSum" not in shown.out


@pytest.mark.parametrize("form", [[], ["--long"], ["--raw"], ["--json"], ["--stat", "--count-by", "Account"]])
def test_field_that_is_named_is_blanked_in_every_form(log: Path, form: list[str]) -> None:
    log.write_text(as_file_log([fix("D", 1, (11, "C1"), (1, "s3cret!"), (58, "words"))]))
    assert "s3cret!" in gateway("fixlog", log, *form).out
    for redact in (["--redact", "Account"], ["--redact", "58,1"]):
        result = gateway("fixlog", log, *form, *redact)
        assert result.code == 0, result.err
        assert "s3cret!" not in result.out
    assert gateway("fixlog", log, "--redact", "Acount").code == 2


def test_what_is_a_secret_in_the_configuration_is_blanked(log: Path, tmp_path: Path) -> None:
    assert gateway("init", tmp_path / "made").code == 0
    config = tmp_path / "made" / "gateway.yaml"
    secrets = (
        "    redact: [9001]\n    logon_fields:\n      - {tag: 9002, secret: '${env:NONE_SUCH}'}\n"
        "      - {tag: 9003, value: open}\n"
    )
    text = config.read_text()
    config.write_text(text.replace("    target_comp_id: SIM\n", f"    target_comp_id: SIM\n{secrets}"))
    log.write_text(as_file_log([fix("A", 1, (98, "0"), (9001, "s3c1"), (9002, "s3c2"), (9003, "open"))]))
    assert "s3c1" in gateway("fixlog", log).out
    shown = gateway("fixlog", log, "-c", config)
    assert shown.code == 0, shown.err
    assert ("s3c1" in shown.out, "s3c2" in shown.out, "9003=open" in shown.out) == (False, False, True)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (["--where", "OrdStatus=Rejected"], [("VENUE", "4")]),
        (["--where", "39=8"], [("VENUE", "4")]),
        (["--where", "ordstatus=rejected,filled"], [("VENUE", "3"), ("VENUE", "4")]),
        (["--where", "OrderQty>=100"], [("DESK", "2"), ("DESK", "3")]),
        (["--where", "Text~credit"], [("VENUE", "4")]),
        (["--where", "LastPx"], [("VENUE", "3")]),
        (["--type", "NewOrderSingle", "--where", "Symbol!=AAPL"], [("DESK", "4")]),
        (["--type", "D", "--where", "!Price"], [("DESK", "4")]),
        (["--since", "2026-11-21T10:00:04", "--no-admin"], [("DESK", "4"), ("VENUE", "4")]),
        (["--until", "20261121-10:00:02"], [("DESK", "1"), ("VENUE", "1")]),
        (["--session", "VENUE->DESK", "--limit", "2"], [("VENUE", "1"), ("VENUE", "2")]),
    ],
)
def test_filter_by_names_and_values(where: list[str], expected: list[tuple[str, str]], log: Path) -> None:
    assert ids(gateway("fixlog", log, "--json", *where)) == expected


@pytest.mark.parametrize("one", ["C1", "C2", "V-1"])
def test_order_is_followed_through_its_replaces(one: str, log: Path) -> None:
    chain = ids(gateway("fixlog", log, "--order", one, "--json"))
    assert chain == [("DESK", "2"), ("VENUE", "1"), ("DESK", "3"), ("VENUE", "2"), ("VENUE", "3")]


def test_order_that_no_message_has_is_said_to_be_missing(log: Path) -> None:
    result = gateway("fixlog", log, "--order", "C9")
    assert result.code == 1
    assert "C9" in result.err


def test_wrong_filters_are_refused_with_what_is_expected(log: Path) -> None:
    for arguments, said in (
        (["--where", "NoSuchField=1"], "'NoSuchField'"),
        (["--where", "="], "expected NAME=VALUE"),
        (["--type", "NoSuchMessage"], "'NoSuchMessage'"),
        (["--since", "yesterday"], "'yesterday'"),
        (["--json", "--long"], "one of"),
    ):
        result = gateway("fixlog", log, *arguments)
        assert result.code == 2
        assert said in result.err
    assert gateway("fixlog", log.parent / "none").code == 2


def test_stat_counts_by_name(log: Path) -> None:
    counted = json.loads(gateway("fixlog", log, "--stat", "--json").out)
    assert (counted["messages"], counted["matched"], counted["cut_off"]) == (9, 9, 0)
    by = {entry["by"]: entry["values"] for entry in counted["counts"]}
    assert by["MsgType"][0] == {"value": "8", "meaning": "ExecutionReport", "count": 4}
    assert {entry["value"]: entry["count"] for entry in by["SenderCompID, TargetCompID"]} == {
        "DESK → VENUE": 5,
        "VENUE → DESK": 4,
    }
    assert "ExecutionReport" in gateway("fixlog", log, "--stat").out


def test_damaged_messages_are_shown_with_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text(as_file_log([ORDER[:-20], FILL.replace("191", "192"), HEARTBEAT]))
    notes = [message["notes"] for message in found(gateway("fixlog", path, "--json"))]
    assert notes == [["cut off"], ["wrong CheckSum"], []]


def test_versions_have_their_own_names(tmp_path: Path) -> None:
    logon = fix("A", 1, (98, "0"), (108, "30"), (1137, "9"), begin="FIXT.1.1")
    order = fix("D", 2, (11, "C1"), (1724, "1"), begin="FIXT.1.1")
    path = tmp_path / "log"
    path.write_text(as_file_log([logon, order]))
    messages = found(gateway("fixlog", path, "--json"))
    assert [message["message"] for message in messages] == ["Logon", "NewOrderSingle"]
    names = [field.get("name") for field in messages[1]["fields"]]  # type: ignore[attr-defined]
    assert "OrderOrigination" in names  # of FIX 5.0 SP2; FIX 4.4 has no tag 1724


def test_overlay_names_a_venues_own_fields(tmp_path: Path) -> None:
    overlay = tmp_path / "venue.xml"
    overlay.write_text(
        "<fix><fields><field number='20001' name='DeskNote' type='CHAR'>"
        "<value enum='X' description='CROSSED'/></field></fields></fix>"
    )
    path = tmp_path / "log"
    path.write_text(as_file_log([fix("D", 2, (11, "C1"), (20001, "X"))]))
    options = ["--dictionary", "FIX44", "--overlay", overlay]
    assert "DeskNote=CROSSED" in gateway("fixlog", path, *options).out
    assert ids(gateway("fixlog", path, *options, "--where", "DeskNote=crossed", "--json")) == [("DESK", "2")]


def test_follow_shows_what_is_written_later(log: Path) -> None:
    command = [sys.executable, "-m", "gateway.cli", "fixlog", str(log), "-f", "--raw", "--order", "C2"]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=buffered) as process:
        try:
            assert process.stdout is not None
            for _ in range(5):
                process.stdout.readline()
            with log.open("a") as file:
                file.write(as_file_log([fix("F", 6, (41, "C2"), (11, "C3"))]))
                file.flush()
            assert "|35=F|" in process.stdout.readline()
        finally:
            process.terminate()


def test_reader_that_has_seen_enough_is_no_error(log: Path) -> None:
    log.write_text(as_file_log(MESSAGES * 2_000))
    command = f"{sys.executable} -m gateway.cli fixlog {log} | head -1"
    ended = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert len(ended.stdout.splitlines()) == 1
    assert ended.stderr == ""


def test_colours_only_where_they_are_asked_for(log: Path) -> None:
    assert "\x1b[" not in gateway("fixlog", log).out
    assert "\x1b[" in gateway("fixlog", log, "--color", "always").out


@pytest.mark.parametrize("terminal", [True, False])
def test_bar_is_shown_on_a_terminal_only(log: Path, monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return terminal

    shown = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    with redirect_stderr(shown), redirect_stdout(io.StringIO()), suppress(SystemExit):
        main(["fixlog", str(log), "--stat"])
    assert ("\x1b[" in shown.getvalue()) is terminal
