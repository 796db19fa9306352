"""Sessions that were added, changed or removed through the API, kept over restarts beside the configuration.

The configuration file is the operator's; the gateway never writes it. What the API has changed stands in a file of
its own in the journal's folder and goes on top of the configuration at every start and reload, until the
configuration says the same.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from gateway.config.consistency import find_faults
from gateway.config.document import parse_document
from gateway.config.problem import ConfigError, Problem
from gateway.config.scalars import Context
from gateway.config.settings import SessionSettings, Settings, VenueSettings

__all__ = ["OVERLAY_FILE_NAME", "Overlay", "SessionEntry", "read_session", "with_overlay"]

OVERLAY_FILE_NAME = "sessions.yaml"

_HEADER = """\
# Sessions that were added, changed or removed while the gateway ran: `gateway sessions add|change|remove`.
# The gateway writes this file. An entry goes once the configuration says the same; `gateway sessions reload
# --force` drops them all.
"""


@dataclass(frozen=True)
class SessionEntry:
    """One session as it was given."""

    text: str
    """An entry of `sessions` as YAML; secrets by reference."""
    venues: tuple[str, ...] = ()


@dataclass(frozen=True)
class Overlay:
    """What was changed, by the session's name."""

    present: Mapping[str, SessionEntry] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()

    @staticmethod
    def load(path: Path) -> Overlay:
        """Read the file; nothing was changed where there is none. Raises ConfigError."""
        try:
            text = path.read_text()
        except FileNotFoundError:
            return Overlay()
        except OSError as error:
            raise ConfigError([Problem(str(path), 1, 1, "", f"cannot be read: {error.strerror}")]) from error
        try:
            tree = yaml.safe_load(text) or {}
            present = {
                str(name): SessionEntry(str(entry["settings"]), tuple(map(str, entry["venues"])))
                for name, entry in tree.get("present", {}).items()
            }
            return Overlay(present, frozenset(map(str, tree.get("removed", ()))))
        except (yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
            message = (
                f"is not what the gateway writes ({error}); mend it, or remove it and use the configuration"
            )
            raise ConfigError([Problem(str(path), 1, 1, "", message)]) from error

    def save(self, path: Path) -> None:
        """Write the file anew, whole or not at all; none where nothing is changed."""
        if not self.present and not self.removed:
            path.unlink(missing_ok=True)
            return
        tree = {
            "present": {
                name: {"settings": entry.text, "venues": list(entry.venues)}
                for name, entry in self.present.items()
            },
            "removed": sorted(self.removed),
        }
        new = path.with_suffix(".new")
        with new.open("w") as file:
            file.write(_HEADER + yaml.safe_dump(tree, sort_keys=True))
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)

    def with_session(self, name: str, entry: SessionEntry) -> Overlay:
        return Overlay({**self.present, name: entry}, self.removed - {name})

    def without_session(self, name: str) -> Overlay:
        present = {key: entry for key, entry in self.present.items() if key != name}
        return Overlay(present, self.removed | {name})

    def still_needed(self, settings: Settings, context: Context) -> Overlay:
        """Drop what a configuration says by itself."""
        known = {session.name: session for session in settings.sessions}
        present = {
            name: entry
            for name, entry in self.present.items()
            if known.get(name) != read_session(entry.text, context)
        }
        return Overlay(present, frozenset(self.removed & known.keys()))


def read_session(text: str, context: Context) -> SessionSettings:
    """Check one entry of `sessions`, as it stands in the configuration file. Raises ConfigError."""
    document = parse_document(text, "the session")
    problems = list(document.problems)
    problems.extend(
        document.problem_at(location[2:], message)
        for location, message in find_faults({"sessions": [document.root]})
    )
    session = None
    try:
        session = SessionSettings.model_validate(document.root, context=context)
    except ValidationError as error:
        for fault in error.errors():
            message = str(fault["msg"]) if fault["type"] == "refused" else fault["msg"].lower()
            problems.append(document.problem_at(tuple(fault["loc"]), message))
    if problems or session is None:
        raise ConfigError(problems)
    return session


def with_overlay(settings: Settings, overlay: Overlay, context: Context) -> Settings:
    """Give the configuration with the overlay on top of it. Raises ConfigError."""
    sessions = {session.name: session for session in settings.sessions if session.name not in overlay.removed}
    venues: dict[str, VenueSettings] = {venue.name: venue for venue in settings.venues}
    for name, entry in overlay.present.items():
        sessions[name] = read_session(entry.text, context)
        for venue in entry.venues:
            venues[venue] = VenueSettings(name=venue, session=name)
    changed: dict[str, Any] = {"sessions": tuple(sessions.values()), "venues": tuple(venues.values())}
    return settings.model_copy(update=changed)
