"""How many orders a second the simulator takes: `python -m tests.bench.sim_throughput [orders]`.

In process, requests go straight to the exchange and half of them trade. Over FIX on loopback the messages are
built beforehand, so that the figure is the simulator's and not the client's.
"""

import argparse
import selectors
import socket
import subprocess
import sys
import time
from decimal import Decimal

import simplefix

from sim.book import OrderType, Side, TimeInForce
from sim.config.load import parse
from sim.exchange import Exchange, NewOrder
from sim.wire import format_utc

SOH = b"\x01"


def in_process(orders: int) -> float:
    """Enter buys and sells by turns at one of five prices; each pair leaves little in the book."""
    exchange = Exchange(parse("symbols: {ABC: {price: 100}}", "bench"), "B")
    requests = [
        NewOrder(
            cl_ord_id=str(i),
            account="",
            symbol="ABC",
            side=Side.SELL if i % 2 else Side.BUY,
            order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.DAY,
            quantity=Decimal(10),
            price=Decimal(100) + Decimal(i // 2 % 5) / 100,
        )
        for i in range(orders)
    ]
    start = time.perf_counter()
    for i, request in enumerate(requests):
        exchange.handle("GW", request, i)
    return time.perf_counter() - start


def encode(seq: int, fields: list[tuple[int, str]], msg_type: str) -> bytes:
    message = simplefix.FixMessage()
    header = [
        (8, "FIX.4.4"),
        (35, msg_type),
        (49, "GW"),
        (56, "SIM"),
        (34, str(seq)),
        (52, format_utc(time.time_ns())),
    ]
    for tag, value in header + fields:
        message.append_pair(tag, value)
    encoded: bytes = message.encode()
    return encoded


def over_fix(orders: int, crossing: bool) -> float:
    """Send everything as fast as it is taken, and read until the last order is answered."""
    command = [sys.executable, "-m", "sim", "--port", "0", "--no-liquidity", "--log-level", "error"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rsplit(":", 1)[1])
        try:
            return drive(port, orders, crossing)
        finally:
            process.terminate()


def drive(port: int, orders: int, crossing: bool) -> float:
    now = format_utc(time.time_ns())
    data = b"".join(
        encode(
            i + 2,
            [
                (11, f"order-{i}"),
                (1, "ACC"),
                (21, "1"),
                (55, "AAPL"),
                (54, "2" if crossing and i % 2 else "1"),
                (60, now),
                (38, "10"),
                (40, "2"),
                (44, "190.00"),
                (59, "0"),
            ],
            "D",
        )
        for i in range(orders)
    )
    with socket.create_connection(("127.0.0.1", port)) as client, selectors.DefaultSelector() as selector:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(encode(1, [(98, "0"), (108, "30")], "A"))
        client.recv(4096)
        client.setblocking(False)
        selector.register(client, selectors.EVENT_READ | selectors.EVENT_WRITE)
        last, tail, sent, start = b"\x0111=order-%d\x01" % (orders - 1), b"", 0, time.perf_counter()
        while last not in tail:
            for _, events in selector.select():
                if events & selectors.EVENT_READ:
                    tail = tail[-64:] + client.recv(1_048_576)
                if events & selectors.EVENT_WRITE:
                    sent += client.send(data[sent : sent + 65_536])
                    if sent == len(data):
                        selector.modify(client, selectors.EVENT_READ)
        return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("orders", type=int, nargs="?", default=20_000)
    orders = parser.parse_args().orders
    for name, seconds in (
        ("in process, half of them trade", in_process(orders)),
        ("over FIX, resting", over_fix(orders, crossing=False)),
        ("over FIX, half of them trade", over_fix(orders, crossing=True)),
    ):
        print(f"{name:32} {orders / seconds:10,.0f} orders/s")


if __name__ == "__main__":
    main()
