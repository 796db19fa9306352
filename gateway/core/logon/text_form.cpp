#include "logon/text_form.hpp"

namespace gw::logon {
namespace {

constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view hex_digits = "0123456789abcdef";

std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
    return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U;
}

std::string to_base64(std::string_view bytes) {
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::uint32_t three =
            byte_at(bytes, at) << 16 | byte_at(bytes, at + 1) << 8 | byte_at(bytes, at + 2);
        out += base64_digits[three >> 18];
        out += base64_digits[three >> 12 & 63];
        out += at + 1 < bytes.size() ? base64_digits[three >> 6 & 63] : '=';
        out += at + 2 < bytes.size() ? base64_digits[three & 63] : '=';
    }
    return out;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    while (!text.empty() && text.back() == '=') text.remove_suffix(1);
    std::string out;
    std::uint32_t bits = 0;
    std::uint32_t held = 0;
    for (const char digit : text) {
        const std::size_t value = base64_digits.find(digit);
        if (value == std::string_view::npos) return std::nullopt;
        bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xFFFFFF;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        out += static_cast<char>(bits >> held & 0xFF);
    }
    return out;
}

std::optional<std::string> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::string out;
    std::uint32_t high = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char lower = text[at] >= 'A' && text[at] <= 'F' ? static_cast<char>(text[at] + 32) : text[at];
        const std::size_t value = hex_digits.find(lower);
        if (value == std::string_view::npos) return std::nullopt;
        if (at % 2 == 0)
            high = static_cast<std::uint32_t>(value);
        else
            out += static_cast<char>(high << 4 | value);
    }
    return out;
}

}  // namespace

std::string to_text(std::string_view bytes, TextForm form) {
    if (form == TextForm::base64) return to_base64(bytes);
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        out += hex_digits[byte_at(bytes, at) >> 4];
        out += hex_digits[byte_at(bytes, at) & 15];
    }
    return out;
}

std::optional<std::string> from_text(std::string_view text, TextForm form) {
    return form == TextForm::base64 ? from_base64(text) : from_hex(text);
}

}  // namespace gw::logon
