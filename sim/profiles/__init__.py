"""Ready configurations that act like the published rules of real venues.

A profile is a configuration file like any other. Its `venue.source` names the documents that it follows; what they
do not say is not imitated, or listed under `venue.assumed`.
"""

from importlib.resources import files

__all__ = ["names", "text"]


def names() -> list[str]:
    suffix = ".yaml"
    found = (entry.name for entry in files(__name__).iterdir())
    return sorted(name.removesuffix(suffix) for name in found if name.endswith(suffix))


def text(name: str) -> str:
    """Give a profile as YAML; KeyError where there is none of that name."""
    if name not in names():
        raise KeyError(name)
    return files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
