#include "net/runtime.hpp"

#include <algorithm>
#include <chrono>

#include "fix/frame.hpp"

namespace gw::net {

namespace {

constexpr std::int64_t ms = 1'000'000;  // in nanoseconds
constexpr int poll_ms_max = 100;
constexpr std::int64_t stranger_ms_max = 10'000;
constexpr std::size_t strangers_max = 64;
constexpr std::uint64_t records_a_read_max = 100'000;

std::int64_t steady_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

}  // namespace

std::int64_t Runtime::now_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

Runtime::Runtime(const RuntimeSettings& settings)
    : settings_(settings),
      transport_(lock_),
      response_(engine::commands_max * engine::result_bytes_max),
      jitter_(static_cast<std::minstd_rand::result_type>(now_ns())) {}

std::unique_ptr<Runtime> Runtime::open(const RuntimeSettings& settings, std::string& error) {
    for (const engine::SessionSettings& session : settings.engine.sessions)
        if (!engine::make_validator(session, error) && !error.empty()) return nullptr;
    std::unique_ptr<Runtime> runtime(new Runtime(settings));
    journal::OpenedJournal opened = journal::Journal::open(settings.journal_path, settings.journal);
    if (opened.error) {
        error = opened.error.text;
        return nullptr;
    }
    runtime->journal_ = std::move(opened.journal);
    runtime->recovery_ = std::move(opened.recovery);
    runtime->waiter_ = std::make_unique<journal::Waiter>(*runtime->journal_);
    runtime->engine_ = std::make_unique<engine::Engine>(settings.engine, *runtime->journal_,
                                                        static_cast<engine::Wire&>(*runtime));
    for (std::size_t at = 0; at < settings.engine.sessions.size(); ++at) {
        Link link;
        link.settings = settings.links[at];
        link.initiator = settings.engine.sessions[at].config.role == session::Role::initiator;
        link.backoff_ms = link.settings.reconnect_min_ms;
        runtime->links_.push_back(std::move(link));
    }
    error = runtime->engine_->recover();
    if (error.empty() && !runtime->engine_->open(now_ns())) error = "the journal cannot be written";
    if (!error.empty()) return nullptr;
    if (runtime->syncs()) (void)runtime->journal_->sync();
    return runtime;
}

Runtime::~Runtime() {
    stop(0);
    engine_.reset();
    waiter_.reset();
}

std::string Runtime::start() {
    std::string error;
    {
        const std::lock_guard<std::mutex> guard(lock_);
        for (Link& link : links_) {
            if (link.initiator) continue;
            for (const Link& other : links_)
                if (other.listener != no_channel && other.settings.endpoint == link.settings.endpoint)
                    link.listener = other.listener;
            if (link.listener == no_channel) link.listener = transport_.listen(link.settings.endpoint, error);
            if (link.listener == no_channel) return error;
        }
    }
    started_ = true;
    last_tick_ns_ = now_ns();
    loop_ = std::thread([this] { run_loop(); });
    housekeeping_ = std::thread([this] { run_housekeeping(); });
    if (syncs()) syncing_ = std::thread([this] { run_syncing(); });
    return {};
}

void Runtime::stop(std::int64_t timeout_ms) {
    if (!started_) return;
    started_ = false;
    const std::int64_t deadline = steady_ns() + timeout_ms * ms;
    with_engine([](engine::Engine& engine, std::int64_t now) { engine.begin_shutdown(now); });
    const auto all_down = [this] {
        return with_engine([this](engine::Engine&, std::int64_t) {
            return std::none_of(links_.begin(), links_.end(), [](const Link& link) { return link.open; });
        });
    };
    std::unique_lock<std::mutex> idle(idle_lock_);
    while (steady_ns() < deadline && !all_down()) idle_.wait_for(idle, std::chrono::milliseconds(5));
    stopping_ = true;
    idle.unlock();
    idle_.notify_all();
    transport_.wake();
    loop_.join();
    housekeeping_.join();
    if (syncing_.joinable()) syncing_.join();
    (void)journal_->sync();
    durable_.notify_all();
}

std::uint16_t Runtime::listening_port(std::size_t session) {
    const std::lock_guard<std::mutex> guard(lock_);
    return links_[session].initiator ? std::uint16_t{0} : transport_.port(links_[session].listener);
}

// --- clients
// ----------------------------------------------------------------------------------------------------------

engine::CommandError Runtime::command(std::string_view client, std::string_view request,
                                      std::int64_t deadline_ns, std::string& response) {
    const std::int64_t begun = steady_ns();
    std::uint64_t lsn = 0;
    engine::CommandError error{};
    {
        const std::lock_guard<std::mutex> guard(lock_);
        pb::Writer out(response_);
        error = engine_->command(client, request, now_ns(), deadline_ns, out);
        response.assign(out.written());
        lsn = journal_->committed_lsn();
    }
    if (syncs() && error == engine::CommandError::none) {
        std::unique_lock<std::mutex> idle(idle_lock_);
        idle_.notify_all();
        durable_.wait(idle,
                      [&] { return journal_->durable_lsn() >= lsn || journal_->sync_failed() || stopping_; });
    }
    command_latency_.record(steady_ns() - begun);
    return error;
}

std::uint64_t Runtime::visible_lsn() const {
    return syncs() ? journal_->durable_lsn() : journal_->committed_lsn();
}

EventBatch Runtime::events(std::uint64_t after_lsn, std::string_view client, std::size_t bytes_max) {
    EventBatch batch;
    batch.resume_lsn = after_lsn;
    std::uint32_t number = 0;
    if (!client.empty()) {
        number =
            with_engine([&](engine::Engine& engine, std::int64_t) { return engine.client_number(client); });
        if (number == 0) return batch;
    }
    journal::Cursor cursor = journal_->cursor(after_lsn + 1, visibility());
    journal::Record record;
    for (std::uint64_t looked_at = 0; looked_at < records_a_read_max && cursor.next(record); ++looked_at) {
        const bool wanted =
            record.kind == journal::Kind::event &&
            (number == 0 || record.client == number || (record.flags & engine::flag_public) != 0);
        if (wanted) {
            if (batch.count != 0 && batch.data.size() + record.payload.size() > bytes_max) break;
            batch.data.append(record.payload);
            ++batch.count;
        }
        batch.resume_lsn = record.lsn;
    }
    return batch;
}

// --- the engine's wire
// --------------------------------------------------------------------------------------------------

void Runtime::send(std::size_t session, std::string_view bytes, std::uint64_t lsn) {
    Link& link = links_[session];
    if (!link.open) return;  // the journal has it: the venue asks for it after the next logon
    // After a failed sync nothing becomes durable any more; new orders are denied, and cancels must pass.
    if (!syncs() || journal_->sync_failed()) return transport_.send(link.channel, bytes);
    link.held.push_back({lsn, bytes.size()});
    link.held_bytes.append(bytes);
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
    if (link.channel != no_channel) transport_.close(link.channel, reason);
}

std::size_t Runtime::backlog_bytes(std::size_t session) const {
    const Link& link = links_[session];
    return link.held_bytes.size() + (link.open ? transport_.backlog_bytes(link.channel) : 0);
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

// --- what the transport tells, under the lock
// ---------------------------------------------------------------------------

std::optional<std::size_t> Runtime::session_of(Channel channel) const {
    for (std::size_t at = 0; at < links_.size(); ++at)
        if (links_[at].channel == channel) return at;
    return std::nullopt;
}

void Runtime::opened(Channel channel) {
    const auto session = session_of(channel);
    if (!session) return;
    links_[*session].open = true;
    engine_->connected(*session, now_ns());
}

void Runtime::accepted(Channel listener, Channel channel) {
    if (strangers_.size() >= strangers_max)
        return transport_.close(channel, "too many connections without a Logon");
    strangers_.push_back({channel, listener, now_ns() + stranger_ms_max * ms});
}

std::size_t Runtime::received(Channel channel, std::string_view bytes) {
    const std::int64_t begun = steady_ns();
    if (const auto session = session_of(channel)) {
        const std::size_t used = engine_->received(*session, bytes, now_ns());
        report_latency_.record(steady_ns() - begun);
        return used;
    }
    const auto stranger = std::find_if(strangers_.begin(), strangers_.end(),
                                       [channel](const Stranger& s) { return s.channel == channel; });
    if (stranger == strangers_.end()) return bytes.size();
    bool decided = false;
    const auto session = identify(stranger->listener, bytes, decided);
    if (!decided) return 0;
    strangers_.erase(stranger);
    if (!session) {
        transport_.close(channel, "no session is configured for this Logon, or it is connected already");
        return bytes.size();
    }
    links_[*session].channel = channel;
    links_[*session].open = true;
    engine_->connected(*session, now_ns());
    return engine_->received(*session, bytes, now_ns());
}

// Which acceptor session a first message belongs to, by its CompIDs. `decided` false: more bytes are needed.
std::optional<std::size_t> Runtime::identify(Channel listener, std::string_view bytes, bool& decided) {
    constexpr std::uint32_t sender_comp_id = 49;
    constexpr std::uint32_t target_comp_id = 56;
    const fix::Frame frame = fix::frame(bytes);
    decided = frame.status != fix::FrameStatus::incomplete;
    if (frame.status != fix::FrameStatus::complete) return std::nullopt;
    if (first_message_.parse(bytes.substr(0, frame.length)) != fix::ParseError::none) return std::nullopt;
    if (first_message_.msg_type() != "A") return std::nullopt;
    for (std::size_t at = 0; at < links_.size(); ++at) {
        const session::Config& config = settings_.engine.sessions[at].config;
        const bool fits = !links_[at].initiator && links_[at].listener == listener &&
                          links_[at].channel == no_channel &&
                          first_message_.begin_string() == config.begin_string &&
                          first_message_.get(sender_comp_id) == config.target_comp_id &&
                          first_message_.get(target_comp_id) == config.sender_comp_id;
        if (fits) return at;
    }
    return std::nullopt;
}

void Runtime::closed(Channel channel, std::string_view reason) {
    std::erase_if(strangers_, [channel](const Stranger& s) { return s.channel == channel; });
    const auto session = session_of(channel);
    if (!session) return;
    Link& link = links_[*session];
    const std::int64_t now = now_ns();
    // Only a session that had been logged on starts its backoff anew: a venue that accepts and hangs up is
    // not hammered.
    const auto phase = engine_->venue_session(*session).phase;
    const bool was_up = phase == schema::SessionState::ready || phase == schema::SessionState::reconciling;
    if (was_up) link.backoff_ms = link.settings.reconnect_min_ms;
    link.connect_at_ns = now + jittered(link.backoff_ms) * ms;
    link.backoff_ms = std::min(link.backoff_ms * 2, link.settings.reconnect_max_ms);
    link.channel = no_channel;
    link.open = false;
    link.held.clear();
    link.held_bytes.clear();
    engine_->disconnected(*session, reason, now);
}

std::int64_t Runtime::jittered(std::int64_t backoff_ms) {
    return std::uniform_int_distribution<std::int64_t>(backoff_ms - backoff_ms / 4, backoff_ms)(jitter_);
}

// --- threads
// ------------------------------------------------------------------------------------------------------------

void Runtime::connect_due(std::int64_t now) {
    for (Link& link : links_)
        if (link.initiator && link.channel == no_channel && now >= link.connect_at_ns && started_)
            link.channel = transport_.open(link.settings.endpoint);
}

void Runtime::drop_strangers(std::int64_t now) {
    for (const Stranger& stranger : strangers_)
        if (now >= stranger.deadline_ns) transport_.close(stranger.channel, "no Logon in time");
}

int Runtime::poll_timeout_ms(std::int64_t now) const {
    std::int64_t next = engine_->next_deadline_ns();
    for (const Link& link : links_)
        if (link.initiator && link.channel == no_channel) next = std::min(next, link.connect_at_ns);
    if (next <= now) return 0;
    return static_cast<int>(std::min<std::int64_t>((next - now) / ms + 1, poll_ms_max));
}

void Runtime::run_loop() {
    while (!stopping_) {
        int timeout_ms = 0;
        {
            const std::lock_guard<std::mutex> guard(lock_);
            const std::int64_t now = now_ns();
            engine_->tick(now);
            connect_due(now);
            drop_strangers(now);
            timeout_ms = poll_timeout_ms(now);
            last_tick_ns_.store(now, std::memory_order_relaxed);
        }
        transport_.poll(timeout_ms, *this);
    }
}

void Runtime::run_housekeeping() {
    constexpr auto period = std::chrono::milliseconds(50);
    while (!stopping_) {
        (void)journal_->maintain();  // a failure shows in accepts_new_orders()
        with_engine([](engine::Engine& engine, std::int64_t) { engine.ledger().prefault(); });
        std::unique_lock<std::mutex> idle(idle_lock_);
        if (!stopping_) idle_.wait_for(idle, period);
    }
}

void Runtime::run_syncing() {
    constexpr int wait_ms = 50;
    journal::Waiter committed(*journal_);
    while (!stopping_) {
        if (journal_->sync_failed()) {  // sticky: there is nothing left to do but to be stopped
            std::unique_lock<std::mutex> idle(idle_lock_);
            idle_.wait_for(idle, std::chrono::milliseconds(wait_ms));
            continue;
        }
        if (!committed.wait(journal_->durable_lsn(), wait_ms)) continue;
        (void)journal_->sync();  // a failure is sticky and shows in accepts_new_orders()
        release_durable();
        { const std::lock_guard<std::mutex> idle(idle_lock_); }
        durable_.notify_all();
    }
}

}  // namespace gw::net
