#include "engine/venue_profile.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <map>

#include "bindings/bindings.hpp"

namespace py = pybind11;

namespace gw::bindings {

namespace {

using engine::Term;
using engine::VenueProfile;

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return text;
}

// The number of a value by its name in the configuration.
template <class Enum>
std::size_t number_of(const std::string& name, const char* what) {
    for (std::size_t at = 1; at < engine::order_type_max; ++at)
        if (is_known(static_cast<Enum>(at)) && name_of(static_cast<Enum>(at)) == upper(name)) return at;
    throw py::value_error(std::string(what) + ": not known: '" + name + "'");
}

std::size_t number_of_term(const std::string& name) {
    for (std::size_t at = 0; at < engine::term_count; ++at)
        if (engine::name_of(static_cast<Term>(at)) == name) return at;
    throw py::value_error("terms: not known: '" + name + "'");
}

std::size_t number_of_scope(const std::string& name) {
    for (std::size_t at = 0; at < engine::mass_cancel_scope_count; ++at)
        if (engine::name_of(static_cast<engine::MassCancelScope>(at)) == name) return at;
    throw py::value_error("mass_cancel: not known: '" + name + "'");
}

order::ChargePolicy policy_of(const std::string& name) {
    if (name == "per_fill") return order::ChargePolicy::per_fill;
    if (name == "cumulative") return order::ChargePolicy::cumulative;
    if (name == "none") return order::ChargePolicy::none;
    throw py::value_error("commission: expected per_fill, cumulative or none, was '" + name + "'");
}

VenueProfile make_profile(
    const std::vector<std::string>& order_types, const std::vector<std::string>& times_in_force,
    const std::vector<std::string>& terms, const std::map<std::string, std::string>& order_type_codes,
    const std::map<std::string, std::string>& time_in_force_codes,
    const std::map<std::string, std::uint32_t>& tags,
    const std::vector<std::pair<std::uint32_t, std::string>>& custom_fields, bool exec_id_per_account,
    bool exec_id_per_trade_date, bool dont_know_trades, bool adopt_orphans, const std::string& orphan_client,
    const std::string& orphan_strategy, std::int64_t inferred_fill_after_ms,
    const std::vector<std::string>& mass_cancel, bool mass_status, std::int64_t cancel_on_disconnect_ms,
    const std::vector<std::string>& kept_on_disconnect, bool day_orders_end, std::int64_t expiry_grace_ms,
    const std::string& commission, std::uint32_t drop_copy_exec_id_tag,
    std::uint32_t drop_copy_exec_ref_id_tag, std::uint32_t drop_copy_cl_ord_id_tag,
    const std::string& trading_session) {
    using order::OrderType;
    using order::TimeInForce;
    VenueProfile profile;
    profile.order_types.fill(false);
    profile.times_in_force.fill(false);
    profile.terms.fill(false);
    for (const auto& name : order_types)
        profile.order_types[number_of<OrderType>(name, "order_types")] = true;
    for (const auto& name : times_in_force)
        profile.times_in_force[number_of<TimeInForce>(name, "times_in_force")] = true;
    for (const auto& name : terms) profile.terms[number_of_term(name)] = true;
    for (const auto& [name, code] : order_type_codes)
        profile.order_type_codes[number_of<OrderType>(name, "order_type_codes")] = code;
    for (const auto& [name, code] : time_in_force_codes)
        profile.time_in_force_codes[number_of<TimeInForce>(name, "time_in_force_codes")] = code;
    for (const auto& [name, tag] : tags) profile.tags[number_of_term(name)] = tag;
    for (const auto& [tag, value] : custom_fields) profile.custom_fields.push_back({tag, value});
    profile.exec_id_per_account = exec_id_per_account;
    profile.exec_id_per_trade_date = exec_id_per_trade_date;
    profile.dont_know_trades = dont_know_trades;
    profile.adopt_orphans = adopt_orphans;
    profile.orphan_client = orphan_client;
    profile.orphan_strategy = orphan_strategy;
    profile.inferred_fill_after_ms = inferred_fill_after_ms;
    for (const auto& name : mass_cancel) profile.mass_cancel[number_of_scope(name)] = true;
    profile.mass_status = mass_status;
    profile.cancel_on_disconnect_ms = cancel_on_disconnect_ms;
    profile.day_orders_end = day_orders_end;
    profile.expiry_grace_ms = expiry_grace_ms;
    for (const auto& name : kept_on_disconnect)
        profile.kept_on_disconnect[number_of<TimeInForce>(name, "kept_on_disconnect")] = true;
    profile.charges = policy_of(commission);
    profile.drop_copy_exec_id_tag = drop_copy_exec_id_tag;
    profile.drop_copy_exec_ref_id_tag = drop_copy_exec_ref_id_tag;
    profile.drop_copy_cl_ord_id_tag = drop_copy_cl_ord_id_tag;
    profile.trading_session = trading_session;
    return profile;
}

}  // namespace

void bind_venue_profile(py::module_& module) {
    using Codes = std::map<std::string, std::string>;
    py::class_<VenueProfile>(module, "VenueProfile")
        .def(py::init(&make_profile), py::kw_only(), py::arg("order_types"), py::arg("times_in_force"),
             py::arg("terms"), py::arg("order_type_codes") = Codes(),
             py::arg("time_in_force_codes") = Codes(),
             py::arg("tags") = std::map<std::string, std::uint32_t>(),
             py::arg("custom_fields") = std::vector<std::pair<std::uint32_t, std::string>>(),
             py::arg("exec_id_per_account") = false, py::arg("exec_id_per_trade_date") = false,
             py::arg("dont_know_trades") = false, py::arg("adopt_orphans") = true,
             py::arg("orphan_client") = "", py::arg("orphan_strategy") = "",
             py::arg("inferred_fill_after_ms") = 10'000, py::arg("mass_cancel") = std::vector<std::string>(),
             py::arg("mass_status") = false, py::arg("cancel_on_disconnect_ms") = 0,
             py::arg("kept_on_disconnect") = std::vector<std::string>(), py::arg("day_orders_end") = true,
             py::arg("expiry_grace_ms") = 10'000, py::arg("commission") = "per_fill",
             py::arg("drop_copy_exec_id_tag") = 0, py::arg("drop_copy_exec_ref_id_tag") = 0,
             py::arg("drop_copy_cl_ord_id_tag") = 0, py::arg("trading_session") = "");
}

}  // namespace gw::bindings
