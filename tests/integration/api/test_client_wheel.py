"""The SDK's own wheel: installs where there is no compiler, and trades with a real gateway."""

import asyncio
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.integration.api.support import Gateway

ROOT = Path(__file__).resolve().parents[3]
INSTALL_TIMEOUT_S = 300

STRATEGY = """
import shutil, sys
from decimal import Decimal

import gateway
from gateway.client import Client, Side

assert gateway.__file__.startswith(sys.prefix), gateway.__file__
assert not any(shutil.which(name) for name in ("cc", "gcc", "c++", "g++", "clang")), "a compiler is in reach"
with Client(sys.argv[1], client="alpha", account="A1", strategy="wheel") as client:
    order = client.submit("ACME", Side.BUY, 10, price=Decimal("5.00")).raise_if_denied()
    order.wait(lambda each: each.status.name == "NEW", timeout_s=20)
    order.cancel().raise_if_denied()
    print(order.done(timeout_s=20).status)
assert not [name for name in sys.modules if name.startswith(("gateway.core", "gateway.api", "pydantic"))]
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run([sys.executable, ROOT / "ops" / "build" / "client_package.py", folder / "source"])
    run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, folder / "source"])
    (built,) = folder.glob("*.whl")
    return built


def run(command: list[object], environment: dict[str, str] | None = None, folder: Path | None = None) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        timeout=INSTALL_TIMEOUT_S,
        env=environment,
        cwd=folder,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_wheel_is_pure_python_and_holds_the_sdk_alone(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")
    names = [name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name]
    assert {name.rpartition("/")[0] for name in names} <= {"gateway", "gateway/client", "gateway/v1"} | {
        name.rpartition("/")[0] for name in names if name.startswith("gateway/client/")
    }
    sources = {
        f"gateway/client/{path.relative_to(ROOT / 'gateway' / 'client')}"
        for path in (ROOT / "gateway" / "client").rglob("*.py")
    }
    assert sources == {name for name in names if name.startswith("gateway/client/")}


@pytest.mark.slow
@pytest.mark.timeout(2 * INSTALL_TIMEOUT_S)
async def test_wheel_installs_without_a_compiler_and_trades(
    wheel: Path, gateway: Gateway, tmp_path: Path
) -> None:
    environment = tmp_path / "venv"
    await asyncio.to_thread(venv.create, environment, with_pip=True)
    # Nothing but the environment's own programs is in reach.
    variables = {**os.environ, "PATH": str(environment / "bin"), "CC": "/none", "CXX": "/none"}
    variables.pop("PYTHONPATH", None)
    python = environment / "bin" / "python"
    await asyncio.to_thread(
        run, [python, "-m", "pip", "install", "-q", "--only-binary", ":all:", wheel], variables, tmp_path
    )
    script = tmp_path / "strategy.py"
    script.write_text(STRATEGY)
    said = await asyncio.to_thread(run, [python, "-I", script, gateway.target], variables, tmp_path)
    assert said == "CANCELED\n"
