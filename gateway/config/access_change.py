"""What a change of a client's rights and proofs gives and takes, for people and for the journal."""

from __future__ import annotations

from gateway.config.settings import ClientSettings

__all__ = ["access_difference"]

_HASH_SHOWN = len("sha256:") + 8
"""Enough to tell tokens apart; a whole hash would help to try tokens out."""


def access_difference(before: ClientSettings, after: ClientSettings) -> str:
    """Say what is added (+) and removed (-): "rights: +risk -trade; token_hashes: +sha256:0123abcd...".

    Accounts are not in it: they are the core's, which reads them at its start.
    """
    parts = []
    for key in ("rights", "strategies", "token_hashes", "certificate_names"):
        old, new = getattr(before, key), getattr(after, key)
        if old == new:
            continue
        shown = [f"+{_shown(key, each)}" for each in new if each not in old]
        shown += [f"-{_shown(key, each)}" for each in old if each not in new]
        if key == "strategies" and not (old and new):
            shown.append("(none given: any)" if not new else "(any before)")
        parts.append(f"{key}: {' '.join(shown) or 'in another order'}")
    return "; ".join(parts)


def _shown(key: str, value: str) -> str:
    return f"{value[:_HASH_SHOWN]}..." if key == "token_hashes" else value
