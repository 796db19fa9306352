// Orders and reports in every version: what goes out, and what a venue's words mean.
#include <array>

#include "engine_fixture.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::World;

namespace {

struct Version {
    std::string begin_string, appl_ver_id;
    std::string order, replace, cancel;  // behind ClOrdID(11) and OrigClOrdID(41)
};

const std::array<Version, 8> versions = {{
    {"FIX.4.0", "", "1=A1|21=1|55=ACME|54=1|38=100|40=2|44=100|59=0|",
     "1=A1|21=1|55=ACME|54=1|38=150|40=2|44=101|59=0|", "55=ACME|54=1|38=100|125=F|"},
    {"FIX.4.1", "", "1=A1|21=1|55=ACME|54=1|38=100|40=2|44=100|59=0|",
     "1=A1|21=1|55=ACME|54=1|38=150|40=2|44=101|59=0|", "55=ACME|54=1|38=100|"},
    {"FIX.4.2", "", "1=A1|21=1|55=ACME|54=1|60=<T>|38=100|40=2|44=100|59=0|",
     "1=A1|21=1|55=ACME|54=1|60=<T>|38=150|40=2|44=101|59=0|", "1=A1|55=ACME|54=1|60=<T>|38=100|"},
    {"FIX.4.3", "", "1=A1|21=1|55=ACME|54=1|60=<T>|38=100|40=2|44=100|59=0|",
     "1=A1|21=1|55=ACME|54=1|60=<T>|38=150|40=2|44=101|59=0|", "1=A1|55=ACME|54=1|60=<T>|38=100|"},
    {"FIX.4.4", "", "1=A1|21=1|55=ACME|54=1|60=<T>|38=100|40=2|44=100|59=0|",
     "1=A1|21=1|55=ACME|54=1|60=<T>|38=150|40=2|44=101|59=0|", "1=A1|55=ACME|54=1|60=<T>|38=100|"},
    {"FIXT.1.1", "7", "1=A1|55=ACME|54=1|60=<T>|38=100|40=2|44=100|59=0|",
     "1=A1|55=ACME|54=1|60=<T>|38=150|40=2|44=101|59=0|", "1=A1|55=ACME|54=1|60=<T>|38=100|"},
    {"FIXT.1.1", "8", "1=A1|55=ACME|54=1|60=<T>|38=100|40=2|44=100|59=0|",
     "1=A1|55=ACME|54=1|60=<T>|38=150|40=2|44=101|59=0|", "1=A1|55=ACME|54=1|60=<T>|38=100|"},
    {"FIXT.1.1", "9", "1=A1|55=ACME|54=1|60=<T>|38=100|40=2|44=100|59=0|",
     "1=A1|55=ACME|54=1|60=<T>|38=150|40=2|44=101|59=0|", "1=A1|55=ACME|54=1|60=<T>|38=100|"},
}};

engine::Settings settings_of(const Version& version) {
    engine::Settings settings = test::engine_settings(version.begin_string);
    settings.sessions[0].config.default_appl_ver_id = version.appl_ver_id;
    return settings;
}

std::string body(std::string text) {
    if (const std::size_t at = text.find("<T>"); at != std::string::npos)
        text.replace(at, 3, "20261121-10:00:00.000");
    return text;
}

struct Fix40 : World {
    Answer answer;
    Fix40() : World(test::engine_settings("FIX.4.0")) {
        up();
        answer = submit("o1");
        says("E0", '0', "");
    }
    void says(const std::string& exec_id, char status, const std::string& more, char trans_type = '0') {
        venue("35=8|37=V-1|11=" + answer.cl_ord_id + "|17=" + exec_id + "|20=" + trans_type +
              "|39=" + status + "|55=ACME|54=1|38=100|" + more);
    }
    [[nodiscard]] std::string cum() const { return test::show(order(1).cum_quantity); }
};

}  // namespace

