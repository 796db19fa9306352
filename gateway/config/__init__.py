"""One YAML file becomes frozen, validated settings; every problem in it is named with its line.

`load_settings` is the way in. `core_settings` (imported on its own: it needs the compiled core) turns
settings into what the core takes.
"""

from gateway.config.load import load_settings, parse_settings
from gateway.config.problem import ConfigError, Problem
from gateway.config.scalars import Address, Context
from gateway.config.settings import Settings

__all__ = ["Address", "ConfigError", "Context", "Problem", "Settings", "load_settings", "parse_settings"]
