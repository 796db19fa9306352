"""Commands of operators that nothing else runs: overrides of limits, phases, resets of sessions, orders in doubt."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli.processes import (
    RunningGateway,
    running_gateway,
    simulator_process,
    wait_until,
    write_config,
)
from tests.integration.cli.submit import submit
from tests.unit.cli.cli_runner import Result
from tests.unit.cli.cli_runner import gateway as cli

DEMO = "  - name: demo\n"
DESKS = "".join(
    f"  - name: {name}\n    accounts: [DEMO]\n    rights: [read, risk]\n" for name in ("desk-1", "desk-2")
)
BIG = 100_001
"""Above max_order_quantity of the firm, and at this price within its notional."""
PRICE = "1.00"


@pytest.fixture(scope="module")
def gateway(sim_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A gateway with two clients that may change limits beside the one that trades."""
    folder = tmp_path_factory.mktemp("operators")
    write_config(folder, sim_port, "GW-OPERATE")
    config = folder / "gateway.yaml"
    text = config.read_text()
    assert DEMO in text
    config.write_text(text.replace(DEMO, DESKS + DEMO))
    with running_gateway(folder) as running:
        wait_until(lambda: "READY" in run(running, "sessions").out, "session is ready")
        yield running


def run(gateway: RunningGateway, *arguments: object, client: str = "demo") -> Result:
    return cli(*arguments, "-c", gateway.config, "--client", client)


def ask_for_override(gateway: RunningGateway, order: str) -> int:
    """Ask to let one order pass; the number of the change that waits."""
    terms = ("--of", "demo", "--instrument", "AAPL", "--side", "buy", "--quantity", BIG)
    asked = run(
        gateway, "risk", "override", "--order", order, *terms, "--waive", "max_order_quantity", "--for", 300,
        "--reason", "block trade", "--json", client="desk-1",
    )  # fmt: skip
    assert asked.code == 0, asked.err
    answer = json.loads(asked.out)
    assert answer["pending"] is True
    return int(answer["change_id"])


def changes(gateway: RunningGateway) -> dict[str, list[dict[str, object]]]:
    shown = run(gateway, "risk", "changes", "--json")
    assert shown.code == 0, shown.err
    listed: dict[str, list[dict[str, object]]] = json.loads(shown.out)
    return listed


def test_override_of_one_order_waits_for_another_client_and_can_be_ended(gateway: RunningGateway) -> None:
    number = ask_for_override(gateway, "big-1")
    assert "big-1" in json.dumps(changes(gateway)["pending"])
    by_itself = run(gateway, "risk", "approve", number, "--reason", "mine", client="desk-1")
    assert by_itself.code == 5
    by_its_client = run(gateway, "risk", "approve", number, "--reason", "my order", client="demo")
    assert by_its_client.code == 5
    approved = run(gateway, "risk", "approve", number, "--reason", "seen", client="desk-2")
    assert approved.code == 0, approved.err
    listed = changes(gateway)
    assert not listed.get("pending")
    assert "big-1" in json.dumps(listed["order_overrides"])
    ended = run(gateway, "risk", "refuse", number, "--reason", "not needed", client="desk-1")
    assert ended.code == 0, ended.err
    assert not changes(gateway).get("order_overrides")


def test_change_that_waits_is_refused_and_is_gone(gateway: RunningGateway) -> None:
    number = ask_for_override(gateway, "big-2")
    refused = run(gateway, "risk", "refuse", number, "--reason", "too big", client="desk-2")
    assert refused.code == 0, refused.err
    assert not changes(gateway).get("pending")
    again = run(gateway, "risk", "approve", number, "--reason", "late", client="desk-2")
    assert again.code == 5


def test_phase_is_said_and_listed_and_orders_are_denied_in_it(gateway: RunningGateway) -> None:
    said = run(gateway, "risk", "phase", "instrument:AAPL", "closed", "--reason", "holiday")
    assert said.code == 0, said.err
    listed = run(gateway, "risk", "phases")
    assert "instrument:AAPL" in listed.out
    assert "holiday" in listed.out
    result = submit(gateway.ready["api"], "phase-1")
    assert result.HasField("denial")
    lifted = run(gateway, "risk", "phase", "instrument:AAPL", "none", "--reason", "open again")
    assert lifted.code == 0, lifted.err
    assert not submit(gateway.ready["api"], "phase-2").HasField("denial")


def test_order_that_is_not_in_doubt_is_not_resolved(gateway: RunningGateway) -> None:
    order = submit(gateway.ready["api"], "resolve-1", price="175.00")
    wait_until(lambda: "NEW" in run(gateway, "order", "resolve-1").out, "order works")
    terms = ("--outcome", "canceled", "--reason", "phone")
    refused = run(gateway, "orders", "resolve", order.order_id, *terms)
    assert refused.code == 5, refused.out
    assert str(order.order_id) in refused.err or "UNKNOWN" in refused.err
    missing = run(gateway, "orders", "resolve", 999_999, *terms)
    assert missing.code == 5
    assert "there is no order 999999" in missing.err
    assert "NEW" in run(gateway, "order", "resolve-1").out


def test_order_in_doubt_is_resolved_by_what_the_venue_said_on_the_phone(tmp_path: Path) -> None:
    with simulator_process(tmp_path) as (venue, port):
        write_config(tmp_path / "gateway", port, "GW-DOUBT")
        with running_gateway(tmp_path / "gateway") as running:
            wait_until(lambda: "READY" in run(running, "sessions").out, "session is ready")
            venue.send_signal(signal.SIGSTOP)  # the order gets no answer
            order = submit(running.ready["api"], "doubt-1", price="175.00")
            running.stop(signal.SIGKILL)
        with running_gateway(tmp_path / "gateway") as running:
            assert "UNKNOWN" in run(running, "order", "doubt-1").out
            terms = ("--outcome", "canceled", "--reason", "told by phone")
            resolved = run(running, "orders", "resolve", order.order_id, *terms)
            assert resolved.code == 0, resolved.err
            shown = run(running, "order", "doubt-1").out
            assert "CANCELED" in shown
            assert "told by phone" in run(running, "audit").out
            again = run(running, "orders", "resolve", order.order_id, *terms)
            assert again.code == 5
        venue.send_signal(signal.SIGCONT)


def test_session_is_reset_once_it_is_logged_out(gateway: RunningGateway) -> None:
    assert "sim" in run(gateway, "sessions", "list").out
    assert run(gateway, "sessions", "logout", "sim", "--reason", "reset", "--yes").code == 0
    wait_until(lambda: "READY" not in run(gateway, "sessions").out, "session is out")
    reset = run(gateway, "sessions", "reset", "sim", "--reason", "agreed with the venue", "--force", "--yes")
    assert reset.code == 0, reset.err
    assert run(gateway, "sessions", "logon", "sim", "--reason", "reset is done", "--yes").code == 0
    wait_until(lambda: "READY" in run(gateway, "sessions").out, "session is ready again")
