"""The FIX versions that the simulator speaks."""

from enum import Enum

__all__ = ["Version", "version_of"]


class Version(Enum):
    """A version as a client chooses it by BeginString(8) and, for FIXT, DefaultApplVerID(1137)."""

    FIX42 = ("FIX.4.2", None)
    FIX44 = ("FIX.4.4", None)
    FIX50SP2 = ("FIXT.1.1", "9")

    def __init__(self, begin_string: str, appl_ver_id: str | None) -> None:
        self.begin_string = begin_string
        self.appl_ver_id = appl_ver_id


_VERSIONS = {(version.begin_string, version.appl_ver_id): version for version in Version}


def version_of(begin_string: str, appl_ver_id: str | None) -> Version | None:
    """Give the version, or None where it is not spoken. Before FIXT, 1137 means nothing and is ignored."""
    return _VERSIONS.get((begin_string, appl_ver_id if begin_string.startswith("FIXT") else None))
