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
        const std::size_t head = std::min(prefix.size(), level_.size());
        std::copy_n(prefix.data(), head, level_.data());
        const std::string_view tail = clean_text(name, std::span(level_).subspan(head));
        if (tail.data() != level_.data() + head) std::copy_n(tail.data(), tail.size(), level_.data() + head);
        denial_.level = {level_.data(), head + tail.size()};
        return *this;
    }
    // The refusal is answered and not recorded: the client may try the same id again.
    void leave_no_record() { recorded_ = false; }
    [[nodiscard]] bool is_recorded() const { return recorded_; }
    [[nodiscard]] const schema::Denial& denial() const { return denial_; }
    [[nodiscard]] bool refused() const { return denial_.code != schema::DenialCode::unspecified; }

  private:
    static constexpr std::size_t text_max = 64;
    using Text = std::array<char, text_max>;

    static std::string_view keep(std::string_view text, Text& buffer) {
        const std::string_view clean = clean_text(text, buffer);
        if (clean.data() != buffer.data()) std::copy_n(clean.data(), clean.size(), buffer.data());
        return {buffer.data(), clean.size()};
    }

    schema::Denial denial_;
    bool recorded_ = true;
    Text observed_, allowed_;
    std::array<char, 2 * text_max> level_;
};

}  // namespace gw::engine
