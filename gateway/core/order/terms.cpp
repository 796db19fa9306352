#include "order/terms.hpp"

namespace gw::order {

namespace {

std::uint32_t date_of(std::string_view text) {
    std::uint32_t date = 0;
    for (const char c : text) date = date * 10 + static_cast<std::uint32_t>(c - '0');
    return date;
}

void take(Decimal& term, const pb::DecimalText& given) {
    if (given.present()) term = given.value;
}

template <std::size_t Max>
void take(ShortText<Max>& term, std::string_view given) {
    if (!given.empty()) term.assign(given);
}

void add_decimal(Hash& hash, const pb::DecimalText& value) {
    if (value.ok())
        hash.add(value.value);
    else
        hash.add(value.text);
}

}  // namespace

void merge(Terms& terms, const schema::OrderTerms& given) {
    take(terms.stop_price, given.stop_price);
    take(terms.display_quantity, given.display_quantity);
    take(terms.min_quantity, given.min_quantity);
    take(terms.offset, given.offset);
    if (given.offset_type != OffsetType::unspecified) terms.offset_type = given.offset_type;
    if (given.expire_time_ns != 0 || !given.expire_date.empty()) {  // one stands for the other
        terms.expire_time_ns = given.expire_time_ns;
        terms.expire_date = date_of(given.expire_date);
    }
    take(terms.exec_inst, given.exec_inst);
    take(terms.target_strategy, given.target_strategy);
    take(terms.target_strategy_parameters, given.target_strategy_parameters);
    if (given.strategy_parameters.size() == 0) return;
    terms.parameter_count = 0;
    for (const schema::StrategyParameter& parameter : given.strategy_parameters) {
        StrategyParameter& kept = terms.parameters[terms.parameter_count++];
        kept.name.assign(parameter.name);
        kept.value.assign(parameter.value);
        kept.type = parameter.type;
    }
}

Terms terms_of(const schema::OrderTerms& given) {
    Terms terms;
    merge(terms, given);
    return terms;
}

schema::OrderTerms shown(const Terms& terms, std::array<char, 8>& date) {
    schema::OrderTerms out;
    if (!terms.stop_price.is_zero()) out.stop_price = terms.stop_price;
    if (!terms.display_quantity.is_zero()) out.display_quantity = terms.display_quantity;
    if (!terms.min_quantity.is_zero()) out.min_quantity = terms.min_quantity;
    if (!terms.offset.is_zero()) out.offset = terms.offset;
    out.offset_type = terms.offset_type;
    out.expire_time_ns = terms.expire_time_ns;
    if (terms.expire_date != 0) {
        std::uint32_t rest = terms.expire_date;
        for (std::size_t at = date.size(); at-- > 0; rest /= 10)
            date[at] = static_cast<char>('0' + rest % 10);
        out.expire_date = {date.data(), date.size()};
    }
    out.exec_inst = terms.exec_inst.view();
    out.target_strategy = terms.target_strategy.view();
    out.target_strategy_parameters = terms.target_strategy_parameters.view();
    for (std::uint32_t at = 0; at < terms.parameter_count; ++at) {
        schema::StrategyParameter* added = out.strategy_parameters.add();
        added->name = terms.parameters[at].name.view();
        added->type = terms.parameters[at].type;
        added->value = terms.parameters[at].value.view();
    }
    return out;
}

void add_to(Hash& hash, const Terms& terms) {
    hash.add(terms.stop_price).add(terms.display_quantity).add(terms.min_quantity).add(terms.offset);
    hash.add(static_cast<std::uint64_t>(terms.expire_time_ns)).add(terms.expire_date);
    hash.add(static_cast<std::uint64_t>(terms.offset_type)).add(terms.exec_inst.view());
    hash.add(terms.target_strategy.view()).add(terms.target_strategy_parameters.view());
    for (std::uint32_t at = 0; at < terms.parameter_count; ++at)
        hash.add(terms.parameters[at].name.view())
            .add(terms.parameters[at].type)
            .add(terms.parameters[at].value.view());
}

void add_to(Hash& hash, const schema::OrderTerms& given) {
    for (const pb::DecimalText* value :
         {&given.stop_price, &given.display_quantity, &given.min_quantity, &given.offset})
        add_decimal(hash, *value);
    hash.add(static_cast<std::uint64_t>(given.offset_type));
    hash.add(static_cast<std::uint64_t>(given.expire_time_ns)).add(given.expire_date).add(given.exec_inst);
    hash.add(given.target_strategy).add(given.target_strategy_parameters);
    for (const schema::StrategyParameter& parameter : given.strategy_parameters)
        hash.add(parameter.name).add(parameter.type).add(parameter.value);
}

}  // namespace gw::order
