"""What a person sets: read from YAML, checked once, frozen."""

from sim.config.load import ConfigError, load
from sim.config.settings import Settings

__all__ = ["ConfigError", "Settings", "load"]
