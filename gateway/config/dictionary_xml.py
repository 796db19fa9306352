"""Read a FIX dictionary in the QuickFIX XML format into a model that can be checked, overlaid and compiled.

Every part of the model keeps the place it came from (`file:line`), because these files are handed out by
brokers and edited by hand: an error names the line, what was expected there and what to do.
"""

from __future__ import annotations

import xml.parsers.expat
from dataclasses import dataclass, field
from pathlib import Path

__all__ = [
    "ADMIN_MSG_TYPES",
    "TAG_MAX",
    "DictionaryError",
    "Field",
    "Member",
    "Message",
    "Model",
    "Node",
    "Place",
    "members_of",
    "parse_dictionary",
    "parse_nodes",
]

ADMIN_MSG_TYPES = frozenset("012345A")
TAG_MAX = 2**31 - 1


class DictionaryError(ValueError):
    """A dictionary or overlay cannot be used; the text says where and what to do."""


@dataclass(frozen=True)
class Place:
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Field:
    tag: int
    name: str
    type: str
    values: dict[str, str]
    place: Place


@dataclass(frozen=True)
class Member:
    """One reference in a structure; `kind` is field, group or component."""

    kind: str
    name: str
    required: bool
    members: list[Member]
    place: Place


@dataclass(frozen=True)
class Message:
    name: str
    msg_type: str
    category: str
    members: list[Member]
    place: Place


@dataclass
class Model:
    kind: str
    major: int
    minor: int
    service_pack: int
    header: list[Member] = field(default_factory=list)
    trailer: list[Member] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    components: dict[str, list[Member]] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)


@dataclass
class Node:
    """One element of the XML, with its place."""

    tag: str
    attributes: dict[str, str]
    place: Place
    children: list[Node] = field(default_factory=list)

    def get(self, name: str) -> str:
        value = self.attributes.get(name)
        if value is None:
            raise DictionaryError(
                f"{self.place}: expected the attribute {name!r} in <{self.tag}>, found "
                f"{', '.join(self.attributes) or 'none'}; add {name}='...'"
            )
        return value

    def integer(self, name: str, minimum: int, maximum: int) -> int:
        text = self.get(name)
        if not text.isascii() or not text.isdecimal() or not minimum <= int(text) <= maximum:
            raise DictionaryError(
                f"{self.place}: expected {name} from {minimum} to {maximum} in <{self.tag}>, was {text!r}; "
                "correct the number"
            )
        return int(text)

    def flag(self, name: str) -> bool:
        text = self.get(name)
        if text not in ("Y", "N"):
            raise DictionaryError(
                f"{self.place}: expected {name}='Y' or {name}='N', was {text!r}; correct it"
            )
        return text == "Y"


def parse_dictionary(text: bytes, file: str | Path) -> Model:
    """Parse the bytes of a dictionary; `file` only names it in errors.

    Raises:
        DictionaryError: the XML is malformed, or a definition is incomplete or given twice.
    """
    root = parse_nodes(text, str(file))
    if root.tag != "fix":
        raise DictionaryError(
            f"{root.place}: expected the root element <fix>, was <{root.tag}>; use a FIX dictionary"
        )
    kind = root.get("type") if "type" in root.attributes else "FIX"
    if kind not in ("FIX", "FIXT"):
        raise DictionaryError(
            f"{root.place}: expected type 'FIX' or 'FIXT' in <fix>, was {kind!r}; correct it"
        )
    service_pack = root.integer("servicepack", 0, 9) if "servicepack" in root.attributes else 0
    model = Model(kind, root.integer("major", 1, 9), root.integer("minor", 0, 9), service_pack)
    sections = {node.tag: node for node in root.children}
    for name in ("header", "trailer", "messages", "fields"):
        if name not in sections:
            raise DictionaryError(
                f"{root.place}: expected a <{name}> section in <fix>, found {', '.join(sections) or 'none'}; "
                f"add <{name}>"
            )
    for node in sections["fields"].children:
        _add_field(model, node)
    model.header = members_of(sections["header"])
    model.trailer = members_of(sections["trailer"])
    for node in sections["messages"].children:
        _add_message(model, node)
    for node in sections["components"].children if "components" in sections else ():
        name = node.get("name")
        if name in model.components:
            raise DictionaryError(f"{node.place}: component {name} is defined twice; remove one")
        model.components[name] = members_of(node)
    return model


def parse_nodes(text: bytes, file: str) -> Node:
    """Parse XML into its root element. Raises DictionaryError where it is malformed."""
    parser = xml.parsers.expat.ParserCreate()
    top = Node("", {}, Place(file, 0))
    stack = [top]

    def start(tag: str, attributes: dict[str, str]) -> None:
        node = Node(tag, attributes, Place(file, parser.CurrentLineNumber))
        stack[-1].children.append(node)
        stack.append(node)

    def end(_tag: str) -> None:
        stack.pop()

    def entity(*_declaration: object) -> None:
        # A dictionary needs no entities, and expanding them is how a small file fills the memory.
        raise DictionaryError(
            f"{file}:{parser.CurrentLineNumber}: expected no entity declaration; write the text itself"
        )

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.EntityDeclHandler = entity
    try:
        parser.Parse(text, True)
    except xml.parsers.expat.ExpatError as error:
        reason = xml.parsers.expat.ErrorString(error.code)
        raise DictionaryError(
            f"{file}:{error.lineno}: expected well-formed XML, but {reason} at column {error.offset + 1}; "
            "correct it, or ask the broker for the file again"
        ) from error
    return top.children[0]


def _add_field(model: Model, node: Node) -> None:
    if node.tag != "field":
        raise DictionaryError(
            f"{node.place}: expected <field> in <fields>, was <{node.tag}>; move or remove it"
        )
    values: dict[str, str] = {}
    for value in node.children:
        # Symbolic names are for people; a dictionary without them is as good.
        values.setdefault(value.get("enum"), value.attributes.get("description", ""))
    made = Field(node.integer("number", 1, TAG_MAX), node.get("name"), node.get("type"), values, node.place)
    if made.name in model.fields:
        first = model.fields[made.name].place
        raise DictionaryError(f"{node.place}: field {made.name} is already defined at {first}; remove one")
    model.fields[made.name] = made


def _add_message(model: Model, node: Node) -> None:
    if node.tag != "message":
        raise DictionaryError(
            f"{node.place}: expected <message> in <messages>, was <{node.tag}>; move or remove it"
        )
    msg_type = node.get("msgtype")
    default = "admin" if msg_type in ADMIN_MSG_TYPES else "app"
    category = node.attributes.get("msgcat", default)
    if category not in ("admin", "app"):
        raise DictionaryError(
            f"{node.place}: expected msgcat='admin' or msgcat='app', was {category!r}; correct it"
        )
    if msg_type in model.messages:
        first = model.messages[msg_type].place
        raise DictionaryError(
            f"{node.place}: message type {msg_type!r} is already defined at {first}; remove one"
        )
    model.messages[msg_type] = Message(node.get("name"), msg_type, category, members_of(node), node.place)


def members_of(node: Node) -> list[Member]:
    """Read the members of a message, component or group. Raises DictionaryError."""
    members = []
    for child in node.children:
        if child.tag not in ("field", "group", "component"):
            raise DictionaryError(
                f"{child.place}: expected <field>, <group> or <component> in <{node.tag}>, was "
                f"<{child.tag}>; move or remove it"
            )
        members.append(
            Member(child.tag, child.get("name"), child.flag("required"), members_of(child), child.place)
        )
    return members
