"""Settle where Orchestra and the QuickFIX facts disagree. fix_specs/README.md has the rules and reasons."""

from __future__ import annotations

from dataclasses import replace

from .facts import Field, Member, SourceError, Spec, flatten

__all__ = ["merge"]


def merge(base: Spec, deployed: Spec) -> Spec:
    """Take `base` (Orchestra) and bend it to what counterparties run, which is `deployed` (QuickFIX facts).

    Names and types follow `deployed`; enumerations are the union, and open where either leaves them open; a
    field is required only where both say so; structure is `base`'s.
    """
    by_tag = {f.tag: f for f in deployed.fields.values()}
    names = {f.name: by_tag[f.tag].name for f in base.fields.values() if f.tag in by_tag}
    fields = {f.name: f for f in (_field(f, by_tag.get(f.tag)) for f in base.fields.values())}
    for field in deployed.fields.values():
        fields.setdefault(field.name, field)

    merged = replace(
        base,
        fields=fields,
        header=_renamed(base.header, names),
        trailer=_renamed(base.trailer, names),
        components={name: _renamed(members, names) for name, members in base.components.items()},
        messages={
            msg_type: replace(
                message,
                name=deployed.messages[msg_type].name if msg_type in deployed.messages else message.name,
                members=_renamed(message.members, names),
            )
            for msg_type, message in base.messages.items()
        },
    )
    _relax(merged, deployed)
    _check(merged, deployed)
    return merged


def _field(field: Field, other: Field | None) -> Field:
    if other is None:
        return field
    values = {**other.values, **field.values} if field.values and other.values else {}
    return Field(field.tag, other.name, other.type, values)


def _renamed(members: tuple[Member, ...], names: dict[str, str]) -> tuple[Member, ...]:
    return tuple(
        member
        if member.kind == "component"
        else replace(
            member, name=names.get(member.name, member.name), members=_renamed(member.members, names)
        )
        for member in members
    )


def _relax(spec: Spec, deployed: Spec) -> None:
    """Drop each required flag that `deployed` does not share, at the reference in the message itself.

    A group arrives through the component that wraps it, and that component holds nothing else, so relaxing
    the reference to the component touches no other field.
    """
    theirs = {key: dict(flatten(deployed, members)) for key, members in deployed.structures()}
    for key, message in list(spec.messages.items()):
        optional = {
            path[0] for path, required in theirs.get(key, {}).items() if len(path) == 1 and not required
        }
        members = tuple(
            m.relaxed() if m.required and _carries(spec, m) in optional else m for m in message.members
        )
        spec.messages[key] = replace(message, members=members)


def _carries(spec: Spec, member: Member) -> str | None:
    """Name the one field or group that `member` stands for, or None for a component of several members."""
    if member.kind != "component":
        return member.name
    inner = spec.components[member.name]
    return inner[0].name if len(inner) == 1 and inner[0].kind == "group" else None


def _check(merged: Spec, deployed: Spec) -> None:
    """Refuse a result that misses a member that counterparties send, or requires one that they do not."""
    ours = {key: dict(flatten(merged, members)) for key, members in merged.structures()}
    for key, members in deployed.structures():
        for path, required in flatten(deployed, members):
            where = f"{key}: {'/'.join(path)}"
            if path not in ours.get(key, {}):
                raise SourceError(
                    f"{where} is in the QuickFIX facts but not in Orchestra; add a rule to merge.py"
                )
            if ours[key][path] and not required:
                raise SourceError(f"{where} is still required after merging; extend _relax in merge.py")
