// Commission and fees of an ExecutionReport(8).

#include <algorithm>

#include "engine/fix_orders.hpp"

namespace gw::engine {

namespace {

using order::ChargeBasis;
using order::ReportedCharge;

namespace tag {
constexpr std::uint32_t commission = 12;
constexpr std::uint32_t comm_type = 13;
constexpr std::uint32_t comm_currency = 479;
constexpr std::uint32_t no_misc_fees = 136;
constexpr std::uint32_t misc_fee_amt = 137;
constexpr std::uint32_t misc_fee_curr = 138;
constexpr std::uint32_t misc_fee_type = 139;
constexpr std::uint32_t misc_fee_basis = 891;
}  // namespace tag

// CommType(13). 4 and 5 are waived: what they would be is not owed.
ChargeBasis commission_basis(std::string_view code) {
    if (code.empty() || code == "3") return ChargeBasis::absolute;
    if (code == "1") return ChargeBasis::per_unit;
    if (code == "2") return ChargeBasis::percentage;
    if (code == "6") return ChargeBasis::per_contract_unit;
    return ChargeBasis::unknown;
}

// MiscFeeBasis(891).
ChargeBasis fee_basis(std::string_view code) {
    if (code == "0") return ChargeBasis::absolute;
    if (code == "1") return ChargeBasis::per_unit;
    if (code == "2") return ChargeBasis::percentage;
    return ChargeBasis::unknown;
}

// What is not is left out of events.
bool is_plain(std::string_view text) {
    const auto plain = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    };
    return text.size() <= 8 && std::all_of(text.begin(), text.end(), plain);
}

pb::DecimalText decimal(std::string_view text) {
    pb::DecimalText out;
    out.text = text;
    if (const auto value = Decimal::parse(text)) out = *value;
    return out;
}

ReportedCharge* add(order::ReportedCharges& charges, schema::ChargeKind kind, std::string_view amount) {
    ReportedCharge* added = charges.list.add();
    if (added == nullptr) {
        charges.incomplete = true;
        return nullptr;
    }
    added->kind = kind;
    added->amount = decimal(amount);
    return added;
}

}  // namespace

// One pass over the fields; those of a fee follow its MiscFeeAmt(137), which begins an entry of the group.
void read_charges(const fix::Message& message, order::ReportedCharges& charges) {
    std::string_view amount, basis, currency;
    ReportedCharge* fee = nullptr;
    bool in_group = false;
    for (const fix::Field& field : message.fields()) {
        const std::string_view value = message.value(field);
        switch (field.tag) {
            case tag::commission:
                amount = value;
                break;
            case tag::comm_type:
                basis = value;
                break;
            case tag::comm_currency:
                currency = value;
                break;
            case tag::no_misc_fees:
                in_group = true;
                break;
            case tag::misc_fee_amt:
                fee = in_group ? add(charges, schema::ChargeKind::fee, value) : nullptr;
                break;
            case tag::misc_fee_curr:
                if (fee != nullptr) fee->currency = value;
                break;
            case tag::misc_fee_type:
                if (fee != nullptr && is_plain(value)) fee->type = value;
                break;
            case tag::misc_fee_basis:
                if (fee != nullptr) fee->basis = fee_basis(value);
                break;
            default:
                break;
        }
    }
    if (amount.empty()) return;
    ReportedCharge* commission = add(charges, schema::ChargeKind::commission, amount);
    if (commission == nullptr) return;
    commission->basis = commission_basis(basis);
    commission->currency = currency;
}

}  // namespace gw::engine
