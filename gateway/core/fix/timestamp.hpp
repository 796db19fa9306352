// UTC timestamps of the wire, YYYYMMDD-HH:MM:SS[.sss[sss[sss]]], to and from int64 nanoseconds since 1970.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gw::fix {

enum class TimePrecision : std::uint8_t { seconds = 0, milliseconds = 3, microseconds = 6, nanoseconds = 9 };

inline constexpr std::size_t timestamp_size_max = 27;

// A time together with the number of decimals that the field is written with.
struct UtcTimestamp {
    std::int64_t ns;
    TimePrecision precision = TimePrecision::milliseconds;
};

// Accepts 0 to 9 decimals, a leap second (:60, read as the next minute's first), years 1970 to 2261.
[[nodiscard]] std::optional<std::int64_t> parse_timestamp(std::string_view text);

// Writes the text and returns its length; cuts off what the precision leaves out. Precondition: out has
// timestamp_size_max bytes and ns >= 0.
std::size_t format_timestamp(std::int64_t ns, TimePrecision precision, char* out);

// Formats SendingTime(52): within a millisecond (what the precision tells apart) it costs two comparisons,
// within a day a few divisions. One owner, one thread.
class TimestampCache {
  public:
    // The view lives until the next call. Precondition: ns >= 0.
    std::string_view format(std::int64_t ns, TimePrecision precision) {
        if (!holds(ns, precision)) renew(ns, precision);
        return text();
    }
    // Whether text() is what format() would give.
    [[nodiscard]] bool holds(std::int64_t ns, TimePrecision precision) const {
        return ns >= begin_ns_ && ns < end_ns_ && precision == precision_;
    }
    // Behind the text there is more to read, up to text_room bytes from its begin.
    [[nodiscard]] std::string_view text() const { return {text_.data(), size_}; }
    [[nodiscard]] std::uint64_t sum() const { return sum_; }  // of the text's bytes

    static constexpr std::size_t text_room = 32;

  private:
    void renew(std::int64_t ns, TimePrecision precision);

    std::int64_t begin_ns_ = 0;  // the text stands for [begin_ns_, end_ns_)
    std::int64_t end_ns_ = 0;
    std::int64_t second_ = -1;
    std::int64_t day_ = -1;
    TimePrecision precision_ = TimePrecision::milliseconds;
    std::uint8_t size_ = 0;
    std::uint64_t sum_ = 0;
    std::array<char, text_room> text_{};
};

}  // namespace gw::fix
