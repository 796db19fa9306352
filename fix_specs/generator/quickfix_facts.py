"""Read a dictionary in the QuickFIX XML format."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from .facts import Field, Member, Message, SourceError, Spec

__all__ = ["read_quickfix"]


def read_quickfix(path: Path) -> Spec:
    root = ET.parse(path).getroot()
    return Spec(
        kind=_attribute(root, "type", path),
        major=int(_attribute(root, "major", path)),
        minor=int(_attribute(root, "minor", path)),
        service_pack=int(root.get("servicepack", "0")),
        fields={f.name: f for f in (_field(e, path) for e in _section(root, "fields", path))},
        header=_members(_section(root, "header", path), path),
        trailer=_members(_section(root, "trailer", path), path),
        messages={
            m.msg_type: m
            for m in (
                Message(
                    _attribute(e, "name", path),
                    _attribute(e, "msgtype", path),
                    _attribute(e, "msgcat", path),
                    _members(e, path),
                )
                for e in _section(root, "messages", path)
            )
        },
        components={
            _attribute(e, "name", path): _members(e, path) for e in root.findall("components/component")
        },
    )


def _section(root: ET.Element, name: str, path: Path) -> ET.Element:
    section = root.find(name)
    if section is None:
        raise SourceError(f"{path}: expected a <{name}> section, found none; use a complete dictionary")
    return section


def _attribute(element: ET.Element, name: str, path: Path) -> str:
    value = element.get(name)
    if value is None:
        raise SourceError(f"{path}: <{element.tag}> {element.attrib} lacks the attribute {name}")
    return value


def _field(element: ET.Element, path: Path) -> Field:
    return Field(
        int(_attribute(element, "number", path)),
        _attribute(element, "name", path),
        _attribute(element, "type", path),
        {_attribute(v, "enum", path): _attribute(v, "description", path) for v in element.findall("value")},
    )


def _members(element: ET.Element, path: Path) -> tuple[Member, ...]:
    return tuple(
        Member(e.tag, _attribute(e, "name", path), e.get("required") == "Y", _members(e, path))
        for e in element
        if e.tag in ("field", "group", "component")
    )
