// The messages that are measured: many different ones, so that no branch predictor knows them by heart, and
// few enough to stay in the nearest caches, where a message that was just received lies as well.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/decimal.hpp"
#include "bench/measure.hpp"
#include "fix/message.hpp"
#include "session/session.hpp"

namespace gw::bench {

inline constexpr std::size_t message_count = 128;
inline constexpr std::size_t report_size = 210;
inline constexpr std::int64_t bench_start_ns = 1'767'607'200'000'000'000;  // 2026-01-05 10:00:00

// Numbers that are the same in every run.
class Draw {
  public:
    std::uint64_t below(std::uint64_t limit) {
        state_ = state_ * 6364136223846793005U + 1442695040888963407U;
        return (state_ >> 33) % limit;
    }

  private:
    std::uint64_t state_ = 1;
};

inline std::string joined(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const std::string_view part : parts) text += part;
    return text;
}
inline std::string numbered(std::string_view prefix, std::uint64_t number) {
    return joined({prefix, std::to_string(number)});
}

// `body` begins behind BodyLength(9); `|` stands for SOH.
inline std::string framed(std::string body) {
    std::replace(body.begin(), body.end(), '|', '\x01');
    std::string text =
        joined({"8=FIX.4.4\x01"
                "9=",
                std::to_string(body.size()), "\x01", body});
    unsigned sum = 0;
    for (const char c : text) sum += static_cast<unsigned char>(c);
    char trailer[16];
    std::snprintf(trailer, sizeof trailer, "10=%03u", sum % 256);
    return text + trailer + '\x01';
}

inline std::string symbol(Draw& draw) {
    std::string text(2 + draw.below(4), 'A');
    for (char& c : text) c = static_cast<char>('A' + draw.below(26));
    return text;
}

// ExecutionReports of a partial fill, 22 fields; OrderID(37) is as long as it takes to make `report_size`
// bytes.
inline std::vector<std::string> execution_reports() {
    Draw draw;
    std::vector<std::string> reports;
    while (reports.size() < message_count) {
        const auto number = [&](std::uint64_t low, std::uint64_t high) {
            return std::to_string(low + draw.below(high - low));
        };
        const std::string price = joined({number(1, 900), ".", number(10, 99)});
        const std::string last = number(1, 500), leaves = number(1, 9'999);
        const std::string time =
            joined({"20260105-10:", number(10, 59), ":", number(10, 59), ".", number(100, 999)});
        const std::string head =
            joined({"35=8|34=", number(10, 999'999), "|49=VENUE|52=", time, "|56=GATEWAY|37="});
        const std::string tail = joined({"|11=TI0A1B",
                                         number(10, 9'999),
                                         "|17=",
                                         number(1'000, 99'999'999),
                                         "|150=F|39=1|55=",
                                         symbol(draw),
                                         "|54=",
                                         number(1, 3),
                                         "|38=10000|32=",
                                         last,
                                         "|31=",
                                         price,
                                         "|151=",
                                         leaves,
                                         "|14=",
                                         last,
                                         "|6=",
                                         price,
                                         "|60=",
                                         time,
                                         "|"});
        const std::size_t without_id = framed(head + tail).size();
        if (without_id + 4 > report_size || without_id + 24 < report_size) continue;
        std::string id(report_size - without_id, '0');
        for (char& c : id) c = static_cast<char>('0' + draw.below(10));
        reports.push_back(framed(head + id + tail));
        require(reports.back().size() == report_size, "a report has not the size that it should have");
    }
    return reports;
}

struct OrderTerms {
    std::string cl_ord_id, symbol;
    Decimal quantity, price;
    char side;
};

inline std::vector<OrderTerms> order_terms() {
    Draw draw;
    std::vector<OrderTerms> orders;
    while (orders.size() < message_count)
        orders.push_back({numbered("TI0A1B", draw.below(1'000'000)), symbol(draw),
                          Decimal::from_units(static_cast<std::int64_t>(1 + draw.below(10'000))),
                          Decimal::from_raw(static_cast<std::int64_t>(1 + draw.below(100'000)) * 1'000'000),
                          static_cast<char>('1' + draw.below(2))});
    return orders;
}

inline session::Config session_config(session::Role role) {
    session::Config config;
    config.role = role;
    const bool initiator = role == session::Role::initiator;
    config.sender_comp_id = initiator ? "GATEWAY" : "VENUE";
    config.target_comp_id = initiator ? "VENUE" : "GATEWAY";
    return config;
}

inline session::Session logged_on_initiator() {
    session::Session session(session_config(session::Role::initiator));
    session::Step step;
    session.decide_connected(bench_start_ns, step);
    session.apply(step);
    fix::MessageBuffer<> logon;
    const std::string bytes = framed("35=A|34=1|49=VENUE|52=20260105-10:00:00.000|56=GATEWAY|98=0|108=30|");
    require(logon.parse(bytes) == fix::ParseError::none, "the Logon does not parse");
    session.decide_received(logon, bench_start_ns, step);
    session.apply(step);
    require(session::Session::can_send(session.state()), "the session is not logged on");
    return session;
}

}  // namespace gw::bench
