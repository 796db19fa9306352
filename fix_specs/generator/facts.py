"""The facts of one FIX version, independent of where they were read.

Structures refer to fields and components by name, because that is what the dictionary format does; tags
appear once, in `Spec.fields`. A repeating group is a member that carries its own members.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

__all__ = ["Field", "Member", "Message", "Path", "SourceError", "Spec", "flatten"]

Path = tuple[str, ...]


class SourceError(Exception):
    """A source file lacks something, or contradicts itself."""


@dataclass(frozen=True)
class Field:
    tag: int
    name: str
    type: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Member:
    """One reference inside a structure; `kind` is field, group or component."""

    kind: str
    name: str
    required: bool
    members: tuple[Member, ...] = ()

    def relaxed(self) -> Member:
        return replace(self, required=False)


@dataclass(frozen=True)
class Message:
    name: str
    msg_type: str
    category: str
    members: tuple[Member, ...]


@dataclass
class Spec:
    """One version. `components` holds every component by name, also those that wrap one repeating group."""

    kind: str
    major: int
    minor: int
    service_pack: int
    fields: dict[str, Field]
    header: tuple[Member, ...]
    trailer: tuple[Member, ...]
    messages: dict[str, Message]
    components: dict[str, tuple[Member, ...]]

    def structures(self) -> Iterator[tuple[str, tuple[Member, ...]]]:
        """Header, trailer and every message body, each under a key that is the same in all sources."""
        yield "header", self.header
        yield "trailer", self.trailer
        for msg_type, message in self.messages.items():
            yield msg_type, message.members


def flatten(
    spec: Spec, members: tuple[Member, ...], path: Path = (), required: bool = True
) -> Iterator[tuple[Path, bool]]:
    """Yield the path and effective required flag of every field and group below `members`, in wire order.

    A path is the count fields of the enclosing groups, then the field itself; components do not show in it.
    Inside a group the flag is relative to one entry of the group.
    """
    for member in members:
        effective = required and member.required
        if member.kind == "component":
            if member.name not in spec.components:
                raise SourceError(f"component {member.name} is used but not defined; check the source file")
            yield from flatten(spec, spec.components[member.name], path, effective)
            continue
        here = (*path, member.name)
        yield here, effective
        if member.kind == "group":
            yield from flatten(spec, member.members, here)
