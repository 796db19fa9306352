"""Apply a venue's overlay: what its dialect adds to or changes in a published version.

An overlay is YAML, short and readable, so that the base dictionary stays as published:

    fields:
      - {tag: 9001, name: VenueRoute, type: STRING, values: {A: AUCTION}}   # a new field
      - {name: OrdType, add_values: {Z: VENUE_PEG}}                         # an existing one: more values
      - {name: PartyRole, values: open}                                     # any value
    messages:
      ExecutionReport:
        optional: [Side]                     # also reaches into components, for this message only
        required: [VenueRoute]
        add:
          - VenueRoute                       # a field, optional
          - {component: Parties, required: true}
          - {group: NoVenueFees, members: [VenueFeeType, {field: VenueFeeAmt, required: true}]}
        remove: [ExecRestatementReason]
      VenueStatus: {msg_type: U1, add: [VenueRoute]}                        # a new message
    groups:
      NoPartyIDs: {optional: [PartyRole]}    # every group that this field counts, wherever it is
    header: {add: [VenueRoute]}
    trailer: {}

Within one structure the order is: add, remove, required, optional.

A file that begins with `<` is an overlay in XML instead, see `dictionary_overlay_xml`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import yaml

from gateway.config.dictionary_xml import DictionaryError, Field, Member, Message, Model, Place

__all__ = ["apply_overlay", "expose_member"]

_EDITS = ("add", "remove", "required", "optional")


def apply_overlay(model: Model, text: bytes, file: str | Path) -> None:
    """Change `model` in place; `file` only names the overlay in errors.

    Raises:
        DictionaryError: the overlay is malformed, or names something that the dictionary does not have.
    """
    if text.lstrip().startswith(b"<"):
        from gateway.config.dictionary_overlay_xml import apply_xml_overlay  # which needs this module

        apply_xml_overlay(model, text, file)
        return
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DictionaryError(f"{file}:{line}: expected YAML, but {error.problem}; correct it") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DictionaryError(f"{file}: expected YAML, but {error}; correct it") from error
    if node is None:
        return
    top = _Value(node, str(file)).mapping("fields", "messages", "groups", "header", "trailer")
    for value in top["fields"].sequence() if "fields" in top else ():
        _field(model, value)
    for name, value in top["messages"].items() if "messages" in top else ():
        _message(model, name, value)
    for name, value in top["groups"].items() if "groups" in top else ():
        # Opened components share the members of their groups: each list is changed once.
        groups = {id(g.members): g for members in _structures(model) for g in _groups(members, name)}
        if not groups:
            raise value.error(
                f"a repeating group of the dictionary, counted by {name}", "none", "correct the name"
            )
        for group in groups.values():
            _edit(model, group.members, value.mapping(*_EDITS))
    if "header" in top:
        _edit(model, model.header, top["header"].mapping(*_EDITS))
    if "trailer" in top:
        _edit(model, model.trailer, top["trailer"].mapping(*_EDITS))


class _Value:
    """A YAML node that knows its place and turns surprises into errors."""

    def __init__(self, node: yaml.Node, file: str) -> None:
        self.node = node
        self.place = Place(file, node.start_mark.line + 1)

    def error(self, expected: str, was: str, remedy: str) -> DictionaryError:
        return DictionaryError(f"{self.place}: expected {expected}, was {was}; {remedy}")

    def kind(self) -> str:
        return {yaml.ScalarNode: "a text", yaml.SequenceNode: "a list"}.get(type(self.node), "a mapping")

    def text(self) -> str:
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.error("a text", self.kind(), "write one word")
        return str(self.node.value)

    def flag(self) -> bool:
        text = self.text()
        if text not in ("true", "false"):
            raise self.error("true or false", repr(text), "correct it")
        return text == "true"

    def sequence(self) -> list[_Value]:
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error("a list", self.kind(), "write [..] or lines that begin with -")
        return [_Value(n, self.place.file) for n in self.node.value]

    def items(self) -> list[tuple[str, _Value]]:
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error("a mapping", self.kind(), "write name: value")
        return [(_Value(k, self.place.file).text(), _Value(v, self.place.file)) for k, v in self.node.value]

    def mapping(self, *known: str) -> dict[str, _Value]:
        found: dict[str, _Value] = {}
        for name, value in self.items():
            if name not in known:
                raise value.error(f"one of {', '.join(known)}", repr(name), "correct the name")
            if name in found:
                raise value.error(f"{name} once", "a second one", "join them")
            found[name] = value
        return found

    def enumeration(self) -> dict[str, str]:
        return {name: value.text() for name, value in self.items()}


def _field(model: Model, value: _Value) -> None:
    given = value.mapping("tag", "name", "type", "values", "add_values")
    if "name" not in given:
        raise value.error("a name for the field", "none", "add name: ...")
    name = given["name"].text()
    known = model.fields.get(name)
    if known is None:
        if "tag" not in given or "type" not in given:
            raise value.error(
                f"a field of the dictionary, or tag and type of a new one for {name}", "neither", "add them"
            )
        tag_text = given["tag"].text()
        if not tag_text.isascii() or not tag_text.isdecimal() or not 1 <= int(tag_text) < 2**31:
            raise given["tag"].error("a tag from 1 to 2147483647", repr(tag_text), "correct the number")
        known = Field(int(tag_text), name, given["type"].text(), {}, value.place)
    elif "tag" in given and given["tag"].text() != str(known.tag):
        raise given["tag"].error(f"the tag of {name}, {known.tag}", given["tag"].text(), "leave it out")
    values = dict(known.values)
    if "values" in given:
        chosen = given["values"]
        is_open = isinstance(chosen.node, yaml.ScalarNode) and chosen.node.value == "open"
        values = {} if is_open else chosen.enumeration()
    if "add_values" in given:
        if known.place != value.place and not values:
            raise given["add_values"].error(
                f"an enumeration of {name} to add to", "a field that takes any value", "use values: ..."
            )
        values |= given["add_values"].enumeration()
    kind = given["type"].text() if "type" in given else known.type
    model.fields[name] = replace(known, type=kind, values=values, place=value.place)


def _message(model: Model, name: str, value: _Value) -> None:
    given = value.mapping("msg_type", *_EDITS)
    found = [m for m in model.messages.values() if name == m.name]
    if not found:
        if "msg_type" not in given:
            raise value.error(
                f"a message of the dictionary, or msg_type of a new one for {name}", "neither", "add it"
            )
        msg_type = given["msg_type"].text()
        if msg_type in model.messages:
            raise given["msg_type"].error(
                "a new msg_type", f"that of {model.messages[msg_type].name}", "change it"
            )
        found = [Message(name, msg_type, "app", [], value.place)]
        model.messages[msg_type] = found[0]
    elif "msg_type" in given and given["msg_type"].text() != found[0].msg_type:
        raise given["msg_type"].error(
            f"the msg_type of {name}, {found[0].msg_type}", given["msg_type"].text(), "leave it out"
        )
    _edit(model, found[0].members, given)


def _edit(model: Model, members: list[Member], given: dict[str, _Value]) -> None:
    members.extend(_member(value) for value in (given["add"].sequence() if "add" in given else ()))
    for value in given["remove"].sequence() if "remove" in given else ():
        del members[_expose(model, members, value)]
    for edit in ("required", "optional"):
        for value in given[edit].sequence() if edit in given else ():
            position = _expose(model, members, value)
            members[position] = replace(members[position], required=edit == "required")


def _member(value: _Value) -> Member:
    if isinstance(value.node, yaml.ScalarNode):
        return Member("field", value.text(), False, [], value.place)
    given = value.mapping("field", "group", "component", "required", "members")
    kinds = [kind for kind in ("field", "group", "component") if kind in given]
    if len(kinds) != 1:
        raise value.error("one of field, group, component", ", ".join(kinds) or "none", "name one")
    inner = [_member(v) for v in given["members"].sequence()] if "members" in given else []
    required = given["required"].flag() if "required" in given else False
    return Member(kinds[0], given[kinds[0]].text(), required, inner, value.place)


def _expose(model: Model, members: list[Member], value: _Value) -> int:
    name = value.text()
    position = expose_member(model, members, name)
    if position is None:
        raise value.error(
            f"a member of this structure, or one of its components, named {name}", "none", "add it"
        )
    return position


def expose_member(model: Model, members: list[Member], name: str) -> int | None:
    """Return the position of a field or group in `members`, opening the components on the way to it.

    A component is opened by putting its members in its place: a change stays within this structure. None where
    nothing is called so; then nothing was opened.
    """
    while True:
        for position, member in enumerate(members):
            if member.name == name:
                return position
        holder = next(
            (i for i, m in enumerate(members) if m.kind == "component" and _contains(model, m, name, ())),
            None,
        )
        if holder is None:
            return None
        component = members[holder]
        members[holder : holder + 1] = [
            replace(m, required=m.required and component.required) for m in model.components[component.name]
        ]


def _contains(model: Model, component: Member, name: str, path: tuple[str, ...]) -> bool:
    if component.name in path:
        return False
    return any(
        m.name == name or (m.kind == "component" and _contains(model, m, name, (*path, component.name)))
        for m in model.components.get(component.name, ())
    )


def _structures(model: Model) -> Iterator[list[Member]]:
    yield model.header
    yield model.trailer
    for message in model.messages.values():
        yield message.members
    yield from model.components.values()


def _groups(members: list[Member], name: str) -> Iterator[Member]:
    for member in members:
        if member.kind == "group":
            if member.name == name:
                yield member
            yield from _groups(member.members, name)
