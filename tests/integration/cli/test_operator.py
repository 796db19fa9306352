"""An operator known by a token or certificate, over TLS, beside a desk that trades: what he sees and may do."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import DataTable, Input

from gateway.cli.connection import connect
from gateway.cli.console_app import ConsoleApp
from gateway.cli.console_dialogs import Confirm, ConfirmWithReason
from gateway.cli.console_feed import Feed
from gateway.cli.failure import ExitCode
from gateway.client import Client, Side, Tls
from tests.integration.cli.console_pilot import SIZE, alerts, asked, cells, order_ids, status, until
from tests.integration.cli.processes import RunningGateway, running_gateway, wait_until, write_config
from tests.unit.cli.cli_runner import Result
from tests.unit.cli.cli_runner import gateway as cli


@dataclass(frozen=True)
class Stage:
    """A gateway with TLS and two clients: demo has every right, desk trades the same account."""

    gateway: RunningGateway
    tokens: dict[str, str]

    def enter_as(self, client: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GATEWAY_CA", str(self.tls))
        monkeypatch.setenv("GATEWAY_TOKEN", self.tokens[client])

    @property
    def tls(self) -> Path:
        return self.gateway.folder / "tls" / "ca.crt"

    def trader(self, client: str) -> Client:
        address = self.gateway.ready["api"]
        return Client(
            address, token=self.tokens[client], tls=Tls(ca=self.tls), account="DEMO", strategy="grid"
        )

    def cli(self, *arguments: object) -> Result:
        return cli(*arguments, "-c", self.gateway.config)

    def orders(self, *arguments: object) -> set[str]:
        result = self.cli("orders", "list", "--json", *arguments)
        assert result.code == 0, result.err
        return {order["client_order_id"] for order in json.loads(result.out)}


@pytest.fixture(scope="module")
def stage(sim_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("operator")
    found = re.search(r"GATEWAY_TOKEN=(\S+)", write_config(folder, sim_port, "GW-OPS", "--tls"))
    assert found is not None
    desk = json.loads(cli("client", "add", "desk", "--json").out)
    config = folder / "gateway.yaml"
    entry = (
        "clients:\n  - name: desk\n    accounts: [DEMO]\n    rights: [read, trade, cancel]\n"
        f"    token_hashes: ['{desk['token_hash']}']\n"
    )
    config.write_text(config.read_text().replace("clients:\n", entry, 1))
    with running_gateway(folder) as running, pytest.MonkeyPatch.context() as monkeypatch:
        stage = Stage(running, {"demo": found[1], "desk": desk["token"]})
        stage.enter_as("demo", monkeypatch)
        wait_until(lambda: "READY" in stage.cli("sessions").out, "session is ready")
        yield stage


@pytest.fixture
def operator(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    stage.enter_as("demo", monkeypatch)
    return stage


@pytest.fixture
def desk(stage: Stage) -> Iterator[Client]:
    with stage.trader("desk") as client:
        yield client


def rests(client: Client, name: str, price: str = "175.00", **terms: Any) -> int:
    """Submit an order that the venue keeps; its id."""
    order = client.submit("AAPL", Side.BUY, 10, price=Decimal(price), client_order_id=name, **terms)
    order.wait(lambda each: each.status.name == "NEW")
    return order.order_id


def test_operator_lists_every_clients_orders_and_a_desk_its_own(
    operator: Stage, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests(desk, "l-desk")
    with operator.trader("demo") as mine:
        rests(mine, "l-mine", strategy="other")
    assert operator.orders("--open") >= {"l-desk", "l-mine"}
    assert operator.orders("--any-client", "--of-client", "desk") >= {"l-desk"}
    assert "l-mine" not in operator.orders("--of-client", "desk")
    assert "l-desk" not in operator.orders("--own")
    assert "l-desk" in operator.cli("orders").out
    operator.enter_as("desk", monkeypatch)
    assert "l-desk" in operator.orders()
    assert "l-mine" not in operator.orders()
    for arguments in (("--any-client",), ("--of-client", "demo")):
        refused = operator.cli("orders", "list", *arguments)
        assert refused.code == ExitCode.REFUSED
        assert "admin" in refused.err


def test_orders_are_listed_by_strategy_venue_status_and_time(operator: Stage, desk: Client) -> None:
    ended = rests(desk, "f-ended", strategy="narrow")
    desk.cancel("f-ended")
    wait_until(lambda: desk.get_order(order_id=ended).status.name == "CANCELED", "the order is canceled")
    rests(desk, "f-open", strategy="narrow")
    narrow = ("--strategy", "narrow")
    assert operator.orders(*narrow, "--venue", "SIM") == {"f-ended", "f-open"}
    assert operator.orders(*narrow, "--venue", "NOWHERE") == set()
    assert operator.orders(*narrow, "--status", "canceled") == {"f-ended"}
    assert operator.orders(*narrow, "--status", "new", "--status", "canceled") == {"f-ended", "f-open"}
    assert operator.orders(*narrow, "--until", "2000-01-01") == set()
    assert operator.orders(*narrow, "--since", "2000-01-01") == {"f-ended", "f-open"}
    strange = operator.cli("orders", "list", "--status", "done")
    assert (strange.code, "partially_filled" in strange.err) == (ExitCode.USAGE, True)


def test_list_that_is_cut_says_so(operator: Stage, desk: Client) -> None:
    for number in range(3):
        rests(desk, f"c-{number}", strategy="cut")
    cut = operator.cli("orders", "list", "--strategy", "cut", "--limit", 2, "--json")
    assert [order["client_order_id"] for order in json.loads(cut.out)] == ["c-2", "c-1"]
    assert "the newest 2 of more" in cut.err
    whole = operator.cli("orders", "list", "--strategy", "cut", "--limit", 3)
    assert "of more" not in whole.err


def test_operator_cancels_a_desks_order_with_a_reason_that_is_kept(operator: Stage, desk: Client) -> None:
    order_id = rests(desk, "x-desk")
    plain = operator.cli("orders", "cancel", order_id, "--yes")
    assert (plain.code, "--any-client" in plain.out) == (ExitCode.REFUSED, True)
    assert operator.cli("orders", "cancel", order_id, "--yes", "--any-client").code == ExitCode.USAGE
    why = ("--any-client", "--reason", "stray order", "--yes")
    done = operator.cli("orders", "cancel", order_id, *why)
    assert (done.code, done.out) == (0, "1 cancels sent\n"), done.err
    wait_until(lambda: desk.get_order(order_id=order_id).status.name == "CANCELED", "the order is canceled")
    assert "by:demo:" in operator.cli("orders", "show", order_id, "--json").out
    again = operator.cli("orders", "cancel", order_id, *why)
    assert (again.code, f"order {order_id} of desk: denied: ORDER_NOT_OPEN" in again.out) == (5, True)
    assert "stray order" in operator.cli("audit", "--json").out
    rests(desk, "x-sweep", strategy="sweep")
    swept = operator.cli("orders", "cancel", "--strategy", "sweep", "--of-client", "desk", "--json", *why)
    assert json.loads(swept.out) == {"cancels_sent": 1}


def test_operator_follows_every_clients_events_elsewhere(operator: Stage, desk: Client) -> None:
    where = ("--address", operator.gateway.ready["api"], "--of-client", "desk", "--from-lsn", "1")
    command = [sys.executable, "-m", "gateway.cli", "tail", "--json", *where]
    rests(desk, "t-before")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = (json.loads(line).get("fields", {}).get("client_order_id") for line in process.stdout)
            assert "t-before" in found
            rests(desk, "t-after")
            assert "t-after" in found
        finally:
            process.terminate()


def test_desk_cannot_cancel_the_operators_order(
    operator: Stage, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with operator.trader("demo") as mine:
        order_id = rests(mine, "x-mine")
        operator.enter_as("desk", monkeypatch)
        refused = operator.cli("orders", "cancel", order_id, "--any-client", "--reason", "r", "--yes")
        assert (refused.code, "admin" in refused.err) == (ExitCode.REFUSED, True)
        assert mine.get_order(order_id=order_id).status.name == "NEW"


async def test_console_of_an_operator_shows_and_cancels_what_a_desk_does(
    operator: Stage, desk: Client
) -> None:
    first, second = rests(desk, "k-1", strategy="k"), rests(desk, "k-2", strategy="k")
    fills = [
        desk.submit("MSFT", side, 1, price=Decimal(400), strategy=f"k-{side.name.lower()}")
        for side in (Side.BUY, Side.SELL)
    ]
    denied = desk.submit("AAPL", Side.BUY, 100_001, price=Decimal(175))
    assert denied.denied
    with connect(operator.gateway.config, None, None) as connection:
        app = ConsoleApp(Feed(connection), operator.gateway.ready["api"])
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: {str(first), str(second)} <= order_ids(app), "the desk's orders")
            ids = {str(order.order_id) for order in fills}
            await until(pilot, lambda: ids <= {row[1] for row in cells(app, "fills")}, "the desk's fills")
            await until(pilot, lambda: f"#{denied.order_id}" in alerts(app), "its denial is an alert")
            await until(pilot, lambda: "LimitBreached" in alerts(app), "they met: a limit that warns")
            # Bought at 400, and the reference price is 415.
            bought = ["DEMO/k-buy", "MSFT", "1", "400", "0", "15"]
            await until(pilot, lambda: bought in [row[:6] for row in cells(app, "positions")], "the profit")
            table = app.query_one("#orders", DataTable)
            table.move_cursor(row=table.get_row_index(str(first)))
            await pilot.press("c")
            await asked(pilot, app, ConfirmWithReason)
            app.screen.query_one("#reason", Input).value = "console"
            await pilot.click("#yes")
            await until(pilot, lambda: str(first) not in order_ids(app), "the order is canceled")
            assert str(second) in order_ids(app)
            count = len(order_ids(app))
            await pilot.press("A")
            await asked(pilot, app, ConfirmWithReason)
            question = str(app.screen.query_one("#question").render())
            assert f"ALL {count} working orders of every client in the accounts of demo" in question
            await pilot.press("escape")
            await until(pilot, lambda: len(app.screen_stack) == 1, "the question is gone")
            assert "may be old" not in status(app)


async def test_console_of_a_desk_shows_its_own_and_asks_no_reason(
    operator: Stage, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = rests(desk, "d-1")
    with operator.trader("demo") as mine:
        others = rests(mine, "d-2")
    operator.enter_as("desk", monkeypatch)
    with connect(operator.gateway.config, None, None) as connection:
        app = ConsoleApp(Feed(connection), operator.gateway.ready["api"])
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: str(order) in order_ids(app), "its order is shown")
            assert str(others) not in order_ids(app)
            table = app.query_one("#orders", DataTable)
            table.move_cursor(row=table.get_row_index(str(order)))
            await pilot.press("c")
            await asked(pilot, app, Confirm)
            await pilot.press("y")
            await until(pilot, lambda: str(order) not in order_ids(app), "the order is canceled")


async def test_console_says_that_there_are_more_orders_and_cancels_them_all(
    operator: Stage, desk: Client
) -> None:
    for number in range(5):
        rests(desk, f"m-{number}", strategy="many")
    working = len(operator.orders("--open", "--limit", 1000))
    assert working >= 5
    with connect(operator.gateway.config, None, None) as connection:
        app = ConsoleApp(Feed(connection, orders_shown=2), operator.gateway.ready["api"])
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: "the newest 2 of more working orders" in status(app), "it says so")
            assert len(order_ids(app)) == 2
            await pilot.press("A")
            await asked(pilot, app, ConfirmWithReason)
            assert f"ALL {working} working orders" in str(app.screen.query_one("#question").render())
            app.screen.query_one("#reason", Input).value = "end of the day"
            await pilot.click("#yes")
            await until(pilot, lambda: not order_ids(app), "every order is canceled")
            await until(pilot, lambda: "0 working orders" in status(app), "and the count says so")
