"""Questions of the console. Nothing is done without an answer, and Escape always means no."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label

__all__ = ["Confirm", "ConfirmWithReason", "KillSwitch", "TradingChange"]


class Confirm(ModalScreen[bool]):
    """Ask before something is done; `no` has the focus."""

    BINDINGS = [  # noqa: RUF012 - textual's own way to say it
        Binding("y", "answer(True)", "Yes"),
        Binding("n,escape", "answer(False)", "No"),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(self._question, id="question")
            with Horizontal(classes="answers"):
                yield Button("Yes (y)", variant="error", id="yes")
                yield Button("No (n)", variant="primary", id="no")

    def on_mount(self) -> None:
        self.query_one("#no", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        """Close with an answer."""
        self.dismiss(yes)


class ConfirmWithReason(ModalScreen[str | None]):
    """Ask before something is done whose reason the journal keeps; gives the reason, or None for no."""

    BINDINGS = [Binding("escape", "leave", "No")]  # noqa: RUF012 - textual's own way to say it

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(self._question, id="question")
            yield Input(placeholder="reason (kept in the journal)", id="reason")
            yield Label("", id="fault")
            with Horizontal(classes="answers"):
                yield Button("Yes", variant="error", id="yes")
                yield Button("No (Esc)", variant="primary", id="no")

    def on_mount(self) -> None:
        self.query_one("#reason", Input).focus()

    def on_input_submitted(self) -> None:
        self.query_one("#yes", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        reason = self.query_one("#reason", Input).value.strip()
        if event.button.id == "yes" and not reason:
            self.query_one("#fault", Label).update("a reason is needed")
            return
        self.dismiss(reason if event.button.id == "yes" else None)

    def action_leave(self) -> None:
        """Close without doing it."""
        self.dismiss(None)


@dataclass(frozen=True)
class TradingChange:
    """What is to become of trading at a level."""

    level: str
    halted: bool
    reason: str


class KillSwitch(ModalScreen[TradingChange | None]):
    """Ask at which level trading is halted or resumed, and why; both are needed."""

    BINDINGS = [Binding("escape", "leave", "Leave")]  # noqa: RUF012 - textual's own way to say it

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label("Kill switch: new orders and replaces are denied, cancels pass", id="question")
            yield Input("firm", placeholder="firm, account:NAME, instrument:NAME, ...", id="level")
            yield Input(placeholder="reason (kept in the journal)", id="reason")
            yield Label("", id="fault")
            with Horizontal(classes="answers"):
                yield Button("Halt trading", variant="error", id="halt")
                yield Button("Resume", variant="warning", id="resume")
                yield Button("Leave (Esc)", variant="primary", id="leave")

    def on_mount(self) -> None:
        self.query_one("#reason", Input).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "leave":
            self.dismiss(None)
            return
        level, reason = (self.query_one(name, Input).value.strip() for name in ("#level", "#reason"))
        if not level or not reason:
            self.query_one("#fault", Label).update("a level and a reason are needed")
            return
        self.dismiss(TradingChange(level, event.button.id == "halt", reason))

    def action_leave(self) -> None:
        """Close without a change."""
        self.dismiss(None)
