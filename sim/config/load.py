"""Read the configuration file."""

from pathlib import Path
from typing import Any

from sim import profiles
from sim.config.document import ConfigError, parse_document
from sim.config.settings import Settings

__all__ = ["ConfigError", "load", "parse", "read_text"]


def load(path: Path | None, profile: str | None = None) -> Settings:
    """Read a file, over the settings of a profile where one is named. Raises ConfigError."""
    settings = Settings() if path is None else parse(read_text(path), str(path))
    if profile is None:
        return settings
    try:
        base = parse(profiles.text(profile), f"profile {profile}")
    except KeyError:
        raise ConfigError(f"no profile {profile}; there are {', '.join(profiles.names())}") from None
    merged = _over(base.model_dump(exclude_unset=True), settings.model_dump(exclude_unset=True))
    return Settings.model_validate(merged)


def _over(base: dict[str, Any], upper: dict[str, Any]) -> dict[str, Any]:
    """Put one set of keys over another, mappings key by key."""
    merged = dict(base)
    for key, value in upper.items():
        below = merged.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = _over(below, value) if both and below is not None else value
    return merged


def parse(text: str, name: str) -> Settings:
    return parse_document(text, name, Settings)


def read_text(path: Path) -> str:
    """Read a file as UTF-8. Raises ConfigError that names it."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
