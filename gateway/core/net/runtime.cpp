#include "net/runtime.hpp"

#include <algorithm>
#include <chrono>

#include "base/crash_point.hpp"
#include "net/time.hpp"

namespace gw::net {

namespace {

constexpr std::uint64_t records_a_read_max = 100'000;

}  // namespace

Failover make_failover(const LinkSettings& settings) {
    return Failover({1 + settings.backup_hosts.size(), settings.return_to_first, settings.return_after_ms,
                     settings.reconnect_min_ms, settings.reconnect_max_ms});
}

std::int64_t Runtime::now_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

Runtime::Runtime(const RuntimeSettings& settings)
    : settings_(settings),
      transport_(lock_),
      signers_([this] { transport_.wake(); }),
      admission_(settings.admission),
      response_(engine::commands_max * engine::result_bytes_max),
      jitter_(static_cast<std::minstd_rand::result_type>(now_ns())) {}

std::unique_ptr<Runtime> Runtime::open(const RuntimeSettings& settings, std::string& error) {
    for (const engine::SessionSettings& session : settings.engine.sessions)
        if ((!engine::make_validator(session, error) && !error.empty()) ||
            !engine::make_credentials(session, error))
            return nullptr;
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
    for (std::size_t at = 0; at < settings.engine.sessions.size(); ++at)
        runtime->links_.push_back(runtime->make_link({settings.engine.sessions[at], settings.links[at]}));
    error = runtime->engine_->recover();
    for (const std::string& note : runtime->engine_->recovery_notes()) {
        runtime->recovery_.notes.push_back(note);
        runtime->notices_.add(now_ns(), "journal", note);
    }
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
    {
        const std::lock_guard<std::mutex> guard(lock_);
        for (Link& link : links_) {
            if (std::string error = listen(link); !error.empty()) return error;
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
    if (started_) stop_threads(timeout_ms);
    // Queries go on; nothing is written any more, and another process may have the journal.
    const std::lock_guard<std::mutex> guard(lock_);
    if (journal_ != nullptr) journal_->close();
}

void Runtime::stop_threads(std::int64_t timeout_ms) {
    started_ = false;
    const std::int64_t deadline = steady_ns() + timeout_ms * ns_per_ms;
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

// --- clients
// ----------------------------------------------------------------------------------------------------------

engine::CommandError Runtime::command(std::string_view client, std::string_view request,
                                      std::int64_t deadline_ns, std::string& response) {
    pass(CrashPoint::rpc_received);
    const std::int64_t begun = steady_ns();
    std::uint64_t lsn = 0;
    engine::CommandError error{};
    {
        const std::lock_guard<std::mutex> guard(lock_);
        pb::Writer out(response_);
        error = engine_->command(client, request, now_ns(), deadline_ns, out);
        response.assign(out.written());
        lsn = journal_->committed_lsn();
        if (engine_->take_began_waiting()) transport_.wake();  // the loop's next deadline has come closer
    }
    if (error == engine::CommandError::none) (void)wait_until_durable(lsn);
    command_latency_.record(steady_ns() - begun);
    pass(CrashPoint::reply_lost);
    return error;
}

bool Runtime::wait_until_durable(std::uint64_t lsn) {
    if (!syncs() || lsn == 0 || !started_) return true;
    std::unique_lock<std::mutex> idle(idle_lock_);
    idle_.notify_all();
    durable_.wait(idle,
                  [&] { return journal_->durable_lsn() >= lsn || journal_->sync_failed() || stopping_; });
    return journal_->durable_lsn() >= lsn || !journal_->sync_failed();
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

}  // namespace gw::net
