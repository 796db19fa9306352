#include <pybind11/stl.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <vector>

#include "bindings/bindings.hpp"
#include "bindings/errors.hpp"
#include "bindings/gateway.hpp"
#include "net/runtime.hpp"

namespace py = pybind11;

namespace gw::bindings {

namespace {

Decimal decimal_or_zero(const std::string& text, const char* name) {
    if (text.empty()) return Decimal{};
    const auto value = Decimal::parse(text);
    if (!value) throw py::value_error(std::string(name) + ": expected a decimal number, was '" + text + "'");
    return *value;
}

std::pair<std::uint64_t, int> resolve(net::Runtime& self, std::uint64_t order_id, int outcome,
                                      const std::string& cum_quantity, const std::string& average_price,
                                      const std::string& reason, const std::string& resolved_by) {
    using Error = engine::Engine::ResolveError;
    const Decimal cum = decimal_or_zero(cum_quantity, "cum_quantity");
    const Decimal average = decimal_or_zero(average_price, "average_price");
    std::uint64_t lsn = 0;
    int status = 0;
    Error error = Error::none;
    {
        const py::gil_scoped_release release;
        error = self.with_engine([&](engine::Engine& engine, std::int64_t now) {
            const Error found = engine.resolve(
                {order_id, static_cast<schema::OrderStatus>(outcome), cum, average, reason, resolved_by}, now,
                lsn);
            if (found == Error::none)
                status = static_cast<int>(order::status_of(engine.ledger().order(order_id)));
            return found;
        });
    }
    switch (error) {
        case Error::none:
            return {lsn, status};
        case Error::unknown_order:
            throw py::key_error("no order " + std::to_string(order_id));
        case Error::not_in_doubt:
            throw py::index_error(
                "order " + std::to_string(order_id) +
                " is not in doubt: it is neither UNKNOWN nor does the venue count otherwise");
        case Error::outcome:
            throw py::value_error(
                "outcome: expected NEW, CANCELED, REJECTED, EXPIRED, DONE_FOR_DAY, FILLED or NOT_SENT, and "
                "one "
                "that goes with what has traded");
        case Error::no_price:
            throw py::value_error(
                "average_price: expected the venue's AvgPx for what has traded and is not known "
                "here");
        case Error::not_recorded:
            break;
    }
    throw JournalFailure("the journal cannot be written: nothing was changed; free disk space");
}

constexpr std::size_t batch_id_size_max = 64;

// kind, amount, currency and type of each.
using ChargeTuples = std::vector<std::tuple<int, std::string, std::string, std::string>>;

bool is_currency(const std::string& text) {
    const auto is_part = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
    return text.size() >= 3 && text.size() <= 8 && std::all_of(text.begin(), text.end(), is_part);
}

// Views into `charges`.
std::vector<schema::Charge> charges_of(const ChargeTuples& charges) {
    if (charges.size() > order::charges_max)
        throw py::value_error("charges: expected at most 8, were " + std::to_string(charges.size()));
    std::vector<schema::Charge> all;
    for (const auto& [kind, amount, currency, type] : charges) {
        schema::Charge& charge = all.emplace_back();
        charge.kind = static_cast<schema::ChargeKind>(kind);
        if (!is_known(charge.kind) || charge.kind == schema::ChargeKind::unspecified)
            throw py::value_error("charges: expected the kind COMMISSION or FEE, was " +
                                  std::to_string(kind));
        if (!is_currency(currency))
            throw py::value_error("charges: expected a currency of 3 to 8 capital letters or digits, was '" +
                                  currency + "'");
        if (type.size() > 8)
            throw py::value_error("charges: expected a type of at most 8 bytes, was '" + type + "'");
        charge.amount = decimal_or_zero(amount, "amount");
        charge.currency = currency;
        charge.type = type;
    }
    return all;
}

std::uint64_t set_rate(net::Runtime& self, const std::string& from, const std::string& to,
                       const std::string& rate, const std::string& source, std::int64_t as_of_ns) {
    for (const std::string* each : {&from, &to})
        if (!is_currency(*each))
            throw py::value_error("expected a currency of 3 to 8 capital letters or digits, was '" + *each +
                                  "'");
    if (from == to) throw py::value_error("expected two currencies, was '" + from + "' twice");
    const auto value = Decimal::parse(rate);
    if (!value || !value->is_positive())
        throw py::value_error("rate: expected a decimal number above zero, was '" + rate + "'");
    engine::Engine::ControlResult result;
    {
        const py::gil_scoped_release release;
        result = self.with_engine([&](engine::Engine& engine, std::int64_t now) {
            return engine.set_rate({from, to, *value, source, as_of_ns}, now);
        });
    }
    if (!result.known) throw py::value_error("there are 4096 pairs of currencies; no more are kept");
    if (result.lsn == 0)
        throw JournalFailure("the journal cannot be written: nothing was changed; free disk space");
    return result.lsn;
}

std::uint64_t adjust(net::Runtime& self, int kind, const std::string& account, const std::string& strategy,
                     const std::string& instrument, const std::string& quantity, const std::string& price,
                     const std::string& reason, const std::string& changed_by, const ChargeTuples& charges,
                     const std::string& batch_id, std::uint32_t batch_row, std::uint64_t batch_hash) {
    const auto wanted = static_cast<schema::PositionAdjustmentKind>(kind);
    if (wanted != schema::PositionAdjustmentKind::start_of_day &&
        wanted != schema::PositionAdjustmentKind::correction)
        throw py::value_error("kind: expected START_OF_DAY or CORRECTION, was " + std::to_string(kind));
    const Decimal amount = decimal_or_zero(quantity, "quantity");
    const Decimal at = decimal_or_zero(price, "price");
    if (at.is_negative()) throw py::value_error("price: expected zero or above, was '" + price + "'");
    if (strategy.empty() || strategy.size() > order::strategy_size_max)
        throw py::value_error("strategy: expected 1 to 32 bytes, was '" + strategy + "'");
    if (batch_id.size() > batch_id_size_max)
        throw py::value_error("batch_id: expected at most 64 bytes, was '" + batch_id + "'");
    const std::vector<schema::Charge> given = charges_of(charges);
    engine::Engine::ControlResult result;
    {
        const py::gil_scoped_release release;
        result = self.with_engine([&](engine::Engine& engine, std::int64_t now) {
            return engine.adjust_position({wanted, account, strategy, instrument, amount, at, reason,
                                           changed_by, given, batch_id, batch_row, batch_hash},
                                          now);
        });
    }
    if (result.out_of_turn)
        throw py::index_error("batch '" + batch_id + "': row " + std::to_string(batch_row) +
                              " is not the next, or the batch was loaded with other rows");
    if (!result.known) throw py::key_error("account '" + account + "' or instrument '" + instrument + "'");
    if (result.lsn == 0)
        throw JournalFailure("the journal cannot be written: nothing was changed; free disk space");
    return result.lsn;
}

Decimal units(const std::string& text, const char* name) {
    const auto value = Decimal::parse(text);
    if (!value || !value->is_positive())
        throw py::value_error(std::string(name) + ": expected a decimal number above zero, was '" + text +
                              "'");
    return *value;
}

// The lsn and how many positions were split; nothing where the split was done before.
std::optional<std::pair<std::uint64_t, std::uint32_t>> split_positions(
    net::Runtime& self, const std::string& instrument, const std::string& new_units,
    const std::string& old_units, const std::string& split_id, const std::string& reason,
    const std::string& changed_by) {
    using Verdict = engine::SplitVerdict;
    const engine::Split split{
        instrument, units(new_units, "new_units"), units(old_units, "old_units"), split_id, reason,
        changed_by};
    if (split_id.empty() || split_id.size() > batch_id_size_max)
        throw py::value_error("split_id: expected 1 to 64 bytes, was '" + split_id + "'");
    engine::SplitResult result;
    {
        const py::gil_scoped_release release;
        result = self.with_engine(
            [&](engine::Engine& engine, std::int64_t now) { return engine.split_positions(split, now); });
    }
    switch (result.verdict) {
        case Verdict::done:
            return std::pair{result.lsn, result.positions};
        case Verdict::done_before:
            return std::nullopt;
        case Verdict::unknown_instrument:
            throw py::key_error("instrument '" + instrument + "'");
        case Verdict::no_position:
            throw py::index_error("there is no position in '" + instrument + "': nothing was split");
        case Verdict::other_split:
            throw py::index_error("split_id '" + split_id +
                                  "' was used for another split or a file of positions; choose another one");
        case Verdict::no_room:
            throw py::index_error("more positions in '" + instrument +
                                  "' than are split at once, or no room for more entries: nothing was split");
        case Verdict::does_not_fit:
            throw py::value_error("new_units: a position in '" + instrument +
                                  "' would be larger than any quantity that is kept; nothing was split");
        case Verdict::not_recorded:
            break;
    }
    throw JournalFailure("the journal cannot be written: nothing was changed; free disk space");
}

}  // namespace

void bind_order_operations(py::class_<net::Runtime>& gateway) {
    gateway
        .def("resolve_order", &resolve, py::arg("order_id"), py::arg("outcome"), py::arg("cum_quantity"),
             py::arg("average_price"), py::arg("reason"), py::arg("resolved_by"))
        .def(
            "cancel_orders",
            [](net::Runtime& self, const std::string& client, const std::string& account,
               const std::string& strategy, const std::string& instrument) {
                const py::gil_scoped_release release;
                return self.with_engine([&](engine::Engine& engine, std::int64_t now) {
                    return engine.cancel_orders({client, account, strategy, instrument}, now);
                });
            },
            py::arg("client"), py::arg("account") = "", py::arg("strategy") = "", py::arg("instrument") = "")
        .def("adjust_position", &adjust, py::arg("kind"), py::arg("account"), py::arg("strategy"),
             py::arg("instrument"), py::arg("quantity"), py::arg("price"), py::arg("reason"),
             py::arg("changed_by"), py::kw_only(), py::arg("charges") = ChargeTuples(),
             py::arg("batch_id") = "", py::arg("batch_row") = 0, py::arg("batch_hash") = 0)
        .def("split_positions", &split_positions, py::arg("instrument"), py::arg("new_units"),
             py::arg("old_units"), py::arg("split_id"), py::arg("reason"), py::arg("changed_by"))
        .def(
            "position_batch",
            [](net::Runtime& self, const std::string& batch_id) {
                std::optional<std::pair<std::uint64_t, std::uint32_t>> found;
                const py::gil_scoped_release release;
                self.with_engine([&](engine::Engine& engine, std::int64_t) {
                    if (const order::PositionBatch* batch = engine.ledger().find_position_batch(batch_id))
                        found = {batch->hash, batch->rows};
                    return 0;
                });
                return found;
            },
            py::arg("batch_id"))
        .def("set_rate", &set_rate, py::arg("from_currency"), py::arg("to_currency"), py::arg("rate"),
             py::arg("source"), py::arg("as_of_ns"))
        .def("rates", [](net::Runtime& self) {
            return py::bytes(released([&] {
                return self.with_engine([](engine::Engine& engine, std::int64_t) {
                    return written([&](pb::Writer& out) { engine.rates(out); });
                });
            }));
        });
}

}  // namespace gw::bindings
