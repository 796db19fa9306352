"""Files that hold secrets: nobody but their owner, and a group that was chosen, may read them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

__all__ = ["read_private"]

_OTHERS = stat.S_IROTH | stat.S_IWOTH


def read_private(path: Path, bytes_max: int) -> bytes:
    """Read a file of at most so many bytes. Raises ValueError that says what to do, never what was found.

    A file that everyone on the machine may read or write is refused: what is in it is no secret.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if mode & _OTHERS:
                raise ValueError(
                    f"{path} may be read or written by everyone on this machine (mode {mode & 0o777:04o}); chmod 600"
                    " it, and replace the secret if others could have had it"
                )
            data = file.read(bytes_max + 1)
    except OSError as error:
        raise ValueError(
            f"{path} cannot be read ({error.strerror}); write the secret into it, mode 0600"
        ) from error
    if len(data) > bytes_max:
        raise ValueError(f"{path} holds more than {bytes_max} bytes")
    return data
