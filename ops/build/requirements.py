"""Print what pip has to install before the project itself: its requirements, from pyproject.toml.

The project is then built with `--no-build-isolation --no-deps`, so that a change of a C++ file costs an
incremental build and no download.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ["cmake>=3.24", "ninja>=1.11"]
"""From PyPI, so that a fresh machine needs a compiler and nothing else."""


def requirements(project: dict[str, Any], group: str) -> list[str]:
    """List the requirements of `build`, `runtime` or one of the project's extras."""
    if group == "build":
        return [*project["build-system"]["requires"], *TOOLS]
    if group == "runtime":
        return list(project["project"]["dependencies"])
    extras = project["project"]["optional-dependencies"]
    if group not in extras:
        raise SystemExit(f"expected build, runtime or one of {', '.join(extras)}, was {group}")
    found: list[str] = []
    for requirement in extras[group]:
        own = re.fullmatch(r"fixgateway\[([a-z,]+)\]", requirement)
        inner = own[1].split(",") if own else []
        found.extend(line for name in inner for line in requirements(project, name))
        if not own:
            found.append(requirement)
    return found


if __name__ == "__main__":
    toml = tomllib.loads((ROOT / "pyproject.toml").read_text())
    print("\n".join(line for group in sys.argv[1:] for line in requirements(toml, group)))
