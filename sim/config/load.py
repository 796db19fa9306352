"""Read the configuration file. An error names the line, the key and what is allowed."""

from pathlib import Path
from typing import get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sim.config.settings import Settings

__all__ = ["ConfigError", "load", "parse"]

_Loc = tuple[int | str, ...]


class ConfigError(Exception):
    """The file cannot be used; the text has one line for each fault."""


def load(path: Path) -> Settings:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    return parse(text, str(path))


def parse(text: str, name: str) -> Settings:
    """Check a file's text. Scalars reach the settings as text: no price ever passes through a float."""
    try:
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        line = 1 if error.problem_mark is None else error.problem_mark.line + 1
        raise ConfigError(f"{name}:{line}: not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{name}: not YAML: {error}") from error
    if root is None:
        return Settings()
    if not isinstance(root, yaml.MappingNode):
        raise ConfigError(f"{name}:1: expected keys and values; allowed keys: {_keys_of(Settings)}")
    lines: dict[_Loc, int] = {}
    faults: list[str] = []
    content = _content(root, (), lines, faults, name)
    if faults:
        raise ConfigError("\n".join(faults))
    try:
        return Settings.model_validate(content)
    except ValidationError as error:
        raise ConfigError("\n".join(_fault(fault, lines, name) for fault in error.errors())) from error


def _content(node: yaml.Node, at: _Loc, lines: dict[_Loc, int], faults: list[str], name: str) -> object:
    """Turn nodes into dicts, lists and text, and note the line of each key."""
    lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_content(child, (*at, i), lines, faults, name) for i, child in enumerate(node.value)]
    assert isinstance(node, yaml.MappingNode)
    mapping: dict[str, object] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        line = key_node.start_mark.line + 1
        if key in mapping:
            faults.append(f"{name}:{line}: {_dotted((*at, key))}: given twice; remove one")
        lines[(*at, key)] = line
        mapping[key] = _content(value_node, (*at, key), lines, faults, name)
    return mapping


def _fault(fault: ErrorDetails, lines: dict[_Loc, int], name: str) -> str:
    loc = fault["loc"]
    line = next((lines[loc[:n]] for n in range(len(loc), -1, -1) if loc[:n] in lines), 1)
    where = f"{name}:{line}: {_dotted(loc)}"
    if fault["type"] == "extra_forbidden":
        return f"{where}: unknown key; allowed here: {_keys_of(_model_at(loc[:-1]))}"
    message = fault["msg"].removeprefix("Value error, ")
    given = fault["input"]
    shown = f" (was {given!r})" if isinstance(given, str) else ""
    return f"{where}: {message[:1].lower()}{message[1:]}{shown}"


def _model_at(loc: _Loc) -> type[BaseModel]:
    """Follow keys from the root to the model that holds the last one."""
    model: type[BaseModel] = Settings
    for key in loc:
        field = model.model_fields.get(str(key))
        if field is None:
            continue  # the name of a symbol: the model is that of the dictionary's values
        found = _model_in(field.annotation)
        if found is not None:
            model = found
    return model


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _model_in(arg)) is not None), None)


def _keys_of(model: type[BaseModel]) -> str:
    return ", ".join(model.model_fields)


def _dotted(loc: _Loc) -> str:
    return ".".join(str(part) for part in loc) or "(the whole file)"
