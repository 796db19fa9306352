// The real engine on a real journal in a temporary directory, with a wire that keeps what it takes and a
// venue that is played by hand, on virtual time. `restart` is a crash: the engine and the journal are dropped
// and recovered.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "checkpoint_parity.hpp"
#include "engine/engine.hpp"
#include "journal_fixture.hpp"
#include "session_fixture.hpp"

namespace gw::test {

class KeepingWire : public engine::Wire {
  public:
    std::vector<std::string> sent;  // plain text, see plain()
    bool disconnected = false;
    bool lost = false;  // bytes go nowhere: a crash between journal and wire
    std::size_t backlog = 0;
    std::vector<std::size_t> flushed;  // by flush(): how many messages had been taken since the last
    std::size_t unflushed = 0;
    std::uint64_t last_lsn = 0;

    void send(std::size_t, std::string_view bytes, std::uint64_t lsn) override {
        if (!lost) sent.push_back(plain(bytes));
        ++unflushed;
        last_lsn = lsn;
    }
    void flush() override {
        if (unflushed != 0) flushed.push_back(unflushed);
        unflushed = 0;
    }
    void disconnect(std::size_t, std::string_view) override { disconnected = true; }
    [[nodiscard]] std::size_t backlog_bytes(std::size_t) const override { return backlog; }
};

inline engine::Settings engine_settings(std::string begin_string = "FIX.4.4") {
    engine::Settings settings;
    engine::SessionSettings session;
    session.name = "VENUE";
    session.config = config_of(session::Role::initiator, std::move(begin_string));
    session.config.check_sending_time = false;
    settings.sessions.push_back(session);
    settings.venues.push_back({"XV", "VENUE"});
    settings.instruments.push_back({"ACME", "XV", *Decimal::parse("0.01"), *Decimal::parse("1"),
                                    *Decimal::parse("1"), *Decimal::parse("100")});
    settings.instruments.push_back({"BARE", "XV", {}, {}, {}, std::nullopt});
    settings.clients.push_back({"alice", {"A1"}});
    settings.clients.push_back({"bob", {"B1"}});
    engine::LimitSettings firm;
    firm.level = "firm";
    firm.limits.max_order_quantity = *Decimal::parse("1000");
    firm.limits.max_order_notional = *Decimal::parse("50000");
    firm.limits.price_collar_percent = *Decimal::parse("20");
    settings.limits.push_back(firm);
    settings.sizes = {10'000, 40'000, 40'000, 1'000};
    settings.version = "test";
    return settings;
}

struct Answer {
    std::string id, cl_ord_id, limit_name, level, observed, allowed;
    std::uint64_t order_id = 0, lsn = 0;
    bool duplicate = false;
    std::uint32_t cancels_sent = 0;
    schema::DenialCode denial = schema::DenialCode::unspecified;
    friend bool operator==(const Answer&, const Answer&) = default;
};

class World {
  public:
    engine::Settings settings;
    std::int64_t now = start_ns;
    KeepingWire wire;
    std::unique_ptr<journal::Journal> journal;
    std::unique_ptr<engine::Engine> engine;
    std::uint64_t venue_seq = 1;  // MsgSeqNum(34) of the venue's next message

    journal::Options journal_options = [] {
        journal::Options options;
        options.segment_bytes = 1 << 20;
        return options;
    }();

    explicit World(engine::Settings with = engine_settings()) : settings(std::move(with)) { open(); }
    World(engine::Settings with, const journal::Options& options)
        : settings(std::move(with)), journal_options(options) {
        open();
    }
    // Whatever a test has played: a checkpoint anywhere in its journal gives the same state as all of it.
    ~World() {
        const std::size_t batches =
            std::max<std::size_t>(engine != nullptr ? journal->committed_lsn() : 0, 1);
        if (engine != nullptr) CHECK_EQ(engine->reservation_fault(), std::string());
        if (checks_checkpoints && engine != nullptr)
            (void)check_checkpoints(directory_.path(), settings.sizes, 1 + batches / 4);
    }
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    void open() {
        auto opened = journal::Journal::open(directory_.path(), journal_options);
        REQUIRE(opened.journal != nullptr);
        journal = std::move(opened.journal);
        engine = std::make_unique<engine::Engine>(settings, *journal, wire);
        REQUIRE(engine->recover().empty());
    }
    // Recovered and not yet opened: what state_hash() sees is the journal alone.
    void crash() {
        engine.reset();
        journal.reset();
        wire = KeepingWire{};
        open();
    }
    void start() { REQUIRE(engine->open(now)); }
    void log_on() {
        engine->connected(0, now);
        const bool fixt = settings.sessions[0].config.begin_string == "FIXT.1.1";
        venue(fixt ? "35=A|98=0|108=30|1137=9|" : "35=A|98=0|108=30|");
        engine->tick(now);
    }
    void up() {
        start();
        log_on();
        wire.sent.clear();
    }
    void restart() {
        crash();
        start();
    }

