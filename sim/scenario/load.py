"""Scenario files, from disk or from the catalogue."""

from pathlib import Path
from typing import Any

from sim.catalogue import catalogue_text
from sim.config import ConfigError
from sim.config.document import parse_document
from sim.config.load import read_text
from sim.faults.rule import Rule
from sim.scenario.model import Rules, Scenario

__all__ = ["ScenarioError", "load_scenario", "parse_rules", "parse_scenario", "schema"]

ScenarioError = ConfigError


def load_scenario(name_or_path: str) -> Scenario:
    """Give a scenario of the catalogue by its name, or that of a file. Raises ScenarioError."""
    if "/" in name_or_path or name_or_path.endswith((".yaml", ".yml")):
        return parse_scenario(read_text(Path(name_or_path)), name_or_path)
    return parse_scenario(catalogue_text(name_or_path), f"{name_or_path}.yaml")


def parse_scenario(text: str, name: str) -> Scenario:
    return parse_document(text, name, Scenario)


def parse_rules(text: str, name: str) -> list[Rule]:
    """Read `rules: [...]`, or one rule alone, as a scenario file has them. Raises ScenarioError."""
    if any(line.lstrip().startswith(("rules:", "{rules:", "{ rules:")) for line in text.splitlines()):
        return parse_document(text, name, Rules).rules
    return [parse_document(text, name, Rule)]


def schema() -> dict[str, Any]:
    """Give the JSON schema of a scenario file, for editors and for those who write one by program."""
    return Scenario.model_json_schema() | {"$schema": "https://json-schema.org/draft/2020-12/schema"}
