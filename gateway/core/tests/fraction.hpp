// Exact fractions, for models that are to be plain and slow.
#pragma once

#include <cstdint>

namespace gw::test {

// An exact fraction; the tests keep numbers small enough for 64 bits after reduction.
struct Fraction {
    __extension__ typedef __int128 wide;
    wide n = 0;
    wide d = 1;
    static wide gcd(wide a, wide b) {
        while (b != 0) {
            const wide rest = a % b;
            a = b;
            b = rest;
        }
        return a < 0 ? -a : a;
    }
    [[nodiscard]] Fraction reduced() const {
        const wide g = gcd(n, d);
        return g == 0 ? Fraction{0, 1} : Fraction{n / g, d / g};
    }
    friend Fraction operator+(const Fraction& a, const Fraction& b) {
        return Fraction{a.n * b.d + b.n * a.d, a.d * b.d}.reduced();
    }
    friend Fraction operator*(const Fraction& a, std::int64_t by) {
        return Fraction{a.n * by, a.d}.reduced();
    }
    friend Fraction operator-(const Fraction& a, const Fraction& b) { return a + b * -1; }
    [[nodiscard]] Fraction over(std::int64_t by) const {
        return by < 0 ? Fraction{-n, d * -by}.reduced() : Fraction{n, d * by}.reduced();
    }
    [[nodiscard]] double value() const { return static_cast<double>(n) / static_cast<double>(d); }
};

}  // namespace gw::test
