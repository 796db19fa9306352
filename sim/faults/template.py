"""Fill in what a script leaves open: fields of the message at hand, and the time."""

import re
from collections.abc import Mapping

from sim.wire import SECOND, format_utc

__all__ = ["fill_in"]

_PLACE = re.compile(r"\{(now|\d{1,8})([+-]\d{1,9})?\}")


def fill_in(text: str, fields: Mapping[int, str], now: int) -> str:
    """Replace `{11}` by the field, `{34+5}` by a sum, `{now-300}` by a UTCTimestamp 300 s ago.

    A field that is absent, or no integer where one is needed, leaves the place as it stands.
    """

    def value(match: re.Match[str]) -> str:
        name, plus = match.groups()
        if name == "now":
            return format_utc(now + int(plus or 0) * SECOND)
        found = fields.get(int(name))
        if found is None:
            return match.group()
        if plus is None:
            return found
        return str(int(found) + int(plus)) if found.isascii() and found.isdigit() else match.group()

    return _PLACE.sub(value, text)
