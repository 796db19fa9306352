// A SetLimitsRequest, as a test writes it.
#pragma once

#include <string>
#include <vector>

#include "engine_fixture.hpp"
#include "risk/definition.hpp"

namespace gw::test {

class LimitsRequest {
  public:
    struct One {
        std::string name, level, second_level, value;
        schema::LimitKind kind = schema::LimitKind::unspecified;
        std::uint32_t count = 0;
        std::int64_t window_ns = 0;
        schema::LimitUnit unit = schema::LimitUnit::unspecified;
        schema::LimitReference reference = schema::LimitReference::unspecified;
        schema::LimitAction action = schema::LimitAction::unspecified;
        schema::CrossingPolicy crossing = schema::CrossingPolicy::unspecified;
        bool allow_missing_reference = false;
        std::string capital, currency;
        bool include_charges = false;
        std::uint32_t reserve = 0;
    };
    std::vector<One> limits;
    std::vector<std::string> removed;
    std::string reason = "test", approved_by;
    bool replace_all = false, validate_only = false;
    std::uint64_t expected_version = 0;

    LimitsRequest& add(std::string name, std::string level, schema::LimitKind kind, std::string value,
                       std::string second_level = "") {
        One& one = limits.emplace_back();
        one.name = std::move(name);
        one.level = std::move(level);
        one.second_level = std::move(second_level);
        one.kind = kind;
        one.value = std::move(value);
        return *this;
    }
    LimitsRequest& count(std::uint32_t count, std::int64_t window_ns = 0) {
        limits.back().count = count;
        limits.back().window_ns = window_ns;
        return *this;
    }
    LimitsRequest& action(schema::LimitAction action) {
        limits.back().action = action;
        return *this;
    }
    One& last() { return limits.back(); }
    LimitsRequest& remove(std::string name) {
        removed.push_back(std::move(name));
        return *this;
    }

    [[nodiscard]] std::string bytes() const {
        namespace field = schema::number::SetLimitsRequest;
        std::string bytes(1024 + 512 * limits.size(), '\0');
        pb::Writer out(bytes);
        const auto text = [](const std::string& value) {
            pb::DecimalText made;
            if (value.empty()) return made;
            made.text = value;
            made.state = pb::DecimalText::State::malformed;  // written as it stands
            return made;
        };
        for (const One& one : limits) {
            schema::Limit limit;
            limit.name = one.name;
            limit.level = one.level;
            limit.second_level = one.second_level;
            limit.value = text(one.value);
            limit.capital = text(one.capital);
            limit.kind = one.kind;
            limit.count = one.count;
            limit.window_ns = one.window_ns;
            limit.unit = one.unit;
            limit.reference = one.reference;
            limit.action = one.action;
            limit.crossing = one.crossing;
            limit.allow_missing_reference = one.allow_missing_reference;
            limit.reserve = one.reserve;
            limit.currency = one.currency;
            limit.include_charges = one.include_charges;
            const auto at = out.open(field::limits);
            limit.encode(out);
            out.close(at);
        }
        for (const std::string& name : removed) out.bytes(field::removed, name);
        out.varint(field::replace_all, replace_all ? 1 : 0);
        out.varint(field::expected_version, expected_version);
        out.bytes(field::reason, reason);
        out.bytes(field::approved_by, approved_by);
        out.varint(field::validate_only, validate_only ? 1 : 0);
        REQUIRE(!out.overflowed());
        bytes.resize(out.size());
        return bytes;
    }
};

}  // namespace gw::test
