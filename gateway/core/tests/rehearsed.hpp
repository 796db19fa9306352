#pragma once

#include <string>
#include <vector>

#include "engine/rehearsal.hpp"
#include "engine_fixture.hpp"

namespace gw::test {

// What its own limits say of everything in a world's journal.
inline std::vector<engine::Rehearsed> rehearsed(const World& w) {
    auto reader = journal::Reader::open(w.directory());
    REQUIRE(reader.reader != nullptr);
    engine::Rehearsal rehearsal(w.settings);
    CHECK(rehearsal.begin(reader.reader.get(), journal::Visibility::committed).empty());
    std::vector<engine::Rehearsed> found;
    std::string problem;
    while (rehearsal.run(1000, found, problem)) continue;
    CHECK_EQ(problem, std::string());
    return found;
}

}  // namespace gw::test
