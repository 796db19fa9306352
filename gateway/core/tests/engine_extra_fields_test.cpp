// Fields that no dictionary knows, and who is shown them.
#include "dictionaries.hpp"
#include "working_order.hpp"

using namespace gw;
using namespace gw::test;

namespace {

using fix::TagPolicy;

engine::Settings passing_on(TagPolicy unknown, TagPolicy user_defined) {
    engine::Settings settings = engine_settings();
    engine::SessionSettings& session = settings.sessions[0];
    const std::vector<std::byte> blob = dictionary_blob("FIX44");
    session.session_dictionary.assign(reinterpret_cast<const char*>(blob.data()), blob.size());
    session.validation.required = false;
    session.validation.unknown_tags = unknown;
    session.validation.user_defined_tags = user_defined;
    return settings;
}

// tag=value| of each, in the event of the last report.
std::string shown_of(World& w) {
    std::string shown;
    journal::Cursor cursor = w.journal->cursor(1);
    journal::Record record;
    while (cursor.next(record)) {
        if (record.kind != journal::Kind::event) continue;
        (void)engine::visit_record(record.payload, [&](const auto& body, std::uint64_t, std::int64_t) {
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(body)>, schema::ExecutionReported>) {
                shown.clear();
                for (const schema::ExtraField& extra : body.extra_fields)
                    shown += std::to_string(extra.tag) + "=" + std::string(extra.value) + "|";
            }
        });
    }
    return shown;
}

std::string shown_with(TagPolicy unknown, TagPolicy user_defined, const std::string& more) {
    World w(passing_on(unknown, user_defined));
    w.up();
    const Answer a = w.submit("o1");
    w.report(a.cl_ord_id, "E1", '0', '0', "14=0|151=100|6=0|" + more);
    CHECK_EQ(w.status(1), std::string("NEW"));
    return shown_of(w);
}

}  // namespace

TEST(extra_fields_are_shown_by_policy) {
    const std::string more = "9001=A|4999=one|58=known|9002=B|";
    CHECK_EQ(shown_with(TagPolicy::allow, TagPolicy::allow, more), std::string());
    CHECK_EQ(shown_with(TagPolicy::pass_on, TagPolicy::allow, more), std::string("4999=one|"));
    CHECK_EQ(shown_with(TagPolicy::allow, TagPolicy::pass_on, more), std::string("9001=A|9002=B|"));
    CHECK_EQ(shown_with(TagPolicy::pass_on, TagPolicy::pass_on, more),
             std::string("9001=A|4999=one|9002=B|"));
}

TEST(extra_fields_are_bounded_in_number_and_length) {
    std::string more;
    std::string expected;
    for (int tag = 9000; tag < 9020; ++tag) {
        more += std::to_string(tag) + "=x|";
        if (tag < 9016) expected += std::to_string(tag) + "=x|";
    }
    CHECK_EQ(shown_with(TagPolicy::allow, TagPolicy::pass_on, more), expected);
    CHECK_EQ(
        shown_with(TagPolicy::allow, TagPolicy::pass_on, "9000=" + std::string(200, 'y') + "|9001=\x7f|"),
        "9000=" + std::string(128, 'y') + "|9001=?|");
}

TEST(extra_fields_rejected_by_policy_reach_nobody) {
    World w(passing_on(TagPolicy::reject, TagPolicy::reject));
    w.up();
    const Answer a = w.submit("o1");
    w.report(a.cl_ord_id, "E1", '0', '0', "14=0|151=100|6=0|9001=A|");
    CHECK_EQ(w.status(1), std::string("PENDING_NEW"));
    CHECK_EQ(w.sent("35=3|"), 1U);
}

TEST_MAIN
