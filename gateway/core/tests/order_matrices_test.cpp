// The order state change matrices of FIX, played against the real engine; see matrices/README.md for the
// format.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "engine_fixture.hpp"
#include "matrix_file.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::Matrix;
using gw::test::Row;
using gw::test::World;

namespace {

schema::OrderStatus status_of_code(char code) {
    using enum schema::OrderStatus;
    static const std::map<char, schema::OrderStatus> codes = {{'0', new_},
                                                              {'1', partially_filled},
                                                              {'2', filled},
                                                              {'3', done_for_day},
                                                              {'4', canceled},
                                                              {'6', pending_cancel},
                                                              {'7', stopped},
                                                              {'8', rejected},
                                                              {'9', suspended},
                                                              {'A', pending_new},
                                                              {'B', calculated},
                                                              {'C', expired},
                                                              {'E', pending_replace},
                                                              {'U', unknown},
                                                              {'D', denied}};
    return codes.at(code);
}

engine::Settings matrix_settings(const std::string& begin_string) {
    engine::Settings settings = test::engine_settings(begin_string);
    settings.limits[0].limits.max_order_quantity = Decimal::from_units(1'000'000);
    settings.limits[0].limits.max_order_notional = Decimal::from_units(1'000'000'000);
    return settings;
}

class Player : public World {
  public:
    Player(const Matrix& matrix, const std::string& begin_string)
        : World(matrix_settings(begin_string)), matrix_(matrix), old_(begin_string == "FIX.4.2") {
        up();
    }

    void play(const Row& row) {
        now += 1'000'000;
        where_ = matrix_.ref + " line " + std::to_string(row.line) + " (" +
                 settings.sessions[0].config.begin_string + "): ";
        if (row.type == "D") return submit_row(row);
        if (row.type == "G" || row.type == "F") return change_row(row);
        if (row.type == "H") return asked_row(row);
        if (row.type == "8") return report_row(row);
        if (row.type == "9") return cancel_reject_row(row);
        if (row.type == "day" || row.type == "relogon") return new_session(row.type == "day");
        test::fail(__FILE__, __LINE__, where_ + "unknown row '" + row.type + "'");
    }

    // What a restart makes of the journal is what the engine held.
    void check_recovery() {
        KeepingWireOwner other(*this);
        same("state after recovery", other.hash, engine->ledger().state_hash());
    }

  private:
    struct KeepingWireOwner {
        test::KeepingWire wire;
        std::uint64_t hash;
        explicit KeepingWireOwner(World& w) {
            engine::Engine engine(w.settings, *w.journal, wire);
            REQUIRE(engine.recover().empty());
            hash = engine.ledger().state_hash();
        }
    };

    template <class A, class B>
    void same(const char* what, const A& actual, const B& expected) {
        (void)test::check_equal(__FILE__, __LINE__, (where_ + what).c_str(), actual, expected);
    }

    void submit_row(const Row& row) {
        const std::string quantity = row.get("38");  // the order holds views
        const std::string price = matrix_.get("price", "");
        schema::NewOrder order = new_order(row.id, quantity, price);
        order.order_type =
            matrix_.get("type", "market") == "limit" ? schema::OrderType::limit : schema::OrderType::market;
        if (order.order_type == schema::OrderType::market) order.price = {};
        static const std::map<std::string, schema::TimeInForce> tifs = {{"day", schema::TimeInForce::day},
                                                                        {"gtc", schema::TimeInForce::gtc},
                                                                        {"ioc", schema::TimeInForce::ioc},
                                                                        {"fok", schema::TimeInForce::fok}};
        order.time_in_force = tifs.at(matrix_.get("tif", "day"));
        const Answer answer = submit(order);
        REQUIRE(answer.denial == schema::DenialCode::unspecified);
        ids_[row.id] = answer.cl_ord_id;
        order_ = answer.order_id;
        sends("35=D", {"11=" + answer.cl_ord_id, "38=" + row.get("38")});
        check_ours(row, 'A');
    }

    void change_row(const Row& row) {
        const bool replaces = row.type == "G";
        const std::string quantity = row.get("38", replaces ? "" : "keep");
        const Answer answer = replaces ? replace("r" + row.id, order_, quantity, row.get("44", ""))
                                       : cancel("c" + row.id, order_);
        same("denial", answer.denial, schema::DenialCode::unspecified);
        ids_[row.id] = answer.cl_ord_id;
        std::vector<std::string> fields = {"11=" + answer.cl_ord_id, "41=" + ids_.at(row.orig)};
        if (replaces) fields.push_back("38=" + quantity);
        sends(replaces ? "35=G" : "35=F", fields);
        check_ours(row, replaces ? 'E' : '6');
    }

    void asked_row(const Row& row) {
        sends("35=H", {"11=" + ids_.at(row.id)});
        check_ours(row, 0);
    }

    void new_session(bool next_day) {
        engine->disconnected(0, "closed", now);
        if (next_day) now += 24 * 3600 * test::second;
        log_on();
        engine->tick(now);
    }

    [[nodiscard]] std::string ids_of(const Row& row) const {
        std::string text = "11=" + ids_.at(row.id) + "|";
        if (!row.orig.empty()) text += "41=" + ids_.at(row.orig) + "|";
        return text;
    }

    void report_row(const Row& row) {
        // An order that the venue tells of first: its ClOrdID is not ours.
        if (ids_.emplace(row.id, "by-telephone").second) order_ = 1;
        std::string exec_type(1, row.exec_type);
        std::string more;
        if (old_) {
            // FIX 4.2 says by ExecTransType(20) what later versions say by ExecType(150).
            char trans = '0';
            if (row.exec_type == 'H') trans = '1';
            if (row.exec_type == 'G') trans = '2';
            if (row.exec_type == 'I') trans = '3';
            if (trans != '0') exec_type = row.status;
            if (row.exec_type == 'F') exec_type = row.leaves == "0" && row.status == '2' ? "2" : "1";
            more += std::string("20=") + trans + "|";
        }
        const std::string exec_id = row.get("exec", "e" + std::to_string(++exec_count_));
        more += "38=" + row.quantity + "|14=" + row.cum + "|151=" + row.leaves + "|6=" + row.average + "|";
        if (!row.get("ref", "").empty()) more += "19=" + row.get("ref") + "|";
        if (const std::string last = row.get("last", ""); !last.empty()) {
            const auto at = last.find('@');
            more += "32=" + last.substr(0, at) + "|31=" + last.substr(at + 1) + "|";
        }
        if (row.exec_type == '8' || row.get("reason", "") != "")
            more += "103=" + row.get("reason", "0") + "|";
        for (const auto& [tag, value] : row.tags) more += tag + "=" + value + "|";
        venue("35=8|37=V" + std::to_string(order_) + "|1=A1|" + ids_of(row) + "17=" + exec_id +
              "|150=" + exec_type + "|39=" + row.status + "|55=ACME|54=1|" + more);
        check_ours(row, row.status);
        check_event(row);
        const order::Order& held = order(order_);
        same("OrderQty", test::show(held.quantity), row.quantity);
        same("CumQty", test::show(held.cum_quantity), row.cum);
        same("LeavesQty", test::show(held.leaves()), row.get("leaves", row.leaves));
        same("AvgPx", test::show(held.average_price()), row.average);
        same("CumQty differs from the venue's", held.status_differs, false);
    }

    // What the client is told: the newest event of the journal.
    void check_event(const Row& row) {
        using enum schema::ExecType;
        static const std::map<char, schema::ExecType> codes = {{'0', new_},
                                                               {'3', done_for_day},
                                                               {'4', canceled},
                                                               {'5', replaced},
                                                               {'6', pending_cancel},
                                                               {'7', stopped},
                                                               {'8', rejected},
                                                               {'9', suspended},
                                                               {'A', pending_new},
                                                               {'B', calculated},
                                                               {'C', expired},
                                                               {'D', restated},
                                                               {'E', pending_replace},
                                                               {'F', trade},
                                                               {'G', trade_correct},
                                                               {'H', trade_cancel},
                                                               {'I', order_status}};
        journal::Cursor cursor = journal->cursor(order(order_).lsn);
        journal::Record record;
        REQUIRE(cursor.next(record));
        bool seen = false;
        const bool decoded = engine::visit_record(record.payload, [&](const auto& body, auto, auto) {
            if constexpr (std::is_same_v<std::decay_t<decltype(body)>, schema::ExecutionReported>) {
                seen = true;
                same("event's ExecType", name_of(body.exec_type), name_of(codes.at(row.exec_type)));
                same("event's OrdStatus", name_of(body.status), name_of(order::status_of(order(order_))));
                same("event's OrderQty", test::show(body.quantity.value), row.quantity);
                same("event's CumQty", test::show(body.cum_quantity.value), row.cum);
                same("event's LeavesQty", test::show(body.leaves_quantity.value),
                     row.get("leaves", row.leaves));
                same("event's AvgPx", test::show(body.average_price.value), row.average);
            }
        });
        same("event", decoded && seen, true);
    }

    void cancel_reject_row(const Row& row) {
        venue("35=9|37=V" + std::to_string(order_) + "|" + ids_of(row) + "39=" + row.status +
              "|434=1|102=" + row.get("reason", "0") + "|");
        check_ours(row, row.status);
    }

    void check_ours(const Row& row, char expected) {
        const std::string ours = row.get("ours", "");
        if (!ours.empty()) expected = ours[0];
        if (expected == 0) return;
        same("OrdStatus", status(order_), std::string(name_of(status_of_code(expected))));
    }

    // The newest message of this type that the gateway sent has these fields.
    void sends(const std::string& type, const std::vector<std::string>& fields) {
        const auto found = std::find_if(wire.sent.rbegin(), wire.sent.rend(), [&](const std::string& sent) {
            return sent.starts_with(type + "|");
        });
        if (found == wire.sent.rend())
            return test::fail(__FILE__, __LINE__, where_ + "nothing sent: " + type);
        for (const std::string& field : fields)
            if (found->find("|" + field + "|") == std::string::npos)
                test::fail(__FILE__, __LINE__, where_ + "expected " + field + " in " + *found);
    }

    const Matrix& matrix_;
    bool old_;
    std::string where_;
    std::map<std::string, std::string> ids_;
    order::OrderId order_ = 0;
    int exec_count_ = 0;
};

void play(const Matrix& matrix, const std::string& begin_string) {
    // The main path, and one run for each other way.
    for (std::size_t stop = 0; stop <= matrix.rows.size(); ++stop) {
        const bool main_path = stop == matrix.rows.size();
        if (!main_path && !matrix.rows[stop].alternative) continue;
        Player player(matrix, begin_string);
        for (std::size_t at = 0; at <= stop && at < matrix.rows.size(); ++at)
            if (!matrix.rows[at].alternative || at == stop) player.play(matrix.rows[at]);
        player.check_recovery();
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<Matrix> matrices = test::read_matrices(GW_MATRICES);
    const std::string_view only = argc > 1 ? argv[1] : "";
    int failed = 0;
    int played = 0;
    for (const Matrix& matrix : matrices) {
        for (const std::string version : {"FIX.4.2", "FIX.4.4", "FIXT.1.1"}) {
            const std::string name = matrix.ref + " " + version;
            if (name.find(only) == std::string::npos || !matrix.played_in(version)) continue;
            const int before = test::failures();
            try {
                play(matrix, version);
            } catch (const test::Stop&) {
            }
            ++played;
            if (test::failures() != before) {
                ++failed;
                std::fprintf(stderr, "FAILED %s %s\n", name.c_str(), matrix.title.c_str());
            }
        }
    }
    std::printf("%d passed, %d failed\n", played - failed, failed);
    return failed == 0 && played > 0 ? 0 : 1;
}
