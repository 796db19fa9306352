"""`python -m sim scenarios`: what there is, what it does, and whether a file is right."""

import argparse
import json
import sys
from collections.abc import Sequence

from sim.catalogue import catalogue_names, catalogue_text
from sim.config import ConfigError
from sim.scenario.load import load_scenario, schema

__all__ = ["scenarios"]

_EPILOG = """\
examples:
  python -m sim scenarios list
  python -m sim scenarios show fill-before-ack > mine.yaml
  python -m sim scenarios check mine.yaml
  python -m sim --port 9878 --scenario mine.yaml
"""


def scenarios(arguments: Sequence[str]) -> int:
    """Run the command; gives the exit code."""
    options = _parser().parse_args(arguments)
    try:
        print(_COMMANDS[options.command](options))
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _list(options: argparse.Namespace) -> str:
    names = catalogue_names()
    width = max(map(len, names), default=0)
    return "\n".join(f"{name:{width}}  {load_scenario(name).purpose}" for name in names)


def _show(options: argparse.Namespace) -> str:
    return catalogue_text(options.name).rstrip("\n")


def _check(options: argparse.Namespace) -> str:
    scenario = load_scenario(options.name)
    return f"{scenario.name}: {len(scenario.rules)} rules, {len(scenario.expect)} expectations"


def _schema(options: argparse.Namespace) -> str:
    return json.dumps(schema(), indent=1)


_COMMANDS = {"list": _list, "show": _show, "check": _check, "schema": _schema}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sim scenarios",
        description="Scripts for the venue: faults, and what a client is expected to do about them.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("list", help="the catalogue: names and purposes")
    commands.add_parser("show", help="print a scenario's file").add_argument("name")
    check = commands.add_parser("check", help="check a file, or one of the catalogue")
    check.add_argument("name", metavar="NAME|FILE")
    commands.add_parser("schema", help="print the JSON schema of a scenario file")
    return parser
