// The limits that were set, by name: what LimitsChanged events leave, and nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "risk/definition.hpp"

namespace gw::risk {

class LimitSet {
  public:
    using Definitions = std::map<std::string, Definition, std::less<>>;

    // A change of several parts takes effect with its last. True where this was it.
    bool apply(const schema::LimitsChanged& event);
    [[nodiscard]] std::uint64_t version() const { return version_; }
    [[nodiscard]] const Definitions& definitions() const { return definitions_; }
    // Over everything that recovery must bring back.
    [[nodiscard]] std::uint64_t state_hash() const;

    // For a checkpoint: the limits in force as bytes of Limit, and the parts of a change whose last has not
    // come (the process ended between them) as bytes of LimitsChanged.
    [[nodiscard]] std::vector<std::string> limits_image() const;
    [[nodiscard]] std::vector<std::string> parts_image() const { return parts_; }
    void take_image(std::uint64_t version, const std::vector<std::string>& limits,
                    const std::vector<std::string>& parts);

  private:
    void take(const schema::LimitsChanged& event);

    std::uint64_t version_ = 0;
    Definitions definitions_;
    std::vector<std::string> parts_;  // LimitsChanged, encoded: they wait for their last
};

}  // namespace gw::risk
