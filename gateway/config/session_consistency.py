"""What the keys of one session demand of each other; reads plain values, as `consistency` does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.config.problem import Location

__all__ = ["session_faults"]

Fault = tuple[Location, str]

_VERSIONS = ("FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3", "FIX.4.4", "FIXT.1.1")

_SINCE = {
    "last_msg_seq_num_processed": ("FIX.4.2", "LastMsgSeqNumProcessed(369)"),
    "next_expected_msg_seq_num": ("FIX.4.4", "NextExpectedMsgSeqNum(789)"),
}
"""Keys of fields that earlier versions do not have. Username(553), which came with 4.3, is not among them: many
venues ask for it in 4.2."""

_HEADER = frozenset(
    ("8", "9", "10", "34", "35", "43", "49", "50", "52", "56", "57", "97", "122", "142", "143", "369")
)
_LOGON = _HEADER | {"98", "108", "141", "553", "554", "789", "925", "1137", "1400", "1401", "1402"}


def session_faults(location: Location, entry: dict[str, Any]) -> Iterator[Fault]:
    """Find what does not fit together within one entry of `sessions`."""
    yield from _versions(location, entry)
    yield from _credentials(location, entry)
    yield from _signing((*location, "signing"), entry.get("signing"), entry.get("role"))
    yield from _throttle((*location, "throttle"), entry.get("throttle"))
    for key, own in (("logon_fields", _LOGON), ("header_fields", _HEADER)):
        yield from _fields((*location, key), entry.get(key), own)


def _versions(location: Location, entry: dict[str, Any]) -> Iterator[Fault]:
    begin = entry.get("begin_string")
    if begin not in _VERSIONS:
        return
    for key, (since, field) in _SINCE.items():
        if entry.get(key) == "true" and _VERSIONS.index(begin) < _VERSIONS.index(since):
            yield (*location, key), f"{begin} has no {field}, which came with {since}; remove it"


_REQUIRED = (
    ("password_encryption", "algorithm", ("public_key", "method")),
    ("password_change", "id", ("new_password",)),
    ("password_change", "new_password", ("id",)),
)
"""A section, the key that switches it on, and what it needs then."""


def _credentials(location: Location, entry: dict[str, Any]) -> Iterator[Fault]:
    for name, switch, needed in _REQUIRED:
        section = entry.get(name)
        if not isinstance(section, dict) or section.get(switch, "none") == "none":
            continue
        for key in needed:
            if key not in section:
                yield (*location, name), f"{switch} needs {key}; add `{key}:`"
        if name != "signing" and "password" not in entry:
            yield (*location, name), "goes with a password; add `password:`"
        if name != "signing" and entry.get("role") == "acceptor":
            yield (*location, name), "is for initiators: an acceptor presents no password; remove it"


_SIGNERS = {
    "hmac-sha256": ("key", "payload"),
    "ed25519": ("key", "payload"),
    "command": ("command", "payload"),
    "python": ("callable", "payload"),
}
"""What each signer needs."""

_OUTSIDE = ("command", "python")


def _signing(location: Location, signing: Any, role: Any) -> Iterator[Fault]:
    if not isinstance(signing, dict):
        return
    algorithm, form = signing.get("algorithm", "none"), signing.get("signature_format", "base64")
    needed = _SIGNERS.get(algorithm, ())
    for key in needed:
        if key not in signing:
            yield location, f"algorithm needs {key}; add `{key}:`"
    if not needed:
        return
    for key, users in (
        ("key", ("hmac-sha256", "ed25519")),
        ("command", ("command",)),
        ("callable", ("python",)),
        ("timeout", _OUTSIDE),
    ):
        if key in signing and algorithm not in users:
            yield (*location, key), f"is not for algorithm {algorithm}; remove it"
    if algorithm in _OUTSIDE and role == "acceptor":
        yield (
            (*location, "algorithm"),
            f"{algorithm} signs, and an acceptor verifies; use one that is built in",
        )
    if algorithm not in _OUTSIDE and form in ("text", "fields"):
        yield (*location, "signature_format"), f"{form} is for command and python; use base64 or hex"
    if "further_fields" in signing and form != "fields":
        yield (*location, "further_fields"), "goes with `signature_format: fields`"


def _throttle(location: Location, throttle: Any) -> Iterator[Fault]:
    if not isinstance(throttle, dict):
        return
    counts = [throttle.get(key, "0") for key in ("messages", "reserved_for_cancels")]
    if not all(isinstance(count, str) and count.isdecimal() for count in counts):
        return
    messages, reserved = (int(count) for count in counts)
    if reserved and reserved >= messages:
        yield (
            (*location, "reserved_for_cancels"),
            f"leaves none of the {messages} messages for orders; lower it",
        )


def _fields(location: Location, fields: Any, own: frozenset[str]) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, field in enumerate(fields if isinstance(fields, list) else ()):
        if not isinstance(field, dict):
            continue
        tag = field.get("tag")
        if isinstance(tag, str):
            if tag in own:
                yield (*location, index, "tag"), f"the session writes {tag} itself; remove this entry"
            elif tag in seen:
                yield (*location, index, "tag"), f"{tag} is listed twice; remove one"
            seen.add(tag)
        if location[-1] == "logon_fields" and ("value" in field) == ("secret" in field):
            yield (*location, index), "give either `value:` or `secret:`"
