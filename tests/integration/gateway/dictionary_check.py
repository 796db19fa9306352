"""What a message lacks or has too much by a bundled dictionary; knows nothing of the core's own validation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from gateway.config.dictionaries import bundled_dictionary
from gateway.config.dictionary_xml import Member, Model, parse_dictionary

__all__ = ["faults"]


@cache
def _model(version: str) -> Model:
    path = bundled_dictionary(version)
    return parse_dictionary(path.read_bytes(), path)


def _flat(model: Model, members: list[Member], required: bool = True) -> Iterator[tuple[int, bool]]:
    for member in members:
        needed = member.required and required
        if member.kind == "component":
            yield from _flat(model, model.components[member.name], needed)
        else:
            yield model.fields[member.name].tag, needed


def faults(message: Mapping[str, str], version: str, session_version: str) -> list[str]:
    """Name required fields that are missing, fields that the message has not, and values of no enumeration."""
    application, session = _model(version), _model(session_version)
    home = session if message["35"] in session.messages else application
    structure = dict(_flat(home, home.messages[message["35"]].members))
    frame = dict(_flat(session, [*session.header, *session.trailer]))
    found = [
        f"{tag} is required"
        for tag, needed in (structure | frame).items()
        if needed and str(tag) not in message
    ]
    found += [f"{tag} is not defined" for tag in message if int(tag) not in structure | frame]
    for model in (application, session):
        for field in model.fields.values():
            value = message.get(str(field.tag))
            if value is not None and field.values and value not in field.values:
                found.append(f"{field.tag}={value} is not in the enumeration")
    return found
