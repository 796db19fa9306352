"""A YAML file as plain values that still know where they stand.

Scalars stay text, exactly as written: a decimal must never pass through a float (`0.1` is no float), and
whether `NO`, `1_000` or `12:30` is a name, a number or a time is for the settings to say, not for YAML 1.1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from gateway.config.problem import ConfigError, Location, Problem, dotted

__all__ = ["Document", "Mark", "parse_document"]

DEPTH_MAX = 16
NODES_MAX = 300_000
"""Far above any real file; it bounds what aliases of aliases can expand to."""

_NULL = "tag:yaml.org,2002:null"
_STANDARD_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("bool", "float", "int", "map", "null", "seq", "str", "timestamp")
)


@dataclass(frozen=True)
class Mark:
    """A place in the file, counted from 1."""

    line: int
    column: int


@dataclass
class Document:
    """The values of a file: dicts, lists and text, with the place of every key and value."""

    name: str
    root: dict[str, Any] = field(default_factory=dict)
    keys: dict[Location, Mark] = field(default_factory=dict)
    values: dict[Location, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem_at(self, location: Location, message: str, *, at_key: bool = False) -> Problem:
        """Describe a fault at a location, or at the nearest place above it that the file has."""
        places = (self.keys, self.values) if at_key else (self.values, self.keys)
        for length in range(len(location), -1, -1):
            for marks in places:
                mark = marks.get(location[:length])
                if mark is not None:
                    return Problem(self.name, mark.line, mark.column, dotted(location), message)
        return Problem(self.name, 1, 1, dotted(location), message)


def parse_document(text: str, name: str) -> Document:
    """Read YAML. Raises ConfigError where it is no YAML; what is wrong beyond that is in `problems`."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        raise ConfigError([_syntax_problem(error, text, name)]) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        shown = f"U+{error.character:04X}" if isinstance(error.character, int) else repr(error.character)
        raise ConfigError(
            [Problem(name, line, 1, "", f"the character {shown} is not allowed; remove it")]
        ) from error
    document = Document(name)
    if root is None:
        return document
    if not isinstance(root, yaml.MappingNode):
        message = (
            "expected keys and values such as `journal:`; start from the file that `gateway init` writes"
        )
        raise ConfigError([Problem(name, _mark(root).line, _mark(root).column, "", message)])
    document.root = _Walk(document).mapping(root, ())
    return document


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, name: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    said = error.problem or error.context or "not understood"
    if error.context and error.context != said:
        said = f"{said} ({error.context})"
    lines = text.splitlines()
    if line <= len(lines) and "\t" in lines[line - 1]:
        return Problem(name, line, column, "", f"not valid YAML: {said}; indent with spaces, not with tabs")
    return Problem(
        name, line, column, "", f"not valid YAML: {said}; check the indentation and quotes around this place"
    )


def _mark(node: yaml.Node) -> Mark:
    return Mark(node.start_mark.line + 1, node.start_mark.column + 1)


class _Walk:
    """Turns nodes into values and notes where they stand."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.nodes = 0
        self.parents: list[yaml.Node] = []

    def refuse(self, location: Location, node: yaml.Node, message: str) -> None:
        mark = _mark(node)
        self.document.problems.append(
            Problem(self.document.name, mark.line, mark.column, dotted(location), message)
        )

    def value(self, node: yaml.Node, location: Location) -> Any:
        """Give a node's value, or None where it has none or was refused."""
        self.document.values[location] = _mark(node)
        self.nodes += 1
        if any(node is parent for parent in self.parents):
            self.refuse(location, node, "this alias contains itself; write the value out")
            return None
        if len(self.parents) >= DEPTH_MAX or self.nodes > NODES_MAX:
            raise ConfigError([self.document.problem_at(location, "nested too deeply, or too many values")])
        if node.tag not in _STANDARD_TAGS:
            self.refuse(location, node, f"the tag {node.tag} is not allowed; remove it")
            return None
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node, location)
        self.parents.append(node)
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.value(child, (*location, index)) for index, child in enumerate(node.value)]
            assert isinstance(node, yaml.MappingNode)
            return self.mapping(node, location)
        finally:
            self.parents.pop()

    def scalar(self, node: yaml.ScalarNode, location: Location) -> str | None:
        if node.tag == _NULL:
            self.refuse(location, node, "is empty; give it a value, or remove it")
            return None
        return str(node.value)

    def mapping(self, node: yaml.MappingNode, location: Location) -> dict[str, Any]:
        self.document.values.setdefault(location, _mark(node))
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.refuse(location, key_node, "a key must be one word")
                continue
            key = str(key_node.value)
            here = (*location, key)
            if key in values:
                first = self.document.keys[here]
                message = f"given twice, first in line {first.line}; remove one of them"
                self.refuse(here, key_node, message)
                continue
            self.document.keys[here] = _mark(key_node)
            values[key] = self.value(value_node, here)
        return values
