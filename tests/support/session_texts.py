"""Texts where the settings of a session are asked for, as YAML: right, wrong, and made to hurt who reads them."""

__all__ = ["SESSION_TEXTS"]

_GOOD = (
    "name: {name}\nbegin_string: FIX.4.4\nsender_comp_id: {name}\ntarget_comp_id: SIM\n"
    "host: 127.0.0.1\nport: {port}\n"
)
_INITIATOR = "role: initiator\n" + _GOOD
_BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
"""Each list holds the one before nine times: 9^9 elements, were they written out."""

SESSION_TEXTS = [
    _INITIATOR.format(name="MORE", port=9),
    _INITIATOR.format(name="SIM", port=9),
    "role: acceptor\n" + _GOOD.format(name="DOOR", port=0),
    _INITIATOR.format(name="MORE", port=70_000),
    _INITIATOR.format(name="MORE", port="0x9"),
    _INITIATOR.format(name="MORE", port=9) + "port: 10\n",
    _INITIATOR.format(name="x" * 5000, port=9),
    _INITIATOR.format(name='"\\u0000\\e[2J"', port=9),
    _INITIATOR.format(name="MORE", port=9) + "password: secret\n",
    _INITIATOR.format(name="MORE", port=9) + "password: ${file:/etc/passwd}\n",
    _INITIATOR.format(name="MORE", port=9) + "password: ${env:HOME}\n",
    _INITIATOR.format(name="MORE", port=9) + "tls: {certificate: /etc/passwd, private_key: /dev/zero}\n",
    _INITIATOR.format(name="MORE", port=9) + "heartbeat_interval: 999999999999999999h\n",
    _INITIATOR.format(name="!!python/object/apply:os.getpid []", port=9),
    _BOMB,
    _INITIATOR.format(name="MORE", port=9) + _BOMB,
    "&a [*a]",
    "&a {a: *a}",
    "? &a [b]\n: *a",
    "<<: [{name: MORE}, {role: initiator}]\nhost: 127.0.0.1",
    "[" * 3000,
    "{a: " * 3000,
    "- " * 3000 + "x",
    "name: MORE\n\tport: 9\n",
    "name: [\n",
    "name: 'MORE\n",
    "%YAML 9.9\n---\nname: MORE\n",
    "name: MORE\n---\nname: MORE\n",
    "--- !!set {a, b}",
    "name: 2026-13-45\nport: 0o99\n",
    "port: 1" + "0" * 5000,
    "port: 1:2:3:4\nhost: .inf\n",
    "name: !!binary '===='\n",
    "name: !!timestamp 0000-00-00\n",
    "? {a: b}\n: c\n",
    "null",
    "42",
    "[]",
    "\ufeffname: MORE\n",
    "name: \ud7ff\uffff\n",
    "x" * 65_536,
    "x" * 65_537,
    "é" * 40_000,
]
