// What every benchmark here shares: a clock, quantiles, and one JSON line a measure on stdout.
//
// A line is {"measure", "subject", "unit", "p50", "p99", "samples"}: `measure` names what is measured,
// `subject` who does it ("gateway", or the name of a yardstick). The harness (tests/bench) runs an executable
// some times, takes yardsticks and ours by turns, and reports medians of these lines.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace gw::bench {

inline std::int64_t now_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

// The compiler must believe that `value` is used, and that memory was read and written.
template <class T>
inline void keep(const T& value) {
    asm volatile("" : : "r"(&value) : "memory");
}

// A benchmark that cannot go on says so and ends: a figure of something half done would be a lie.
[[noreturn]] inline void give_up(std::string_view what) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(what.size()), what.data());
    std::exit(1);
}
inline void require(bool holds, std::string_view what) {
    if (!holds) give_up(what);
}

class Samples {
  public:
    explicit Samples(std::size_t count_max) { values_.reserve(count_max); }
    void add(double value) { values_.push_back(value); }
    void clear() { values_.clear(); }
    [[nodiscard]] std::size_t size() const { return values_.size(); }
    // Precondition: at least one sample. Sorts.
    [[nodiscard]] double at(double quantile) {
        std::sort(values_.begin(), values_.end());
        return values_[static_cast<std::size_t>(quantile * static_cast<double>(values_.size() - 1))];
    }

  private:
    std::vector<double> values_;
};

inline void print(std::string_view measure, std::string_view subject, std::string_view unit, double p50,
                  double p99, std::size_t samples) {
    std::printf(
        R"({"measure": "%.*s", "subject": "%.*s", "unit": "%.*s", "p50": %.9g, "p99": %.9g, "samples": %zu})"
        "\n",
        static_cast<int>(measure.size()), measure.data(), static_cast<int>(subject.size()), subject.data(),
        static_cast<int>(unit.size()), unit.data(), p50, p99, samples);
    std::fflush(stdout);
}
inline void print(std::string_view measure, std::string_view subject, Samples& samples) {
    print(measure, subject, "ns", samples.at(0.5), samples.at(0.99), samples.size());
}
// One value, no distribution: a size, a rate, a duration.
inline void print_value(std::string_view measure, std::string_view subject, std::string_view unit,
                        double value) {
    std::printf(R"({"measure": "%.*s", "subject": "%.*s", "unit": "%.*s", "value": %.9g})"
                "\n",
                static_cast<int>(measure.size()), measure.data(), static_cast<int>(subject.size()),
                subject.data(), static_cast<int>(unit.size()), unit.data(), value);
    std::fflush(stdout);
}

// What reading the clock twice costs, which is in every single-call sample.
inline double clock_cost_ns() {
    Samples samples(10'001);
    for (int i = 0; i < 10'001; ++i) {
        const std::int64_t started = now_ns();
        samples.add(static_cast<double>(now_ns() - started));
    }
    return samples.at(0.5);
}

// Work of some nanoseconds: the clock costs as much. p50 is the median over batches, divided by their size;
// p99 is that of single calls less the clock's own cost. `work(i)` is one call; i runs on, so that it can
// walk through its inputs.
struct SmallWork {
    std::size_t batches = 4'000;
    std::size_t batch_size = 64;
    std::size_t singles = 200'000;
};

template <class Work>
void measure_small(std::string_view measure, std::string_view subject, Work&& work,
                   const SmallWork& how = {}) {
    std::size_t i = 0;
    for (std::size_t warm = 0; warm < how.batch_size * how.batches / 8; ++warm) work(i++);
    Samples batches(how.batches);
    for (std::size_t batch = 0; batch < how.batches; ++batch) {
        const std::int64_t started = now_ns();
        for (std::size_t n = 0; n < how.batch_size; ++n) work(i++);
        batches.add(static_cast<double>(now_ns() - started) / static_cast<double>(how.batch_size));
    }
    const double clock = clock_cost_ns();
    Samples singles(how.singles);
    for (std::size_t single = 0; single < how.singles; ++single) {
        const std::int64_t started = now_ns();
        work(i++);
        singles.add(std::max(0.0, static_cast<double>(now_ns() - started) - clock));
    }
    print(measure, subject, "ns", batches.at(0.5), singles.at(0.99),
          how.batches * how.batch_size + how.singles);
}

// `--name value` among the arguments, or `otherwise`.
inline std::string_view argument(int argc, char** argv, std::string_view name, std::string_view otherwise) {
    for (int at = 1; at + 1 < argc; ++at)
        if (argv[at] == name) return argv[at + 1];
    return otherwise;
}
inline std::size_t count_argument(int argc, char** argv, std::string_view name, std::size_t otherwise) {
    const std::string_view text = argument(argc, argv, name, "");
    return text.empty() ? otherwise : std::strtoull(std::string(text).c_str(), nullptr, 10);
}

}  // namespace gw::bench
