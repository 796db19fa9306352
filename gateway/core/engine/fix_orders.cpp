#include "engine/fix_orders.hpp"

#include <array>

#include "engine/order_codes.hpp"

namespace gw::engine {

namespace {

using order::Side;

namespace tag {
constexpr std::uint32_t account = 1;
constexpr std::uint32_t cl_ord_id = 11;
constexpr std::uint32_t handl_inst = 21;
constexpr std::uint32_t order_id = 37;
constexpr std::uint32_t order_qty = 38;
constexpr std::uint32_t ord_type = 40;
constexpr std::uint32_t orig_cl_ord_id = 41;
constexpr std::uint32_t price = 44;
constexpr std::uint32_t side = 54;
constexpr std::uint32_t symbol = 55;
constexpr std::uint32_t time_in_force = 59;
constexpr std::uint32_t transact_time = 60;
constexpr std::uint32_t exec_id = 17;
constexpr std::uint32_t exec_inst = 18;
constexpr std::uint32_t last_px = 31;
constexpr std::uint32_t last_qty = 32;
constexpr std::uint32_t cxl_type = 125;
constexpr std::uint32_t dk_reason = 127;
constexpr std::uint32_t stop_px = 99;
constexpr std::uint32_t min_qty = 110;
constexpr std::uint32_t max_floor = 111;
constexpr std::uint32_t expire_time = 126;
constexpr std::uint32_t peg_offset_value = 211;
constexpr std::uint32_t expire_date = 432;
constexpr std::uint32_t peg_offset_type = 836;
constexpr std::uint32_t target_strategy = 847;
constexpr std::uint32_t mass_cancel_request_type = 530;
constexpr std::uint32_t mass_status_req_id = 584;
constexpr std::uint32_t mass_status_req_type = 585;
constexpr std::uint32_t target_strategy_parameters = 848;
constexpr std::uint32_t no_strategy_parameters = 957;
constexpr std::uint32_t strategy_parameter_name = 958;
constexpr std::uint32_t strategy_parameter_type = 959;
constexpr std::uint32_t strategy_parameter_value = 960;
constexpr std::uint32_t trigger_type = 1100;
constexpr std::uint32_t trigger_action = 1101;
constexpr std::uint32_t trigger_price = 1102;
constexpr std::uint32_t display_qty = 1138;
}  // namespace tag

constexpr auto whole_s = fix::TimePrecision::seconds;
constexpr auto with_ms = fix::TimePrecision::milliseconds;

constexpr std::array<Dialect, 8> dialects = {{
    // begin_string, appl_ver_id, exec_trans_type, exec_type, handl_inst, transact_time, cxl_type,
    // cancel_account
    {"FIX.4.0", "2", true, false, true, false, true, false, whole_s},
    {"FIX.4.1", "3", true, true, true, false, false, false, whole_s},
    {"FIX.4.2", "4", true, true, true, true, false, true, with_ms},
    {"FIX.4.3", "5", false, true, true, true, false, true, with_ms},
    {"FIX.4.4", "6", false, true, true, true, false, true, with_ms},
    {"FIX.5.0", "7", false, true, false, true, false, true, with_ms},
    {"FIX.5.0SP1", "8", false, true, false, true, false, true, with_ms},
    {"FIX.5.0SP2", "9", false, true, false, true, false, true, with_ms},
}};

char side_code(Side side) {
    switch (side) {
        case Side::buy:
            return '1';
        case Side::sell_short:
            return '5';
        case Side::sell:
        case Side::unspecified:
            break;
    }
    return '2';
}

// The terms that few orders have. `code` says how the order type is said.
void write_rare_terms(fix::Encoder& out, const WireOrder& order, const Dialect& dialect,
                      const OrderTypeCode& code) {
    const order::Terms& terms = *order.terms;
    const VenueProfile& profile = *order.profile;
    if (!terms.stop_price.is_zero()) {
        if (code.trigger_group) {
            out.field<tag::trigger_type>('4');  // price movement
            out.field<tag::trigger_action>('1');
            out.field<tag::trigger_price>(terms.stop_price);
        } else {
            out.field(profile.tag(Term::stop_price, tag::stop_px), terms.stop_price);
        }
    }
    const std::uint32_t display =
        version_number(dialect.begin_string) >= 50 ? tag::display_qty : tag::max_floor;
    if (!terms.display_quantity.is_zero())
        out.field(profile.tag(Term::display_quantity, display), terms.display_quantity);
    if (!terms.min_quantity.is_zero())
        out.field(profile.tag(Term::min_quantity, tag::min_qty), terms.min_quantity);
    if (!terms.offset.is_zero()) out.field(profile.tag(Term::offset, tag::peg_offset_value), terms.offset);
    if (terms.offset_type != order::OffsetType::unspecified && version_number(dialect.begin_string) >= 44)
        out.field<tag::peg_offset_type>(static_cast<std::int64_t>(terms.offset_type) - 1);
    if (terms.expire_time_ns != 0)
        out.field(profile.tag(Term::expire_time, tag::expire_time),
                  fix::UtcTimestamp{terms.expire_time_ns, fix::TimePrecision::seconds});
    if (terms.expire_date != 0)
        out.field(profile.tag(Term::expire_date, tag::expire_date), std::uint64_t{terms.expire_date});
    if (!terms.target_strategy.empty())
        out.field(profile.tag(Term::target_strategy, tag::target_strategy), terms.target_strategy.view());
    if (!terms.target_strategy_parameters.empty())
        out.field<tag::target_strategy_parameters>(terms.target_strategy_parameters.view());
    if (terms.parameter_count == 0) return;
    out.field(profile.tag(Term::strategy_parameters, tag::no_strategy_parameters),
              std::uint64_t{terms.parameter_count});
    for (std::uint32_t at = 0; at < terms.parameter_count; ++at) {
        const order::StrategyParameter& parameter = terms.parameters[at];
        out.field<tag::strategy_parameter_name>(parameter.name.view());
        if (parameter.type != 0) out.field<tag::strategy_parameter_type>(parameter.type);
        if (!parameter.value.empty()) out.field<tag::strategy_parameter_value>(parameter.value.view());
    }
}

// ExecInst(18): what the client gave and what the order type adds.
void write_exec_inst(fix::Encoder& out, const WireOrder& order, const OrderTypeCode& code) {
    const std::string_view given =
        order.terms != nullptr ? order.terms->exec_inst.view() : std::string_view{};
    if (given.empty() && code.exec_inst.empty()) return;
    std::array<char, 64> text;  // more than both parts need
    std::size_t size = 0;
    for (const std::string_view part : {given, code.exec_inst}) {
        if (part.empty()) continue;
        if (size != 0) text[size++] = ' ';
        size += part.copy(text.data() + size, part.size());
    }
    const std::uint32_t number = order.profile->tag(Term::exec_inst, tag::exec_inst);
    out.field(number, std::string_view{text.data(), size});
}

void write_transact_time(fix::Encoder& out, const WireOrder& order, const Dialect& dialect) {
    if (dialect.transact_time)
        out.field<tag::transact_time>(fix::UtcTimestamp{order.now_ns, dialect.time_precision});
}

void write_terms(fix::Encoder& out, const WireOrder& order, const Dialect& dialect) {
    const OrderTypeCode code = order_type_code(order.type, order.time_in_force,
                                               version_number(dialect.begin_string), *order.profile);
    if (!order.account.empty()) out.field<tag::account>(order.account);
    if (dialect.handl_inst) out.field<tag::handl_inst>('1');
    write_exec_inst(out, order, code);
    out.field<tag::symbol>(order.symbol).field<tag::side>(side_code(order.side));
    write_transact_time(out, order, dialect);
    out.field<tag::order_qty>(order.quantity);
    out.field<tag::ord_type>(code.code);
    if (!order.price.is_zero()) out.field<tag::price>(order.price);
    out.field<tag::time_in_force>(
        time_in_force_code(order.time_in_force, version_number(dialect.begin_string), *order.profile));
    if (order.terms != nullptr) write_rare_terms(out, order, dialect, code);
    for (const CustomField& custom : order.profile->custom_fields)
        out.field(custom.tag, std::string_view(custom.value));
}

}  // namespace

Dialect dialect_of(std::string_view begin_string, std::string_view default_appl_ver_id) {
    const bool fixt = begin_string == "FIXT.1.1";
    for (const Dialect& dialect : dialects)
        if (fixt ? dialect.appl_ver_id == default_appl_ver_id : dialect.begin_string == begin_string)
            return dialect;
    return dialects.back();
}

void write_new_order(fix::Encoder& out, const WireOrder& order, const Dialect& dialect,
                     const risk::Approval&) {
    out.field<tag::cl_ord_id>(order.cl_ord_id);
    write_terms(out, order, dialect);
}

void write_replace(fix::Encoder& out, const WireOrder& order, const Dialect& dialect, const risk::Approval&) {
    if (!order.venue_order_id.empty()) out.field<tag::order_id>(order.venue_order_id);
    out.field<tag::orig_cl_ord_id>(order.orig_cl_ord_id).field<tag::cl_ord_id>(order.cl_ord_id);
    write_terms(out, order, dialect);
}

void write_cancel(fix::Encoder& out, const WireOrder& order, const Dialect& dialect) {
    out.field<tag::orig_cl_ord_id>(order.orig_cl_ord_id);
    if (!order.venue_order_id.empty()) out.field<tag::order_id>(order.venue_order_id);
    out.field<tag::cl_ord_id>(order.cl_ord_id);
    if (dialect.cancel_account && !order.account.empty()) out.field<tag::account>(order.account);
    out.field<tag::symbol>(order.symbol).field<tag::side>(side_code(order.side));
    write_transact_time(out, order, dialect);
    out.field<tag::order_qty>(order.quantity);
    if (dialect.cxl_type) out.field<tag::cxl_type>('F');  // of all that is left
}

void write_status_request(fix::Encoder& out, const WireOrder& order) {
    if (!order.venue_order_id.empty()) out.field<tag::order_id>(order.venue_order_id);
    out.field<tag::cl_ord_id>(order.cl_ord_id);
    out.field<tag::symbol>(order.symbol).field<tag::side>(side_code(order.side));
}

void write_mass_cancel(fix::Encoder& out, const WireMassCancel& request, const Dialect& dialect) {
    out.field<tag::cl_ord_id>(request.cl_ord_id);
    out.field<tag::mass_cancel_request_type>(request.symbol.empty() ? '7' : '1');
    if (!request.account.empty()) out.field<tag::account>(request.account);
    if (!request.symbol.empty()) out.field<tag::symbol>(request.symbol);
    if (request.side != Side::unspecified) out.field<tag::side>(side_code(request.side));
    out.field<tag::transact_time>(fix::UtcTimestamp{request.now_ns, dialect.time_precision});
}

void write_mass_status_request(fix::Encoder& out, std::string_view request_id) {
    out.field<tag::mass_status_req_id>(request_id).field<tag::mass_status_req_type>('7');
}

void write_dont_know_trade(fix::Encoder& out, const order::Report& report, char reason) {
    out.field<tag::order_id>(report.venue_order_id.empty() ? std::string_view("NONE")
                                                           : report.venue_order_id);
    out.field<tag::exec_id>(report.exec_id).field<tag::dk_reason>(reason);
    out.field<tag::symbol>(report.instrument).field<tag::side>(side_code(report.side));
    if (report.quantity.ok()) out.field<tag::order_qty>(report.quantity.value);
    if (report.last_quantity.ok()) out.field<tag::last_qty>(report.last_quantity.value);
    if (report.last_price.ok()) out.field<tag::last_px>(report.last_price.value);
}

}  // namespace gw::engine
