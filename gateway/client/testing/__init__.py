"""A gateway and its venue in memory, for the unit tests of strategies: no server, no sockets, no waiting.

    from gateway.client import Side
    from gateway.client.testing import FakeGateway, run

    def test_strategy_hedges_what_it_bought() -> None:
        async def scenario() -> None:
            gateway = FakeGateway()
            async with gateway.client(account="A1", strategy="mine") as client:
                order = await client.submit("ACME", Side.BUY, 10, price="10.00")
                gateway.fill(order.client_order_id, 4)
                ...
        run(scenario())

`FakeGateway.client` gives an AsyncClient, `blocking_client` a Client: what differs is what is behind them. `run` plays
a coroutine on virtual time: an hour of `asyncio.sleep` takes no time.
"""

from gateway.client.testing.fake_gateway import FakeGateway
from gateway.client.testing.fake_order import ScriptError
from gateway.client.testing.virtual_time import VirtualTimeLoop, run

__all__ = ["FakeGateway", "ScriptError", "VirtualTimeLoop", "run"]
