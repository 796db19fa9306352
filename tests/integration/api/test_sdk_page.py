"""The code of docs/sdk.md: all of it compiles, and what is a whole program runs against a real gateway."""

import ast
import asyncio
import re
import sys
from pathlib import Path

import pytest

from gateway.client import AsyncClient, Side
from tests.integration.api.support import TIMEOUT_S, Gateway

PAGE = Path(__file__).resolve().parents[3] / "docs" / "sdk.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
PROGRAMS = [block for block in BLOCKS if "127.0.0.1:7010" in block and "import" in block]


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_code_of_the_page_compiles(number: int) -> None:
    compile(BLOCKS[number], f"sdk.md, block {number + 1}", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
async def test_program_of_the_page_trades(gateway: Gateway, number: int) -> None:
    program = PROGRAMS[number].replace("127.0.0.1:7010", gateway.target)
    async with AsyncClient(gateway.target, client="beta", account="B1", strategy="other") as other:
        offer = await other.submit("ACME", Side.SELL, 100, price="10.25")
        await offer.wait(lambda order: bool(order.venue_order_id), TIMEOUT_S)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await asyncio.wait_for(process.communicate(), 3 * TIMEOUT_S)
        assert process.returncode == 0, err.decode()
        assert out.decode().splitlines()[-1].startswith("FILLED 100")
        await offer.filled(TIMEOUT_S)


def test_page_has_programs_and_a_test_of_a_strategy_that_passes() -> None:
    assert len(PROGRAMS) == 2
    (block,) = (block for block in BLOCKS if "def test_" in block)
    names: dict[str, object] = {}
    exec(compile(block, "sdk.md", "exec"), names)
    for name, test in names.items():
        if name.startswith("test_"):
            assert callable(test)
            test()
