// With durability `disk` an operator's command on a session returns once its record is on disk, and says so
// where it cannot be.
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine_fixture.hpp"
#include "net/runtime.hpp"

using namespace gw;
using net::Runtime;

namespace {

using Answer = Runtime::SessionAnswer;
using Command = std::function<Answer(Runtime&)>;

// A disk whose next sync waits a while for somebody who must not come.
class WatchingFiles final : public journal::FailingFiles {
  public:
    int sync_range(void* address, std::size_t bytes) override {
        std::unique_lock<std::mutex> guard(lock_);
        if (watching_) {
            ++watched_;
            changed_.wait_for(guard, std::chrono::milliseconds(100), [this] { return returned_; });
            returned_early_ = returned_early_ || returned_;
        }
        if (failing_) return EIO;
        return FailingFiles::sync_range(address, bytes);
    }
    void watch(bool fail) {
        const std::lock_guard<std::mutex> guard(lock_);
        watching_ = true;
        failing_ = fail;
        returned_ = returned_early_ = false;
        watched_ = 0;
    }
    // Whether it came before the disk had answered; what was written was really waited for.
    bool came_early() {
        const std::lock_guard<std::mutex> guard(lock_);
        watching_ = false;
        CHECK(watched_ > 0);
        return returned_early_;
    }
    void came() {
        {
            const std::lock_guard<std::mutex> guard(lock_);
            returned_ = true;
        }
        changed_.notify_all();
    }

  private:
    std::mutex lock_;
    std::condition_variable changed_;
    bool watching_ = false, failing_ = false, returned_ = false, returned_early_ = false;
    int watched_ = 0;
};

struct Gateway {
    journal::TemporaryDirectory directory;
    WatchingFiles files;
    std::unique_ptr<Runtime> runtime;

    Gateway() {
        net::RuntimeSettings settings;
        settings.journal_path = directory.path();
        settings.journal.segment_bytes = 1 << 20;
        settings.journal.durability = journal::Durability::disk;
        settings.journal.files = &files;
        settings.engine = test::engine_settings();
        settings.engine.sessions[0].config.role = session::Role::acceptor;
        net::LinkSettings link;
        link.endpoint = {"127.0.0.1", 0};
        settings.links.push_back(link);
        std::string error;
        runtime = Runtime::open(settings, error);
        REQUIRE(runtime != nullptr);
        REQUIRE(runtime->start().empty());
        // What the start has written is on disk before a test begins.
        (void)runtime->log_on("VENUE", {"desk", "begin"});
    }
    Answer run(const Command& command, bool failing) {
        files.watch(failing);
        Answer answer;
        std::thread operator_([&] {
            answer = command(*runtime);
            files.came();
        });
        operator_.join();
        return answer;
    }
};

net::SessionSetup second_session() {
    engine::SessionSettings session = test::engine_settings().sessions[0];
    session.name = "SECOND";
    session.config.sender_comp_id = "TW2";
    session.config.role = session::Role::acceptor;
    net::LinkSettings link;
    link.endpoint = {"127.0.0.1", 0};
    return {session, link};
}

const std::vector<std::pair<const char*, Command>>& commands() {
    static const std::vector<std::pair<const char*, Command>> all = {
        {"log_out", [](Runtime& r) { return r.log_out("VENUE", {"desk", "why"}); }},
        {"set_sequences", [](Runtime& r) { return r.set_sequences("VENUE", 5, 6, {"desk", "why"}); }},
        {"reset", [](Runtime& r) { return r.reset("VENUE", false, {"desk", "why"}); }},
        {"log_on", [](Runtime& r) { return r.log_on("VENUE", {"desk", "why"}); }},
        {"add_session", [](Runtime& r) { return r.add_session(second_session(), {}, {"desk", "why"}); }},
        {"change_session",
         [](Runtime& r) { return r.change_session(second_session(), false, {"desk", "why"}); }},
        {"remove_session", [](Runtime& r) { return r.remove_session("SECOND", false, {"desk", "why"}); }},
    };
    return all;
}

}  // namespace

TEST(command_on_a_session_returns_once_its_record_is_on_disk) {
    Gateway gateway;
    for (const auto& [name, command] : commands()) {
        const Answer answer = gateway.run(command, false);
        if (gateway.files.came_early()) test::fail(__FILE__, __LINE__, std::string(name) + " did not wait");
        CHECK(answer.verdict == engine::Engine::Verdict::done);
        CHECK(answer.durable);
        CHECK(answer.lsn != 0);
        CHECK(gateway.runtime->journal().durable_lsn() >= answer.lsn);
    }
}

TEST(command_whose_record_cannot_be_synced_says_that_it_may_be_lost) {
    Gateway gateway;
    const Answer answer = gateway.run(commands()[1].second, true);
    CHECK(!gateway.files.came_early());
    CHECK(answer.verdict == engine::Engine::Verdict::done);
    CHECK(!answer.durable);
    CHECK(gateway.runtime->journal().durable_lsn() < answer.lsn);
}

TEST_MAIN
