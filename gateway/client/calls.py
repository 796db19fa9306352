"""What the parts of a client share: the connection, the stream of commands, the orders that are followed."""

from gateway.client.connection import Connection
from gateway.client.errors import GatewayError
from gateway.client.pipeline import Pipeline
from gateway.client.tracking import LiveOrders

__all__ = ["Calls"]


class Calls:
    """A connected client, as its groups of methods see it."""

    _connection: Connection | None
    _pipeline: Pipeline | None
    _live: LiveOrders | None

    def _connected(self) -> Connection:
        if self._connection is None:
            raise GatewayError("the client is not connected; use it in `async with`, or call connect() first")
        self._connection.check_open()
        return self._connection

    def _commands(self) -> Pipeline:
        self._connected()
        assert self._pipeline is not None
        return self._pipeline

    def _tracked(self) -> LiveOrders:
        if self._live is None:
            raise GatewayError("this client does not follow orders; make it with track_orders=True")
        return self._live
