"""What drop copy sessions and venues demand of each other; reads plain values, as `consistency` does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.config.problem import Location

__all__ = ["drop_copy_faults"]

Fault = tuple[Location, str]


def drop_copy_faults(tree: dict[str, Any]) -> Iterator[Fault]:
    """Find orders that would go by a drop copy session, and copies that would belong to no venue."""
    kinds = {
        entry["name"]: entry.get("kind", "order")
        for entry in _entries(tree, "sessions")
        if isinstance(entry.get("name"), str)
    }
    named: set[str] = set()
    for index, venue in enumerate(_entries(tree, "venues")):
        session = venue.get("session")
        if isinstance(session, str) and kinds.get(session) == "drop_copy":
            message = f"session '{session}' is of kind drop_copy, on which nothing is sent; list it under drop_copies"
            yield ("venues", index, "session"), message
        copies = venue.get("drop_copies")
        for at, name in enumerate(copies if isinstance(copies, list) else ()):
            if not isinstance(name, str):
                continue
            named.add(name)
            if kinds.get(name) != "drop_copy":
                known = ", ".join(key for key, kind in kinds.items() if kind == "drop_copy") or "none"
                message = (
                    f"no session of kind drop_copy is called '{name}' (there are: {known}); give it that kind"
                )
                yield ("venues", index, "drop_copies", at), message
    for index, entry in enumerate(_entries(tree, "sessions")):
        if entry.get("kind") == "drop_copy" and entry.get("name") not in named:
            message = (
                "a drop copy belongs to the venues whose reports it brings; list it under their drop_copies"
            )
            yield ("sessions", index, "kind"), message


def _entries(tree: dict[str, Any], section: str) -> list[dict[str, Any]]:
    entries = tree.get(section)
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
