#pragma once

#include "engine_fixture.hpp"

namespace gw::test {

// An order for 100 at 100 that the venue has acknowledged.
struct Working : World {
    Answer answer;
    explicit Working(engine::Settings with = engine_settings()) : World(std::move(with)) {
        up();
        answer = submit("o1");
        report(answer.cl_ord_id, "E0", '0', '0', "38=100|14=0|151=100|");
    }
    void trade(const std::string& exec_id, const std::string& quantity, const std::string& cum,
               char status = '1', const std::string& price = "100") {
        report(answer.cl_ord_id, exec_id, 'F', status,
               "32=" + quantity + "|31=" + price + "|14=" + cum + "|38=100|");
    }
    [[nodiscard]] std::string cum() const { return show(order(1).cum_quantity); }
    [[nodiscard]] std::string reserved() const {
        return show(engine->ledger().positions()[1].open_buy + engine->ledger().positions()[1].open_sell);
    }
};

}  // namespace gw::test
