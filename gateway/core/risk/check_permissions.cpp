// Who may trade what.

#include "risk/check.hpp"

namespace gw::risk {

bool check_restricted(const Question&, const Rule&, Breach& breach) {
    breach.code = schema::DenialCode::restricted;
    return false;
}

// The rule stands for all permissions of one level that name levels of one kind.
bool check_permitted(const Question& question, const Rule& rule, Breach& breach) {
    const auto who = static_cast<LevelKind>(rule.count);
    const auto what = static_cast<LevelKind>(rule.unit);
    const Level first{who, question.numbers[at(who)]};
    if (question.control.book.permits(first, {what, question.numbers[at(what)]})) return true;
    breach.code = schema::DenialCode::not_permitted;
    return false;
}

}  // namespace gw::risk
