#include "base/protobuf.hpp"

namespace gw::pb {

namespace {
constexpr std::int64_t second_ns = 1'000'000'000;
}

void Writer::decimal(std::uint32_t field, const DecimalText& value) {
    if (value.state != DecimalText::State::ok) return bytes(field, value.text);
    static_assert(Decimal::text_size_max < 0x80);
    if (end_ - at_ >= 2 * varint_bytes_max + std::ptrdiff_t{Decimal::text_size_max}) [[likely]] {
        char* const length = write_varint(at_, std::uint64_t{field} << 3 | 2);
        const std::size_t size = value.value.format(length + 1);
        *length = static_cast<char>(size);
        at_ = length + 1 + size;
        return;
    }
    char text[Decimal::text_size_max];
    bytes(field, std::string_view(text, value.value.format(text)));
}

void Writer::timestamp(std::uint32_t field, std::int64_t time_ns) {
    if (time_ns == 0) return;
    std::int64_t seconds = time_ns / second_ns;
    std::int64_t nanos = time_ns % second_ns;
    if (nanos < 0) {  // nanos are never negative in a Timestamp
        nanos += second_ns;
        --seconds;
    }
    const auto at = open(field);
    varint(1, static_cast<std::uint64_t>(seconds));
    varint(2, static_cast<std::uint64_t>(nanos));
    close(at);
}

void Writer::last_varint(std::uint64_t value) {
    char text[varint_bytes_max];
    const auto size = static_cast<std::size_t>(write_varint(text, value) - text);
    if (size > static_cast<std::size_t>(end_ - at_)) {
        overflowed_ = true;
        return;
    }
    std::memcpy(at_, text, size);
    at_ += size;
}

void Writer::close(std::size_t opened_at, std::size_t room) {
    if (overflowed_) return;
    char* const body = begin_ + opened_at;
    const auto length = static_cast<std::size_t>(at_ - body);
    char prefix[varint_bytes_max];
    const auto prefix_size = static_cast<std::size_t>(write_varint(prefix, length) - prefix);
    if (prefix_size > room && prefix_size - room > static_cast<std::size_t>(end_ - at_)) {
        overflowed_ = true;
        return;
    }
    char* const placed = body - room + prefix_size;
    if (placed != body) std::memmove(placed, body, length);
    at_ = placed + length;
    std::memcpy(body - room, prefix, prefix_size);
}

bool Reader::take_varint(std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (at_ == end_) return false;
        const auto byte = static_cast<unsigned char>(*at_++);
        value |= std::uint64_t{byte & 0x7fU} << shift;
        if (byte < 0x80) return true;
    }
    return false;
}

bool Reader::next_of_any() {
    if (!ok_ || at_ == end_) return false;
    std::uint64_t key = 0;
    ok_ = take_varint(key) && key >> 3 != 0 && key >> 3 <= 0x1fff'ffff;
    if (!ok_) return false;
    field_ = static_cast<std::uint32_t>(key >> 3);
    wire_type_ = static_cast<std::uint32_t>(key & 7);
    const auto left = [this] { return static_cast<std::size_t>(end_ - at_); };
    switch (wire_type_) {
        case 0:
            ok_ = take_varint(number_);
            return ok_;
        case 1:
        case 5: {
            const std::size_t size = wire_type_ == 1 ? 8 : 4;
            ok_ = left() >= size;
            if (!ok_) return false;
            number_ = 0;
            std::memcpy(&number_, at_, size);  // little-endian, as the wire is
            at_ += size;
            return true;
        }
        case 2: {
            std::uint64_t size = 0;
            ok_ = take_varint(size) && size <= left();
            if (!ok_) return false;
            value_ = std::string_view(at_, size);
            at_ += size;
            return true;
        }
        default:  // groups, which proto3 does not have
            ok_ = false;
            return false;
    }
}

DecimalText Reader::decimal() {
    DecimalText out;
    out.text = bytes();
    switch (Decimal::parse(out.text, out.value)) {
        case Decimal::ParseError::none:
            out.state = DecimalText::State::ok;
            break;
        case Decimal::ParseError::empty:
            out.state = DecimalText::State::absent;
            break;
        case Decimal::ParseError::malformed:
            out.state = DecimalText::State::malformed;
            break;
        case Decimal::ParseError::out_of_range:
            out.state = DecimalText::State::out_of_range;
            break;
    }
    return out;
}

std::int64_t Reader::timestamp() {
    Reader inner(bytes());
    std::int64_t seconds = 0;
    std::int64_t nanos = 0;
    while (inner.next()) {
        if (inner.field() == 1) seconds = static_cast<std::int64_t>(inner.varint());
        if (inner.field() == 2) nanos = static_cast<std::int64_t>(inner.varint());
    }
    // Nine thousand million seconds: the year 2255, the last that fits 64-bit nanoseconds.
    const bool in_range =
        seconds > -9'000'000'000 && seconds < 9'000'000'000 && nanos >= 0 && nanos < second_ns;
    if (!inner.ok() || !in_range) {
        ok_ = false;
        return 0;
    }
    return seconds * second_ns + nanos;
}

}  // namespace gw::pb
