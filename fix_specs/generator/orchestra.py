"""Read an Orchestra repository file (FIX Trading Community, repository schema of 2020).

Orchestra numbers everything: fields, components and groups refer to each other by id. The dictionary format
refers by name, so ids are resolved here. An Orchestra group becomes a component that wraps the repeating
group, which is also how QuickFIX names them (`Parties` around `NoPartyIDs`).
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

from .facts import Field, Member, Message, SourceError, Spec

__all__ = ["read_orchestra", "symbol"]

_NS = "{http://fixprotocol.io/2020/orchestra/repository}"
_ENVELOPE = ("StandardHeader", "StandardTrailer")


def symbol(name: str) -> str:
    """Spell an Orchestra code name as dictionaries do: `GoodTillCancel` -> `GOOD_TILL_CANCEL`."""
    parts = re.sub(r"([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])", r"\1\3_\2", name)
    return re.sub(r"[^A-Za-z0-9]+", "_", parts).strip("_").upper()


def read_orchestra(path: Path, version: tuple[str, int, int, int]) -> Spec:
    """Read `path` as the given version; the version texts inside the files are not uniform."""
    return _Reader(path).read(version)


class _Reader:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.root = ET.parse(path).getroot()
        if self.root.tag != f"{_NS}repository":
            raise SourceError(f"{path}: expected an Orchestra <repository>, was <{self.root.tag}>")
        self.codes = {c.get("name", ""): c for c in self._all("codeSets/codeSet")}
        self.fields = {f.tag: f for f in map(self._field, self._all("fields/field"))}
        self.components = {c.get("id", ""): c for c in self._all("components/component")}
        self.groups = {g.get("id", ""): g for g in self._all("groups/group")}

    def read(self, version: tuple[str, int, int, int]) -> Spec:
        kind, major, minor, service_pack = version
        components = {e.get("name", ""): self._members(e) for e in self.components.values()}
        header, trailer = (components.pop(name, None) for name in _ENVELOPE)
        if header is None or trailer is None:
            raise SourceError(f"{self.path}: expected the components {' and '.join(_ENVELOPE)}")
        components |= {e.get("name", ""): (self._group(e),) for e in self.groups.values()}
        messages: dict[str, Message] = {}
        for element in self._all("messages/message"):
            structure = element.find(f"{_NS}structure")
            if structure is None:
                raise SourceError(f"{self.path}: message {element.get('name')} has no structure")
            category = "admin" if element.get("category") == "Session" else "app"
            msg_type = element.get("msgType", "")
            messages[msg_type] = Message(
                element.get("name", ""), msg_type, category, self._members(structure)
            )
        fields = {f.name: f for f in self.fields.values()}
        return Spec(kind, major, minor, service_pack, fields, header, trailer, messages, components)

    def _all(self, path: str) -> list[ET.Element]:
        return self.root.findall("/".join(_NS + part for part in path.split("/")))

    def _field(self, element: ET.Element) -> Field:
        kind = element.get("type", "")
        values: dict[str, str] = {}
        if kind in self.codes:
            code_set = self.codes[kind]
            kind = code_set.get("type", "")
            values = {c.get("value", ""): symbol(c.get("name", "")) for c in code_set.findall(f"{_NS}code")}
        return Field(int(element.get("id", "0")), element.get("name", ""), kind.upper(), values)

    def _members(self, element: ET.Element) -> tuple[Member, ...]:
        return tuple(m for e in element if (m := self._member(e)) is not None)

    def _member(self, element: ET.Element) -> Member | None:
        reference = element.get("id", "")
        required = element.get("presence") == "required"
        if element.tag == f"{_NS}fieldRef":
            return Member("field", self._field_name(reference), required)
        if element.tag in (f"{_NS}componentRef", f"{_NS}groupRef"):
            target = (self.components if element.tag.endswith("componentRef") else self.groups).get(reference)
            if target is None:
                raise SourceError(
                    f"{self.path}: {element.tag} refers to id {reference}, which is not defined"
                )
            name = target.get("name", "")
            return None if name in _ENVELOPE else Member("component", name, required)
        return None

    def _group(self, element: ET.Element) -> Member:
        count = element.find(f"{_NS}numInGroup")
        if count is None:
            raise SourceError(f"{self.path}: group {element.get('name')} has no numInGroup")
        # Whether the group is required is said where it is used, so the wrapped group itself always is.
        return Member("group", self._field_name(count.get("id", "")), True, self._members(element))

    def _field_name(self, reference: str) -> str:
        found = self.fields.get(int(reference))
        if found is None:
            raise SourceError(f"{self.path}: field {reference} is used but not defined")
        return found.name
