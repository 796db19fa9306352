"""Faults: a pure layer between the exchange's core and the socket.

`when` and `acts` are what a person writes, `rules` decides what is due, `desk` works orders by script, `layer` carries
it all out. Time and randomness are arguments.
"""

from sim.faults.layer import FaultLayer
from sim.faults.rule import Rule
from sim.faults.rules import RuleBook
from sim.faults.when import Point, Seen, When

__all__ = ["FaultLayer", "Point", "Rule", "RuleBook", "Seen", "When"]
