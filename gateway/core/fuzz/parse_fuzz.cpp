// Arbitrary bytes through framing and parsing, as a transport hands them over; then the same bytes as the
// body of a message whose BodyLength and CheckSum are right, so that what lies behind those checks is reached
// as well. What parses must be indexed alike in every way that this processor knows, and must come out of the
// encoder as it went in.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fix/encoder.hpp"
#include "fix/frame.hpp"
#include "fix/index.hpp"
#include "fix/message.hpp"
#include "fuzz/holds.hpp"

namespace {

using namespace gw::fix;
using gw::fuzz::holds;

constexpr std::size_t fields_max = 256;

// Fields follow one another without gap and cover the text.
void check_index(const Message& message) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < message.fields().size(); ++i) {
        const std::string_view whole = message.whole(i);
        holds(whole.data() == message.text().data() + at, "a field begins where the one before it ends");
        holds(whole.ends_with('\x01'), "a field ends with its separator");
        const Field& field = message.fields()[i];
        holds(field.offset >= at && field.offset + field.length + 1 == at + whole.size(),
              "a value is the end of its field");
        at += whole.size();
    }
    holds(at == message.text().size(), "fields cover the message");
}

void check_variants(const Message& message) {
    for (const IndexVariant& variant : index_variants()) {
        std::vector<Field> fields(fields_max);
        const FastIndex index = variant.index(message.text(), fields, standard_data_tags);
        holds(index.sum == sum_bytes(message.text()), "the sum of the bytes");
        if (!index.complete) continue;
        holds(index.count == message.fields().size(), "as many fields in every way of indexing");
        for (std::size_t i = 0; i < index.count; ++i)
            holds(fields[i].tag == message.fields()[i].tag &&
                      fields[i].offset == message.fields()[i].offset &&
                      fields[i].length == message.fields()[i].length,
                  "the same field in every way of indexing");
    }
}

void check_typed(const Message& message) {
    for (const Field& field : message.fields()) {
        (void)message.get_int(field.tag);
        (void)message.get_bool(field.tag);
        (void)message.get_char(field.tag);
        if (const auto decimal = message.get_decimal(field.tag)) {
            char text[gw::Decimal::text_size_max];
            const std::string_view written(text, decimal->format(text));
            holds(gw::Decimal::parse(written) == *decimal, "a decimal that is written is read again");
        }
        if (const auto ns = message.get_timestamp_ns(field.tag)) {
            char text[timestamp_size_max];
            const std::string_view written(text, format_timestamp(*ns, TimePrecision::nanoseconds, text));
            holds(parse_timestamp(written) == ns, "a time that is written is read again");
        }
    }
}

// A message without a defect and with tags as they are written comes out of the encoder byte for byte.
void check_encoder(const Message& message) {
    if (message.defect().kind != DefectKind::none || message.begin_string().size() > begin_string_size_max)
        return;
    std::string buffer(message.text().size() + 64, '\0');
    Encoder out(buffer, message.begin_string(), message.msg_type());
    const auto fields = message.fields();
    for (const Field& field : fields.subspan(3, fields.size() - 4))
        out.field(field.tag, message.value(field));
    const std::string_view written = out.finish();
    // BodyLength with leading zeros is read and not written.
    if (message.value(fields[1]).starts_with('0')) return;
    holds(written == message.text(), "what was parsed is what is encoded");
    // One byte less than it needs, and nothing is written.
    for (std::size_t room = 0; room < buffer.size(); room += 1 + buffer.size() / 16) {
        std::string small(room, '\0');
        Encoder cut(small, message.begin_string(), message.msg_type());
        for (const Field& field : fields.subspan(3, fields.size() - 4))
            cut.field(field.tag, message.value(field));
        const std::string_view made = cut.finish();
        holds(made.empty() || made == message.text(), "a small buffer gives all or nothing");
    }
}

void check(std::string_view text) {
    MessageBuffer<fields_max> message;
    if (message.parse(text) != ParseError::none) {
        holds(message.fields().empty() && message.text().empty(), "what does not parse is empty");
        return;
    }
    holds(message.text() == text, "a message is its text");
    check_index(message);
    check_variants(message);
    check_typed(message);
    check_encoder(message);
}

void check_stream(std::string_view bytes) {
    FrameLimits limits;
    limits.message_size_max = 4'096;
    while (!bytes.empty()) {
        const Frame found = frame(bytes, limits);
        if (found.status == FrameStatus::incomplete) {
            holds(bytes.size() < limits.message_size_max, "nothing waits for more than the limit");
            return;
        }
        holds(found.length > 0 && found.length <= bytes.size(), "a frame or a skip lies within the bytes");
        if (found.status == FrameStatus::complete) {
            holds(found.length <= limits.message_size_max, "no message is longer than the limit");
            check(bytes.substr(0, found.length));
        }
        bytes.remove_prefix(found.length);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    check_stream(text);

    std::string body = "35=D\x01" + std::string(text);
    if (!body.ends_with('\x01')) body += '\x01';
    std::string message =
        "8=FIX.4.4\x01"
        "9=" +
        std::to_string(body.size()) + '\x01' + body;
    char trailer[8];
    std::snprintf(trailer, sizeof trailer, "10=%03u", unsigned{sum_bytes(message)});
    message += trailer;
    message += '\x01';
    check(message);
    return 0;
}
