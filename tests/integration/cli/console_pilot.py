"""Presses the console's keys and reads its screen."""

import asyncio
from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import DataTable, RichLog, Static

from gateway.cli.console_app import ConsoleApp

__all__ = ["SIZE", "alerts", "asked", "cells", "order_ids", "status", "until"]

SIZE = (170, 56)
WAIT_S = 60.0


async def until(pilot: Pilot[None], condition: Callable[[], bool], what: str) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + WAIT_S
    while not condition():
        assert loop.time() < deadline, what
        await pilot.pause(0.05)


async def asked(pilot: Pilot[None], app: ConsoleApp, question: type[Screen[Any]]) -> None:
    await until(pilot, lambda: isinstance(app.screen, question), f"{question.__name__} is shown")
    await pilot.pause()


def cells(app: ConsoleApp, name: str) -> list[list[str]]:
    table = app.query_one(f"#{name}", DataTable)
    return [[str(cell) for cell in table.get_row(key)] for key in table.rows]


def order_ids(app: ConsoleApp) -> set[str]:
    return {row[0] for row in cells(app, "orders")}


def alerts(app: ConsoleApp) -> str:
    return "\n".join(line.text for line in app.query_one("#alerts", RichLog).lines)


def status(app: ConsoleApp) -> str:
    return str(app.query_one("#status", Static).render())
