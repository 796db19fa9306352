"""The commands that ask and steer a running gateway."""

import json
from typing import Any

from gateway.v1 import types_pb2
from tests.integration.cli.processes import RunningGateway, wait_until
from tests.integration.cli.submit import submit
from tests.unit.cli.cli_runner import gateway as cli


def ask(gateway: RunningGateway, *arguments: object) -> Any:
    result = cli(*arguments, "-c", gateway.config, "--json")
    assert result.code == 0, result.err
    return json.loads(result.out)


def order_status(gateway: RunningGateway, client_order_id: str) -> str:
    return str(ask(gateway, "order", client_order_id)["status"])


def test_sessions_show_the_session_as_ready(gateway: RunningGateway) -> None:
    (session,) = ask(gateway, "sessions")
    assert session["name"] == "sim"
    assert session["state"] == "SESSION_STATE_READY"
    assert "GATEWAY" in cli("sessions", "-c", gateway.config).out


def test_orders_and_positions_follow_a_trade(gateway: RunningGateway) -> None:
    submit(gateway.ready["api"], "t-buy")
    wait_until(lambda: order_status(gateway, "t-buy") == "ORDER_STATUS_NEW", "order works")
    assert "t-buy" in cli("orders", "--open", "-c", gateway.config).out
    submit(gateway.ready["api"], "t-sell", side=types_pb2.SIDE_SELL, strategy="other")
    wait_until(lambda: order_status(gateway, "t-buy") == "ORDER_STATUS_FILLED", "order is filled")
    positions = {entry["strategy"]: entry for entry in ask(gateway, "positions")}
    assert positions["test"]["net_quantity"] == "10"
    assert positions["other"]["net_quantity"] == "-10"
    assert "t-buy" not in cli("orders", "--open", "-c", gateway.config).out


def test_orders_limit_shows_the_newest(gateway: RunningGateway) -> None:
    for number in range(3):
        submit(gateway.ready["api"], f"l-{number}", price="180.00")
    shown = [order["client_order_id"] for order in ask(gateway, "orders", "--limit", 2)]
    assert shown == ["l-2", "l-1"]


def test_order_shows_why_it_was_denied(gateway: RunningGateway) -> None:
    denied = submit(gateway.ready["api"], "t-huge", quantity="100001")
    assert denied.denial.code == types_pb2.DENIAL_CODE_MAX_ORDER_QUANTITY
    shown = cli("order", denied.order_id, "-c", gateway.config).out
    assert "MAX_ORDER_QUANTITY" in shown


def test_order_that_does_not_exist_exits_5(gateway: RunningGateway) -> None:
    result = cli("order", "no-such", "-c", gateway.config)
    assert result.code == 5
    assert "no order has the id 'no-such'" in result.err


def test_kill_switch_halts_and_resumes(gateway: RunningGateway) -> None:
    level = ("--level", "instrument:MSFT", "--reason", "test")
    halted = ask(gateway, "kill-switch", "on", *level)
    denied = submit(gateway.ready["api"], "t-halted", instrument="MSFT", price="400.00")
    assert int(halted["lsn"]) > 0
    assert denied.denial.code == types_pb2.DENIAL_CODE_TRADING_HALTED
    assert cli("kill-switch", "off", *level, "-c", gateway.config).code == 0
    assert not submit(gateway.ready["api"], "t-resumed", instrument="MSFT", price="400.00").HasField("denial")
    (state,) = ask(gateway, "kill-switch", "status")
    assert (state["level"], state["state"]) == ("instrument:MSFT", "TRADING_STATE_ACTIVE")


def test_kill_switch_of_an_unknown_level_exits_5(gateway: RunningGateway) -> None:
    result = cli("kill-switch", "on", "--level", "account:NO", "--reason", "x", "-c", gateway.config)
    assert result.code == 5
    assert "account:NO" in result.err
    assert len(result.err.splitlines()) == 1


def test_unknown_client_exits_5(gateway: RunningGateway) -> None:
    result = cli("orders", "--address", gateway.ready["api"], "--client", "nobody")
    assert result.code == 5
    assert "nobody" in result.err


def test_journal_can_be_read_beside_its_writer(gateway: RunningGateway) -> None:
    journal = gateway.folder / "journal"
    submit(gateway.ready["api"], "t-journal", price="180.00")
    verified = cli("journal", "verify", journal)
    dumped = cli("journal", "dump", journal, "--kind", "OrderAccepted", "--kind", "out", "--json")
    records = [json.loads(line) for line in dumped.out.splitlines()]
    accepted = [r for r in records if r.get("fields", {}).get("client_order_id") == "t-journal"]
    assert verified.code == 0, verified.err
    assert ": good: " in verified.out
    assert len(accepted) == 1
    sent = [
        r["fix"]
        for r in records
        if r["kind"] == "out" and f"|11={accepted[0]['fields']['cl_ord_id']}|" in r["fix"]
    ]
    assert len(sent) == 1
    assert "|35=D|" in sent[0]
