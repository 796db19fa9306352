"""docs/configuration.md holds every key with its default, and its examples are valid."""

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from gateway.cli.app import build_app
from gateway.cli.failure import ExitCode
from gateway.config.schema import json_schema

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = (DOCS / "configuration.md").read_text()
ROWS = dict(re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", PAGE, re.MULTILINE))


def keys_of_schema() -> dict[str, dict[str, Any]]:
    """Give every key of the schema with its description, by the path that the page uses."""
    schema = json_schema()
    found: dict[str, dict[str, Any]] = {}

    def walk(model: dict[str, Any], prefix: str) -> None:
        for key, entry in model["properties"].items():
            options = (entry.get("items", entry), *entry.get("anyOf", ()))
            target = next((option["$ref"] for option in options if "$ref" in option), None)
            if target is None:
                found[prefix + key] = entry
            else:
                walk(
                    schema["$defs"][target.rsplit("/", 1)[1]],
                    f"{prefix}{key}{'[]' if 'items' in entry else ''}.",
                )

    walk(schema, "")
    return found


KEYS = keys_of_schema()


def test_every_key_is_documented_and_nothing_else() -> None:
    documented = {key for key in ROWS if "." in key}
    assert documented == set(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_default_on_the_page_is_the_default(key: str) -> None:
    entry = KEYS[key]
    shown = ROWS[key].strip()
    if "default" in entry:
        assert (
            shown
            == f"`{str(entry['default']).lower() if entry.get('type') == 'boolean' else entry['default']}`"
        )
    else:
        assert not shown.startswith("`")


@pytest.mark.parametrize("example", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
def test_example_on_the_page_is_valid(example: str) -> None:
    schema = json_schema()
    schema.pop("required")
    jsonschema.validate(yaml.safe_load(example), schema)


def test_every_exit_code_is_documented() -> None:
    page = (DOCS / "cli.md").read_text()
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)} == {
        code.value for code in ExitCode
    }


def test_every_command_is_documented() -> None:
    page = (DOCS / "cli.md").read_text()
    app = build_app()
    names = [command.name for command in app.registered_commands]
    for group in app.registered_groups:
        assert group.typer_instance is not None
        names += [f"{group.name} {command.name}" for command in group.typer_instance.registered_commands]
    assert [name for name in names if f"`gateway {name}" not in page] == []
