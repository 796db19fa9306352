// What the codec costs: parsing an ExecutionReport of 210 bytes, encoding a NewOrderSingle of 13 fields.
//
//   codec_bench             JSON lines
//   codec_bench messages    the reports that are parsed, one a line, `|` for SOH: other parsers get the same
//   ones
//   codec_bench loop parse|encode [N]    nothing but N calls, for a profiler or an instruction counter
#include <array>
#include <cstring>

#include "bench/measure.hpp"
#include "bench/messages.hpp"
#include "fix/checksum.hpp"
#include "fix/encoder.hpp"
#include "fix/frame.hpp"
#include "fix/index.hpp"
#include "fix/message.hpp"
#include "session/session.hpp"

namespace {

using namespace gw;
using namespace gw::bench;

void measure_parse(const std::vector<std::string>& reports) {
    constexpr std::size_t count = message_count;
    fix::MessageBuffer<> message;
    measure_small("parse", "gateway", [&](std::size_t i) {
        require(message.parse(reports[i % count]) == fix::ParseError::none, "a report does not parse");
        keep(message);
    });
    measure_small("frame_and_parse", "gateway", [&](std::size_t i) {
        const std::string& report = reports[i % count];
        const fix::Frame frame = fix::frame(report);
        require(message.parse(std::string_view(report).substr(0, frame.length)) == fix::ParseError::none,
                "a report does not parse");
        keep(message);
    });
    // The same with what a lesser processor would take.
    for (const fix::IndexVariant& variant : fix::index_variants().subspan(1)) {
        fix::force_index(variant);
        measure_small("parse", variant.name, [&](std::size_t i) {
            require(message.parse(reports[i % count]) == fix::ParseError::none, "a report does not parse");
            keep(message);
        });
    }
    fix::force_index(fix::index_variants().front());
    // The index alone, in each way that this processor knows; Message::parse takes the first.
    std::array<fix::Field, 256> fields;
    for (const fix::IndexVariant& variant : fix::index_variants()) {
        measure_small("field_index", variant.name, [&](std::size_t i) {
            require(variant.index(reports[i % count], fields, fix::standard_data_tags).complete,
                    "a report is not indexed");
            keep(fields);
        });
    }
    // The least that has to be done to any message: move it and add it up.
    std::array<char, 512> copy{};
    measure_small("parse", "copy and sum", [&](std::size_t i) {
        const std::string& report = reports[i % count];
        std::memcpy(copy.data(), report.data(), report.size());
        keep(copy);
        unsigned sum = 0;
        for (std::size_t at = 0; at < report.size(); ++at) sum += static_cast<unsigned char>(copy[at]);
        keep(sum);
    });
}

// The session writes 35, 34, 49, 52, 56, the order eight fields more; 8, 9 and 10 come with every message.
template <class Time>
void write_body(fix::Encoder& out, const OrderTerms& terms, Time transact_time) {
    out.field<11>(std::string_view(terms.cl_ord_id)).field<38>(terms.quantity).field<40>('2');
    out.field<44>(terms.price).field<54>(terms.side).field<55>(std::string_view(terms.symbol));
    out.field<59>('0').field<60>(transact_time);
}

// One order through the session, as the engine sends it.
class SessionEncoder {
  public:
    void send(const OrderTerms& terms) {
        now_ += 1'000;  // the times change in every thousandth message
        session_.begin(step_);
        fix::Encoder out = session_.begin_message("D", now_, step_);
        write_body(out, terms, fix::UtcTimestamp{now_});
        require(session_.end_message(out, step_), "an order does not encode");
        session_.apply(step_);
        keep(step_);
    }
    [[nodiscard]] const session::Step& step() const { return step_; }

  private:
    session::Session session_ = logged_on_initiator();
    session::Step step_;
    std::int64_t now_ = bench_start_ns;
};

void measure_encode(const std::vector<OrderTerms>& orders) {
    SessionEncoder encoder;
    constexpr std::size_t count = message_count;
    measure_small("encode", "gateway", [&](std::size_t i) { encoder.send(orders[i % count]); });
    // The codec alone: no session, and one formatted time for both fields.
    std::array<char, 1024> buffer;
    fix::TimestampCache times;
    std::int64_t now = bench_start_ns;
    measure_small("encode_codec_only", "gateway", [&](std::size_t i) {
        now += 1'000;
        fix::Encoder out(buffer, "FIX.4.4", "D");
        const std::string_view time = times.format(now, fix::TimePrecision::milliseconds);
        out.field<34>(i).field<49>("GATEWAY").field<52>(time).field<56>("VENUE");
        write_body(out, orders[i % count], time);
        keep(out.finish());
    });
    encoder.send(orders[0]);
    const std::string sample(encoder.step().outbound()[0].bytes);
    print_value("encode_bytes", "gateway", "bytes", static_cast<double>(sample.size()));
    std::array<char, 512> copy{};
    measure_small("encode", "copy and sum", [&](std::size_t) {
        std::memcpy(copy.data(), sample.data(), sample.size());
        keep(copy);
        unsigned sum = 0;
        for (std::size_t at = 0; at < sample.size(); ++at) sum += static_cast<unsigned char>(copy[at]);
        keep(sum);
    });
}

// Exit code 0 when all calls are made.
int loop(std::string_view what, std::size_t calls) {
    if (what == "parse") {
        const std::vector<std::string> reports = execution_reports();
        fix::MessageBuffer<> message;
        for (std::size_t i = 0; i < calls; ++i) {
            require(message.parse(reports[i % message_count]) == fix::ParseError::none,
                    "a report does not parse");
            keep(message);
        }
        return 0;
    }
    require(what == "encode", "loop parse|encode [N]");
    const std::vector<OrderTerms> orders = order_terms();
    SessionEncoder encoder;
    for (std::size_t i = 0; i < calls; ++i) encoder.send(orders[i % message_count]);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 2 && std::string_view(argv[1]) == "loop")
        return loop(argv[2], argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1'000'000);
    const std::vector<std::string> reports = execution_reports();
    if (argc > 1 && std::string_view(argv[1]) == "messages") {
        for (std::string report : reports) {
            std::replace(report.begin(), report.end(), '\x01', '|');
            std::puts(report.c_str());
        }
        return 0;
    }
    measure_parse(reports);
    measure_encode(order_terms());
    return 0;
}
