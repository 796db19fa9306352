"""Names of tags, values and messages: by the version that a message says it is of, or by one dictionary for all."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path

from gateway.cli.failure import CommandFailure, ExitCode
from gateway.config.dictionaries import DictionaryError, bundled_dictionary, bundled_names, load_dictionary
from gateway.core import FixDictionary

__all__ = ["Dictionaries", "VersionNames"]

_APPLICATION_VERSIONS = {
    "2": "FIX40", "3": "FIX41", "4": "FIX42", "5": "FIX43", "6": "FIX44", "7": "FIX50", "8": "FIX50SP1",
    "9": "FIX50SP2",
}  # fmt: skip
"""By ApplVerID(1128)."""

_SINCE_FIXT = "FIXT.1.1"
_NEWEST = "FIX50SP2"
_SEARCHED = ("FIX44", "FIX50SP2", "FIXT11", "FIX42")
"""Where a name is looked for that the log's own version does not know."""


class VersionNames:
    """The names of one version; from FIX 5.0 on of its application and its session layer together."""

    def __init__(self, dictionaries: list[FixDictionary]) -> None:
        self.dictionaries = dictionaries
        """The first one that has a name gives it."""

    @cached_property
    def fields(self) -> dict[int, str]:
        """Names of fields by tag."""
        return {tag: name for one in reversed(self.dictionaries) for tag, name in one.field_names().items()}

    @cached_property
    def tags(self) -> dict[str, int]:
        """Tags by the name in lower case."""
        return {name.lower(): tag for tag, name in self.fields.items()}

    @cached_property
    def messages(self) -> dict[str, str]:
        """Names of messages by MsgType(35)."""
        return {
            kind: name for one in reversed(self.dictionaries) for kind, name in one.message_names().items()
        }

    @cached_property
    def _values(self) -> dict[tuple[int, str], str]:
        return {}

    def value(self, tag: int, value: str) -> str:
        """The value's name; of MsgType(35) the message's. Empty where it has none."""
        if tag == 35 and value in self.messages:
            return self.messages[value]
        known = self._values.get((tag, value))
        if known is None:
            known = next(filter(None, (one.value_name(tag, value) for one in self.dictionaries)), "")
            if len(self._values) < 100_000:
                self._values[tag, value] = known
        return known

    def values_named(self, tag: int, name: str) -> list[str]:
        """The values with a name, whatever its case and underscores."""
        wanted = _folded(name)
        found = [
            value
            for one in self.dictionaries
            for value, known in one.values(tag)
            if known and _folded(known) == wanted
        ]
        if tag == 35:
            found += [kind for kind, known in self.messages.items() if _folded(known) == wanted]
        return list(dict.fromkeys(found))


class Dictionaries:
    """Every version's names, loaded when they are first asked for and kept compiled in the user's cache folder."""

    def __init__(
        self, dictionary: str | None = None, overlay: Path | None = None, cache: Path | None = None
    ) -> None:
        """`dictionary`: one for every message, a bundled name (FIX44, FIX.4.4) or a file. Raises CommandFailure."""
        self._cache = cache or _cache_folder()
        self._overlay = overlay
        self._named = self._load_named(dictionary) if dictionary else None
        self._versions: dict[tuple[str, str], VersionNames] = {}

    def of(self, begin_string: str, application_version: str = "") -> VersionNames:
        """The names of a version by BeginString(8) and, for FIXT.1.1, ApplVerID(1128) or DefaultApplVerID(1137)."""
        if self._named is not None:
            return self._named
        key = (begin_string, application_version)
        if key not in self._versions:
            self._versions[key] = self._make(*key)
        return self._versions[key]

    def tag(self, name: str, near: VersionNames) -> int:
        """The tag of a field by its name or number, first in `near`. Raises CommandFailure where no version has it."""
        if name.isdecimal() and 0 < int(name) < 2**31:
            return int(name)
        wanted = name.lower()
        for names in (near, *(self._bundled(stem) for stem in _SEARCHED)):
            if wanted in names.tags:
                return names.tags[wanted]
        raise CommandFailure(
            f"no field is called {name!r} in these dictionaries; write its name as FIX does, or its tag",
            ExitCode.USAGE,
        )

    def values(self, tag: int, text: str, near: VersionNames) -> list[str]:
        """The values that a text means: those with this name, and the text itself."""
        named = near.values_named(tag, text)
        for stem in _SEARCHED if not named and self._named is None and len(text) > 1 else ():
            named = named or self._bundled(stem).values_named(tag, text)
        return list(dict.fromkeys([*named, text]))

    def _make(self, begin_string: str, application_version: str) -> VersionNames:
        stem = begin_string.replace(".", "")
        if begin_string == _SINCE_FIXT:
            application = _APPLICATION_VERSIONS.get(application_version, _NEWEST)
            return VersionNames([self._load(application), self._load("FIXT11")])
        return VersionNames([self._load(stem if stem in bundled_names() else "FIX44")])

    def _bundled(self, stem: str) -> VersionNames:
        key = ("", stem)
        if key not in self._versions:
            self._versions[key] = VersionNames([self._load(stem)])
        return self._versions[key]

    def _load_named(self, name: str) -> VersionNames:
        first = self._load(name)
        if first.begin_string == _SINCE_FIXT and first.name != "FIXT11":
            return VersionNames([first, self._load("FIXT11", overlaid=False)])
        return VersionNames([first])

    def _load(self, name: str, *, overlaid: bool = True) -> FixDictionary:
        overlay = self._overlay if overlaid and name != "FIXT11" else None
        try:
            path = Path(name) if name.endswith(".xml") else bundled_dictionary(name)
            return FixDictionary(load_dictionary(path, self._cache, overlay))
        except DictionaryError as error:
            raise CommandFailure(str(error), ExitCode.CONFIG) from error
        except OSError as error:
            message = f"{self._cache}: compiled dictionaries cannot be kept there: {error.strerror}; set XDG_CACHE_HOME"
            raise CommandFailure(message) from error


def _folded(name: str) -> str:
    return "".join(mark for mark in name.lower() if mark.isalnum())


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "fixgateway"
