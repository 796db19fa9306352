"""Write a `Spec` in the QuickFIX XML format, the same bytes for the same facts."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

from .facts import Member, Spec

__all__ = ["render"]


def render(spec: Spec, sources: list[str]) -> str:
    return "\n".join(_lines(spec, sources)) + "\n"


def _lines(spec: Spec, sources: list[str]) -> Iterator[str]:
    version = _attributes(type=spec.kind, major=spec.major, minor=spec.minor, servicepack=spec.service_pack)
    yield f"<!-- Written by fix_specs/generate.py from facts in {' and '.join(sources)}. Do not edit. -->"
    yield f"<fix{version}>"
    yield from _structure("header", "", spec.header, 1)
    yield " <messages>"
    for message in sorted(spec.messages.values(), key=lambda m: (m.category, len(m.msg_type), m.msg_type)):
        named = _attributes(name=message.name, msgtype=message.msg_type, msgcat=message.category)
        yield from _structure("message", named, message.members, 2)
    yield " </messages>"
    yield from _structure("trailer", "", spec.trailer, 1)
    yield " <components>"
    for name, members in sorted(spec.components.items()):
        yield from _structure("component", _attributes(name=name), members, 2)
    yield " </components>"
    yield " <fields>"
    for field in sorted(spec.fields.values(), key=lambda f: f.tag):
        head = f"  <field{_attributes(number=field.tag, name=field.name, type=field.type)}"
        if not field.values:
            yield head + " />"
            continue
        yield head + ">"
        for value in sorted(field.values, key=_value_order):
            yield f"   <value{_attributes(enum=value, description=field.values[value])} />"
        yield "  </field>"
    yield " </fields>"
    yield "</fix>"


def _structure(tag: str, named: str, members: tuple[Member, ...], depth: int) -> Iterator[str]:
    pad = " " * depth
    if not members:
        yield f"{pad}<{tag}{named} />"
        return
    yield f"{pad}<{tag}{named}>"
    for member in members:
        attributes = _attributes(name=member.name, required="Y" if member.required else "N")
        yield from _structure(member.kind, attributes, member.members, depth + 1)
    yield f"{pad}</{tag}>"


def _attributes(**values: str | int) -> str:
    return "".join(f" {name}={quoteattr(str(value))}" for name, value in values.items())


def _value_order(value: str) -> tuple[int, int, str]:
    return (0, int(value), "") if value.isdecimal() else (1, 0, value)
