"""What the demo shows: where things are, progress, and the tables at the end.

On a terminal with colours and a moving bar; otherwise the same in plain lines.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Coroutine
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from gateway.client import Session
from ops.demo.comparison import Comparison
from ops.demo.processes import Child
from ops.demo.record import Record
from ops.demo.venues import RunningVenue

__all__ = ["Screen"]

_REFRESH_S = 0.1
_PLAIN_REFRESH_S = 2.0
_DIFFERENCES_SHOWN = 20

RATE_FROM_S = 0.5
QUANTILES = (50, 90, 99, 100)

Answer = TypeVar("Answer")


class Screen:
    """Writes to a console."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def opens(self, venue: str, seconds: float, seed: int, folder: Path) -> None:
        self._say(f"[bold]fixgateway demo[/]  venue {venue}, {seconds:g} s, seed {seed}")
        self._fact("folder", f"{folder}  (configuration, logs, journal, database)")

    def venue_listens(self, venue: RunningVenue) -> None:
        self._fact("venue", f"{venue.title}: FIX 127.0.0.1:{venue.terms.port}, http://{venue.http}/ledger")

    def gateway_listens(self, ready: dict[str, Any], log: Path) -> None:
        self._fact("gateway", f"gRPC {ready['api']}, http://{ready['monitor']}/metrics, log {log.name}")

    def session_ready(self, session: Session, after_s: float) -> None:
        names = f"{session.begin_string} {session.sender_comp_id} -> {session.target_comp_id}"
        self._fact("session", f"{names}, ready after {after_s:.2f} s")

    async def progress(self, seconds: float, record: Record, trading: asyncio.Task[None]) -> None:
        """Show how it goes for as long as the strategy trades; ends early where trading does."""
        clock = asyncio.get_running_loop().time
        start = clock()
        plain = not self._console.is_terminal
        columns = (TextColumn("{task.description:9}"), BarColumn(), TextColumn("{task.fields[text]}"))
        with Progress(*columns, console=self._console, disable=plain) as bar:
            task = bar.add_task("trading", total=seconds, text="")
            while (passed := clock() - start) < seconds and not trading.done():
                bar.update(task, completed=passed, text=_counts(record, passed))
                wait_s = min(_PLAIN_REFRESH_S if plain else _REFRESH_S, seconds - passed)
                await asyncio.wait([trading], timeout=wait_s)
                if plain:
                    passed = clock() - start
                    self._say(f"  {'trading':9}{passed:5.1f} s  {_counts(record, passed)}")
            bar.update(task, completed=seconds, text=_counts(record, clock() - start))

    async def while_(self, what: str, work: Coroutine[Any, Any, Answer]) -> Answer:
        """Say what is being waited for, and how long it took."""
        clock = asyncio.get_running_loop().time
        start = clock()
        if self._console.is_terminal:
            with self._console.status(what):
                answer = await work
        else:
            answer = await work
        self._fact("then", f"{what}: {clock() - start:.2f} s")
        return answer

    def stopped(self, *children: Child) -> None:
        self._fact("stopped", ", ".join(f"{child.name} (exit code {child.exit_code})" for child in children))

    def shows_log(self, child: Child) -> None:
        self._say(f"\nthe end of {child.log} ({child.name}):", style="yellow")
        self._console.print(child.last_lines(), markup=False, highlight=False, soft_wrap=True)

    def results(self, found: Comparison, record: Record) -> None:
        for table in (
            _outcomes(found, record),
            _latencies(record),
            _books(found),
            _counts_compared(found),
        ):
            self._console.print(table)
        self._console.print()

    def verdict(self, found: Comparison, folder: Path) -> None:
        if not found.differences:
            self._say(
                "[bold green]The books agree[/]: every order, every fill and every position of the gateway"
                " is the venue's."
            )
        else:
            self._say(f"[bold red]The books differ[/] in {len(found.differences)} points:")
            for difference in found.differences[:_DIFFERENCES_SHOWN]:
                self._console.print(f"  - {difference}", markup=False, highlight=False)
            if (more := len(found.differences) - _DIFFERENCES_SHOWN) > 0:
                self._say(f"  and {more} more")
        command = os.path.relpath(Path(sys.executable).with_name("gateway"))
        self._say(f"To look closer: {command} journal dump {folder}/journal | less", style="dim")

    def _fact(self, name: str, text: str) -> None:
        self._say(f"  {name:9}{text}")

    def _say(self, text: str, style: str = "") -> None:
        self._console.print(text, style=style, highlight=False, soft_wrap=True)


