"""Recorded quotes and trades, played against the books: `python -m sim --replay FILE`."""

from sim.replay.player import Player
from sim.replay.record import Kind, Record

__all__ = ["Kind", "Player", "Record"]
