"""Check a YAML document against a model. An error names the line, the key and what is allowed."""

from typing import TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

__all__ = ["ConfigError", "parse_document"]

_Loc = tuple[int | str, ...]
M = TypeVar("M", bound=BaseModel)


class ConfigError(Exception):
    """The file cannot be used; the text has one line for each fault."""


def parse_document(text: str, name: str, model: type[M]) -> M:
    """Check a text. Scalars reach the model as text: no price ever passes through a float.

    `name` is what errors call the text. Raises ConfigError with all faults.
    """
    try:
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        line = 1 if error.problem_mark is None else error.problem_mark.line + 1
        raise ConfigError(f"{name}:{line}: not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{name}: not YAML: {error}") from error
    if root is not None and not isinstance(root, yaml.MappingNode):
        raise ConfigError(f"{name}:1: expected keys and values; allowed keys: {_keys_of(model)}")
    lines: dict[_Loc, int] = {}
    faults: list[str] = []
    content = {} if root is None else _content(root, (), lines, faults, name)
    if faults:
        raise ConfigError("\n".join(faults))
    try:
        return model.model_validate(content)
    except ValidationError as error:
        texts = (_fault(fault, lines, name, model) for fault in error.errors())
        raise ConfigError("\n".join(texts)) from error


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


def _fault(fault: ErrorDetails, lines: dict[_Loc, int], name: str, root: type[BaseModel]) -> str:
    loc = fault["loc"]
    line = next((lines[loc[:n]] for n in range(len(loc), -1, -1) if loc[:n] in lines), 1)
    where = f"{name}:{line}: {_dotted(loc)}"
    if fault["type"] == "extra_forbidden":
        return f"{where}: unknown key; allowed here: {_keys_of(_model_at(loc[:-1], root))}"
    message = fault["msg"].removeprefix("Value error, ")
    given = fault["input"]
    shown = f" (was {given!r})" if isinstance(given, str) else ""
    return f"{where}: {message[:1].lower()}{message[1:]}{shown}"


def _model_at(loc: _Loc, root: type[BaseModel]) -> type[BaseModel]:
    """Follow keys from the root to the model that holds the last one."""
    model = root
    for key in loc:
        field = _field_of(model, str(key))
        if field is None:
            continue  # an index, or a key of a dictionary: the model is that of its values
        found = _model_in(field.annotation)
        if found is not None:
            model = found
    return model


def _field_of(model: type[BaseModel], key: str) -> FieldInfo | None:
    fields = model.model_fields.items()
    return next((field for name, field in fields if key in (name, field.alias)), None)


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _model_in(arg)) is not None), None)


def _keys_of(model: type[BaseModel]) -> str:
    return ", ".join(field.alias or name for name, field in model.model_fields.items())


def _dotted(loc: _Loc) -> str:
    return ".".join(str(part) for part in loc) or "(the whole file)"
