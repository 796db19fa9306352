"""Scenario files: faults, and what the client is expected to do about them."""

from sim.scenario.load import ScenarioError, load_scenario, parse_rules, parse_scenario, schema
from sim.scenario.model import Scenario
from sim.scenario.run import Play, Verdict, draw_from, make_layer, verdict_of

__all__ = [
    "Play",
    "Scenario",
    "ScenarioError",
    "Verdict",
    "draw_from",
    "load_scenario",
    "make_layer",
    "parse_rules",
    "parse_scenario",
    "schema",
    "verdict_of",
]
