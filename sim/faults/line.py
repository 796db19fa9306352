"""A way that messages take: in order, late, or out of order."""

from collections import deque
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Line"]

T = TypeVar("T")


@dataclass(slots=True)
class _Overtaken(Generic[T]):
    item: T
    behind: int
    latest_at: int


class Line(Generic[T]):
    """Items go in and come out; a delayed one holds up what follows, a reordered one lets it pass."""

    def __init__(self) -> None:
        self._late: deque[tuple[int, T]] = deque()
        self._overtaken: list[_Overtaken[T]] = []

    def __len__(self) -> int:
        return len(self._late) + len(self._overtaken)

    def put(self, item: T, now: int, delay: int = 0) -> list[T]:
        """Give what comes out at once."""
        if delay or self._late:
            earliest = self._late[-1][0] if self._late else now
            self._late.append((max(now + delay, earliest), item))
            return []
        return self._passed([item])

    def put_behind(self, item: T, behind: int, latest_at: int) -> None:
        """Keep an item until so many others have passed, or until a time."""
        self._overtaken.append(_Overtaken(item, behind, latest_at))

    def due(self, now: int) -> list[T]:
        out: list[T] = []
        while self._late and self._late[0][0] <= now:
            out += self._passed([self._late.popleft()[1]])
        late = [kept for kept in self._overtaken if kept.latest_at <= now]
        self._overtaken = [kept for kept in self._overtaken if kept.latest_at > now]
        return out + [kept.item for kept in late]

    def due_at(self) -> int | None:
        times = [kept.latest_at for kept in self._overtaken]
        if self._late:
            times.append(self._late[0][0])
        return min(times, default=None)

    def _passed(self, items: list[T]) -> list[T]:
        out = list(items)
        for kept in self._overtaken:
            kept.behind -= len(items)
        out += [kept.item for kept in self._overtaken if kept.behind <= 0]
        self._overtaken = [kept for kept in self._overtaken if kept.behind > 0]
        return out
