"""The JSON schema of the configuration file, for editors."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gateway.config.scalars import Scalar
from gateway.config.settings import Settings

__all__ = ["SCHEMA_FILE_NAME", "default_text", "json_schema", "json_schema_text"]

SCHEMA_FILE_NAME = "gateway.schema.json"


def json_schema() -> dict[str, Any]:
    """Describe the file. Defaults stand there as the file would have them: `30s`, not a number of seconds."""
    schema = Settings.model_json_schema(by_alias=True)
    models: dict[str, type[BaseModel]] = {"Settings": Settings}
    pending = BaseModel.__subclasses__()
    while pending:
        model = pending.pop()
        if model.__module__.startswith("gateway."):  # the process may hold others' models of the same names
            models[model.__name__] = model
        pending.extend(model.__subclasses__())
    for name, description in (*schema["$defs"].items(), ("Settings", schema)):
        for key, field in models[name].model_fields.items():
            entry = description["properties"][field.alias or key]
            entry.pop("title", None)
            text = default_text(field)
            if text is None:
                entry.pop("default", None)
            elif entry.get("type") not in ("integer", "boolean", "array"):
                entry["default"] = text
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def json_schema_text() -> str:
    return json.dumps(json_schema(), indent=2) + "\n"


def default_text(field: FieldInfo) -> str | None:
    """Give the default of a value as the file would have it, or None where there is none."""
    if field.is_required() or field.default is None or isinstance(field.default, BaseModel):
        return None
    if isinstance(field.default, tuple):
        return str(list(field.default))
    for part in field.metadata:
        if isinstance(part, Scalar):
            return part.write(field.default)
    return str(field.default)
