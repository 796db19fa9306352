"""Write the core's C++ schema from the .proto files.

The core reads and writes the protobuf wire format itself, so that a batch of orders or events passes through
Python as bytes. Field numbers, enumerations and message structs come from here; nothing of them is written by hand.

What a message becomes: a struct with one member a singular field, `encode` and `decode`; a repeated message with a
`count_max` becomes a list of that many in place. Members of a oneof and other repeated fields have only their numbers
(`number::Event::order_accepted`): the few places that need them walk the wire themselves. Strings are views into the
bytes that were decoded.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import grpc_tools
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor, FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_tools import protoc

PACKAGE = "gateway/v1"
KEYWORDS = {"new"}
# Both are seconds and nanoseconds on the wire, and 64-bit nanoseconds in the core.
TIMES = ("google.protobuf.Timestamp", "google.protobuf.Duration")
SCALARS = {
    FieldDescriptor.TYPE_UINT64: ("std::uint64_t", "varint"),
    FieldDescriptor.TYPE_UINT32: ("std::uint32_t", "varint"),
    FieldDescriptor.TYPE_INT64: ("std::int64_t", "varint"),
    FieldDescriptor.TYPE_BOOL: ("bool", "varint"),
    FieldDescriptor.TYPE_FIXED64: ("std::uint64_t", "fixed64"),
    FieldDescriptor.TYPE_STRING: ("std::string_view", "bytes"),
}


def load_pool(root: Path) -> tuple[DescriptorPool, list[FileDescriptor]]:
    """Compile every .proto below root into a pool of its own: an installed gateway must not be looked at."""
    sources = sorted(str(path.relative_to(root)) for path in (root / PACKAGE).glob("*.proto"))
    well_known = str(Path(grpc_tools.__file__).parent / "_proto")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "descriptors"
        options = [f"-I{root}", f"-I{well_known}", f"--descriptor_set_out={out}", "--include_imports"]
        if protoc.main(["protoc", *options, *sources]) != 0:
            raise SystemExit("protoc failed; see its message above")
        files = FileDescriptorSet.FromString(out.read_bytes())
    pool = DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return pool, [pool.FindFileByName(source) for source in sources]


class Writer:
    """Collects the header's lines."""

    def __init__(self, pool: DescriptorPool, files: list[FileDescriptor]) -> None:
        self.files = files
        self.decimal = pool.FindExtensionByName("gateway.v1.decimal")
        self.bound = pool.FindExtensionByName("gateway.v1.count_max")
        self.options = GetMessageClass(pool.FindMessageTypeByName("google.protobuf.FieldOptions"))
        self.lines: list[str] = []

    def is_decimal(self, field: FieldDescriptor) -> bool:
        options: Any = self.options.FromString(field.GetOptions().SerializeToString())
        return bool(options.Extensions[self.decimal])

    def count_max(self, field: FieldDescriptor) -> int:
        """How many elements of a repeated message the core keeps; 0: it knows the number alone."""
        options: Any = self.options.FromString(field.GetOptions().SerializeToString())
        return int(options.Extensions[self.bound]) if field.is_repeated else 0

    def structured(self, message: Descriptor) -> list[FieldDescriptor]:
        return [
            f
            for f in message.fields
            if f.containing_oneof is None and (not f.is_repeated or self.count_max(f) != 0)
        ]

    def cpp_type(self, field: FieldDescriptor) -> str:
        if count := self.count_max(field):
            return f"pb::FixedList<{field.message_type.name}, {count}>"
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            name = field.message_type.full_name
            return "std::int64_t" if name in TIMES else field.message_type.name
        if field.type == FieldDescriptor.TYPE_ENUM:
            return str(field.enum_type.name)
        if self.is_decimal(field):
            return "pb::DecimalText"
        return SCALARS[field.type][0]

    def member_name(self, field: FieldDescriptor) -> str:
        is_time = field.message_type is not None and field.message_type.full_name in TIMES
        return f"{field.name}_ns" if is_time else str(field.name)

    def enum(self, enum: EnumDescriptor) -> None:
        prefix = "".join("_" + c if c.isupper() else c.upper() for c in enum.name).lstrip("_") + "_"
        self.lines.append(f"enum class {enum.name} : std::int32_t {{")
        names = []
        for value in enum.values:
            name = value.name.removeprefix(prefix).lower()
            if name in KEYWORDS:
                name += "_"
            names.append((name, value.number))
            self.lines.append(f"    {name} = {value.number},")
        self.lines.append("};")
        self.lines.append(f"[[nodiscard]] constexpr std::string_view name_of({enum.name} value) {{")
        self.lines.append("    switch (value) {")
        for name, _ in names:
            shown = name.upper().rstrip("_")
            self.lines.append(f'        case {enum.name}::{name}: return "{shown}";')
        self.lines.append('    }\n    return "UNRECOGNIZED";\n}')
        self.lines.append(f"[[nodiscard]] constexpr bool is_known({enum.name} value) {{")
        self.lines.append("    switch (value) {")
        self.lines.extend(f"        case {enum.name}::{name}:" for name, _ in names)
        self.lines.append("            return true;\n    }\n    return false;\n}\n")

    def numbers(self, message: Descriptor) -> None:
        if not message.fields:
            return
        self.lines.append(f"namespace number::{message.name} {{")
        self.lines.extend(f"inline constexpr std::uint32_t {f.name} = {f.number};" for f in message.fields)
        self.lines.append("}")

    def struct(self, message: Descriptor) -> None:
        fields = self.structured(message)
        self.lines.append(f"struct {message.name} {{")
        for field in fields:
            self.lines.append(f"    {self.cpp_type(field)} {self.member_name(field)}{{}};")
            is_message = field.type == FieldDescriptor.TYPE_MESSAGE and not field.is_repeated
            if is_message and field.message_type.full_name not in TIMES:
                self.lines.append(f"    bool has_{field.name} = false;")
        self.lines.append("    void encode([[maybe_unused]] pb::Writer& out) const {")
        self.lines.extend(f"        {self.encode_line(field)}" for field in fields)
        self.lines.append("    }")
        self.lines.append("    // False where the bytes are no valid message. Views point into `bytes`.")
        self.lines.append("    [[nodiscard]] bool decode(std::string_view bytes) {")
        self.lines.append("        pb::Reader in(bytes);\n        while (in.next()) {")
        if fields:
            self.lines.append("            switch (in.field()) {")
            for field in fields:
                body = self.decode_line(field)
                self.lines.append(f"                case {field.number}: {{ {body} break; }}")
            self.lines.append("                default: break;\n            }")
        self.lines.append("        }\n        return in.ok();\n    }")
        self.lines.append("};\n")

    def encode_line(self, field: FieldDescriptor) -> str:
        name, number = self.member_name(field), field.number
        if field.is_repeated:
            body = f"const auto at = out.open({number}); element.encode(out); out.close(at);"
            return f"for (const auto& element : {name}) {{ {body} }}"
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            if field.message_type.full_name in TIMES:
                return f"out.timestamp({number}, {name});"
            body = f"const auto at = out.open({number}); {name}.encode(out); out.close(at);"
            return f"if (has_{name}) {{ {body} }}"
        if field.type == FieldDescriptor.TYPE_ENUM:
            return f"out.enumeration({number}, static_cast<std::int32_t>({name}));"
        if self.is_decimal(field):
            return f"out.decimal({number}, {name});"
        if field.type == FieldDescriptor.TYPE_INT64:
            return f"out.varint({number}, static_cast<std::uint64_t>({name}));"
        return f"out.{SCALARS[field.type][1]}({number}, {name});"

    def decode_line(self, field: FieldDescriptor) -> str:
        name = self.member_name(field)
        if field.is_repeated:
            return f"auto* added = {name}.add(); if (!added || !added->decode(in.bytes())) in.fail();"
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            if field.message_type.full_name in TIMES:
                return f"{name} = in.timestamp();"
            return f"has_{name} = true; if (!{name}.decode(in.bytes())) in.fail();"
        if field.type == FieldDescriptor.TYPE_ENUM:
            return f"{name} = static_cast<{field.enum_type.name}>(in.int32());"
        if self.is_decimal(field):
            return f"{name} = in.decimal();"
        if field.type == FieldDescriptor.TYPE_BOOL:
            return f"{name} = in.varint() != 0;"
        if field.type == FieldDescriptor.TYPE_UINT32:
            return f"{name} = static_cast<std::uint32_t>(in.varint());"
        if field.type == FieldDescriptor.TYPE_INT64:
            return f"{name} = static_cast<std::int64_t>(in.varint());"
        return f"{name} = in.{SCALARS[field.type][1]}();"

    def event_bodies(self, event: Descriptor) -> None:
        bodies = [(field.message_type.name, field.number) for field in event.oneofs_by_name["body"].fields]
        self.lines.append("// The field of Event that holds each body.")
        self.lines.append("template <class Body> inline constexpr std::uint32_t event_field = 0;")
        for name, number in bodies:
            self.lines.append(f"template <> inline constexpr std::uint32_t event_field<{name}> = {number};")
        self.lines += [
            "",
            "// Calls `visit(body)` with the decoded body; false where the bytes are invalid or the body unknown.",
            "template <class Visitor>",
            "[[nodiscard]] bool visit_event(std::uint32_t field, std::string_view bytes, Visitor&& visit) {",
            "    switch (field) {",
        ]
        for name, number in bodies:
            decode = f"{name} body; if (!body.decode(bytes)) return false;"
            self.lines.append(f"        case {number}: {{ {decode} visit(body); return true; }}")
        self.lines.append("        default: return false;\n    }\n}\n")

    def roundtrip(self, messages: list[Descriptor]) -> None:
        self.lines += [
            "// Decodes and encodes a message by name, for the test against the official runtime.",
            "[[nodiscard]] inline bool reencode(std::string_view name, std::string_view bytes, pb::Writer& out) {",
        ]
        for message in messages:
            work = f"{message.name} value; if (!value.decode(bytes)) return false; value.encode(out); return true;"
            self.lines.append(f'    if (name == "{message.name}") {{ {work} }}')
        self.lines.append("    return false;\n}")

    def write(self) -> str:
        self.lines = [
            "// Generated from proto/gateway/v1 by proto/generate_schema.py; do not edit.",
            "#pragma once\n",
            "#include <cstdint>\n#include <string_view>\n",
            '#include "base/protobuf.hpp"\n',
            "// Generated structs have members named like the parameters of the calls they make.",
            "namespace gw::schema {\n",
        ]
        messages: list[Descriptor] = []
        for file in self.files:
            for enum in file.enum_types_by_name.values():
                self.enum(enum)
            messages.extend(file.message_types_by_name.values())
        for message in ordered(messages):
            self.numbers(message)
            self.struct(message)
        self.event_bodies(next(m for m in messages if m.name == "Event"))
        self.roundtrip([m for m in messages if len(self.structured(m)) == len(m.fields)])
        self.lines.append("\n}  // namespace gw::schema")
        return "\n".join(self.lines) + "\n"


def ordered(messages: list[Descriptor]) -> list[Descriptor]:
    """Members before the messages that hold them by value."""
    done: dict[str, Descriptor] = {}

    def visit(message: Descriptor) -> None:
        if message.full_name in done:
            return
        for field in message.fields:
            inner = field.message_type
            if inner is not None and inner.full_name not in TIMES and inner in messages:
                visit(inner)
        done[message.full_name] = message

    for message in messages:
        visit(message)
    return list(done.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, required=True, help="the header to write")
    arguments = parser.parse_args()
    text = Writer(*load_pool(Path(__file__).parent)).write()
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    if not arguments.output.exists() or arguments.output.read_text() != text:
        arguments.output.write_text(text)


if __name__ == "__main__":
    main()
