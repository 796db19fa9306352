// Reading the journal for a view: on from an lsn, or page by page. Nothing is locked but to learn of an order
// that the view has not met: a reader never holds up the writer.

#include <algorithm>
#include <unordered_set>

#include "net/event_view.hpp"

namespace gw::net {

namespace {

constexpr std::uint64_t records_a_read_max = 65'536;     // looked at, for a stream
constexpr std::uint64_t records_a_page_max = 1'048'576;  // looked at, for a page
constexpr std::uint64_t records_a_chunk = 8'192;

struct Found {
    std::uint64_t lsn;
    std::string_view payload;
};

}  // namespace

std::uint64_t EventView::last_lsn() const {
    const std::uint64_t newest = runtime_->visible_lsn();
    return filter_.to_lsn != 0 ? std::min(filter_.to_lsn, newest) : newest;
}

EventBatch EventView::after(std::uint64_t lsn, std::size_t bytes_max) {
    EventBatch batch;
    batch.resume_lsn = lsn;
    find_numbers();
    const std::uint64_t newest = runtime_->visible_lsn();
    journal::Cursor cursor = runtime_->journal().cursor(lsn + 1);
    journal::Record record;
    for (std::uint64_t at = 0; at < records_a_read_max && cursor.next(record) && record.lsn <= newest; ++at) {
        if (wants(record)) {
            if (batch.count != 0 && batch.data.size() + record.payload.size() > bytes_max) break;
            batch.data.append(record.payload);
            ++batch.count;
        }
        batch.resume_lsn = record.lsn;
    }
    return batch;
}

ChangedOrders EventView::changed(std::uint64_t after_lsn, std::size_t count_max) {
    ChangedOrders out;
    out.resume_lsn = after_lsn;
    find_numbers();
    const std::uint64_t newest = runtime_->visible_lsn();
    std::unordered_set<std::uint64_t> seen;
    journal::Cursor cursor = runtime_->journal().cursor(after_lsn + 1);
    journal::Record record;
    for (std::uint64_t at = 0; at < records_a_read_max && cursor.next(record) && record.lsn <= newest; ++at) {
        if (wants(record)) {
            for (const order::OrderId id : orders_of(record)) {
                if (!seen.insert(id).second) continue;
                out.orders.push_back(id);
            }
        }
        out.resume_lsn = record.lsn;
        if (out.orders.size() >= count_max) break;
    }
    return out;
}

// The journal is read forwards, so newest first means chunk by chunk from the end.
EventPage EventView::newest_first(std::uint64_t before_lsn, std::size_t count_max) {
    EventPage page;
    find_numbers();
    const std::uint64_t oldest =
        std::max({runtime_->journal().oldest_lsn(), filter_.from_lsn, std::uint64_t{1}});
    const std::uint64_t newest = last_lsn();
    std::uint64_t end = before_lsn != 0 ? std::min(before_lsn, newest + 1) : newest + 1;
    const std::uint64_t stop = end > oldest + records_a_page_max ? end - records_a_page_max : oldest;
    while (end > stop) {
        const std::uint64_t begin = end > stop + records_a_chunk ? end - records_a_chunk : stop;
        std::vector<std::pair<std::uint64_t, std::string>> found;  // oldest first
        std::int64_t newest_ns = 0;
        journal::Cursor cursor = runtime_->journal().cursor(begin);
        journal::Record record;
        while (cursor.next(record) && record.lsn < end) {
            newest_ns = std::max(newest_ns, record.time_ns);
            if (wants(record)) found.emplace_back(record.lsn, record.payload);
        }
        for (auto event = found.rbegin(); event != found.rend(); ++event) {
            page.data += event->second;
            if (++page.count < count_max) continue;
            page.next_lsn = event->first > oldest ? event->first : 0;
            return page;
        }
        // All of a chunk is older than what is asked for: so is what is before it, but for a clock set back.
        if (filter_.from_ns != 0 && newest_ns < filter_.from_ns) return page;
        end = begin;
    }
    page.next_lsn = stop > oldest ? stop : 0;
    return page;
}

EventPage EventView::oldest_first(std::uint64_t from_lsn, std::size_t count_max) {
    EventPage page;
    find_numbers();
    const std::uint64_t newest = last_lsn();
    journal::Cursor cursor =
        runtime_->journal().cursor(std::max({from_lsn, filter_.from_lsn, std::uint64_t{1}}));
    journal::Record record;
    for (std::uint64_t at = 0; cursor.next(record) && record.lsn <= newest; ++at) {
        if (at == records_a_page_max || page.count == count_max) {
            page.next_lsn = record.lsn;
            return page;
        }
        if (!wants(record)) continue;
        page.data.append(record.payload);
        ++page.count;
    }
    return page;
}

std::vector<order::OrderId> EventView::orders_of(const journal::Record& record) {
    std::vector<order::OrderId> orders;
    const auto take = [&orders]<class Event>(const Event& event) {
        if constexpr (std::is_same_v<Event, schema::LinkAccepted>) {
            for (const schema::OrderAccepted& order : event.orders) orders.push_back(order.order_id);
        } else if constexpr (requires { event.order_id; }) {
            if (event.order_id != 0) orders.push_back(event.order_id);
        }
    };
    const Body body = body_of(record.payload);
    (void)schema::visit_event(body.kind, body.bytes, take);
    return orders;
}

}  // namespace gw::net
