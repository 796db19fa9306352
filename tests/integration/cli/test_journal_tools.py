"""The commands that read the journal of a gateway that trades: tail, audit, export, fixlog, orders show."""

import csv
import io
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from gateway.v1 import types_pb2
from tests.integration.cli.processes import (
    RunningGateway,
    running_gateway,
    simulator_process,
    wait_until,
    write_config,
)
from tests.integration.cli.submit import submit
from tests.unit.cli.cli_runner import gateway as cli


def lines(*arguments: object) -> list[dict[str, Any]]:
    result = cli(*arguments)
    assert result.code == 0, result.err
    return [json.loads(line) for line in result.out.splitlines()]


def status(gateway: RunningGateway, order: object) -> str:
    result = cli("order", order, "-c", gateway.config, "--json")
    assert result.code == 0, result.err
    return str(json.loads(result.out)["status"])


@pytest.fixture(scope="module")
def traded(gateway: RunningGateway) -> int:
    """Trade 10 AAPL between two strategies; gives the id of the order that rested."""
    rested = submit(gateway.ready["api"], "j-buy", price="185.00")
    wait_until(lambda: status(gateway, "j-buy") == "ORDER_STATUS_NEW", "order works")
    submit(gateway.ready["api"], "j-sell", side=types_pb2.SIDE_SELL, strategy="other", price="185.00")
    wait_until(lambda: status(gateway, "j-buy") == "ORDER_STATUS_FILLED", "order is filled")
    wait_until(lambda: status(gateway, "j-sell") == "ORDER_STATUS_FILLED", "the other is filled")
    return int(rested.order_id)


def test_order_shows_its_whole_life_in_order(gateway: RunningGateway, traded: int) -> None:
    shown = json.loads(cli("orders", "show", "j-buy", "-c", gateway.config, "--json").out)
    life = shown["life"]
    assert shown["order"]["order_id"] == str(traded)
    assert [entry["lsn"] for entry in life] == sorted(entry["lsn"] for entry in life)
    kinds = [entry.get("event") or f"{entry['kind']} 35={entry['fix'].split('|35=')[1][0]}" for entry in life]
    assert kinds[:2] in (["OrderAccepted", "out 35=D"], ["out 35=D", "OrderAccepted"])
    assert kinds.count("out 35=D") == 1
    assert kinds.count("in 35=8") == kinds.count("ExecutionReported") == 2
    assert not any("j-sell" in json.dumps(entry) for entry in life)


def test_order_life_needs_no_gateway(gateway: RunningGateway, traded: int) -> None:
    result = cli("orders", "show", traded, "--journal", gateway.folder / "journal")
    assert result.code == 0, result.err
    assert "OrderAccepted" in result.out
    assert "|35=8|" in result.out
    assert cli("orders", "show", 999_999, "--journal", gateway.folder / "journal").code == 5


def test_tail_reads_events_with_filters(gateway: RunningGateway, traded: int) -> None:
    journal = ("--journal", gateway.folder / "journal", "--no-follow", "--from-lsn", 1)
    everything = lines("tail", *journal, "--json")
    assert everything[0]["event"] == "GatewayStarted"
    mine = lines("tail", *journal, "--order", traded, "--json")
    assert {entry["event"] for entry in mine} == {"OrderAccepted", "ExecutionReported"}
    fills = lines("tail", *journal, "--kind", "ExecutionReported", "--strategy", "other", "--json")
    assert {entry["fields"]["strategy"] for entry in fills} == {"other"}
    messages = lines("tail", *journal, "--messages", "--session", "sim", "--json")
    assert any(entry.get("fix", "").startswith("8=FIX") for entry in messages)
    text = cli("tail", *journal, "--kind", "OrderAccepted").out
    assert f"#{traded} BUY 10 AAPL @ 185 limit DAY  demo DEMO/test -> SIM" in text


def test_tail_of_an_unknown_kind_names_the_kinds(gateway: RunningGateway) -> None:
    result = cli("tail", "--journal", gateway.folder / "journal", "--kind", "Nothing")
    assert result.code == 2
    assert "OrderAccepted" in result.err


