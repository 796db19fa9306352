"""What the committed dictionaries say of a message: fields that it may have, fields that it must have, groups."""

import xml.etree.ElementTree as ElementTree
from functools import cache
from pathlib import Path

__all__ = ["faults"]

_SPECS = Path(__file__).parents[2] / "fix_specs"
_FILES = {"FIX.4.2": ("FIX42",), "FIX.4.4": ("FIX44",), "FIXT.1.1": ("FIX50SP2", "FIXT11")}
_HEADER = {8, 9, 35, 49, 56, 34, 52, 43, 97, 122, 10}


class _Dictionary:
    def __init__(self, name: str) -> None:
        root = ElementTree.parse(_SPECS / f"{name}.xml").getroot()
        self.numbers = {f.get("name"): int(f.get("number")) for f in root.iterfind("fields/field")}
        self.components = {c.get("name"): c for c in root.iterfind("components/component")}
        self.messages = {m.get("msgtype"): m for m in root.iterfind("messages/message")}

    def known(self, element: ElementTree.Element) -> dict[int, set[int] | None]:
        """Give each tag below `element`; of a group its members, in any depth."""
        tags: dict[int, set[int] | None] = {}
        for child in element:
            name = child.get("name")
            if child.tag == "component":
                tags |= self.known(self.components[name])
            elif child.tag == "group":
                inner = self.known(child)
                tags[self.numbers[name]] = set(inner)
                tags |= inner
            else:
                tags[self.numbers[name]] = None
        return tags

    def required(self, element: ElementTree.Element) -> set[int]:
        tags = set()
        for child in element:
            if child.get("required") != "Y":
                continue
            if child.tag == "component":
                tags |= self.required(self.components[child.get("name")])
            else:
                tags.add(self.numbers[child.get("name")])
        return tags

    def delimiters(self, element: ElementTree.Element) -> dict[int, int]:
        """Give the first field of each group."""
        found: dict[int, int] = {}
        for child in element:
            if child.tag == "component":
                found |= self.delimiters(self.components[child.get("name")])
            elif child.tag == "group":
                found[self.numbers[child.get("name")]] = self._first(child)
                found |= self.delimiters(child)
        return found

    def _first(self, element: ElementTree.Element) -> int:
        child = element[0]
        if child.tag == "component":
            return self._first(self.components[child.get("name")])
        return self.numbers[child.get("name")]


@cache
def _dictionary(name: str) -> _Dictionary:
    return _Dictionary(name)


def faults(pairs: list[tuple[int, str]]) -> list[str]:
    """Hold one message, as tags and values in wire order, against the dictionary of its version."""
    fields = dict(pairs)
    names = _FILES[fields[8]]
    dictionary = next(d for d in map(_dictionary, names) if fields[35] in d.messages)
    message = dictionary.messages[fields[35]]
    known = dictionary.known(message)
    body = [(tag, value) for tag, value in pairs if tag not in _HEADER]
    found = [f"{fields[35]}: {tag} does not belong there" for tag, _ in body if tag not in known]
    found += [f"{fields[35]}: {tag} is missing" for tag in dictionary.required(message) - set(fields)]
    found += [f"{fields[35]}: {tag} is empty" for tag, value in body if not value]
    delimiters = dictionary.delimiters(message)
    for i, (tag, value) in enumerate(body):
        if tag in delimiters and value != "0":
            if body[i + 1][0] != delimiters[tag]:
                found.append(f"{fields[35]}: group {tag} begins with {body[i + 1][0]}, not {delimiters[tag]}")
            members = known[tag]
            rest = [t for t, _ in body[i + 1 :]]
            length = next((n for n, t in enumerate(rest) if t not in members), len(rest))
            if rest[:length].count(delimiters[tag]) != int(value):
                found.append(f"{fields[35]}: group {tag} does not have {value} entries")
        elif tag not in delimiters and [t for t, _ in body].count(tag) > 1 and not _in_group(tag, known):
            found.append(f"{fields[35]}: {tag} is given twice")
    return found


def _in_group(tag: int, known: dict[int, set[int] | None]) -> bool:
    return any(members is not None and tag in members for members in known.values())