def _counts(record: Record, passed_s: float) -> str:
    text = (
        f"{record.commands['NewOrder']:,} orders  {record.commands['Replace']:,} replaces"
        f"  {record.commands['Cancel']:,} cancels  {len(record.fills):,} fills"
    )
    if passed_s < RATE_FROM_S:
        return text
    return f"{text}  ({record.commands.total() / passed_s:,.0f} commands/s)"


def _table(title: str, *columns: str) -> Table:
    """A table with one column of names, and numbers in the others."""
    table = Table(
        title=f"\n{title}", title_justify="left", title_style="bold", box=SIMPLE_HEAD, show_edge=False
    )
    table.add_column(columns[0], no_wrap=True, min_width=28)
    for column in columns[1:]:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _outcomes(found: Comparison, record: Record) -> Table:
    table = _table("Orders by outcome", "", "orders")
    for outcome, count in found.outcomes.most_common():
        table.add_row(outcome, f"{count:,}")
        if outcome == "DENIED":
            for code, denied in record.order_denials.most_common():
                table.add_row(f"  {code}", f"({denied:,})", style="dim")
    table.add_row("all", f"{found.outcomes.total():,}", style="bold")
    for code, count in record.request_denials.most_common():
        table.add_row(f"requests denied: {code}", f"{count:,}")
    if record.request_rejects:
        table.add_row("requests that the venue refused", f"{record.request_rejects:,}")
    return table


def _latencies(record: Record) -> Table:
    table = _table("Latency as the strategy sees it, ms", "", "count", "p50", "p90", "p99", "max")
    for name, values in (
        ("submit -> result", record.result_ns),
        ("submit -> first report", record.report_ns),
    ):
        ordered = sorted(values)
        shown = [f"{_quantile(ordered, q) / 1e6:.2f}" for q in QUANTILES] if ordered else ["-"] * 4
        table.add_row(name, f"{len(ordered):,}", *shown)
    return table


def _quantile(ordered: list[int], percent: int) -> int:
    """The smallest value that at least this part of all values does not exceed."""
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(rank, 1) - 1]


def _books(found: Comparison) -> Table:
    table = _table(
        "Net positions in three books", "", "fills", "bought", "sold", "gateway", "venue", "strategy", ""
    )
    for row in found.rows:
        table.add_row(
            row.symbol,
            f"{row.fills:,}",
            _number(row.bought),
            _number(row.sold),
            _number(row.gateway_net),
            _number(row.venue_net),
            _number(row.strategy_net),
            _verdict(row.agrees),
        )
    return table


def _counts_compared(found: Comparison) -> Table:
    table = _table("Counts in both books", "", "gateway", "venue", "")
    for name, here, there in (
        ("orders sent / arrived", found.gateway_orders, found.venue_orders),
        ("fills received / executed", found.gateway_fills, found.venue_fills),
    ):
        table.add_row(name, f"{here:,}", f"{there:,}", _verdict(here == there))
    table.add_row("orders that reached the venue twice", "", f"{found.twice:,}", _verdict(not found.twice))
    return table


def _verdict(agrees: bool) -> str:
    return "[green]agree[/]" if agrees else "[bold red]DIFFER[/]"


def _number(value: Decimal) -> str:
    return f"{value.normalize():,f}"
