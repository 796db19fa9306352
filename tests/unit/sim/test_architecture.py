"""What the simulator may not depend on."""

import ast
from pathlib import Path

import sim

ROOT = Path(sim.__file__).parent
SURROUNDINGS = {
    "replay/cli.py",
    "replay/csv_file.py",
    "replay/files.py",
    "replay/parquet_file.py",
    "server.py",
    "http.py",
    "cli.py",
    "__main__.py",
    "state.py",
    "config/load.py",
    "scenario/load.py",
    "control/ctl.py",
    "control/service.py",
    # The certification kit is a client of the network, and no part of the venue.
    *(
        f"certify/{name}.py"
        for name in (
            "cli",
            "client_cases",
            "connector",
            "message_cases",
            "peer",
            "profile",
            "run",
            "sequence_cases",
            "venue_cases",
        )
    ),
}
IMPURE = {
    "asyncio",
    "os",
    "pathlib",
    "secrets",
    "select",
    "signal",
    "socket",
    "subprocess",
    "threading",
    "time",
}


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def modules():
    found = {str(path.relative_to(ROOT)): set(imported(path)) for path in ROOT.rglob("*.py")}
    assert len(found) > 30
    return found


def test_simulator_never_imports_the_gateway():
    assert [name for name, imports in modules().items() if "gateway" in imports] == []


def test_core_imports_no_clock_no_socket_and_no_file():
    impure = {name: imports & IMPURE for name, imports in modules().items() if name not in SURROUNDINGS}
    assert {name: imports for name, imports in impure.items() if imports} == {}


def test_randomness_is_only_drawn_from_a_seeded_generator():
    users = sorted(name for name, imports in modules().items() if "random" in imports)
    assert users == ["liquidity.py", "scenario/run.py"]
    for name in users:
        source = (ROOT / name).read_text()
        assert source.count("random.Random(seed)") == source.count(" random.") == 1
