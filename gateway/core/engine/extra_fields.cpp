// Fields of a report that the dictionary does not know, for clients that the session passes them on to.

#include <algorithm>
#include <array>

#include "base/utf8.hpp"
#include "engine/engine_reports.hpp"

namespace gw::engine {

void EngineReports::add_extra_fields(const VenueSession& vs, const fix::Message& message,
                                     schema::ExecutionReported& event) {
    if (!vs.validator || !vs.validator->passes_on()) return;
    std::size_t at = 0;
    for (const fix::Field& field : message.fields()) {
        if (!vs.validator->passes_on(field.tag)) continue;
        schema::ExtraField* extra = event.extra_fields.add();
        if (extra == nullptr) return;
        extra->tag = field.tag;
        extra->value = clean_text(message.value(field), extra_values_[at++]);
    }
}

}  // namespace gw::engine
