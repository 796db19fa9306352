#include "fix/secrets.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "fix/checksum.hpp"
#include "fix/data_tags.hpp"
#include "fix/frame.hpp"
#include "fix/message.hpp"

namespace gw::fix {
namespace {

constexpr char soh = '\x01';

bool is_secret(std::uint32_t number, std::span<const std::uint32_t> extra) {
    return std::ranges::find(secret_tags, number) != secret_tags.end() ||
           std::ranges::find(extra, number) != extra.end();
}

void renew_check_sum(std::span<char> message) {
    if (message.size() < trailer_size) return;
    const std::size_t at = message.size() - trailer_size;
    if (std::memcmp(&message[at], "10=", 3) != 0 || message.back() != soh) return;
    const std::uint8_t sum = sum_bytes({message.data(), at});
    message[at + 3] = static_cast<char>('0' + sum / 100);
    message[at + 4] = static_cast<char>('0' + sum / 10 % 10);
    message[at + 5] = static_cast<char>('0' + sum % 10);
}

}  // namespace

std::string_view redact(std::string_view message, std::span<char> out, std::span<const std::uint32_t> extra) {
    assert(out.size() >= message.size());
    const std::span<char> copy = out.first(message.size());
    std::ranges::copy(message, copy.begin());
    bool changed = false;
    std::uint32_t data_tag = 0;
    std::size_t data_length = 0;
    for (std::size_t begin = 0; begin < message.size();) {
        std::size_t end = std::min(message.find(soh, begin), message.size());
        const std::size_t equals = message.substr(begin, end - begin).find('=');
        if (equals != std::string_view::npos) {
            const auto number = parse_int(message.substr(begin, equals));
            const auto tag = number && *number > 0 ? static_cast<std::uint32_t>(*number) : 0U;
            const std::size_t value = begin + equals + 1;
            if (data_tag != 0 && tag == data_tag)
                end = std::max(end, std::min(value + data_length, message.size()));
            if (is_secret(tag, extra)) {
                std::ranges::fill(copy.subspan(value, end - value), '*');
                changed = true;
            }
            data_tag = standard_data_tags.data_tag_of(tag);
            const auto announced =
                data_tag != 0 ? parse_int(message.substr(value, end - value)) : std::nullopt;
            data_length = announced && *announced > 0
                              ? std::min(static_cast<std::size_t>(*announced), message.size())
                              : 0;
        }
        begin = end + 1;
    }
    // A false length may have hidden the trailer too: then the copy is no message any more, which is the safe
    // side.
    if (changed) renew_check_sum(copy);
    return {copy.data(), copy.size()};
}

}  // namespace gw::fix
