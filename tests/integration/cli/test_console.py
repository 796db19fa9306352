"""The console on a real gateway and simulator, its keys pressed by textual's pilot."""

import asyncio
import socket
from decimal import Decimal
from pathlib import Path

from textual.widgets import DataTable, Input, Static

from gateway.cli.connection import connect
from gateway.cli.console_app import ConsoleApp
from gateway.cli.console_dialogs import Confirm, KillSwitch
from gateway.cli.console_feed import Feed
from gateway.v1 import types_pb2
from tests.integration.cli.console_pilot import SIZE, alerts, asked, cells, order_ids, status, until
from tests.integration.cli.processes import RunningGateway, running_gateway, wait_until
from tests.integration.cli.submit import submit
from tests.unit.cli.cli_runner import gateway as cli


async def test_console_shows_sessions_orders_fills_positions_and_alerts(gateway: RunningGateway) -> None:
    working = submit(gateway.ready["api"], "k-work", price="176.00")
    submit(gateway.ready["api"], "k-buy", instrument="MSFT", price="400.00", strategy="console")
    submit(
        gateway.ready["api"],
        "k-sell",
        instrument="MSFT",
        price="400.00",
        side=types_pb2.SIDE_SELL,
        strategy="other",
    )
    denied = submit(gateway.ready["api"], "k-huge", quantity="100001")
    with connect(gateway.config, None, None) as connection:
        app = ConsoleApp(Feed(connection), gateway.ready["api"])
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: str(working.order_id) in order_ids(app), "the working order is shown")
            await until(pilot, lambda: len(cells(app, "fills")) >= 2, "the fills are shown")
            await until(pilot, lambda: f"#{denied.order_id}" in alerts(app), "the denial is an alert")
            await until(
                pilot,
                lambda: any(row[0] == "DEMO/console" for row in cells(app, "positions")),
                "the position",
            )
            (session,) = cells(app, "sessions")
            assert session[:3] == ["sim", "READY", "SIM"]
            assert "1/1 sessions ready" in status(app)
            submit(gateway.ready["api"], "k-later", price="177.00")
            later = len(order_ids(app)) + 1
            await until(pilot, lambda: len(order_ids(app)) >= later, "what comes later is shown")


async def test_console_shows_how_much_of_each_limit_is_used(gateway: RunningGateway, tmp_path: Path) -> None:
    limits = tmp_path / "limits.yaml"
    limits.write_text("limits:\n  - {name: k.orders, level: 'account:DEMO', kind: open_orders, count: 50}\n")
    changed = cli("risk", "set", limits, "--reason", "console test", "-c", gateway.config)
    assert changed.code == 0, changed.err
    submit(gateway.ready["api"], "k-limit", price="174.00")
    with connect(gateway.config, None, None) as connection:
        app = ConsoleApp(Feed(connection), gateway.ready["api"])
        async with app.run_test(size=SIZE) as pilot:
            await until(
                pilot,
                lambda: any(
                    row[:2] == ["k.orders", "account:DEMO"]
                    and row[3] == "50"
                    and int(row[2]) > 0
                    and row[4] == f"{Decimal(row[2]) * 2:.1f} %"
                    for row in cells(app, "limits")
                ),
                "the limit is shown with what is used of it",
            )


async def test_console_cancels_the_order_under_the_cursor_only_when_told_so(gateway: RunningGateway) -> None:
    order = str(submit(gateway.ready["api"], "k-cancel", price="178.00").order_id)
    with connect(gateway.config, None, None) as connection:
        app = ConsoleApp(Feed(connection), gateway.ready["api"])
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: order in order_ids(app), "the order is shown")
            table = app.query_one("#orders", DataTable)
            table.move_cursor(row=table.get_row_index(order))
            for no in ("escape", "n", "enter"):  # the focus is on No
                await pilot.press("c")
                await asked(pilot, app, Confirm)
                await pilot.press(no)
                await until(pilot, lambda: len(app.screen_stack) == 1, "the question is gone")
            await pilot.pause(0.6)
            assert order in order_ids(app)
            await pilot.press("c")
            await asked(pilot, app, Confirm)
            await pilot.press("y")
            await until(pilot, lambda: order not in order_ids(app), "the order is canceled")
    assert "CANCELED" in cli("order", order, "-c", gateway.config).out


async def test_console_halts_and_resumes_trading_with_a_reason(gateway: RunningGateway) -> None:
    with connect(gateway.config, None, None) as connection:
        app = ConsoleApp(Feed(connection), gateway.ready["api"])
        async with app.run_test(size=SIZE) as pilot:
            for button, state in (("#halt", "HALTED"), ("#resume", "ACTIVE")):
                await pilot.press("k")
                await asked(pilot, app, KillSwitch)
                app.screen.query_one("#level", Input).value = "instrument:EUR/USD"
                await pilot.click(button)
                fault = str(app.screen.query_one("#fault", Static).render())
                assert "reason" in fault  # nothing is done without one
                # A button that shows that it was pressed takes no click.
                pressed = app.screen.query_one(button)
                await until(
                    pilot, lambda pressed=pressed: not pressed.has_class("-active"), "the button is up again"
                )
                app.screen.query_one("#reason", Input).value = "console test"
                await pilot.click(button)
                await asked(pilot, app, Confirm)
                await pilot.press("y")
                row = ["instrument:EUR/USD", state, "console test", "demo"]
                await until(pilot, lambda row=row: row in cells(app, "states"), f"trading is {state}")  # type: ignore[misc]


async def test_console_keeps_what_it_knows_where_the_gateway_does_not_answer(folder: Path) -> None:
    with running_gateway(folder) as running:
        wait_until(lambda: "READY" in cli("sessions", "-c", running.config).out, "session is ready")
        with connect(running.config, None, None) as connection:
            app = ConsoleApp(Feed(connection), running.ready["api"])
            async with app.run_test(size=SIZE) as pilot:
                await until(pilot, lambda: bool(cells(app, "sessions")), "sessions are shown")
                await asyncio.to_thread(running.stop)
                await until(pilot, lambda: "may be old" in status(app), "it says that it may be old")
                assert cells(app, "sessions")


def test_console_where_nothing_listens_says_so_before_it_takes_the_screen() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        result = cli("console", "--address", f"127.0.0.1:{port}", "--client", "c1")
    assert result.code == 4
