"""Apply a venue's overlay in XML: a part of a dictionary in the QuickFIX format, as brokers hand them out.

    <fix>
      <fields>
        <field number='9001' name='VenueRoute' type='STRING'/>               <!-- a new field -->
        <field number='40' name='OrdType' type='CHAR'>                       <!-- a known one: more values -->
          <value enum='Z' description='VENUE_PEG'/>
        </field>
        <field number='452' name='PartyRole' type='INT' allowOtherValues='true'/>   <!-- any value -->
      </fields>
      <components>
        <component name='Parties'>...</component>                            <!-- wherever it is used -->
      </components>
      <messages>
        <message name='ExecutionReport' msgtype='8'>
          <field name='VenueRoute' required='Y'/>                            <!-- not there yet: added -->
          <field name='Side' required='N'/>                                  <!-- there: the flag is changed -->
          <group name='NoVenueFees' required='N'>...</group>                 <!-- there: its members likewise -->
        </message>
      </messages>
      <header>...</header> <trailer>...</trailer>
    </fix>

Every section may be left out. What a structure has is changed where it stands, also inside its components, and
then for this structure only; what it does not have is added at its end. A published member cannot be removed in
this form: the YAML form can.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gateway.config.dictionary_overlay import expose_member
from gateway.config.dictionary_xml import (
    ADMIN_MSG_TYPES,
    TAG_MAX,
    DictionaryError,
    Field,
    Member,
    Message,
    Model,
    Node,
    members_of,
    parse_nodes,
)

__all__ = ["apply_xml_overlay"]

_SECTIONS = ("header", "trailer", "messages", "components", "fields")


def apply_xml_overlay(model: Model, text: bytes, file: str | Path) -> None:
    """Change `model` in place; `file` only names the overlay in errors.

    Raises:
        DictionaryError: the XML is malformed, or contradicts what the dictionary has.
    """
    root = parse_nodes(text, str(file))
    if root.tag != "fix":
        raise DictionaryError(f"{root.place}: expected the root element <fix>, was <{root.tag}>; correct it")
    for section in root.children:
        if section.tag not in _SECTIONS:
            raise DictionaryError(
                f"{section.place}: expected {', '.join(_SECTIONS)} in <fix>, was <{section.tag}>; "
                "correct the spelling, or remove it"
            )
    sections = {node.tag: node for node in root.children}
    for node in _children(sections, "fields", "field"):
        _field(model, node)
    for node in _children(sections, "components", "component"):
        _component(model, node)
    for node in _children(sections, "messages", "message"):
        _message(model, node)
    if "header" in sections:
        _merge(model, model.header, members_of(sections["header"]))
    if "trailer" in sections:
        _merge(model, model.trailer, members_of(sections["trailer"]))


def _children(sections: dict[str, Node], section: str, tag: str) -> list[Node]:
    found = sections[section].children if section in sections else []
    for node in found:
        if node.tag != tag:
            raise DictionaryError(
                f"{node.place}: expected <{tag}> in <{section}>, was <{node.tag}>; move or remove it"
            )
    return found


def _field(model: Model, node: Node) -> None:
    tag, name, kind = node.integer("number", 1, TAG_MAX), node.get("name"), node.get("type")
    known = model.fields.get(name)
    if known is None:
        other = next((f for f in model.fields.values() if f.tag == tag), None)
        if other is not None:
            raise DictionaryError(
                f"{node.place}: expected the name of tag {tag}, {other.name}, was {name}; use that name, or "
                "another number"
            )
    elif known.tag != tag:
        raise DictionaryError(
            f"{node.place}: expected the number of {name}, {known.tag}, was {tag}; correct the number, or "
            "the name"
        )
    values = {value.get("enum"): value.attributes.get("description", "") for value in node.children}
    if node.attributes.get("allowOtherValues", "false").lower() in ("true", "y"):
        values = {}
    elif known is not None:
        if values and not known.values:
            raise DictionaryError(
                f"{node.place}: {name} takes any value, expected no <value>; remove them, or use the YAML form, "
                "which can close a field"
            )
        values = known.values | values
    model.fields[name] = Field(tag, name, kind, values, node.place)


def _component(model: Model, node: Node) -> None:
    _merge(model, model.components.setdefault(node.get("name"), []), members_of(node))


def _message(model: Model, node: Node) -> None:
    name, msg_type = node.get("name"), node.get("msgtype")
    known = model.messages.get(msg_type)
    if known is None:
        default = "admin" if msg_type in ADMIN_MSG_TYPES else "app"
        known = Message(name, msg_type, node.attributes.get("msgcat", default), [], node.place)
        model.messages[msg_type] = known
    elif known.name != name:
        raise DictionaryError(
            f"{node.place}: expected the name of message type {msg_type}, {known.name}, was {name}; correct "
            "one of them"
        )
    _merge(model, known.members, members_of(node))


def _merge(model: Model, members: list[Member], changes: list[Member]) -> None:
    for change in changes:
        position = expose_member(model, members, change.name)
        if position is None:
            members.append(change)
            continue
        known = members[position]
        if known.kind != change.kind:
            raise DictionaryError(
                f"{change.place}: expected <{known.kind}> for {change.name}, as in the dictionary, was "
                f"<{change.kind}>; correct it"
            )
        inner = list(known.members)  # a component's other users keep theirs
        _merge(model, inner, change.members)
        members[position] = replace(known, required=change.required, members=inner)
