"""Configuration, secrets, journal, database, exports: what needs no answer of the gateway."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from gateway.config.secret_store import SecretStore, find_key
from gateway.core import JournalReader
from tests.integration.cli.named.world import Run, World, assert_in
from tests.integration.cli.processes import readiness, wait_until
from tests.integration.cli.submit import submit
from tests.unit.cli.cli_runner import gateway as cli

__all__ = ["RUNS"]


def a_folder(world: World) -> dict[str, object]:
    return {"folder": f"new-{world.number()}"}


def a_copy(world: World) -> dict[str, object]:
    return {"copy": world.copy()}


def a_damaged_journal(world: World) -> dict[str, object]:
    """A copy of which one byte of the first event is another."""
    copy = world.copy()
    segment = min((copy / "journal").glob("*.seg"))
    content = bytearray(segment.read_bytes())
    content[content.index(b"0.1.0")] ^= 0xFF
    segment.write_bytes(content)
    return {"copy": copy, "segment": segment.name}


def a_key(world: World) -> dict[str, object]:
    name = f"key-{world.number()}"
    world.cli("secrets", "key", name)
    return {"key": name}


def a_secret(world: World) -> dict[str, object]:
    """The file of secrets with one in it."""
    name = f"secret-{world.number()}"
    environment = {"GATEWAY_SECRETS_KEY_FILE": str(world.folder / "secrets.key")}
    SecretStore(world.folder / "secrets.enc", find_key(environment, world.folder)).put(name, "s3cret")
    return {"secret": name}


def a_secret_and_a_key(world: World) -> dict[str, object]:
    return {**a_secret(world), **a_key(world)}


def key_is_its_owners_alone(world: World, values: dict[str, object]) -> None:
    assert (world.folder / f"{values['folder']}.key").stat().st_mode & 0o077 == 0


def secret_is_listed(world: World, values: dict[str, object]) -> None:
    assert_in(world, "secrets list", str(values["name"]))


def secret_is_gone(world: World, values: dict[str, object]) -> None:
    assert str(values["secret"]) not in world.cli("secrets", "list").out


def old_key_opens_no_more(world: World, values: dict[str, object]) -> None:
    refused = cli("secrets", "list")
    assert refused.code == 3, refused.out
    (world.folder / "secrets.key").write_bytes((world.folder / str(values["key"])).read_bytes())
    assert_in(world, "secrets list", str(values["secret"]))


def configuration_is_good(world: World, values: dict[str, object]) -> None:
    assert "good" in world.cli("check-config", f"{values['folder']}/gateway.yaml").out


def tls_is_made(world: World, values: dict[str, object]) -> None:
    folder = world.folder / str(values["folder"])
    made = {path.name for path in folder.rglob("*") if path.suffix in (".crt", ".key")}
    assert {"ca.crt", "ca.key", "demo.crt", "demo.key"} <= made, made
    configuration_is_good(world, values)


def nothing_is_overwritten(world: World, values: dict[str, object]) -> None:
    configuration_is_good(world, values)
    before = (world.folder / str(values["folder"]) / "gateway.yaml").read_bytes()
    assert cli("init", values["folder"]).code != 0
    assert (world.folder / str(values["folder"]) / "gateway.yaml").read_bytes() == before


def repair_keeps_what_is_good(world: World, values: dict[str, object]) -> None:
    journal = f"{values['copy']}/journal"
    assert cli("journal", "verify", journal).code == 6
    assert "repaired; the last record is lsn" in world.cli("journal", "repair", journal, "--yes").out
    assert "good" in world.cli("journal", "verify", journal).out


def tables_are_full(_: World, values: dict[str, object]) -> None:
    with sqlite3.connect(Path(str(values["copy"])) / "gateway.db") as database:
        assert database.execute("select count(*) from orders").fetchone()[0] > 0


def rows_are_there(world: World, values: dict[str, object]) -> None:
    assert (world.folder / "orders.csv").read_text().count("\n") == 1 + int(str(values["count"]))


def count_of_orders(world: World) -> dict[str, object]:
    """Once the projector has all of them."""
    world.order()
    monitor = world.running.ready["monitor"]
    wait_until(lambda: "running, 0 records behind" in readiness(monitor), "the projector is up to date")
    with sqlite3.connect(world.folder / "gateway.db") as database:
        return {"count": database.execute("select count(*) from orders").fetchone()[0]}


def where_the_monitor_is(world: World) -> dict[str, object]:
    return {"monitor": world.running.ready["monitor"]}


def records(world: World) -> dict[str, object]:
    world.order()
    return {"lsn": JournalReader(world.folder / "journal").committed_lsn}


def fix_order(world: World) -> dict[str, object]:
    """An order by its ClOrdID(11)."""

    mine = f"log-{world.number()}"
    order = submit(world.running.ready["api"], mine, price="175.00")
    wait_until(lambda: "NEW" in world.cli("order", mine).out, "order works")
    return {"order": order.cl_ord_id}


def switched(world: World) -> dict[str, object]:
    for way in ("on", "off"):
        world.cli("kill-switch", way, "--level", "instrument:EUR/USD", "--reason", "drill")
    return {}


def controlled(world: World) -> dict[str, object]:
    name = world.session()
    world.cli("sessions", "logout", name, "--reason", "asked by the venue", "--yes")
    return {"session": name}


RUNS = (
    Run(
        ("gateway init", "gateway init DIR"), "init {folder}",
        ("wrote {folder}/gateway.yaml", "gateway run -c {folder}/gateway.yaml"), a_folder, nothing_is_overwritten,
    ),
    Run(
        ("gateway init DIR --tls --host NAME",), "init {folder} --tls --host gateway.example",
        ("GATEWAY_CA=", "GATEWAY_TOKEN="), a_folder, tls_is_made,
    ),
    Run(
        ("gateway check-config", "gateway check-config FILE", "gateway check-config [FILE]"),
        "check-config gateway.yaml", (r"gateway\.yaml: good \(\d+ sessions?",),
    ),
    Run(("gateway config schema",), "config schema", (r'"\$schema"', '"sessions"')),
    Run(("gateway demo", "gateway demo [DIR]"), "demo {folder} --seconds 1", ("every order ended",), a_folder),
    Run(
        ("gateway secrets key FILE",), "secrets key {folder}.key", ("{folder}.key: a new key",), a_folder,
        key_is_its_owners_alone,
    ),
    Run(
        ("gateway secrets add NAME", "gateway secrets"), "secrets add {name}",
        (r"{name} added; refer to it as \$\{{encrypted:secrets\.enc#{name}\}}",),
        lambda world: {"name": f"added-{world.number()}"}, secret_is_listed, typed="hunter2\n",
    ),
    Run(("gateway secrets list",), "secrets list", ("{secret}",), a_secret),
    Run(("gateway secrets remove NAME",), "secrets remove {secret}", ("{secret} removed",), a_secret, secret_is_gone),
    Run(
        ("gateway secrets change-key KEYFILE",), "secrets change-key {key}", ("encrypted with the key of {key}",),
        a_secret_and_a_key, old_key_opens_no_more,
    ),
    Run(
        ("gateway client add", "gateway client add NAME"), "client add alpha",
        ("token .shown once", "- name: alpha", "token_hashes:"),
    ),
    Run(
        ("gateway doctor",), "doctor",
        ("(?s)ports.*journal.*database.*disk.*clock.*limits", "runs .pid", "held by the gateway|any free port"),
        codes=(0, 7),
    ),
    Run(
        ("gateway fixlog", "gateway fixlog PATH"), "fixlog journal --order {order}",
        ("NewOrderSingle", "ExecutionReport"), fix_order,
    ),
    Run(("gateway tail",), "tail --no-follow", ("OrderAccepted|ExecutionReported",), records),
    Run(
        ("gateway audit",), "audit", ("TradingStateChanged|trading .*halted|HALTED", "drill"),
        switched,
    ),
    Run(
        ("gateway export WHAT -o FILE",), "export orders -o orders.csv", (r"orders\.csv: {count} orders",),
        count_of_orders, rows_are_there,
    ),
    Run(("gateway replay",), "replay", ("lsn", "[0-9a-f]{{64}}", "DEMO"), records),
    Run(
        ("gateway journal verify", "gateway journal verify PATH"), "journal verify {copy}/journal",
        (r"good: \d+ segments, \d+ records in \d+ batches, lsn 1 to \d+",), a_copy,
    ),
    Run(
        ("gateway journal dump", "gateway journal dump PATH"), "journal dump journal",
        ("GatewayStarted", r"\|35=D\|", "OrderAccepted"), records,
    ),
    Run(
        ("gateway journal dump PATH --kind SessionControlled",), "journal dump journal --kind SessionControlled",
        ("SessionControlled session={session} .*changed_by=demo/.* reason='asked by the venue'",), controlled,
    ),
    Run(("gateway journal dump --kind PasswordChanged",), "journal dump journal --kind PasswordChanged", ("^$",)),
    Run(
        ("gateway journal checkpoint PATH",), "journal checkpoint {copy}/journal",
        (r"checkpoint at lsn \d+: \d+ records applied", "bytes"), a_copy,
        lambda world, values: assert_in(world, f"journal checkpoint {values['copy']}/journal", "nothing new since"),
    ),
    Run(
        ("gateway journal repair", "gateway journal repair PATH"), "journal repair {copy}/journal",
        ("{segment} offset", "would keep everything up to lsn", "with --yes"), a_damaged_journal,
        repair_keeps_what_is_good, codes=(6,),
    ),
    Run(("gateway database upgrade",), "database upgrade -c {copy}/gateway.yaml", (r"at revision \w+",), a_copy),
    Run(
        ("curl -s 127.0.0.1:7011/healthz",), "curl -s {monitor}/healthz", ('"healthy": true',), where_the_monitor_is,
    ),
    Run(
        ("gateway database rebuild",), "database rebuild -c {copy}/gateway.yaml",
        (r"projected anew up to lsn \d+",), a_copy, tables_are_full,
    ),
)  # fmt: skip
