// Positions of random fills, busts, corrections, adjustments, starts of the day and changes of the
// multiplier, against a plain, slow model: the trades that are live, one after the other, in exact fractions.
#include <cmath>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "check.hpp"
#include "fraction.hpp"
#include "order/ledger.hpp"
#include "order/position.hpp"

using namespace gw;
using gw::test::Fraction;
using order::EntryKind;

namespace {

// What happened, in the order in which it was booked.
struct Entry {
    EntryKind kind = EntryKind::trade;
    std::int64_t quantity = 0;  // with its sign
    std::int64_t price = 0;
    bool live = true;
    std::string exec_id{};  // of a trade that may be canceled or corrected
    std::uint64_t order = 0;
};

struct Sums {
    std::int64_t net = 0;
    Fraction cost, realized, carried;
};

void trade(Sums& sums, std::int64_t quantity, std::int64_t price) {
    const std::int64_t step = quantity > 0 ? 1 : -1;
    for (std::int64_t left = std::abs(quantity); left != 0; --left) {
        if (sums.net != 0 && (sums.net > 0) != (step > 0)) {
            const std::int64_t side = sums.net > 0 ? 1 : -1;
            const Fraction unit = sums.cost.over(sums.net);
            sums.realized = sums.realized + (Fraction{price, 1} - unit) * side;
            sums.cost = sums.cost - unit * side;
        } else {
            sums.cost = sums.cost + Fraction{price, 1} * step;
        }
        sums.net += step;
    }
}

// From nothing, every time.
Sums sums_of(const std::vector<Entry>& entries) {
    Sums sums;
    for (const Entry& entry : entries) {
        if (!entry.live) continue;
        switch (entry.kind) {
            case EntryKind::start_of_day:
                sums = {entry.quantity, Fraction{entry.quantity * entry.price, 1}, {}, {}};
                break;
            case EntryKind::multiplier:
                sums.carried = sums.carried + sums.realized * entry.price;
                sums.realized = {};
                break;
            case EntryKind::split:
                sums.net = sums.net * entry.quantity / entry.price;
                break;
            case EntryKind::trade:
            case EntryKind::adjustment:
                if (entry.quantity != 0) trade(sums, entry.quantity, entry.price);
                break;
        }
    }
    return sums;
}

class Play {
  public:
    explicit Play(std::uint64_t seed) : random_(seed), ledger_({100, 400, 4000, 10}) {
        for (std::uint64_t id = 1; id <= 2; ++id) {
            schema::OrderAccepted order;
            order.order_id = order.request_id = id;
            order.client = "c";
            order.account = "A";
            order.strategy = "s";
            order.instrument = "I";
            order.venue = "V";
            order.side = id == 1 ? schema::Side::buy : schema::Side::sell;
            order.quantity = Decimal::from_units(1'000'000);
            ledger_.apply(order, id, 0);
        }
    }

    void step() {
        const std::uint64_t kind = random_() % 16;
        if (kind < 9) return fill();
        if (kind < 11) return change(false);
        if (kind < 13) return change(true);
        if (kind == 13) return adjust(schema::PositionAdjustmentKind::correction);
        if (kind == 14 && random_() % 3 == 0) return adjust(schema::PositionAdjustmentKind::start_of_day);
        if (random_() % 3 == 0) return set_multiplier();
        if (splits_ < 3 && random_() % 4 == 0) return split();
        fill();
    }

    void compare(const std::string& where) const {
        const order::Position& position = ledger_.positions()[1];
        const Sums expected = sums_of(entries_);
        CHECK_EQ(where + test::show(position.net()), where + test::show(Decimal::from_units(expected.net)));
        const double entry = expected.net == 0 ? 0 : expected.cost.over(expected.net).value();
        CHECK(std::abs(as_double(order::entry_price(position)) - entry) < 1e-7);
        const Fraction money = expected.carried + expected.realized * multiplier_;
        const auto realized = order::realized_profit(position, Decimal::from_units(multiplier_));
        REQUIRE(realized.has_value());
        const double ours = static_cast<double>(realized->raw()) / 1e16;
        if (std::abs(ours - money.value()) >= 1e-6) std::cerr << where << "\n";
        CHECK(std::abs(ours - money.value()) < 1e-6);
        CHECK(!position.saturated);
    }

