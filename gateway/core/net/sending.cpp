// What the engine sends over a session's connection. Messages are gathered until the engine's flush(): a
// batch of orders leaves in one system call. With durability `disk` they are held until they are synced.

#include "net/runtime.hpp"

namespace gw::net {

namespace {

constexpr std::size_t gathered_bytes_max = 32 * 1024;  // of one session; some 160 orders

}  // namespace

void Runtime::send(std::size_t session, std::string_view bytes, std::uint64_t lsn) {
    Link& link = links_[session];
    if (!link.open) return;  // the journal has it: the venue asks for it after the next logon
    // After a failed sync nothing becomes durable any more; new orders are denied, and cancels must pass.
    // What is still held goes before them.
    if (syncs() && !(journal_->sync_failed() && link.held.empty())) {
        link.held.push_back({lsn, bytes.size()});
        link.held_bytes.append(bytes);
        return;
    }
    if (link.gathered.size() + bytes.size() > gathered_bytes_max) send_gathered(link);
    if (bytes.size() > gathered_bytes_max) return transport_.send(link.channel, bytes);
    link.gathered.reserve(gathered_bytes_max);  // takes memory once, and never more
    link.gathered.append(bytes);
    if (!link.gathering) gathering_.push_back(session);
    link.gathering = true;
}

void Runtime::send_gathered(Link& link) {
    if (link.gathered.empty()) return;
    transport_.send(link.channel, link.gathered);
    link.gathered.clear();
}

void Runtime::flush() {
    for (const std::size_t session : gathering_) {
        links_[session].gathering = false;
        send_gathered(links_[session]);
    }
    gathering_.clear();
}

void Runtime::disconnect(std::size_t session, std::string_view reason) {
    Link& link = links_[session];
    // A Logout that waits for its sync goes out before the connection ends: it is the last thing said.
    if (!link.held.empty()) {
        (void)journal_->sync();
        transport_.send(link.channel, link.held_bytes);
        link.held.clear();
        link.held_bytes.clear();
    }
    send_gathered(link);
    if (link.channel != no_channel) transport_.close(link.channel, reason);
}

std::size_t Runtime::backlog_bytes(std::size_t session) const {
    const Link& link = links_[session];
    return link.held_bytes.size() + link.gathered.size() +
           (link.open ? transport_.backlog_bytes(link.channel) : 0);
}

std::size_t Runtime::backlog_bytes_max(std::size_t session) const {
    return links_[session].settings.connection.backlog_bytes_max / 4;
}

void Runtime::release_durable() {
    const std::lock_guard<std::mutex> guard(lock_);
    const std::uint64_t durable =
        journal_->sync_failed() ? journal_->committed_lsn() : journal_->durable_lsn();
    for (Link& link : links_) {
        std::size_t count = 0;
        std::size_t bytes = 0;
        for (; count < link.held.size() && link.held[count].lsn <= durable; ++count)
            bytes += link.held[count].size;
        if (count == 0) continue;
        transport_.send(link.channel, std::string_view(link.held_bytes).substr(0, bytes));
        link.held.erase(link.held.begin(), link.held.begin() + static_cast<std::ptrdiff_t>(count));
        link.held_bytes.erase(0, bytes);
    }
}

}  // namespace gw::net
