// The journal as the engine writes it: one batch an input, events framed as clients receive them.
//
// An event's payload is one element of TradeResponse.events, field number included, so that a subscriber's
// reply is the payloads of its records one behind the other.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include "base/crash_point.hpp"
#include "journal/journal.hpp"
#include "schema/gateway_v1.hpp"

namespace gw::engine {

// Flags of message records, in the caller's half of the journal's flags.
inline constexpr std::uint16_t flag_consumed =
    0x0100;  // inbound: the next expected number moved past this message
inline constexpr std::uint16_t flag_ignored =
    0x0200;  // inbound: a duplicate, or not expected; kept for the audit
inline constexpr std::uint16_t flag_redacted =
    0x0400;  // secrets are blanked: these are not the bytes of the wire
inline constexpr std::uint16_t flag_takes_sequence =
    0x0800;  // outbound: a new message, not a copy or a gap fill

inline constexpr std::uint16_t flag_public = 0x1000;  // an event of no client that every client may see

inline constexpr std::size_t event_bytes_max = 8 * 1024;
inline constexpr std::size_t event_text_max = 256;  // of one text of a venue's message, kept in an event

template <class Body>
inline constexpr bool is_public =
    std::is_same_v<Body, schema::SessionChanged> || std::is_same_v<Body, schema::TradingStateChanged> ||
    std::is_same_v<Body, schema::InstrumentStatusChanged> ||
    std::is_same_v<Body, schema::ReferencePriceSet> || std::is_same_v<Body, schema::RateSet>;

class EventLog {
  public:
    // Of an engine that only follows a journal and never writes.
    EventLog() = default;
    explicit EventLog(journal::Journal& journal) : journal_(&journal) {}

    void begin(std::int64_t now_ns) {
        pass(CrashPoint::decided);
        now_ns_ = now_ns;
        appended_ = 0;
        failed_ = false;
        journal_->begin(now_ns);
    }

    // Appends one event and returns its lsn. Where it finds no room, commit() fails.
    template <class Body>
    std::uint64_t event(const Body& body, std::uint32_t client, std::uint32_t session = 0,
                        std::uint16_t flags = 0) {
        if (is_public<Body>) flags |= flag_public;
        const journal::RecordFields fields{journal::Kind::event, flags, client, session, 0};
        ++appended_;
        const std::uint64_t lsn = journal_->next_lsn();
        pb::Writer out(journal_->reserve(fields, event_bytes_max));
        const auto element = out.open_long(schema::number::TradeResponse::events);
        out.varint(schema::number::Event::lsn, lsn);
        out.timestamp(schema::number::Event::time, now_ns_);
        const auto inner = out.open_long(schema::event_field<Body>);
        body.encode(out);
        out.close_long(inner);
        out.close_long(element);
        // A short event was moved back by what its two lengths did not need.
        if (!out.overflowed()) return journal_->finish(out.size(), out.size() + 2);
        failed_ = true;  // the batch is given up as a whole, in commit()
        return journal_->finish(0, event_bytes_max);
    }

    std::uint64_t message(journal::Kind kind, std::uint16_t flags, std::uint32_t session, std::uint64_t seq,
                          std::string_view bytes) {
        ++appended_;
        return journal_->append({kind, flags, 0, session, seq}, bytes);
    }

    // False: nothing of the batch is in the journal, and nothing may be applied or sent. An empty batch is no
    // batch.
    [[nodiscard]] bool commit() {
        if (appended_ != 0 && !failed_) return journal_->commit().ok();
        journal_->abandon();
        return !failed_;
    }

    [[nodiscard]] std::int64_t now_ns() const { return now_ns_; }
    [[nodiscard]] journal::Journal& journal() const { return *journal_; }

  private:
    journal::Journal* journal_ = nullptr;
    std::int64_t now_ns_ = 0;
    std::size_t appended_ = 0;
    bool failed_ = false;  // an event did not fit
};

// Calls visit(body, lsn, time_ns) for the event in a record's payload; false where it is none that is known.
template <class Visitor>
[[nodiscard]] bool visit_record(std::string_view payload, Visitor&& visit) {
    pb::Reader element(payload);
    if (!element.next() || element.field() != schema::number::TradeResponse::events) return false;
    pb::Reader event(element.bytes());
    std::uint64_t lsn = 0;
    std::int64_t time_ns = 0;
    std::uint32_t body_field = 0;
    std::string_view body;
    while (event.next()) {
        switch (event.field()) {
            case schema::number::Event::lsn:
                lsn = event.varint();
                break;
            case schema::number::Event::time:
                time_ns = event.timestamp();
                break;
            default:
                body_field = event.field();
                body = event.bytes();
        }
    }
    if (!event.ok()) return false;
    return schema::visit_event(body_field, body, [&](const auto& decoded) { visit(decoded, lsn, time_ns); });
}

}  // namespace gw::engine
