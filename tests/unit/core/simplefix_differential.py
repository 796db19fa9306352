"""The order path's codec against simplefix: random messages, made and read by both, must be the same.

`python -m tests.unit.core.simplefix_differential --rounds 1000000 --seed 7` is the long run.
"""

from __future__ import annotations

import argparse
import random
import string
from collections.abc import Sequence

import simplefix
from simplefix.data import RAW_DATA

from gateway.core import encode_message, parse_message

__all__ = ["compare", "random_fields"]

Field = tuple[int, bytes]

VERSIONS = ("FIX.4.0", "FIX.4.2", "FIX.4.4", "FIXT.1.1")
MSG_TYPES = ("D", "8", "AE", "0", "A", "j", "U1")
# Length and data: simplefix knows these pairs too.
DATA_PAIRS = ((95, 96), (93, 89), (90, 91), (212, 213), (348, 349), (354, 355), (358, 359))
# Neither codec's length and data tags beside these: each knows some that the other does not.
OURS_ALONE = frozenset({1184, 1185})
NOT_IN_A_BODY = frozenset({8, 9, 10, 35}) | OURS_ALONE | {tag for pair in RAW_DATA for tag in pair}
PRINTABLE = (string.ascii_letters + string.digits + " .,:;-+=|/").encode()


def random_value(draw: random.Random) -> bytes:
    """Printable text, numbers as FIX has them, or any bytes but the separator; seldom empty or long."""
    match draw.randrange(8):
        case 0:
            return str(draw.randrange(10 ** draw.randrange(1, 19))).encode()
        case 1:
            return f"{draw.randrange(1_000_000)}.{draw.randrange(100):02}".encode()
        case 2:
            return bytes(draw.choice((0, 2, 61, 128, 200, 255)) for _ in range(draw.randrange(20)))
        case 3:
            return bytes(draw.choices(PRINTABLE, k=draw.randrange(300)))
        case _:
            return bytes(draw.choices(PRINTABLE, k=draw.randrange(1, 24)))


def random_fields(draw: random.Random) -> list[Field]:
    """A body: tags of one to five digits, repeated ones too, data with separators inside."""
    fields: list[Field] = []
    for _ in range(draw.randrange(40)):
        if draw.randrange(12) == 0:
            length_tag, data_tag = draw.choice(DATA_PAIRS)
            data = bytes(draw.choices(b"\x01=a10", k=draw.randrange(1, 40)))
            fields += [(length_tag, str(len(data)).encode()), (data_tag, data)]
            continue
        tag = draw.randrange(1, 10 ** draw.randrange(1, 6))
        if tag not in NOT_IN_A_BODY:
            fields.append((tag, random_value(draw)))
    return fields


def encoded_by_simplefix(begin_string: str, msg_type: str, fields: Sequence[Field]) -> bytes:
    message = simplefix.FixMessage()
    message.append_pair(8, begin_string)
    message.append_pair(35, msg_type)
    for tag, value in fields:
        message.append_pair(tag, value)
    encoded: bytes = message.encode()
    return encoded


def parsed_by_simplefix(data: bytes, draw: random.Random) -> list[Field] | None:
    """In pieces, as bytes come from a socket."""
    parser = simplefix.FixParser(allow_empty_values=True)
    at = 0
    while at < len(data):
        size = draw.randrange(1, len(data) + 1)
        parser.append_buffer(data[at : at + size])
        at += size
    message = parser.get_message()
    return None if message is None else [(int(tag), bytes(value or b"")) for tag, value in message.pairs]


def compare(draw: random.Random) -> str:
    """One random message by both; what differs, or nothing."""
    begin_string, msg_type = draw.choice(VERSIONS), draw.choice(MSG_TYPES)
    fields = random_fields(draw)
    ours = encode_message(begin_string, msg_type, fields)
    theirs = encoded_by_simplefix(begin_string, msg_type, fields)
    if ours != theirs:
        return f"encoded: {ours!r}, simplefix: {theirs!r}"
    parsed = parse_message(theirs)
    if parsed != parsed_by_simplefix(theirs, draw):
        return f"parsed {theirs!r} as {parsed!r}"
    if parsed is None or parsed[3:-1] != fields:
        return f"fields {fields!r} came back as {parsed!r}"
    # One byte that is another: the sum of bytes finds it, whatever it was.
    at = draw.randrange(len(ours))
    other = bytes([(ours[at] + draw.randrange(1, 256)) % 256])
    damaged = ours[:at] + other + ours[at + 1 :]
    if parse_message(damaged) is not None:
        return f"taken though damaged at {at}: {damaged!r}"
    return ""


def main() -> int:
    """Exit code 0 where all rounds agree; else the seed of the first that does not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rounds", type=int, default=100_000, help="messages to compare (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the first round; each has its own")
    arguments = parser.parse_args()
    for seed in range(arguments.seed, arguments.seed + arguments.rounds):
        if difference := compare(random.Random(seed)):
            print(f"seed {seed}: {difference}")
            print(f"again: python -m tests.unit.core.simplefix_differential --rounds 1 --seed {seed}")
            return 1
    print(f"{arguments.rounds} messages, no difference")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
