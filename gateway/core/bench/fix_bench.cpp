// The codec and the session core: one JSON object a line on stdout, times in nanoseconds an operation.
//
// An operation is shorter than a clock reading, so batches are timed and divided; p99 is of batches.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "fix/checksum.hpp"
#include "fix/encoder.hpp"
#include "fix/frame.hpp"
#include "fix/message.hpp"
#include "session/session.hpp"

namespace {

using gw::Decimal;
using Clock = std::chrono::steady_clock;

constexpr int batch = 64;
constexpr int batches = 20'000;
constexpr std::int64_t start_ns = 1'795'255'200'123'000'000;

template <class T>
void keep(const T& value) {
    asm volatile("" : : "r,m"(value) : "memory");
}

template <class Operation>
void measure(const char* name, std::size_t bytes, Operation&& operation) {
    std::vector<double> ns;
    ns.reserve(batches);
    for (int i = 0; i < batches / 10; ++i) operation(i);
    int n = 0;
    for (int i = 0; i < batches; ++i) {
        const auto begin = Clock::now();
        for (int j = 0; j < batch; ++j) operation(n++);
        const auto end = Clock::now();
        ns.push_back(
            static_cast<double>(std::chrono::duration_cast<std::chrono::nanoseconds>(end - begin).count()) /
            batch);
    }
    std::ranges::sort(ns);
    std::printf("{\"bench\":\"%s\",\"bytes\":%zu,\"median_ns\":%.1f,\"p99_ns\":%.1f}\n", name, bytes,
                ns[ns.size() / 2], ns[ns.size() * 99 / 100]);
}

// 210 bytes for a MsgSeqNum of seven digits.
std::string execution_report(std::uint64_t seq, std::span<char> buffer) {
    gw::fix::Encoder out(buffer, "FIX.4.4", "8");
    out.field<34>(seq).field<49>("VENUE").field<52>(gw::fix::UtcTimestamp{start_ns}).field<56>("GATEWAY");
    out.field<6>("100.25").field<11>("GW001").field<14>("300").field<17>("EX0042").field<31>("100.25");
    out.field<32>("100").field<37>("V0017").field<38>("1000").field<39>('1').field<54>('1').field<55>("INTC");
    out.field<60>("20261121-10:00:00.123").field<150>('F').field<151>("700");
    return std::string(out.finish());
}

void bench_codec() {
    char buffer[1024];
    const std::string report = execution_report(1'000'007, buffer);
    gw::fix::MessageBuffer<> message;

    measure("fix.frame.execution_report", report.size(), [&](int) { keep(gw::fix::frame(report).length); });
    measure("fix.checksum.execution_report", report.size(), [&](int) { keep(gw::fix::sum_bytes(report)); });
    measure("fix.parse.execution_report", report.size(), [&](int) {
        keep(message.parse(report));
        keep(message.fields().data());
    });
    measure("fix.frame_parse_read.execution_report", report.size(), [&](int) {
        const gw::fix::Frame frame = gw::fix::frame(report);
        keep(message.parse(std::string_view(report).substr(0, frame.length)));
        for (const std::uint32_t number : {11U, 17U, 37U, 39U, 150U}) keep(message.get(number)->data());
        for (const std::uint32_t number : {14U, 31U, 32U, 151U}) keep(message.get_decimal(number)->raw());
    });

    const Decimal quantity = *Decimal::parse("1000");
    const Decimal price = *Decimal::parse("100.25");
    gw::fix::TimestampCache time;
    std::size_t size = 0;
    const auto encode = [&](int n, std::int64_t now) {
        gw::fix::Encoder out(buffer, "FIX.4.4", "D");
        const std::string_view text = time.format(now, gw::fix::TimePrecision::milliseconds);
        out.field<34>(1'000'000U + static_cast<unsigned>(n))
            .field<49>("GATEWAY")
            .field<52>(text)
            .field<56>("VENUE");
        out.field<11>("GW00000000001").field<21>('1').field<38>(quantity).field<40>('2').field<44>(price);
        out.field<54>('1').field<55>("INTC").field<59>('0').field<60>(text);
        size = out.finish().size();
        keep(buffer[0]);
    };
    encode(0, start_ns);
    measure("fix.encode.new_order_single_13", size, [&](int n) { encode(n, start_ns); });
    // A message every 20 us: the millisecond changes every 50 messages.
    measure("fix.encode.new_order_single_13.time_moves", size,
            [&](int n) { encode(n, start_ns + n * 20'000LL); });
}

void bench_session() {
    gw::session::Config config;
    config.sender_comp_id = "GATEWAY";
    config.target_comp_id = "VENUE";
    gw::session::Session session(config);
    gw::session::Step step;
    gw::fix::MessageBuffer<> message;
    char buffer[1024];
    session.decide_connected(start_ns, step);
    session.apply(step);
    gw::fix::Encoder logon(buffer, "FIX.4.4", "A");
    logon.field<34>(1).field<49>("VENUE").field<52>(gw::fix::UtcTimestamp{start_ns}).field<56>("GATEWAY");
    logon.field<98>(0).field<108>(30);
    if (message.parse(logon.finish()) != gw::fix::ParseError::none) return;
    session.decide_received(message, start_ns, step);
    session.apply(step);

    const std::string sample = execution_report(2, buffer);
    std::vector<std::string> reports;
    for (std::uint64_t seq = 2; seq < 2 + 1'000; ++seq) reports.push_back(execution_report(seq, buffer));
    measure("session.receive.execution_report", sample.size(), [&](int n) {
        const std::string& text = reports[static_cast<std::size_t>(n % 1'000)];
        if (n % 1'000 == 0) {
            session.decide_set_sequences(2, std::nullopt, start_ns, step);
            session.apply(step);
        }
        const gw::fix::Frame frame = gw::fix::frame(text);
        keep(message.parse(std::string_view(text).substr(0, frame.length)));
        session.decide_received(message, start_ns, step);
        if (step.fate != gw::session::Fate::consumed) std::fprintf(stderr, "not consumed: %d\n", n);
        session.apply(step);
    });

    const Decimal quantity = *Decimal::parse("1000");
    const Decimal price = *Decimal::parse("100.25");
    std::size_t size = 0;
    measure("session.send.new_order_single", 170, [&](int n) {
        const std::int64_t now = start_ns + n * 20'000LL;
        session.begin(step);
        gw::fix::Encoder out = session.begin_message("D", now, step);
        out.field<11>("GW00000000001").field<21>('1').field<38>(quantity).field<40>('2').field<44>(price);
        out.field<54>('1').field<55>("INTC").field<59>('0');
        out.field<60>(step.time.format(now, gw::fix::TimePrecision::milliseconds));
        if (!session.end_message(out, step)) std::fprintf(stderr, "not sent: %d\n", n);
        size = step.outbound()[0].bytes.size();
        session.apply(step);
    });
    keep(size);
}

}  // namespace

int main() {
    bench_codec();
    bench_session();
    return 0;
}
