// A refusal with its texts, ready for an event and for a result.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "base/decimal.hpp"
#include "base/utf8.hpp"
#include "schema/gateway_v1.hpp"

namespace gw::engine {

class DenialText {
  public:
    DenialText() = default;
    DenialText(const DenialText&) = delete;  // the denial's views point into it
    DenialText& operator=(const DenialText&) = delete;

    // `limit_name` must outlive this: it is a literal.
    DenialText& refuse(schema::DenialCode code, std::string_view limit_name) {
        denial_.code = code;
        denial_.limit_name = limit_name;
        return *this;
    }
    DenialText& observed(std::string_view text) {
        denial_.observed = keep(text, observed_);
        return *this;
    }
    DenialText& observed(Decimal value) {
        denial_.observed = {observed_.data(), value.format(observed_.data())};
        return *this;
    }
    DenialText& allowed(std::string_view text) {
        denial_.allowed = keep(text, allowed_);
        return *this;
    }
    DenialText& allowed(Decimal value) {
        denial_.allowed = {allowed_.data(), value.format(allowed_.data())};
        return *this;
    }
    DenialText& level(std::string_view prefix, std::string_view name) {
        level_size_ = 0;
        return add_level(prefix, name);
    }
    // The second of a pair: "account:A1+instrument:ACME".
    DenialText& and_level(std::string_view prefix, std::string_view name) {
        add_level("+", {});
        return add_level(prefix, name);
    }
    // The limit sets a trading state beside it. The views must outlive this.
    void enforce(schema::TradingState state, std::string_view level, std::string_view limit) {
        enforced_ = {state, level, limit};
    }
    // TradingStateChanged.changed_by of a limit: this and its name.
    static constexpr std::string_view by_limit = "limit ";
    struct Enforced {
        schema::TradingState state = schema::TradingState::active;  // of none
        std::string_view level, limit;
    };
    [[nodiscard]] const Enforced& enforced() const { return enforced_; }
    // The refusal is answered and not recorded: the client may try the same id again.
    void leave_no_record() { recorded_ = false; }
    [[nodiscard]] bool is_recorded() const { return recorded_; }
    [[nodiscard]] const schema::Denial& denial() const { return denial_; }
    [[nodiscard]] bool refused() const { return denial_.code != schema::DenialCode::unspecified; }

  private:
    static constexpr std::size_t text_max = 64;
    using Text = std::array<char, text_max>;

    DenialText& add_level(std::string_view prefix, std::string_view name) {
        const auto rest = [this] { return std::span(level_).subspan(level_size_); };
        level_size_ += prefix.copy(rest().data(), rest().size());
        const std::string_view tail = clean_text(name, rest());
        if (tail.data() != rest().data()) std::copy_n(tail.data(), tail.size(), rest().data());
        level_size_ += tail.size();
        denial_.level = {level_.data(), level_size_};
        return *this;
    }

    static std::string_view keep(std::string_view text, Text& buffer) {
        const std::string_view clean = clean_text(text, buffer);
        if (clean.data() != buffer.data()) std::copy_n(clean.data(), clean.size(), buffer.data());
        return {buffer.data(), clean.size()};
    }

    schema::Denial denial_;
    bool recorded_ = true;
    Enforced enforced_;
    Text observed_, allowed_;
    std::array<char, 4 * text_max> level_;
    std::size_t level_size_ = 0;
};

}  // namespace gw::engine
