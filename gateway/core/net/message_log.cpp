// The FIX messages of a session as the journal holds them.

#include <algorithm>

#include "fix/secrets.hpp"
#include "net/runtime.hpp"

namespace gw::net {

namespace {

constexpr std::uint64_t records_a_page_max = 262'144;  // looked at
constexpr std::uint64_t records_a_chunk = 8'192;

}  // namespace

// The journal is read forwards, so newest first means chunk by chunk from the end. Nothing is locked but for
// the session's number: a reader never holds up an order.
MessagePage Runtime::messages(std::string_view session, bool inbound, bool outbound, std::uint64_t before_lsn,
                              std::size_t count_max) {
    const std::uint32_t number = with_engine(
        [session](engine::Engine& engine, std::int64_t) { return engine.session_number(session); });
    MessagePage page;
    if (number == 0 || count_max == 0) return page;
    const std::uint64_t oldest = journal_->oldest_lsn();
    std::uint64_t end = before_lsn != 0 ? std::min(before_lsn, visible_lsn() + 1) : visible_lsn() + 1;
    const std::uint64_t stop = end > oldest + records_a_page_max ? end - records_a_page_max : oldest;
    std::vector<char> blanked;
    while (end > stop) {
        const std::uint64_t begin = end > stop + records_a_chunk ? end - records_a_chunk : stop;
        std::vector<LoggedMessage> found;  // oldest first
        journal::Cursor cursor = journal_->cursor(begin, visibility());
        journal::Record record;
        while (cursor.next(record) && record.lsn < end) {
            const bool in = record.kind == journal::Kind::message_in;
            const bool wanted = (in && inbound) || (record.kind == journal::Kind::message_out && outbound);
            if (!wanted || record.session != number || record.payload.empty()) continue;
            blanked.resize(std::max(blanked.size(), record.payload.size()));
            found.push_back({record.lsn, record.time_ns, in, record.flags, record.seq,
                             std::string(fix::redact(record.payload, blanked))});
        }
        for (auto message = found.rbegin(); message != found.rend(); ++message) {
            page.messages.push_back(std::move(*message));
            if (page.messages.size() < count_max) continue;
            page.next_before_lsn = page.messages.back().lsn > oldest ? page.messages.back().lsn : 0;
            return page;
        }
        end = begin;
    }
    page.next_before_lsn = stop > oldest ? stop : 0;
    return page;
}

}  // namespace gw::net
