"""What the parts of a blocking client share."""

from collections.abc import Coroutine
from typing import Any, TypeVar

from gateway.client.aio import AsyncClient
from gateway.client.blocking_loop import LoopThread
from gateway.client.blocking_streams import BlockingWatch
from gateway.client.errors import ClientClosedError
from gateway.client.watch import Watch

__all__ = ["BlockingCalls"]

Answer = TypeVar("Answer")
Item = TypeVar("Item")


class BlockingCalls:
    """A connected blocking client, as its groups of methods see it."""

    _loop_thread: LoopThread | None
    _async_client: AsyncClient | None

    @property
    def _client(self) -> AsyncClient:
        if self._async_client is None:
            raise ClientClosedError("the client is not connected; use it in `with`, or call connect() first")
        return self._async_client

    def _run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        assert self._loop_thread is not None
        return self._loop_thread.run(work)

    def _watching(self, watch: Watch[Item]) -> BlockingWatch[Item]:
        assert self._loop_thread is not None
        return BlockingWatch(self._loop_thread, watch)
