from typing import Any

import jsonschema
import pytest
import yaml
from pydantic import BaseModel

from gateway.config.schema import json_schema
from gateway.config.template import TEMPLATE
from tests.unit.config.config_text import VALID, changed, parse


def valid_for_editors(text: str) -> bool:
    return bool(jsonschema.Draft202012Validator(json_schema()).is_valid(yaml.safe_load(text)))


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("text", [VALID, TEMPLATE])
def test_valid_file_passes_schema_and_settings(text: str) -> None:
    parse(text)
    assert valid_for_editors(text)


@pytest.mark.parametrize(
    "text",
    [
        VALID + "sesions: []\n",
        changed("9878", "65536"),
        changed("GATEWAY", '""'),
        changed("FIX.4.4", "FIX.4.5"),
        changed("0.01", "-1"),
        changed("[A1]", "[]"),
        changed("level: firm", "level: desk"),
    ],
)
def test_fault_that_one_value_shows_is_seen_by_the_schema(text: str) -> None:
    assert not valid_for_editors(text)


def test_schema_describes_every_key() -> None:
    def undescribed(model: dict[str, Any]) -> list[str]:
        return [
            key
            for key, entry in model["properties"].items()
            if "description" not in entry and "$ref" not in entry
        ]

    schema = json_schema()
    missing = {name: undescribed(model) for name, model in schema["$defs"].items()}
    assert {name: keys for name, keys in missing.items() if keys} == {}


def test_schema_shows_defaults_as_the_file_has_them() -> None:
    session = json_schema()["$defs"]["SessionSettings"]["properties"]
    assert session["heartbeat_interval"]["default"] == "30s"
    assert session["reset_on_logon"]["default"] is False
    assert json_schema()["$defs"]["JournalSettings"]["properties"]["segment_size"]["default"] == "64MiB"


def test_models_of_others_with_the_same_names_do_not_count() -> None:
    before = json_schema()

    class SessionSettings(BaseModel):
        logon_timeout_s: int = 10

    assert json_schema() == before
    assert SessionSettings().logon_timeout_s == 10