TEST(requests_have_the_fields_of_their_version) {
    for (const Version& version : versions) {
        World w(settings_of(version));
        w.start();
        w.engine->connected(0, w.now);
        w.venue("35=A|98=0|108=30|" +
                (version.appl_ver_id.empty() ? std::string() : "1137=" + version.appl_ver_id + "|"));
        w.engine->tick(w.now);
        w.wire.sent.clear();

        const Answer order = w.submit("o1");
        const std::string ids = "11=" + order.cl_ord_id + "|";
        CHECK_EQ(w.last_sent(), "35=D|34=2|49=TW|52=|56=ISLD|" + ids + body(version.order));
        const Answer replaced = w.replace("r1", 1, "150", "101");
        CHECK_EQ(w.last_sent(), "35=G|34=3|49=TW|52=|56=ISLD|41=" + order.cl_ord_id +
                                    "|11=" + replaced.cl_ord_id + "|" + body(version.replace));
        const Answer canceled = w.cancel("c1", 1);
        CHECK_EQ(w.last_sent(), "35=F|34=4|49=TW|52=|56=ISLD|41=" + replaced.cl_ord_id +
                                    "|11=" + canceled.cl_ord_id + "|" + body(version.cancel));
    }
}

TEST(application_version_over_fixt_is_the_one_that_counts) {
    World w(settings_of({"FIXT.1.1", "4", {}, {}, {}}));
    w.start();
    w.engine->connected(0, w.now);
    w.venue("35=A|98=0|108=30|1137=4|");
    w.engine->tick(w.now);
    const Answer order = w.submit("o1");
    CHECK(w.last_sent().find("|21=1|") != std::string::npos);
    w.report(order.cl_ord_id, "E1", '1', '1', "20=0|32=30|31=100|14=30|38=100|");
    w.report(order.cl_ord_id, "E2", '1', '0', "20=1|19=E1|14=0|38=100|");
    CHECK_EQ(test::show(w.order(1).cum_quantity), std::string("0"));
}

TEST(fix_40_report_without_exec_type_is_read_by_its_status) {
    Fix40 w;
    CHECK_EQ(w.status(1), std::string("NEW"));
    w.says("E1", '1', "32=30|31=99|14=30|6=99|");
    CHECK_EQ(w.status(1), std::string("PARTIALLY_FILLED"));
    CHECK_EQ(w.cum(), std::string("30"));
    w.says("E2", '2', "32=70|31=100|14=100|6=99.7|");
    CHECK_EQ(w.status(1), std::string("FILLED"));
    CHECK_EQ(w.net(), std::string("100"));
}

TEST(fix_40_fill_while_a_cancel_is_pending_counts) {
    Fix40 w;
    w.cancel("c1", 1);
    w.says("E1", '6', "32=30|31=99|14=30|6=99|");
    CHECK_EQ(w.cum(), std::string("30"));
    CHECK_EQ(w.status(1), std::string("PENDING_CANCEL"));
    w.says("E2", '4', "32=0|31=0|14=30|6=99|");
    CHECK_EQ(w.status(1), std::string("CANCELED"));
    CHECK_EQ(w.cum(), std::string("30"));
}

TEST(fix_40_status_without_an_execution_counts_no_fill) {
    Fix40 w;
    w.says("E1", '1', "32=30|31=99|14=30|6=99|");
    w.says("E2", '1', "32=0|31=0|14=30|6=99|");
    CHECK_EQ(w.cum(), std::string("30"));
    w.says("0", '1', "32=30|31=99|14=30|6=99|", '3');  // the answer to an OrderStatusRequest
    CHECK_EQ(w.cum(), std::string("30"));
    w.says("E4", '1', "19=E1|32=20|31=99|14=20|6=99|", '2');
    CHECK_EQ(w.cum(), std::string("20"));
    w.says("E5", '0', "19=E4|32=0|31=0|14=0|6=0|", '1');  // a bust may name the correction or the original
    CHECK_EQ(w.cum(), std::string("0"));
    CHECK_EQ(w.engine->counters().unusable_reports, 0U);
    w.says("E6", '0', "19=E1|32=0|31=0|14=0|6=0|", '1');
    CHECK_EQ(w.cum(), std::string("0"));
    CHECK_EQ(w.engine->counters().unusable_reports, 1U);  // it was out before
}

TEST(reset_at_logon_is_flagged_where_the_version_has_the_flag) {
    for (const auto& [version, flagged] : {std::pair{"FIX.4.0", false}, std::pair{"FIX.4.1", true}}) {
        engine::Settings settings = test::engine_settings(version);
        settings.sessions[0].config.reset.on_logon = true;
        World w(settings);
        w.start();
        w.engine->connected(0, w.now);
        CHECK_EQ(w.last_sent().find("|141=Y|") != std::string::npos, flagged);
        w.venue(flagged ? "35=A|98=0|108=30|141=Y|" : "35=A|98=0|108=30|");
        w.engine->tick(w.now);
        CHECK(w.phase() == schema::SessionState::ready);
    }
}

TEST_MAIN
