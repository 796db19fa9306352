"""The order path: a C++20 core, and its Python face."""

from gateway.core._core import __version__, reencode

__all__ = ["__version__", "reencode"]
