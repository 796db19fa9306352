#include <pybind11/stl.h>

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

std::uint64_t adjust(net::Runtime& self, int kind, const std::string& account, const std::string& strategy,
                     const std::string& instrument, const std::string& quantity, const std::string& price,
                     const std::string& reason, const std::string& changed_by) {
    const auto wanted = static_cast<schema::PositionAdjustmentKind>(kind);
    if (!is_known(wanted) || wanted == schema::PositionAdjustmentKind::unspecified)
        throw py::value_error("kind: expected START_OF_DAY or CORRECTION, was " + std::to_string(kind));
    const Decimal amount = decimal_or_zero(quantity, "quantity");
    const Decimal at = decimal_or_zero(price, "price");
    if (at.is_negative()) throw py::value_error("price: expected zero or above, was '" + price + "'");
    if (strategy.empty() || strategy.size() > order::strategy_size_max)
        throw py::value_error("strategy: expected 1 to 32 bytes, was '" + strategy + "'");
    engine::Engine::ControlResult result;
    {
        const py::gil_scoped_release release;
        result = self.with_engine([&](engine::Engine& engine, std::int64_t now) {
            return engine.adjust_position(
                {wanted, account, strategy, instrument, amount, at, reason, changed_by}, now);
        });
    }
    if (!result.known) throw py::key_error("account '" + account + "' or instrument '" + instrument + "'");
    if (result.lsn == 0)
        throw JournalFailure("the journal cannot be written: nothing was changed; free disk space");
    return result.lsn;
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
             py::arg("changed_by"));
}

}  // namespace gw::bindings
