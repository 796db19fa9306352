"""The console's screen: tables that follow the gateway, and the few things that an operator does in a hurry.

Two kinds of threads ask the gateway (console_feed.py): one polls the tables, one a client follows its events. They hand
plain rows to the screen's own loop, which is the only one that touches widgets. Where the gateway does not answer, the
screen keeps what it last knew and says so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import grpc
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import DataTable, Footer, RichLog, Static

from gateway.cli.console_dialogs import Confirm, ConfirmWithReason, KillSwitch, TradingChange
from gateway.cli.console_events import Alert, Fill, Take
from gateway.cli.console_feed import Feed, Snapshot

__all__ = ["ConsoleApp"]

POLL_S = 0.5
FILLS_MAX = 500
ALERTS_KNOWN_MAX = 5_000

_COLUMNS: Mapping[str, Sequence[str]] = {
    "sessions": ("session", "state", "venue", "next in/out", "round trip", "reason"),
    "states": ("level", "state", "reason", "by"),
    "limits": ("limit", "at", "used", "of", "share"),
    "orders": (
        "order", "client", "account/strategy", "instrument", "side", "quantity", "price", "filled", "status",
        "client order id",
    ),
    "fills": ("time", "order", "account/strategy", "instrument", "side", "quantity", "price", "what"),
    "positions": ("account/strategy", "instrument", "net", "average", "realized", "unrealized", "open buy/sell"),
}  # fmt: skip
_TITLES = {
    "sessions": "Sessions",
    "states": "Trading states",
    "limits": "Limits",
    "orders": "Working orders",
    "fills": "Fills",
    "positions": "Positions",
}
_STYLES = {
    "BUY": "green", "SELL": "red", "READY": "green", "ACTIVE": "green", "HALTED": "bold red", "UNKNOWN": "bold magenta",
    "PARTIALLY_FILLED": "yellow", "DISCONNECTED": "bold red",
}  # fmt: skip
_SHARE_STYLES = ((100, "bold red"), (80, "yellow"))
"""Of a limit's share, from so many percent on."""


