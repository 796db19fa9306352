"""The settings in force, as people and programs may see them: no secret is in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, SecretStr

from gateway.config.settings import Settings

__all__ = ["ShownValue", "shown_settings"]

_HIDDEN = "***"
_HIDDEN_KEYS = frozenset({"token_hashes"})
"""Not secrets by type; shown, they would help to try tokens out."""


@dataclass(frozen=True, slots=True)
class ShownValue:
    """One value: where it stands, its text, whether somebody gave it, and whether it is a secret."""

    path: str
    text: str
    given: bool
    secret: bool = False


def shown_settings(settings: Settings) -> list[ShownValue]:
    """List every value in the order of the configuration; secrets are `***`, what has no value is left out."""
    return list(_values(settings, settings.model_dump(mode="json"), "", given=True))


def _values(value: Any, written: Any, path: str, *, given: bool) -> Iterator[ShownValue]:
    """`written` is the same value as the file would have it."""
    if value is None:
        return
    if isinstance(value, SecretStr) or path.rpartition(".")[2] in _HIDDEN_KEYS:
        if value:
            yield ShownValue(path, _HIDDEN, given, secret=True)
    elif isinstance(value, BaseModel):
        for key in type(value).model_fields:
            here = f"{path}.{key}" if path else key
            given_here = given and key in value.model_fields_set
            yield from _values(getattr(value, key), written[key], here, given=given_here)
    elif isinstance(value, dict):
        for key, each in value.items():
            text = key if isinstance(key, str) else str(getattr(key, "value", key))
            yield from _values(each, written.get(text, str(each)), f"{path}.{text}", given=given)
    elif isinstance(value, tuple | list) and isinstance(written, list):
        for index, (each, each_written) in enumerate(zip(value, written, strict=True)):
            yield from _values(each, each_written, f"{path}[{index}]", given=given)
    else:
        yield ShownValue(path, _text(written), given)


def _text(written: Any) -> str:
    if isinstance(written, bool):
        return "true" if written else "false"
    return str(written)
