// The order path in its steady state, driven without a step of the driver's own that would allocate or ask
// the kernel: for the tests that count what the core does.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "bench/engine_bench.hpp"
#include "fix/encoder.hpp"
#include "fix/frame.hpp"
#include "session/session.hpp"

namespace gw::test {

// A message as the other side would write it, into a buffer of its own.
class PeerMessages {
  public:
    template <class Body>
    std::string_view make(std::string_view msg_type, std::string_view sender, std::string_view target,
                          std::int64_t now_ns, Body&& body) {
        fix::Encoder out(buffer_, "FIX.4.4", msg_type);
        out.field<34>(seq_++).field<49>(sender).field<52>(fix::UtcTimestamp{now_ns}).field<56>(target);
        body(out);
        return out.finish();
    }

  private:
    std::array<char, 4096> buffer_{};
    std::uint64_t seq_ = 1;
};

// Bytes in, echo out: frame, parse, decide, encode, apply.
class EchoSession {
  public:
    EchoSession() : session_(bench::session_config(session::Role::acceptor)) {
        session_.decide_connected(now_ns_, step_);
        session_.apply(step_);
        receive("A", [](fix::Encoder& out) { out.field<98>('0').field<108>(30); });
    }
    // True when the echo left with the text that was sent.
    bool echo() {
        now_ns_ += 100'000;
        receive("B", [](fix::Encoder& out) { out.field<148>("headline").field<58>("a text to send back"); });
        if (step_.deliver != session::Deliver::application) return false;
        const auto text = message_.get(58);
        fix::Encoder out = session_.begin_message("B", now_ns_, step_);
        out.field<148>("headline").field<58>(text.value_or(std::string_view()));
        const bool sent = session_.end_message(out, step_);
        session_.apply(step_);
        return sent && step_.outbound().size() == 1 &&
               step_.outbound()[0].bytes.find("58=a text to send back\x01") != std::string_view::npos;
    }
    // A TestRequest is answered, a message out of order is asked for again, garbage is passed over.
    bool admin() {
        now_ns_ += 100'000;
        receive("1", [](fix::Encoder& out) { out.field<112>("are you there"); });
        session_.apply(step_);
        const bool answered = step_.outbound().size() == 1;
        session_.decide_garbled(fix::ParseError::check_sum_mismatch, now_ns_, step_);
        session_.apply(step_);
        session_.decide_tick(now_ns_, step_);
        session_.apply(step_);
        return answered;
    }

  private:
    template <class Body>
    void receive(std::string_view msg_type, Body&& body) {
        const std::string_view bytes = peer_.make(msg_type, "GATEWAY", "VENUE", now_ns_, body);
        const fix::Frame frame = fix::frame(bytes);
        bench::require(frame.status == fix::FrameStatus::complete, "the peer's message is no frame");
        bench::require(message_.parse(bytes) == fix::ParseError::none, "the peer's message does not parse");
        session_.decide_received(message_, now_ns_, step_);
        if (step_.deliver == session::Deliver::none) session_.apply(step_);
    }

    std::int64_t now_ns_ = bench::bench_start_ns;
    PeerMessages peer_;
    session::Session session_;
    session::Step step_;
    fix::MessageBuffer<> message_;
};

// A client's order to the wire, the venue's acknowledgement and its fill to events, on a real journal.
class OrderPath {
  public:
    static constexpr std::size_t orders_max = 4'000;

