// Validation by dictionary, as the session layer asks for it.
#pragma once

#include <optional>

#include "fix/dictionary.hpp"
#include "fix/validate.hpp"
#include "session/ports.hpp"

namespace gw::engine {

// Dictionaries of one session: of its transport (header, trailer, admin messages) and of its application
// messages; the same one before FIX 5.0, where `application` is empty.
class DictionaryValidator : public session::MessageValidator {
  public:
    DictionaryValidator(fix::Dictionary transport, std::optional<fix::Dictionary> application,
                        const fix::ValidationOptions& options)
        : transport_(std::move(transport)), application_(std::move(application)), options_(options) {
        fix::add_data_pairs(transport_, data_tags_);
        if (application_) fix::add_data_pairs(*application_, data_tags_);
    }

    [[nodiscard]] session::Verdict validate(const fix::Message& message) const override {
        const fix::Dictionary& application = application_ ? *application_ : transport_;
        const fix::Verdict found =
            fix::validate(message.fields(), message.text(), transport_, application, options_);
        if (found.is_valid()) return {};
        session::Verdict verdict;
        verdict.judgement = session::Judgement::reject;
        verdict.text = found.text;
        if (found.has_ref_tag)
            verdict.ref_tag = static_cast<std::int32_t>(found.ref_tag);  // -1 is written as such
        if (found.reason == fix::RejectReason::unsupported_msg_type) {
            verdict.judgement = session::Judgement::unsupported;
        } else {
            verdict.reason =
                static_cast<session::RejectReason>(found.reason);  // both are the numbers of the wire
        }
        return verdict;
    }

    [[nodiscard]] const fix::DataTags& data_tags() const override { return data_tags_; }
    // Whether clients are shown fields that no published version has.
    [[nodiscard]] bool passes_on() const {
        return options_.unknown_tags == fix::TagPolicy::pass_on ||
               options_.user_defined_tags == fix::TagPolicy::pass_on;
    }
    // Whether they are shown this one: a tag below 5000 that no dictionary has, or any from there on.
    [[nodiscard]] bool passes_on(std::uint32_t tag) const {
        constexpr std::uint32_t user_defined_min = 5'000;
        if (tag >= user_defined_min) return options_.user_defined_tags == fix::TagPolicy::pass_on;
        return options_.unknown_tags == fix::TagPolicy::pass_on && transport_.field(tag) == nullptr &&
               (!application_ || application_->field(tag) == nullptr);
    }

  private:
    fix::Dictionary transport_;
    std::optional<fix::Dictionary> application_;
    fix::ValidationOptions options_;
    fix::DataTags data_tags_;
};

}  // namespace gw::engine