    // Sends a body as the venue, with the header filled in. `seq` 0: the next.
    void venue(const std::string& body, std::uint64_t seq = 0) {
        if (seq == 0) seq = venue_seq++;
        const std::size_t type_end = body.find('|') + 1;
        const std::string full = body.substr(0, type_end) + "34=" + std::to_string(seq) +
                                 "|49=ISLD|52=<TIME>|56=TW|" + body.substr(type_end);
        const std::string bytes = framed(settings.sessions[0].config.begin_string, full, now);
        deliver(bytes);
    }
    // What is not used up waits for what follows, as in the transport.
    void deliver(std::string_view bytes) {
        input_ += bytes;
        input_.erase(0, engine->received(0, input_, now));
    }
    void report(const std::string& cl_ord_id, const std::string& exec_id, char exec_type, char status,
                const std::string& more = "") {
        venue(std::string("35=8|37=V-") + cl_ord_id + "|11=" + cl_ord_id + "|17=" + exec_id +
              "|150=" + exec_type + "|39=" + status + "|55=ACME|54=1|" + more);
    }

    static std::string framed_command(std::uint32_t action, std::string_view body) {
        std::string bytes(body.size() + 64, '\0');
        pb::Writer out(bytes);
        const auto command = out.open(schema::number::TradeRequest::commands);
        out.bytes(action, body);
        if (body.empty()) (void)out.open(action);
        out.close(command);
        bytes.resize(out.size());
        return bytes;
    }
    template <class Body>
    static std::string encoded(const Body& body) {
        std::string bytes(4096, '\0');
        pb::Writer out(bytes);
        body.encode(out);
        bytes.resize(out.size());
        return bytes;
    }
    std::vector<Answer> request(const std::string& bytes, const std::string& client = "alice",
                                std::int64_t deadline_ns = 0) {
        std::string buffer(engine::commands_max * engine::result_bytes_max, '\0');
        pb::Writer out(buffer);
        last_error = engine->command(client, bytes, now, deadline_ns, out);
        return answers(out.written());
    }
    static std::vector<Answer> answers(std::string_view response) {
        std::vector<Answer> all;
        pb::Reader in(response);
        while (in.next()) {
            schema::CommandResult result;
            CHECK(result.decode(in.bytes()));
            Answer answer;
            answer.id = result.client_request_id;
            answer.cl_ord_id = result.cl_ord_id;
            answer.order_id = result.order_id;
            answer.lsn = result.lsn;
            answer.duplicate = result.duplicate;
            answer.cancels_sent = result.cancels_sent;
            answer.denial = result.denial.code;
            answer.limit_name = result.denial.limit_name;
            answer.level = result.denial.level;
            answer.observed = result.denial.observed;
            answer.allowed = result.denial.allowed;
            all.push_back(answer);
        }
        CHECK(in.ok());
        return all;
    }

