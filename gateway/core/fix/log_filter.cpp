#include "fix/log_filter.hpp"

#include <algorithm>

#include "base/decimal.hpp"

namespace gw::fix {
namespace {

std::string_view value_of(std::string_view text, const Field& field) {
    return text.substr(field.offset, field.length);
}

int compare(std::string_view value, const std::string& with) {
    const auto one = Decimal::parse(value);
    const auto other = one ? Decimal::parse(with) : std::nullopt;
    if (one && other) return *one < *other ? -1 : *other < *one ? 1 : 0;
    return value.compare(with);
}

bool passes(LogTest test, std::string_view value, const std::string& with) {
    switch (test) {
        case LogTest::equal:
        case LogTest::not_equal:
            return value == with;
        case LogTest::contains:
            return value.find(with) != std::string_view::npos;
        case LogTest::less:
            return compare(value, with) < 0;
        case LogTest::at_most:
            return compare(value, with) <= 0;
        case LogTest::more:
            return compare(value, with) > 0;
        case LogTest::at_least:
            return compare(value, with) >= 0;
        case LogTest::present:
        case LogTest::absent:
            return true;
    }
    return false;
}

}  // namespace

bool holds(const LogCondition& condition, std::string_view text, const std::vector<Field>& fields) {
    const bool needs_value = condition.test != LogTest::present && condition.test != LogTest::absent;
    const bool found = std::ranges::any_of(fields, [&](const Field& field) {
        if (std::ranges::find(condition.tags, field.tag) == condition.tags.end()) return false;
        return !needs_value || std::ranges::any_of(condition.values, [&](const std::string& with) {
            return passes(condition.test, value_of(text, field), with);
        });
    });
    return found != (condition.test == LogTest::not_equal || condition.test == LogTest::absent);
}

}  // namespace gw::fix
