// Chance, the same for a seed on every machine: the standard's distributions are not.
#pragma once

#include <cstdint>
#include <random>

namespace gw::simulation {

class Dice {
  public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}

    // 0 to n - 1. Precondition: n > 0.
    [[nodiscard]] std::uint64_t below(std::uint64_t n) { return engine_() % n; }
    [[nodiscard]] std::uint64_t between(std::uint64_t first, std::uint64_t last) {
        return first + below(last - first + 1);
    }
    [[nodiscard]] bool one_in(std::uint64_t n) { return below(n) == 0; }
    template <class T, std::size_t N>
    [[nodiscard]] const T& pick(const T (&choices)[N]) {
        return choices[below(N)];
    }

  private:
    std::mt19937_64 engine_;
};

}  // namespace gw::simulation