@pytest.mark.parametrize("by_api", [False, True], ids=["journal", "api"])
def test_tail_shows_what_happens_next(by_api: bool, gateway: RunningGateway) -> None:
    where = ["--address", gateway.ready["api"], "--client", "demo"] if by_api else ["-c", str(gateway.config)]
    first = ["--from-lsn", "1"] if by_api else ["-n", "1"]
    command = [sys.executable, "-m", "gateway.cli", "tail", "--json", *where, *first]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()  # it reads
            name = f"t-{'api' if by_api else 'journal'}"
            submit(gateway.ready["api"], name, price="175.00")
            found = (json.loads(line) for line in process.stdout)
            assert any(entry.get("fields", {}).get("client_order_id") == name for entry in found)
        finally:
            process.terminate()


def test_audit_says_who_halted_trading_and_why(gateway: RunningGateway) -> None:
    level = ("--level", "instrument:EUR/USD", "--reason", "audit test", "-c", gateway.config)
    assert cli("kill-switch", "on", *level).code == 0
    assert cli("kill-switch", "off", *level).code == 0
    journal = ("--journal", gateway.folder / "journal")
    deeds = [deed for deed in lines("audit", *journal, "--json") if deed["reason"] == "audit test"]
    assert [deed["what"] for deed in deeds] == ["TradingStateChanged"] * 2
    assert {deed["by"] for deed in deeds} == {"demo"}
    assert "instrument:EUR/USD" in deeds[0]["details"]
    assert lines("audit", *journal, "--by", "nobody", "--json") == []
    assert "audit test" in cli("audit", *journal).out


@pytest.mark.parametrize(
    "options", [(), ("--orders",), ("--kind", "TradingStateChanged"), ("--from-lsn", "5")]
)
def test_audit_of_a_running_gateway_says_what_its_journal_does(
    gateway: RunningGateway, traded: int, options: tuple[str, ...]
) -> None:
    level = ("--level", "instrument:EUR/USD", "--reason", "asked over the API", "-c", gateway.config)
    assert cli("kill-switch", "off", *level).code == 0
    asked = ("audit", "--client", "demo", "-c", gateway.config, *options, "--json")
    over_api = [json.loads(line) for line in cli(*asked).out.splitlines()]
    read = lines("audit", "--journal", gateway.folder / "journal", *options, "--json")
    newest = max(deed["lsn"] for deed in over_api)
    assert over_api == [deed for deed in read if deed["lsn"] <= newest]
    assert any(deed["reason"] == "asked over the API" for deed in over_api) or options
    refused = cli(*asked, "--journal", gateway.folder / "journal")
    assert refused.code == 2
    assert "give either" in refused.err


def test_audit_with_orders_says_whose_each_command_was(gateway: RunningGateway, traded: int) -> None:
    deeds = lines("audit", "--journal", gateway.folder / "journal", "--orders", "--json")
    accepted = [deed for deed in deeds if deed["what"] == "OrderAccepted" and "j-buy" in deed["details"]]
    assert [deed["by"] for deed in accepted] == ["demo"]


def test_cancel_asks_the_venue_and_the_order_is_canceled(gateway: RunningGateway) -> None:
    made = submit(gateway.ready["api"], "c-1", price="175.00")
    submit(gateway.ready["api"], "c-2", price="175.00", strategy="sweep")
    wait_until(lambda: status(gateway, "c-1") == "ORDER_STATUS_NEW", "order works")
    wait_until(lambda: status(gateway, "c-2") == "ORDER_STATUS_NEW", "order works")
    result = cli("orders", "cancel", made.order_id, "--yes", "-c", gateway.config)
    assert result.code == 0, result.err
    wait_until(lambda: status(gateway, "c-1") == "ORDER_STATUS_CANCELED", "order is canceled")
    assert status(gateway, "c-2") == "ORDER_STATUS_NEW"
    swept = json.loads(
        cli("orders", "cancel", "--strategy", "sweep", "--yes", "--json", "-c", gateway.config).out
    )
    assert swept == {"cancels_sent": 1}
    again = cli("orders", "cancel", made.order_id, "--yes", "-c", gateway.config)
    assert again.code == 5
    assert "denied" in again.out
    assert cli("orders", "cancel", "--yes", "-c", gateway.config).code == 2


