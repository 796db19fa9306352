"""Repeating groups of a message."""

from sim.exchange.fields import REQUIRED_TAG_MISSING, VALUE_INCORRECT, FieldError
from sim.wire import Message

__all__ = ["group"]

_INCORRECT_COUNT = 16  # SessionRejectReason(373), from 4.4 on
_ENTRIES_MAX = 1000


def group(message: Message, count_tag: int, members: frozenset[int]) -> list[dict[int, str]]:
    """Give the entries of a group, whose first field begins each of them.

    Raises FieldError where the count does not fit what follows it.
    """
    text = message.get(count_tag)
    if text is None:
        raise FieldError(count_tag, REQUIRED_TAG_MISSING, f"required field {count_tag} is missing")
    count = message.number(count_tag)
    if count is None or count > _ENTRIES_MAX:
        raise FieldError(
            count_tag, VALUE_INCORRECT, f"field {count_tag} must be 0 to {_ENTRIES_MAX}, was {text}"
        )
    pairs = [(int(tag), value.decode("latin-1")) for tag, value in message.pairs]
    at = next(i for i, (tag, _) in enumerate(pairs) if tag == count_tag) + 1
    entries: list[dict[int, str]] = []
    first = pairs[at][0]
    for tag, value in pairs[at:]:
        if tag not in members:
            break
        if tag == first:
            entries.append({})
        entries[-1][tag] = value
    if len(entries) != count:
        text = f"field {count_tag} says {count}, and {len(entries)} entries follow"
        raise FieldError(count_tag, _INCORRECT_COUNT, text)
    return entries
