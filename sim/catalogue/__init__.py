"""Ready scenarios, one file each: the failures that order systems are known for."""

from importlib.resources import files

from sim.config import ConfigError

__all__ = ["catalogue_names", "catalogue_text"]


def catalogue_names() -> list[str]:
    """Give the names of all ready scenarios, in order."""
    names = (entry.name for entry in files(__name__).iterdir())
    return sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml"))


def catalogue_text(name: str) -> str:
    """Give a scenario's file. Raises ConfigError for one that does not exist."""
    known = catalogue_names()
    if name not in known:
        raise ConfigError(f"no scenario {name}; there are {', '.join(known)}; a file's name ends in .yaml")
    return (files(__name__) / f"{name}.yaml").read_text(encoding="utf-8")
