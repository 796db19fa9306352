// One session with its step, its sent messages and a virtual clock, driven the way the engine does it:
// decide, remember, apply, transmit, then what was kept.
#pragma once

#include <cstdio>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "check.hpp"
#include "fix/frame.hpp"
#include "fix/message.hpp"
#include "session/session.hpp"

namespace gw::test {

inline constexpr std::int64_t second = 1'000'000'000;
inline constexpr std::int64_t start_ns = 1'795'255'200 * second;  // 2026-11-21 10:00:00

inline std::string time_text(std::int64_t ns, fix::TimePrecision precision = fix::TimePrecision::seconds) {
    char text[fix::timestamp_size_max];
    return {text, fix::format_timestamp(ns, precision, text)};
}

// A framed message: `|` for SOH, <TIME>, <TIME-n>, <TIME+n> for the time in whole seconds, BodyLength and
// CheckSum made.
inline std::string framed(const std::string& begin_string, std::string body, std::int64_t now_ns) {
    for (std::size_t at; (at = body.find("<TIME")) != std::string::npos;) {
        const std::size_t end = body.find('>', at);
        const std::string shift = body.substr(at + 5, end - at - 5);
        const std::int64_t by = shift.empty() ? 0 : std::stoll(shift);
        body.replace(at, end - at + 1, time_text(now_ns + by * second));
    }
    body = wire(body);
    std::string text = wire("8=" + begin_string + "|9=" + std::to_string(body.size()) + "|") + body;
    unsigned sum = 0;
    for (const char c : text) sum += static_cast<unsigned char>(c);
    char trailer[8];
    std::snprintf(trailer, sizeof trailer, "10=%03u", sum % 256);
    return text + trailer + '\x01';
}

// The same back, for comparison: without 8, 9, 10, the times of 52 and 122 left out.
inline std::string plain(std::string_view bytes) {
    fix::MessageBuffer<> message;
    if (message.parse(bytes) != fix::ParseError::none) return "(does not parse) " + shown(bytes);
    std::string out;
    for (std::size_t i = 2; i + 1 < message.fields().size(); ++i) {
        const std::uint32_t number = message.fields()[i].tag;
        out += number == 52 || number == 122 ? std::to_string(number) + "=|" : shown(message.whole(i));
    }
    return out;
}

class MemoryStore : public session::MessageStore {
  public:
    struct Sent {
        std::string bytes;
        std::int64_t at_ns;
        bool admin;
    };
    std::map<std::uint64_t, Sent> sent;

    [[nodiscard]] std::optional<session::StoredMessage> outbound(std::uint64_t seq) const override {
        const auto found = sent.find(seq);
        if (found == sent.end()) return std::nullopt;
        return session::StoredMessage{found->second.bytes, found->second.at_ns, found->second.admin};
    }
};

inline session::Config config_of(session::Role role, std::string begin_string = "FIX.4.4") {
    session::Config config;
    config.role = role;
    config.begin_string = std::move(begin_string);
    const bool acceptor = role == session::Role::acceptor;
    config.sender_comp_id = acceptor ? "ISLD" : "TW";
    config.target_comp_id = acceptor ? "TW" : "ISLD";
    if (config.begin_string == "FIXT.1.1") config.default_appl_ver_id = "9";
    return config;
}

class Driver {
  public:
    explicit Driver(session::Config config, session::Ports ports = {})
        : session(std::move(config), with_store(ports, store)) {}
    explicit Driver(session::Role role) : Driver(config_of(role)) {}

    MemoryStore store;
    session::Session session;
    session::Step step;
    std::int64_t now_ns = start_ns;
    std::vector<std::string> sent;  // bytes since the last take()
    std::vector<session::Notice> notices;
    std::vector<std::string> delivered;  // application messages and Rejects, plain
    std::vector<std::uint64_t> delivered_seqs;
    bool hung_up = false;
    std::string reason;