    OrderPath()
        : directory_(std::filesystem::temp_directory_path().string()),
          ready_(directory_.path(), orders_max, wire_),
          response_(engine::commands_max * engine::result_bytes_max) {
        ready_.log_on();
        ready_.keep_house();
        now_ns_ = bench::ReadyEngine::now();
        bench::Requests requests(1);
        for (std::size_t i = 0; i < orders_max; ++i) requests_.emplace_back(requests.orders(i, 1));
        (void)venue_.make("A", "VENUE", "GATEWAY", now_ns_, [](fix::Encoder&) {});  // the Logon's number
    }
    // With limits that remember and that fills can break, none of which it breaches.
    explicit OrderPath(bool with_limits) : OrderPath() {
        if (!with_limits) return;
        using schema::LimitKind;
        std::string request(16 * 1024, '\0');
        pb::Writer out(request);
        const auto add = [&out](std::string_view name, LimitKind kind, std::string_view value,
                                std::uint32_t count, std::int64_t window_ns,
                                std::string_view level = "strategy:bench") {
            schema::Limit limit;
            limit.name = name;
            limit.level = level;
            limit.kind = kind;
            if (!value.empty()) limit.value = *Decimal::parse(value);
            limit.count = count;
            limit.window_ns = window_ns;
            const auto at = out.open(schema::number::SetLimitsRequest::limits);
            limit.encode(out);
            out.close(at);
        };
        constexpr std::int64_t day_ns = 86'400'000'000'000;
        add("rate", LimitKind::message_rate, "", 1'000'000, day_ns);
        add("duplicates", LimitKind::duplicate_orders, "", 64, 1'000'000);
        add("trades", LimitKind::order_to_trade_ratio, "1000", 1'000, day_ns);
        add("cancels", LimitKind::cancel_ratio, "1000", 1'000, day_ns);
        add("repeated", LimitKind::repeated_executions, "", 1'000'000, day_ns);
        add("quantity", LimitKind::accumulated_quantity, "90000000000", 0, day_ns);
        add("notional", LimitKind::accumulated_notional, "90000000000", 0, day_ns);
        add("own", LimitKind::self_trade, "", 0, 0, "strategy:other");  // these cross each other
        add("realized", LimitKind::realized_loss, "90000000000", 0, 0);
        add("total", LimitKind::total_loss, "90000000000", 0, 0);
        add("drawdown", LimitKind::drawdown, "90000000000", 0, 0);
        add("streak", LimitKind::loss_streak, "", 1'000'000, 0);
        out.bytes(schema::number::SetLimitsRequest::reason, "test");
        const std::string fault = ready_.engine().set_limits(out.written(), "test", now_ns_).fault;
        bench::require(fault.empty(), fault);
    }
    // One order from request to fill; true when it was accepted and its execution counted.
    bool trade() {
        now_ns_ += 10'000;
        const std::uint64_t fills = ready_.engine().counters().fills;
        pb::Writer out(response_);
        if (ready_.engine().command(bench::client_name, requests_[next_++], now_ns_, 0, out) !=
            engine::CommandError::none)
            return false;
        pb::Reader in(out.written());
        schema::CommandResult result;
        if (!in.next() || !result.decode(in.bytes()) || result.denial.code != schema::DenialCode::unspecified)
            return false;
        report(result.cl_ord_id, '0', '0', 0);
        report(result.cl_ord_id, 'F', '1', 1);
        return ready_.engine().counters().fills == fills + 1;
    }

  private:
    void report(std::string_view cl_ord_id, char exec_type, char status, int filled) {
        const std::string_view bytes = venue_.make("8", "VENUE", "GATEWAY", now_ns_, [&](fix::Encoder& out) {
            out.field<37>(cl_ord_id).field<11>(cl_ord_id).field<17>(++exec_id_);
            out.field<150>(exec_type).field<39>(status).field<55>("X").field<54>('1');
            if (filled > 0) out.field<32>(filled).field<31>("100");
            out.field<151>(0).field<14>(filled).field<6>("100");
        });
        bench::require(ready_.engine().received(0, bytes, now_ns_) == bytes.size(), "a report was not taken");
    }

    bench::MemoryWire wire_;
    bench::TemporaryDirectory directory_;
    bench::ReadyEngine ready_;
    std::vector<std::string> requests_;
    std::vector<char> response_;
    PeerMessages venue_;
    std::int64_t now_ns_ = 0;
    std::size_t next_ = 0;
    std::uint64_t exec_id_ = 0;
};

}  // namespace gw::test
