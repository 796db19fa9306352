"""Work that may take long, away from the event loop."""

from collections.abc import Callable
from typing import Protocol, TypeVar

__all__ = ["OffLoop"]

Answer = TypeVar("Answer")


class OffLoop(Protocol):
    """Runs what may take long on a thread."""

    async def __call__(self, work: Callable[[], Answer]) -> Answer: ...