    void connect() {
        hung_up = false;
        session.decide_connected(now_ns, step);
        commit();
    }
    void disconnect() {
        session.decide_disconnected(now_ns, step);
        commit();
    }
    // Bytes as they come from a transport, framed here.
    void receive(std::string_view bytes) {
        input_ += bytes;
        while (!hung_up) {
            const fix::Frame frame = fix::frame(input_);
            if (frame.status == fix::FrameStatus::incomplete) return;
            const std::string text = input_.substr(0, frame.length);
            input_.erase(0, frame.length);
            if (frame.status == fix::FrameStatus::garbled) {
                session.decide_garbled(frame.error, now_ns, step);
                commit();
                continue;
            }
            const fix::ParseError error = message_.parse(text);
            if (error == fix::ParseError::none)
                session.decide_received(message_, now_ns, step);
            else
                session.decide_garbled(error, now_ns, step);
            commit();
        }
    }
    // `35=...|34=...|`, completed by the session's BeginString.
    void in(const std::string& body) { receive(framed(session.config().begin_string, body, now_ns)); }
    void tick() {
        session.decide_tick(now_ns, step);
        commit();
    }
    // Lets time pass, with a tick at every deadline on the way.
    void pass(std::int64_t ns) {
        const std::int64_t until = now_ns + ns;
        for (int guard = 0; guard < 10'000 && session.next_deadline_ns() <= until; ++guard) {
            now_ns = std::max(now_ns, session.next_deadline_ns());
            tick();
        }
        now_ns = until;
    }
    bool send(std::string_view msg_type, const std::vector<std::pair<std::uint32_t, std::string>>& body,
              std::span<const session::HeaderField> header = {}) {
        session.begin(step);
        fix::Encoder out = session.begin_message(msg_type, now_ns, step, header);
        for (const auto& [number, value] : body) out.field(number, value);
        const bool ok = session.end_message(out, step);
        commit();
        return ok;
    }
    // Remembers, applies and transmits the step, then takes in what was kept.
    void commit() {
        apply();
        while (session.decide_kept(message_, now_ns, step)) apply();
    }
    std::vector<std::string> take() {
        std::vector<std::string> out;
        for (const std::string& bytes : sent) out.push_back(plain(bytes));
        sent.clear();
        return out;
    }
    [[nodiscard]] bool noticed(session::NoticeKind kind) const { return count(kind) > 0; }
    [[nodiscard]] int count(session::NoticeKind kind) const {
        int found = 0;
        for (const session::Notice& notice : notices) found += notice.kind == kind ? 1 : 0;
        return found;
    }
    [[nodiscard]] const session::State& state() const { return session.state(); }
    void forget_input() { input_.clear(); }
    [[nodiscard]] std::size_t waiting_bytes() const { return input_.size(); }

  private:
    static session::Ports with_store(session::Ports ports, const MemoryStore& store) {
        if (ports.store == nullptr) ports.store = &store;
        return ports;
    }
    void apply() {
        const std::uint64_t before = session.state().next_in;
        if (step.deliver != session::Deliver::none) {
            delivered.push_back(plain(step.inbound_bytes));
            delivered_seqs.push_back(step.inbound_seq);
        }
        for (const session::OutboundMessage& message : step.outbound()) {
            sent.emplace_back(message.bytes);
            if (message.takes_sequence())
                store.sent[message.seq] = {std::string(message.bytes), now_ns,
                                           message.kind == session::MessageKind::admin};
        }
        for (const session::Notice& notice : step.notices()) notices.push_back(notice);
        if (step.disconnect) {
            hung_up = true;
            reason = step.disconnect_reason;
        }
        session.apply(step);
        // It may go back by a reset: to 3 at most, where the Logon of a reset that was cut off is number 2.
        if (step.fate == session::Fate::consumed)
            CHECK(session.state().next_in > before ||
                  (session.state().next_in <= 3 && step.has(session::NoticeKind::sequence_reset_in)));
    }

    fix::MessageBuffer<> message_;
    std::string input_;
};

// Checks what was sent since the last time, in plain form.
inline void check_sent(const char* file, int line, Driver& driver, const std::vector<std::string>& expected) {
    const std::vector<std::string> actual = driver.take();
    for (std::size_t i = 0; i < std::max(actual.size(), expected.size()); ++i)
        check_equal(file, line, "message sent", i < actual.size() ? actual[i] : "(nothing)",
                    i < expected.size() ? expected[i] : "(nothing)");
}

}  // namespace gw::test

#define CHECK_SENT(driver, ...) ::gw::test::check_sent(__FILE__, __LINE__, driver, {__VA_ARGS__})