class ConsoleApp(App[None]):
    """A blotter over one gateway."""

    TITLE = "gateway console"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [  # noqa: RUF012 - textual's own way to say it
        Binding("c", "cancel", "Cancel order"),
        Binding("A", "cancel_all", "Cancel all"),
        Binding("k", "kill_switch", "Kill switch"),
        Binding("q", "quit", "Quit"),
    ]
    CSS = """
    Screen { layout: vertical; }
    #status { height: 1; background: $primary-darken-2; padding: 0 1; }
    #top { height: 9; }
    #middle { height: 1fr; }
    #bottom { height: 2fr; max-height: 14; }
    DataTable { border: round $primary; border-title-color: $accent; width: 1fr; height: 1fr; }
    #sessions { width: 3fr; } #states { width: 2fr; } #limits { width: 3fr; }
    #fills { width: 3fr; } #positions { width: 2fr; }
    #alerts { height: 8; border: round $warning; border-title-color: $warning; }
    .dialog { width: 76; height: auto; padding: 1 2; border: thick $error; background: $surface; }
    .answers { height: auto; margin-top: 1; } .answers Button { margin-right: 2; }
    Confirm, ConfirmWithReason, KillSwitch { align: center middle; }
    #fault { color: $error; }
    """

    def __init__(self, feed: Feed, address: str) -> None:
        super().__init__()
        self._feed = feed
        self._address = address
        self._ended = threading.Event()
        self._clients: dict[str, str] = {}
        self._alerts: dict[int, None] = {}

    def compose(self) -> ComposeResult:
        yield Static("", id="status")
        with Horizontal(id="top"):
            yield _table("sessions")
            yield _table("states")
            yield _table("limits")
        with Vertical(id="middle"):
            yield _table("orders")
        with Horizontal(id="bottom"):
            yield _table("fills")
            yield _table("positions")
        alerts = RichLog(id="alerts", max_lines=500, wrap=True)
        alerts.border_title = "Alerts"
        yield alerts
        yield Footer()

    def on_mount(self) -> None:
        self._say("asking the gateway ...")
        self.query_one("#orders", DataTable).focus()
        self.run_worker(self._poll, thread=True, exclusive=False)
        for follower in self._feed.followers():
            self.run_worker(partial(self._follow, follower), thread=True)

    def on_unmount(self) -> None:
        self._ended.set()
        self._feed.close()

    # --- threads ---

    def _poll(self) -> None:
        while not self._ended.is_set():
            try:
                self._hand_over(self._show, self._feed.snapshot())
            except grpc.RpcError as error:
                self._hand_over(self._say, f"no answer: {_reason(error)}; what is shown may be old", True)
            self._ended.wait(POLL_S)

    def _follow(self, follower: Callable[[Take], None]) -> None:
        while not self._ended.is_set():
            try:
                follower(lambda told: self._hand_over(self._tell, told))
            except grpc.RpcError:
                self._ended.wait(POLL_S)  # the poll says that it does not answer

    def _hand_over(self, take: Callable[..., None], *values: object) -> None:
        if not self._ended.is_set():
            self.call_from_thread(self._take, take, *values)

    # --- the screen's loop ---

    def _take(self, take: Callable[..., None], *values: object) -> None:
        if self.query("#fills"):  # else the screen has been taken down meanwhile
            take(*values)

    def _show(self, snapshot: Snapshot) -> None:
        self._clients = {key: row[1] for key, row in snapshot.orders.items()}
        for name in ("sessions", "states", "limits", "orders", "positions"):
            _fill(self.query_one(f"#{name}", DataTable), getattr(snapshot, name))
        ready = sum(row[1] == "READY" for row in snapshot.sessions.values())
        halted = sum(row[1] != "ACTIVE" for row in snapshot.states.values())
        self._say(
            f"{self._address}  {ready}/{len(snapshot.sessions)} sessions ready  {_count(snapshot)}"
            + (f"  TRADING HALTED AT {halted} LEVEL{'S' if halted > 1 else ''}" if halted else ""),
            bool(halted),
        )

    def _tell(self, told: Fill | Alert) -> None:
        if isinstance(told, Alert):
            if told.lsn in self._alerts:  # several clients see it, or a stream began anew
                return
            self._alerts[told.lsn] = None
            if len(self._alerts) > ALERTS_KNOWN_MAX:
                del self._alerts[next(iter(self._alerts))]
            line = Text(f"{told.time}  ", "dim")
            line.append(f"{told.kind}  ", "bold yellow")
            line.append(told.text)
            self.query_one("#alerts", RichLog).write(line, expand=True)
            return
        table = self.query_one("#fills", DataTable)
        key = str(told.lsn)
        if key in table.rows:
            return
        table.add_row(*_cells(told.cells), key=key)
        if table.row_count > FILLS_MAX:
            table.remove_row(next(iter(table.rows)))
        table.move_cursor(row=table.row_count - 1)

    def _say(self, text: str, is_bad: bool = False) -> None:
        self.query_one("#status", Static).update(Text(text, "bold white on red" if is_bad else ""))

    # --- what an operator does ---

    def action_cancel(self) -> None:
        """Cancel the order under the cursor, after a question."""
        table = self.query_one("#orders", DataTable)
        if not table.row_count:
            self.notify("there is no working order", severity="warning")
            return
        key = table.coordinate_to_cell_key(table.cursor_coordinate).row_key.value or ""
        cells = [str(cell) for cell in table.get_row(key)]
        question = f"Cancel order {key}: {cells[4]} {cells[5]} {cells[3]} @ {cells[6]} of {cells[2]}?"
        owner = self._clients.get(key, "")
        if self._feed.needs_reason(owner):
            asked = f"{question} It is of client {owner}."
            self._ask_why(asked, lambda reason: self._feed.cancel(key, owner, reason))
        else:
            self._ask(question, lambda: self._feed.cancel(key, owner))

    def action_cancel_all(self) -> None:
        """Cancel every working order, also those that are not shown, after a question that says how many there are."""
        self.run_worker(self._count_and_ask, thread=True)

    def _count_and_ask(self) -> None:
        try:
            count = self._feed.count_orders()
        except grpc.RpcError as error:
            self._hand_over(partial(self.notify, _reason(error), severity="error", timeout=10))
            return
        question = f"Cancel ALL {count} working orders of {self._feed.whose}?"
        if self._feed.needs_reason(None):
            self._hand_over(self._ask_why, question, self._feed.cancel_all)
        else:
            self._hand_over(self._ask, question, self._feed.cancel_all)

    def action_kill_switch(self) -> None:
        """Halt or resume trading, after a question."""

        def asked(change: TradingChange | None) -> None:
            if change is None:
                return
            verb = "Halt" if change.halted else "Resume"
            self._ask(
                f"{verb} trading at {change.level}: {change.reason}?",
                lambda: self._feed.set_trading(change.level, halted=change.halted, reason=change.reason),
            )

        self.push_screen(KillSwitch(), asked)

    def _ask(self, question: str, work: Callable[[], str]) -> None:
        def answered(yes: bool | None) -> None:
            if yes:
                self.run_worker(lambda: self._do(work), thread=True)

        self.push_screen(Confirm(question), answered)

    def _ask_why(self, question: str, work: Callable[[str], str]) -> None:
        def answered(reason: str | None) -> None:
            if reason:
                self.run_worker(lambda: self._do(lambda: work(reason)), thread=True)

        self.push_screen(ConfirmWithReason(question), answered)

    def _do(self, work: Callable[[], str]) -> None:
        try:
            self._hand_over(self.notify, work())
        except grpc.RpcError as error:
            self.call_from_thread(self.notify, _reason(error), severity="error", timeout=10)


def _count(snapshot: Snapshot) -> str:
    shown = len(snapshot.orders)
    return f"the newest {shown} of more working orders" if snapshot.more_orders else f"{shown} working orders"


def _table(name: str) -> DataTable[Text]:
    table: DataTable[Text] = DataTable(id=name, cursor_type="row", zebra_stripes=True)
    table.border_title = _TITLES[name]
    for column in _COLUMNS[name]:
        table.add_column(column, key=column)
    return table


def _cells(row: Sequence[str]) -> list[Text]:
    return [Text(cell, _style(cell)) for cell in row]


def _style(cell: str) -> str:
    if cell.endswith(" %"):
        share = float(cell.removesuffix(" %"))
        return next((style for least, style in _SHARE_STYLES if share >= least), "")
    return _STYLES.get(cell, "")


def _fill(table: DataTable[Text], rows: Mapping[str, Sequence[str]]) -> None:
    """Make the table show these rows in this order; the cursor stays on its row as long as that is there."""
    shown = [key.value for key in table.rows]
    if shown == list(rows):
        for key, row in rows.items():
            for column, cell in zip(table.columns, _cells(row), strict=True):
                if table.get_cell(key, column) != cell:
                    table.update_cell(key, column, cell, update_width=True)
        return
    under = table.coordinate_to_cell_key(table.cursor_coordinate).row_key.value if table.row_count else None
    table.clear()
    for key, row in rows.items():
        table.add_row(*_cells(row), key=key)
    if under is not None and under in rows:
        table.move_cursor(row=table.get_row_index(under))


def _reason(error: grpc.RpcError) -> str:
    return (error.details() if isinstance(error, grpc.Call) else None) or str(error)