    static schema::NewOrder new_order(std::string_view id, std::string_view quantity = "100",
                                      std::string_view price = "100") {
        schema::NewOrder order;
        order.client_order_id = id;
        order.account = "A1";
        order.strategy = "s";
        order.instrument = "ACME";
        order.side = schema::Side::buy;
        order.order_type = price.empty() ? schema::OrderType::market : schema::OrderType::limit;
        order.quantity.text = quantity;  // as text: also what is no number gets through
        order.quantity.state = pb::DecimalText::State::malformed;
        order.price.text = price;
        order.price.state = pb::DecimalText::State::malformed;
        return order;
    }
    Answer submit(const schema::NewOrder& order, const std::string& client = "alice",
                  std::int64_t deadline_ns = 0) {
        const auto all =
            request(framed_command(schema::number::Command::new_order, encoded(order)), client, deadline_ns);
        REQUIRE(all.size() == 1);
        return all[0];
    }
    Answer submit(std::string_view id, std::string_view quantity = "100", std::string_view price = "100") {
        return submit(new_order(id, quantity, price));
    }
    Answer cancel(std::string_view id, order::OrderId order, const std::string& client = "alice") {
        schema::CancelCommand command;
        command.client_request_id = id;
        command.order_id = order;
        const auto all = request(framed_command(schema::number::Command::cancel, encoded(command)), client);
        REQUIRE(all.size() == 1);
        return all[0];
    }
    Answer replace(std::string_view id, order::OrderId order, std::string_view quantity,
                   std::string_view price = "") {
        schema::ReplaceCommand command;
        command.client_request_id = id;
        command.order_id = order;
        command.quantity.text = quantity;
        command.quantity.state = pb::DecimalText::State::malformed;
        command.price.text = price;
        command.price.state = pb::DecimalText::State::malformed;
        const auto all = request(framed_command(schema::number::Command::replace, encoded(command)));
        REQUIRE(all.size() == 1);
        return all[0];
    }

    [[nodiscard]] const order::Order& order(order::OrderId id) const { return engine->ledger().order(id); }
    [[nodiscard]] std::string status(order::OrderId id) const {
        return std::string(name_of(order::status_of(order(id))));
    }
    [[nodiscard]] std::string net() const {
        if (engine->ledger().positions().size() == 0) return "0";
        return show(engine->ledger().positions()[1].net());
    }
    [[nodiscard]] schema::SessionState phase() const { return engine->venue_session(0).phase; }
    // How many of the messages sent begin with this.
    [[nodiscard]] std::size_t sent(std::string_view prefix) const {
        std::size_t count = 0;
        for (const std::string& message : wire.sent) count += message.starts_with(prefix) ? 1U : 0U;
        return count;
    }
    [[nodiscard]] std::string last_sent() const { return wire.sent.empty() ? "(nothing)" : wire.sent.back(); }

    engine::CommandError last_error = engine::CommandError::none;
    bool checks_checkpoints = true;
    [[nodiscard]] const std::string& directory() const { return directory_.path(); }

    // The process died when so many batches were in the journal: what came after them is gone. Recovered, not
    // yet opened.
    void keep_batches(std::size_t count) {
        struct Kept {
            journal::RecordFields fields;
            std::string payload;
            std::int64_t time_ns;
            bool last;
        };
        std::vector<Kept> kept;
        {  // a cursor must not outlive its journal
            journal::Cursor cursor = journal->cursor(journal->oldest_lsn());
            journal::Record record;
            for (std::size_t batches = 0; batches < count && cursor.next(record);) {
                const auto flags = static_cast<std::uint16_t>(record.flags & ~journal::kEndOfBatch);
                kept.push_back({{record.kind, flags, record.client, record.session, record.seq},
                                std::string(record.payload),
                                record.time_ns,
                                record.ends_batch()});
                if (record.ends_batch()) ++batches;
            }
        }
        engine.reset();
        journal.reset();
        for (const auto& entry : std::filesystem::directory_iterator(directory_.path()))
            std::filesystem::remove_all(entry.path());
        open();
        bool begins = true;
        for (const Kept& each : kept) {
            if (begins) journal->begin(each.time_ns);
            journal->append(each.fields, each.payload);
            begins = each.last;
            if (each.last) REQUIRE(journal->commit().ok());
        }
        crash();
        input_.clear();
    }
    [[nodiscard]] std::size_t batch_count() const {
        std::size_t count = 0;
        journal::Cursor cursor = journal->cursor(journal->oldest_lsn());
        journal::Record record;
        while (cursor.next(record)) count += record.ends_batch() ? 1U : 0U;
        return count;
    }
    // Calls visit(body) for every event of this kind in the journal.
    template <class Body, class Visit>
    void for_each_event(Visit&& visit) const {
        journal::Cursor cursor = journal->cursor(journal->oldest_lsn());
        journal::Record record;
        while (cursor.next(record)) {
            if (record.kind != journal::Kind::event) continue;
            const bool read =
                engine::visit_record(record.payload, [&](const auto& body, std::uint64_t, std::int64_t) {
                    if constexpr (std::is_same_v<std::decay_t<decltype(body)>, Body>) visit(body);
                });
            CHECK(read);
        }
    }

  private:
    std::string input_;
    journal::TemporaryDirectory directory_;
};

}  // namespace gw::test
