import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.import_rules import ROOT, check_cpp, check_cpp_source, check_module, check_python, cpp_rooms


def test_dependencies_point_one_way_in_python() -> None:
    assert [str(violation) for violation in check_python(ROOT)] == []


def test_dependencies_point_one_way_in_cpp() -> None:
    assert [str(violation) for violation in check_cpp(ROOT)] == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("gateway.config.load", "import gateway.api"),
        ("gateway.config.load", "from gateway import api"),
        ("gateway.config.load", "from ..api import server"),
        ("gateway.config.load", "def f():\n    from gateway.cli import app\n"),
        ("gateway.store.tables", "import gateway.monitor"),
        ("gateway.client.orders", "from gateway.core import _core"),
        ("gateway.client.orders", "from gateway.config import Settings"),
        ("gateway.api.server", "import gateway.daemon"),
        ("gateway.daemon", "from gateway.client import Client"),
        ("gateway.core.replay", "from gateway.config import Settings"),
        ("sim.book", "import gateway"),
        ("sim.book", "from gateway.v1 import types_pb2"),
        ("gateway.helpers", "x = 1"),
    ],
)
def test_import_against_the_order_is_found(module: str, source: str) -> None:
    assert list(check_module(source, module, "m.py"))


@pytest.mark.parametrize(
    ("module", "source"),
    [
        (
            "gateway.api.server",
            "from gateway.core import _core\nfrom gateway.v1 import types_pb2\nimport grpc",
        ),
        ("gateway.cli.run", "from gateway import daemon"),
        ("gateway.daemon", "import gateway.api.server, gateway.store, asyncio"),
        ("gateway.client.orders", "from gateway.client import errors\nfrom gateway.v1 import types_pb2"),
        ("gateway.config.load", "from .settings import Settings"),
        ("sim.book", "from sim import ledger\nimport simplefix"),
    ],
)
def test_import_along_the_order_is_accepted(module: str, source: str) -> None:
    assert list(check_module(source, module, "m.py")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import threading\nthreading.Thread(target=print).start()",
        "f = open('x')",
        "import socket\ns = socket.socket()",
        "class A:\n    started = time.time()",
        "def f(now=time.time_ns()): ...",
        "try:\n    Path('x').mkdir()\nexcept OSError: pass",
        "if True:\n    engine = create_engine('sqlite://')",
    ],
)
def test_side_effect_of_an_import_is_found(source: str) -> None:
    assert list(check_module(source, "gateway.api.server", "m.py"))


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    open('x')",
        "if __name__ == '__main__':\n    main()",
        "f = lambda: open('x')",
        "x = dict(a=1)",
    ],
)
def test_call_that_does_not_run_on_import_is_accepted(source: str) -> None:
    assert list(check_module(source, "gateway.api.server", "m.py")) == []


def test_include_against_the_order_is_found() -> None:
    rooms = cpp_rooms("add_room(base)\nadd_room(fix base)\nadd_room(net fix)\n")
    assert rooms["net"] == {"fix", "base"}
    good = '#include "base/a.hpp"\n#include "fix/b.hpp"\n#include <vector>\n#include "schema/x.hpp"\n'
    assert list(check_cpp_source(good, "net", rooms, "n.cpp")) == []
    (violation,) = check_cpp_source('\n#include "net/a.hpp"\n', "fix", rooms, "f.cpp")
    assert str(violation) == "f.cpp:2: fix may include base; it includes net"


def test_room_that_names_a_later_one_is_found() -> None:
    with pytest.raises(ValueError, match="names net"):
        cpp_rooms("add_room(base net)\nadd_room(net)\n")


@pytest.mark.slow
@pytest.mark.timeout(1200)  # compiles everything once more, where no compiler cache is at hand
def test_wheel_holds_no_cpp_sources(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-build-isolation", "--no-deps"]
    subprocess.run([*command, "-w", str(tmp_path), str(ROOT)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    sources = [name for name in names if name.endswith((".cpp", ".hpp", ".h", ".in", "CMakeLists.txt"))]
    assert sources == []
    assert any(name.startswith("gateway/core/_core.") and name.endswith(".so") for name in names)
    assert "gateway/v1/order_entry_pb2.py" in names
    assert "gateway/config/load.py" in names
