"""The venues that the demo can trade on. Both say where they listen, and serve their ledger over HTTP."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.demo.configuration import COMP_ID, SessionTerms
from ops.demo.processes import Child, python

__all__ = ["VENUES", "RunningVenue", "listening", "start_venue"]


@dataclass(frozen=True)
class Venue:
    """How a venue is called and started."""

    title: str
    comp_id: str
    command: Callable[[Path, int], Sequence[str]]
    """From the run's folder and the seed."""


def _sim(folder: Path, seed: int) -> Sequence[str]:
    where = ("--port", 0, "--http-port", 0, "--ledger", folder / "ledger.json")
    return python("sim", *where, "--seed", seed, "--log-level", "warning")


def _quickfix(folder: Path, seed: int) -> Sequence[str]:
    return python("ops.demo.quickfix_venue", "--folder", folder / "quickfix", "--seed", seed)


VENUES = {
    "sim": Venue("exchange simulator", "SIM", _sim),
    "quickfix": Venue("QuickFIX acceptor", "QUICKFIX", _quickfix),
}


@dataclass(frozen=True)
class RunningVenue:
    """A venue that listens."""

    title: str
    child: Child
    terms: SessionTerms
    http: str

    async def ledger(self) -> dict[str, Any]:
        """Ask the venue for its books on this gateway."""
        return await asyncio.to_thread(self._ledger)

    def _ledger(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://{self.http}/ledger?comp_id={COMP_ID}", timeout=10) as answer:
            content: dict[str, Any] = json.load(answer)
            return content


def start_venue(name: str, folder: Path, seed: int) -> Child:
    """Start a venue; `listening` says when it can be used."""
    venue = VENUES[name]
    return Child(venue.title, venue.command(folder, seed), folder / "venue.log")


async def listening(name: str, child: Child) -> RunningVenue:
    """Wait until a venue listens. Raises ChildError."""
    venue = VENUES[name]
    fix = await child.wait_for(lambda: child.line_after("listening on "), "it listens")
    http = await child.wait_for(lambda: child.line_after("http on "), "its ledger is served")
    terms = SessionTerms(venue.comp_id, int(fix.rpartition(":")[2]))
    return RunningVenue(venue.title, child, terms, http)