  private:
    static double as_double(Decimal value) { return static_cast<double>(value.raw()) / 1e8; }
    std::int64_t small(std::int64_t most) {
        return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(most)) + 1;
    }

    schema::ExecutionReported report(std::uint64_t order_id, schema::ExecType type) {
        schema::ExecutionReported event;
        event.order_id = order_id;
        event.exec_type = type;
        event.venue = "V";
        event.execution_state = schema::OrderStatus::partially_filled;
        event.quantity = Decimal::from_units(1'000'000);
        return event;
    }
    void fill() {
        const std::uint64_t order_id = random_() % 2 + 1;
        const std::int64_t quantity = small(4), price = small(9);
        const std::string exec_id = "E" + std::to_string(++exec_ids_);
        schema::ExecutionReported event = report(order_id, schema::ExecType::trade);
        event.exec_id = exec_id;
        event.last_quantity = Decimal::from_units(quantity);
        event.last_price = Decimal::from_units(price);
        ledger_.apply(event, ++lsn_, 0);
        entries_.push_back(
            {EntryKind::trade, order_id == 1 ? quantity : -quantity, price, true, exec_id, order_id});
    }
    void change(bool corrects) {
        std::vector<std::size_t> live;
        std::size_t start = 0;
        for (std::size_t at = 0; at < entries_.size(); ++at) {
            if (entries_[at].kind == EntryKind::start_of_day) start = at;
            if (entries_[at].live && !entries_[at].exec_id.empty()) live.push_back(at);
        }
        if (live.empty()) return fill();
        const std::size_t at = live[random_() % live.size()];
        const Entry before = entries_[at];
        const std::int64_t quantity = small(4), price = small(9);
        schema::ExecutionReported event =
            report(before.order, corrects ? schema::ExecType::trade_correct : schema::ExecType::trade_cancel);
        event.exec_ref_id = before.exec_id;
        if (corrects) {
            event.last_quantity = Decimal::from_units(quantity);
            event.last_price = Decimal::from_units(price);
        }
        ledger_.apply(event, ++lsn_, 0);
        const std::int64_t now = before.order == 1 ? quantity : -quantity;
        if (at >= start) {
            entries_[at].live = corrects;
            if (corrects) entries_[at].quantity = now, entries_[at].price = price;
            return;
        }
        // Of before the start of the day: taken out today. What it is now is still known by its ExecID.
        entries_.push_back({EntryKind::adjustment, -before.quantity, before.price});
        entries_[at].live = corrects;
        if (!corrects) return;
        entries_[at].quantity = now, entries_[at].price = price;
        entries_.push_back({EntryKind::adjustment, now, price});
    }
    void split() {
        const std::int64_t units = small(3) + 1;  // the model has no fractions of a unit
        schema::PositionAdjusted event;
        event.kind = schema::PositionAdjustmentKind::split;
        event.account = "A";
        event.strategy = "s";
        event.instrument = "I";
        event.new_units = Decimal::from_units(2 * units);
        event.old_units = Decimal::from_units(2);
        const std::string id = "split " + std::to_string(++splits_);
        event.batch_id = id;
        event.batch_row = 1;
        ledger_.apply(event, ++lsn_, 0);
        entries_.push_back({EntryKind::split, units, 1});
    }
    void adjust(schema::PositionAdjustmentKind kind) {
        const std::int64_t quantity = static_cast<std::int64_t>(random_() % 9) - 4, price = small(9);
        schema::PositionAdjusted event;
        event.kind = kind;
        event.account = "A";
        event.strategy = "s";
        event.instrument = "I";
        event.quantity = Decimal::from_units(quantity);
        event.price = Decimal::from_units(price);
        ledger_.apply(event, ++lsn_, 0);
        const bool starts = kind == schema::PositionAdjustmentKind::start_of_day;
        entries_.push_back({starts ? EntryKind::start_of_day : EntryKind::adjustment, quantity, price});
    }
    void set_multiplier() {
        const std::int64_t next = small(3);
        schema::InstrumentDefined event;
        event.instrument = "I";
        event.multiplier = Decimal::from_units(next);
        ledger_.apply(event, ++lsn_, 0);
        if (next != multiplier_) entries_.push_back({EntryKind::multiplier, 0, multiplier_});
        multiplier_ = next;
    }

