// Who may trade what.

#include "risk/check.hpp"

namespace gw::risk {

bool check_restricted(const Question&, const Rule&, Breach& breach) {
    breach.code = schema::DenialCode::restricted;
    return false;
}

}  // namespace gw::risk
