"""Read the configuration file."""

from pathlib import Path

from sim.config.document import ConfigError, parse_document
from sim.config.settings import Settings

__all__ = ["ConfigError", "load", "parse", "read_text"]


def load(path: Path) -> Settings:
    return parse(read_text(path), str(path))


def parse(text: str, name: str) -> Settings:
    return parse_document(text, name, Settings)


def read_text(path: Path) -> str:
    """Read a file as UTF-8. Raises ConfigError that names it."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
