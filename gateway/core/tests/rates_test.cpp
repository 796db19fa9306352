// Rates between currencies: the newest holds, over restarts and checkpoints.
#include <string>

#include "engine_fixture.hpp"

using namespace gw;
using gw::test::World;

namespace {

std::string rates(const World& w) {
    std::string bytes(1 << 14, '\0');
    pb::Writer out(bytes);
    w.engine->rates(out);
    std::string text;
    pb::Reader in(out.written());
    while (in.next()) {
        schema::RateSet rate;
        CHECK(rate.decode(in.bytes()));
        text += std::string(rate.from_currency) + "/" + std::string(rate.to_currency) + " " +
                test::show(rate.rate.value) + " " + std::string(rate.source) + " " +
                std::to_string(rate.as_of_ns) + ";";
    }
    return text;
}

bool set(World& w, const char* from, const char* to, const char* rate, std::int64_t as_of_ns) {
    return w.engine->set_rate({from, to, *Decimal::parse(rate), "desk", as_of_ns}, w.now).lsn != 0;
}

}  // namespace

TEST(newest_rate_of_a_pair_holds) {
    World w;
    w.start();
    CHECK(set(w, "EUR", "USD", "1.1", 5));
    CHECK(set(w, "JPY", "USD", "0.0066", 6));
    CHECK(set(w, "EUR", "USD", "1.12", 7));
    CHECK_EQ(rates(w), std::string("EUR/USD 1.12 desk 7;JPY/USD 0.0066 desk 6;"));
}

TEST(rates_come_back_after_a_restart) {
    World w;
    w.start();
    CHECK(set(w, "EUR", "USD", "1.1", 5));
    const std::string before = rates(w);
    w.restart();
    CHECK_EQ(rates(w), before);
}

TEST_MAIN