    std::mt19937_64 random_;
    order::Ledger ledger_;
    std::vector<Entry> entries_;
    std::int64_t multiplier_ = 1;
    std::uint64_t lsn_ = 2;
    int splits_ = 0;
    std::uint64_t exec_ids_ = 0;
};

}  // namespace

TEST(position_is_that_of_its_live_trades_whatever_was_canceled_or_corrected) {
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        Play play(seed);
        for (int at = 0; at < 20; ++at) {
            play.step();
            play.compare("seed " + std::to_string(seed) + " step " + std::to_string(at) + ": ");
        }
    }
}

TEST(bust_leaves_no_profit_behind) {
    order::Ledger ledger({10, 40, 40, 10});
    schema::OrderAccepted accepted;
    accepted.order_id = accepted.request_id = 1;
    accepted.account = accepted.strategy = accepted.instrument = accepted.venue = "V";
    accepted.side = schema::Side::buy;
    accepted.quantity = Decimal::from_units(100);
    ledger.apply(accepted, 1, 0);
    schema::ExecutionReported event;
    event.order_id = 1;
    event.exec_type = schema::ExecType::trade;
    event.venue = "V";
    event.execution_state = schema::OrderStatus::partially_filled;
    event.quantity = Decimal::from_units(100);
    event.last_quantity = Decimal::from_units(10);
    event.exec_id = "E1";
    event.last_price = Decimal::from_units(100);
    ledger.apply(event, 2, 0);
    event.exec_id = "E2";
    event.last_price = Decimal::from_units(110);
    ledger.apply(event, 3, 0);
    event.exec_type = schema::ExecType::trade_cancel;
    event.exec_id = "E3";
    event.exec_ref_id = "E2";
    ledger.apply(event, 4, 0);
    const order::Position& position = ledger.positions()[1];
    CHECK_EQ(position.net(), Decimal::from_units(10));
    CHECK_EQ(order::entry_price(position), Decimal::from_units(100));
    CHECK(position.realized == Product{});
    CHECK_EQ(position.bought, Decimal::from_units(10));
    CHECK(position.sold.is_zero());
}

TEST(trade_in_question_when_the_day_began_counts_once_and_can_be_canceled) {
    order::Ledger ledger({10, 40, 40, 10});
    schema::OrderAccepted accepted;
    accepted.order_id = accepted.request_id = 1;
    accepted.account = accepted.strategy = accepted.instrument = accepted.venue = "V";
    accepted.side = schema::Side::buy;
    accepted.quantity = Decimal::from_units(100);
    ledger.apply(accepted, 1, 0);
    const auto net = [&ledger] { return ledger.positions()[1].net(); };
    schema::ExecutionReported event;
    event.order_id = 1;
    event.exec_type = schema::ExecType::trade;
    event.venue = "V";
    event.execution_state = schema::OrderStatus::partially_filled;
    event.quantity = Decimal::from_units(100);
    event.last_quantity = Decimal::from_units(10);
    event.last_price = Decimal::from_units(100);
    event.exec_id = "E1";
    event.in_question = true;
    ledger.apply(event, 2, 0);
    CHECK(net().is_zero());
    schema::PositionAdjusted start;
    start.kind = schema::PositionAdjustmentKind::start_of_day;
    start.account = start.strategy = start.instrument = "V";
    start.quantity = Decimal::from_units(5);
    start.price = Decimal::from_units(90);
    ledger.apply(start, 3, 0);
    event.in_question = false;
    event.question = 1;
    ledger.apply(event, 4, 0);
    CHECK_EQ(net(), Decimal::from_units(15));
    event.question = 0;
    event.exec_id = "E2";
    ledger.apply(event, 5, 0);
    CHECK_EQ(net(), Decimal::from_units(25));
    event.exec_type = schema::ExecType::trade_cancel;
    event.exec_id = "B1";
    event.exec_ref_id = "E1";
    ledger.apply(event, 6, 0);
    CHECK_EQ(net(), Decimal::from_units(15));
    event.exec_id = "B2";
    event.exec_ref_id = "E2";  // books the chain again
    ledger.apply(event, 7, 0);
    CHECK_EQ(net(), Decimal::from_units(5));
}

TEST_MAIN