def test_cancel_that_no_session_can_send_is_told_apart_from_nothing_to_cancel(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("down")
    with simulator_process(folder) as (venue, port):
        write_config(folder, port, "GW-DOWN")
        with running_gateway(folder) as running:
            wait_until(lambda: "READY" in cli("sessions", "-c", running.config).out, "session is ready")
            everything = ("orders", "cancel", "--all", "--yes", "-c", running.config)
            nothing = cli(*everything)
            assert (nothing.out, nothing.err) == ("0 cancels sent\n", "")
            submit(running.ready["api"], "d-1", price="175.00")
            wait_until(lambda: status(running, "d-1") == "ORDER_STATUS_NEW", "order works")
            venue.kill()
            wait_until(lambda: "READY" not in cli("sessions", "-c", running.config).out, "session is down")
            unsent = cli(*everything)
            assert unsent.out == "0 cancels sent\n"
            assert "no cancel was sent" in unsent.err


def test_orders_list_is_what_orders_is(gateway: RunningGateway, traded: int) -> None:
    options = ("--limit", 500, "--json", "-c", gateway.config)
    assert cli("orders", "list", *options).out == cli("orders", *options).out


def projected(gateway: RunningGateway, folder: Path) -> list[dict[str, str]]:
    """Executions as exported from the database, once it has come so far as the journal."""
    out = folder / "executions.csv"
    result = cli("export", "executions", "-o", out, "-c", gateway.config)
    assert result.code == 0, result.err
    return list(csv.DictReader(io.StringIO(out.read_text())))


def test_export_gives_the_same_rows_from_database_and_journal_in_both_forms(
    gateway: RunningGateway, traded: int, tmp_path: Path
) -> None:
    journal = ("--journal", gateway.folder / "journal")

    def exported() -> list[dict[str, str]]:
        assert cli("export", "executions", "-o", tmp_path / "j.csv", *journal).code == 0
        return list(csv.DictReader(io.StringIO((tmp_path / "j.csv").read_text())))

    wait_until(lambda: projected(gateway, tmp_path) == exported(), "the database is as far as the journal")
    rows = exported()
    fills = [row for row in rows if row["order_id"] == str(traded) and row["exec_type"] == "TRADE"]
    assert [(row["last_quantity"], row["last_price"], row["is_live"]) for row in fills] == [
        ("10", "185", "true")
    ]
    result = cli("export", "executions", "-o", tmp_path / "e.parquet", *journal, "--json")
    assert json.loads(result.out)["rows"] == len(rows)
    table = pq.read_table(tmp_path / "e.parquet")
    assert table.num_rows == len(rows)
    assert str(table.schema.field("time").type) == "timestamp[ns, tz=UTC]"
    columns = table.select(["order_id", "exec_type", "last_quantity"]).to_pylist()
    (fill,) = [row for row in columns if row["order_id"] == traded and row["exec_type"] == "TRADE"]
    assert fill["last_quantity"] == Decimal(10)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["e.parquet", "executions.csv", "j.csv"]


def test_export_of_orders_positions_events_and_messages(
    gateway: RunningGateway, traded: int, tmp_path: Path
) -> None:
    journal = ("--journal", gateway.folder / "journal")
    for what, column, value in (
        ("orders", "client_order_id", "j-buy"),
        ("positions", "instrument", "AAPL"),
        ("events", "event", "ExecutionReported"),
        ("messages", "msg_type", "D"),
    ):
        result = cli("export", what, "-o", "-", *journal)
        assert result.code == 0, result.err
        rows = list(csv.DictReader(io.StringIO(result.out)))
        assert value in {row[column] for row in rows}
        packed = tmp_path / f"{what}.parquet"
        assert cli("export", what, "-o", packed, *journal).code == 0
        assert pq.read_table(packed).num_rows >= len(rows)
    narrowed = cli("export", "orders", "-o", "-", *journal, "--instrument", "NONE").out
    assert len(narrowed.splitlines()) == 1


def test_export_that_cannot_be_done_says_why_and_leaves_no_file(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    journal = ("--journal", gateway.folder / "journal")
    assert cli("export", "orders", "-o", tmp_path / "x.txt", *journal).code == 2
    assert cli("export", "orders", "-o", "-", "--format", "parquet", *journal).code == 2
    missing = cli("export", "orders", "-o", tmp_path / "no" / "x.csv", *journal)
    assert missing.code == 1
    assert "cannot be written" in missing.err
    assert list(tmp_path.iterdir()) == []


def test_fixlog_reads_the_journal_and_follows_the_order(gateway: RunningGateway, traded: int) -> None:
    shown = json.loads(cli("orders", "show", "j-buy", "-c", gateway.config, "--json").out)
    cl_ord_id = shown["order"]["cl_ord_id"]
    messages = lines("fixlog", gateway.folder / "journal", "--order", cl_ord_id, "--json")
    assert [entry["message"] for entry in messages] == [
        "NewOrderSingle",
        "ExecutionReport",
        "ExecutionReport",
    ]
    lsns = [entry["lsn"] for entry in messages]
    assert lsns == [entry["lsn"] for entry in shown["life"] if "fix" in entry]
    filled = lines("fixlog", gateway.folder / "journal", "--where", "OrdStatus=Filled", "--json")
    assert {"in"} == {entry["direction"] for entry in filled}


def replayed(*arguments: object) -> dict[str, Any]:
    result = cli("replay", *arguments, "--json")
    assert result.code == 0, result.err
    answer: dict[str, Any] = json.loads(result.out)
    return answer


def test_replay_gives_the_state_of_any_moment(gateway: RunningGateway, traded: int) -> None:
    journal = ("--journal", gateway.folder / "journal")
    events = lines("tail", *journal, "--no-follow", "--from-lsn", 1, "--order", traded, "--json")
    acknowledged, filled = (entry for entry in events if entry["event"] == "ExecutionReported")
    before = replayed(*journal, "--lsn", acknowledged["lsn"])
    assert acknowledged["lsn"] <= before["lsn"] < filled["lsn"]
    (working,) = [order for order in before["orders"] if order["order_id"] == traded]
    assert working["status"] == "NEW"
    assert replayed(*journal, "--lsn", before["lsn"])["state_hash"] == before["state_hash"]
    after = replayed(*journal, "--lsn", filled["lsn"], "--all", "--limit", 10_000)
    (ended,) = [order for order in after["orders"] if order["order_id"] == traded]
    assert (ended["status"], ended["cum_quantity"]) == ("FILLED", "10")
    assert before["state_hash"] != after["state_hash"]
    assert len(after["orders"]) == after["order_count"]
    shown = cli("replay", *journal, "--until", filled["time"].replace(" ", "T")).out
    assert "state hash" in shown


def test_replay_of_what_the_journal_does_not_hold_exits_6(tmp_path: Path) -> None:
    assert cli("replay", "--journal", tmp_path).code == 6
    assert cli("replay", "--journal", tmp_path, "--lsn", 1, "--until", "10:00").code == 2


def test_replay_verifies_the_database_and_finds_what_differs(gateway: RunningGateway, traded: int) -> None:
    def verified() -> tuple[int, dict[str, Any]]:
        result = cli("replay", "--verify", "-c", gateway.config, "--json")
        return result.code, json.loads(result.out)

    wait_until(lambda: projected_lsn(gateway) >= traded, "something is projected")
    code, answer = verified()
    assert (code, answer["differences"]) == (0, [])
    database = sa.create_engine(f"sqlite:///{gateway.folder / 'gateway.db'}")
    change = "UPDATE orders SET cum_quantity = cum_quantity {} 100000000 WHERE order_id = " + str(traded)
    with database.begin() as connection:
        connection.exec_driver_sql(change.format("+"))
    code, answer = verified()
    with database.begin() as connection:
        connection.exec_driver_sql(change.format("-"))
    database.dispose()
    assert code == 5
    assert answer["differences"] == [
        f"orders {traded}: cum_quantity is 10 by the journal, 11 in the database"
    ]


def projected_lsn(gateway: RunningGateway) -> int:
    database = sa.create_engine(f"sqlite:///{gateway.folder / 'gateway.db'}")
    with database.connect() as connection:
        lsn = connection.exec_driver_sql("SELECT lsn FROM projection").scalar()
    database.dispose()
    return int(lsn or 0)
