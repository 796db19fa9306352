"""Compile a dictionary model into the binary form that gateway/core/fix/dictionary.hpp reads.

All numbers are little-endian. After the head come the sections, each a count followed by its records:

    head      magic, format version, CRC-32 of all that follows the head, size of all that follows
    strings   bytes; every text is an (offset, length) into them
    version   name, begin string, ApplVerID
    fields    sorted by tag
    field     open-addressed index of fields by tag
    values    enumerated values with their symbolic names
    chars     256-bit sets for enumerations of single characters
    words     open-addressed indexes for the other enumerations
    layouts   one for the header (0), the trailer (1), each message body and each repeating group
    slots     the layouts' members, open-addressed by tag
    required  the layouts' required tags; member ordinals count these first
    messages  sorted by type
    types     open-addressed index of messages by type

Identical groups share one layout, so FIX 5.0 SP2 with its 25,000 members stays near a megabyte.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.config.dictionary_types import TYPES, type_name
from gateway.config.dictionary_xml import DictionaryError, Field, Member, Model

__all__ = ["FORMAT_VERSION", "is_intact", "pack"]

MAGIC = b"GWFIXDIC"
FORMAT_VERSION = 1
HEAD = struct.Struct("<8sIII")

_APPL_VER_IDS = {
    (4, 0, 0): "2",
    (4, 1, 0): "3",
    (4, 2, 0): "4",
    (4, 3, 0): "5",
    (4, 4, 0): "6",
    (5, 0, 0): "7",
}
_APPL_VER_IDS |= {(5, 0, 1): "8", (5, 0, 2): "9"}

MSG_TYPE_LENGTH_MAX = 8
MEMBERS_MAX = 2048
GROUP_DEPTH_MAX = 16
_NO_VALUES, _CHAR_VALUES, _WORD_VALUES = range(3)


def is_intact(blob: bytes) -> bool:
    """Tell whether `blob` is whole and of this format version, as the core checks it when it loads one."""
    if len(blob) < HEAD.size:
        return False
    magic, version, checksum, size = HEAD.unpack_from(blob)
    body = memoryview(blob)[HEAD.size :]
    return bool(
        magic == MAGIC and version == FORMAT_VERSION and size == len(body) and checksum == zlib.crc32(body)
    )


def pack(model: Model) -> bytes:
    """Compile `model`.

    Raises:
        DictionaryError: a reference does not resolve, a type is unknown, or a limit is exceeded.
    """
    return _Packer(model).pack()


@dataclass
class _Layout:
    """The members by tag: required, and the layout number of a group (0 for a plain field)."""

    members: dict[int, tuple[bool, int]]
    delimiter: int


class _Packer:
    def __init__(self, model: Model) -> None:
        self.model = model
        self.strings = bytearray()
        self.interned: dict[str, int] = {}
        self.fields = sorted(model.fields.values(), key=lambda f: f.tag)
        for one, two in zip(self.fields, self.fields[1:], strict=False):
            if one.tag == two.tag:
                raise DictionaryError(
                    f"{two.place}: tag {two.tag} is already defined as {one.name} at {one.place}; remove one"
                )
        self.indexes = {f.tag: i for i, f in enumerate(self.fields)}
        self.layouts: list[_Layout] = []
        self.shared: dict[tuple[tuple[int, bool, int], ...], int] = {}
        self.groups: dict[int, int] = {}

    def pack(self) -> bytes:
        structures = [self.model.header, self.model.trailer]
        messages = sorted(self.model.messages.values(), key=lambda m: _type_key(m.msg_type, m.place))
        structures += [m.members for m in messages]
        # The header, the trailer and the bodies have the numbers 0, 1, 2 ...; groups follow.
        self.layouts = [_Layout({}, 0) for _ in structures]
        for number, members in enumerate(structures):
            self.layouts[number] = self._layout(members, [])
        records = [
            struct.pack(
                "<QIHHII",
                _type_key(m.msg_type, m.place),
                self._text(m.name),
                len(m.name.encode()),
                m.category == "admin",
                number,
                0,
            )
            for number, m in enumerate(messages, start=2)
        ]
        types = _index([_type_hash(_type_key(m.msg_type, m.place)) for m in messages])
        fields, values, chars, words = self._fields()
        slots, required, layouts = self._layouts()
        version = self._version()
        body = b"".join(
            [
                _section([bytes(self.strings)], len(self.strings)),
                version,
                _section(fields, len(fields)),
                _u32s(_index([_tag_hash(f.tag) for f in self.fields])),
                _section(values, len(values)),
                _section(chars, len(chars)),
                _u32s(words),
                _section(layouts, len(layouts)),
                _section(slots, len(slots)),
                _u32s(required),
                _section(records, len(records)),
                _u32s(types),
            ]
        )
        return HEAD.pack(MAGIC, FORMAT_VERSION, zlib.crc32(body), len(body)) + body

    def _version(self) -> bytes:
        model = self.model
        session = model.kind == "FIXT"
        pack = f"SP{model.service_pack}" if model.service_pack else ""
        name = f"{model.kind}{model.major}{model.minor}{pack}"
        wire = f"{model.kind}.{model.major}.{model.minor}"
        # From FIX 5.0 on the wire carries the session layer's version.
        begin_string = "FIXT.1.1" if not session and model.major >= 5 else wire
        appl_ver_id = "" if session else _APPL_VER_IDS.get((model.major, model.minor, model.service_pack), "")
        texts = (name, begin_string, appl_ver_id)
        return b"".join(struct.pack("<II", self._text(t), len(t)) for t in texts)

    def _text(self, text: str) -> int:
        """Return the offset of `text` in the strings, adding it if it is new."""
        offset = self.interned.get(text)
        if offset is None:
            offset = self.interned[text] = len(self.strings)
            self.strings += text.encode()
        return offset

    def _fields(self) -> tuple[list[bytes], list[bytes], list[bytes], list[int]]:
        fields: list[bytes] = []
        values: list[bytes] = []
        chars: list[bytes] = []
        words: list[int] = []
        pairs = self._pairs()
        for f in self.fields:
            ordered = [(text.encode(), name) for text, name in f.values.items()]
            kind, index, size = _NO_VALUES, 0, 0
            if ordered and all(len(text) == 1 for text, _ in ordered):
                kind, index = _CHAR_VALUES, len(chars)
                bits = sum(1 << text[0] for text, _ in ordered)
                chars.append(bits.to_bytes(32, "little"))
            elif ordered:
                table = _index([_text_hash(text) for text, _ in ordered])
                kind, index, size = _WORD_VALUES, len(words), len(table)
                words += table
            fields.append(
                struct.pack(
                    "<IIIIIIIHBB",
                    f.tag,
                    pairs.get(f.tag, 0),
                    self._text(f.name),
                    len(values),
                    len(ordered),
                    index,
                    size,
                    len(f.name.encode()),
                    TYPES.index(self._type(f)),
                    kind,
                )
            )
            values += [
                struct.pack(
                    "<IIHH", self._text(text.decode()), self._text(name), len(text), len(name.encode())
                )
                for text, name in ordered
            ]
        return fields, values, chars, words

    def _type(self, f: Field) -> str:
        # FIX 4.0 and 4.1 have no strings: their char is any text, BeginString(8) among them.
        name = type_name(f)
        before_strings = self.model.kind == "FIX" and (self.model.major, self.model.minor) < (4, 2)
        return "STRING" if before_strings and name == "CHAR" else name

    def _pairs(self) -> dict[int, int]:
        """Pair each data field with the field of its length, both ways: by name, or by the tag before it."""
        by_tag = {f.tag: f for f in self.fields}
        pairs: dict[int, int] = {}
        for f in self.fields:
            if type_name(f) != "DATA":
                continue
            named = (self.model.fields.get(f.name + suffix) for suffix in ("Len", "Length"))
            length = next((n for n in named if n is not None), None) or by_tag.get(f.tag - 1)
            if length is None or type_name(length) not in ("LENGTH", "INT"):
                raise DictionaryError(
                    f"{f.place}: expected a LENGTH field named {f.name}Len for the data field {f.name}; "
                    "define it, or give the field another type"
                )
            pairs[f.tag] = length.tag
            pairs[length.tag] = f.tag
        return pairs

    def _layout(self, members: Sequence[Member], path: list[str]) -> _Layout:
        layout = _Layout({}, 0)
        for member, required in self._resolved(members, True, ()):
            f = self.model.fields.get(member.name)
            if f is None:
                raise DictionaryError(
                    f"{member.place}: field {member.name} is used but not defined; "
                    f"add it to <fields>, or remove this reference"
                )
            group = self._group(member, path) if member.kind == "group" else 0
            if f.tag in layout.members:
                # Published dictionaries mention a field twice now and then; the first place counts.
                before, first = layout.members[f.tag]
                layout.members[f.tag] = (before or required, first)
            else:
                layout.members[f.tag] = (required, group)
            layout.delimiter = layout.delimiter or f.tag
        if len(layout.members) > MEMBERS_MAX:
            raise DictionaryError(
                f"{members[0].place}: expected at most {MEMBERS_MAX} members in one structure, "
                f"was {len(layout.members)}; split it"
            )
        return layout

    def _group(self, member: Member, path: list[str]) -> int:
        known = self.groups.get(id(member))
        if known is not None:
            return known
        if len(path) >= GROUP_DEPTH_MAX:
            raise DictionaryError(
                f"{member.place}: expected groups at most {GROUP_DEPTH_MAX} deep, was {'/'.join(path)}"
            )
        layout = self._layout(member.members, [*path, member.name])
        if not layout.members:
            raise DictionaryError(
                f"{member.place}: expected members in the group {member.name}, found none; "
                "add them, or make it a <field>"
            )
        key = tuple((tag, required, group) for tag, (required, group) in layout.members.items())
        if key not in self.shared:
            self.shared[key] = len(self.layouts)
            self.layouts.append(layout)
        self.groups[id(member)] = self.shared[key]
        return self.shared[key]

    def _resolved(
        self, members: Sequence[Member], required: bool, path: tuple[str, ...]
    ) -> Iterator[tuple[Member, bool]]:
        for member in members:
            effective = required and member.required
            if member.kind != "component":
                yield member, effective
                continue
            if member.name not in self.model.components:
                raise DictionaryError(
                    f"{member.place}: component {member.name} is used but not defined; "
                    "add it to <components>, or remove this reference"
                )
            if member.name in path:
                raise DictionaryError(
                    f"{member.place}: component {member.name} contains itself "
                    f"({' > '.join((*path, member.name))}); remove this reference"
                )
            yield from self._resolved(self.model.components[member.name], effective, (*path, member.name))

    def _layouts(self) -> tuple[list[bytes], list[int], list[bytes]]:
        slots: list[bytes] = []
        required: list[int] = []
        layouts: list[bytes] = []
        empty = struct.pack("<IHHI", 0, 0, 0, 0)
        for layout in self.layouts:
            # Required first and by tag: the first missing one is the lowest tag, as other engines report it.
            ordered = sorted(layout.members, key=lambda tag: (not layout.members[tag][0], tag))
            needed = [tag for tag in ordered if layout.members[tag][0]]
            table = _index([_tag_hash(tag) for tag in ordered])
            layouts.append(
                struct.pack(
                    "<IIIIII",
                    len(slots),
                    len(table),
                    len(ordered),
                    len(required),
                    len(needed),
                    layout.delimiter,
                )
            )
            required += needed
            for entry in table:
                if entry == 0:
                    slots.append(empty)
                    continue
                tag = ordered[entry - 1]
                slots.append(struct.pack("<IHHI", tag, entry - 1, self.indexes[tag], layout.members[tag][1]))
        return slots, required, layouts


def _type_key(msg_type: str, place: object) -> int:
    text = msg_type.encode()
    if not 1 <= len(text) <= MSG_TYPE_LENGTH_MAX:
        raise DictionaryError(
            f"{place}: expected a msgtype of 1 to {MSG_TYPE_LENGTH_MAX} bytes, was {msg_type!r}; correct it"
        )
    return int.from_bytes(text, "little")


def _tag_hash(tag: int) -> int:
    return (tag * 0x9E3779B1) & 0xFFFFFFFF


def _type_hash(key: int) -> int:
    return ((key * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF) >> 32


def _text_hash(text: bytes) -> int:
    """FNV-1a, then spread, because its low bits are the good ones and the index takes the high ones."""
    value = 0x811C9DC5
    for byte in text:
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return _tag_hash(value)


def _index(hashes: Sequence[int]) -> list[int]:
    """Lay out an open-addressed index: position + 1 at the first free slot from the top bits of the hash on.

    The size is a power of two and at least twice the count: there is always an empty slot, which ends a
    search.
    """
    bits = max(1, (2 * len(hashes) - 1).bit_length()) if hashes else 1
    table = [0] * (1 << bits)
    for position, value in enumerate(hashes):
        slot = value >> (32 - bits)
        while table[slot]:
            slot = (slot + 1) % len(table)
        table[slot] = position + 1
    return table


def _section(records: list[bytes], count: int) -> bytes:
    return struct.pack("<I", count) + b"".join(records)


def _u32s(numbers: list[int]) -> bytes:
    return struct.pack(f"<I{len(numbers)}I", len(numbers), *numbers)
