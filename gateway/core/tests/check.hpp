// The core's test harness: TEST registers a case, CHECK and CHECK_EQ record a failure and go on, REQUIRE ends
// the case. Why our own: `make test` must work with nothing but Python, make and a compiler, and no
// header-only framework comes from PyPI. It stays this small on purpose.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace gw::test {

struct Case {
    const char* name;
    void (*body)();
};

inline std::vector<Case>& cases() {
    static std::vector<Case> all;
    return all;
}

inline int& failures() {
    static int count = 0;
    return count;
}

struct Stop {};

struct Register {
    Register(const char* name, void (*body)()) { cases().push_back({name, body}); }
};

template <class T>
std::string show(const T& value) {
    if constexpr (requires(std::ostream& out) { out << value; }) {
        std::ostringstream out;
        out << std::boolalpha << value;
        return out.str();
    } else if constexpr (std::is_enum_v<T>) {
        return std::to_string(static_cast<long long>(value));
    } else {
        return "(no text form)";
    }
}

inline void fail(const char* file, int line, const std::string& what) {
    ++failures();
    std::fprintf(stderr, "%s:%d: %s\n", file, line, what.c_str());
}

template <class A, class B>
bool check_equal(const char* file, int line, const char* text, const A& actual, const B& expected) {
    if (actual == expected) return true;
    fail(file, line, std::string(text) + ": expected " + show(expected) + ", was " + show(actual));
    return false;
}

// Wire text with | for SOH, both ways, so that tests can be read.
inline std::string wire(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c == '|') c = '\x01';
    return out;
}

inline std::string shown(std::string_view bytes) {
    std::string out(bytes);
    for (char& c : out)
        if (c == '\x01') c = '|';
    return out;
}

inline int run(int argc, char** argv) {
    const std::string_view only = argc > 1 ? argv[1] : "";
    int passed = 0;
    int failed = 0;
    for (const Case& test : cases()) {
        if (std::string_view(test.name).find(only) == std::string_view::npos) continue;
        const int before = failures();
        try {
            test.body();
        } catch (const Stop&) {
        }
        if (failures() == before) {
            ++passed;
        } else {
            ++failed;
            std::fprintf(stderr, "FAILED %s\n", test.name);
        }
    }
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}

}  // namespace gw::test

#define TEST(name)                                                         \
    static void test_##name();                                             \
    static const ::gw::test::Register register_##name(#name, test_##name); \
    static void test_##name()
#define CHECK(condition)                                                              \
    do {                                                                              \
        if (!(condition)) ::gw::test::fail(__FILE__, __LINE__, "false: " #condition); \
    } while (false)
#define CHECK_EQ(actual, expected) \
    (void)::gw::test::check_equal(__FILE__, __LINE__, #actual, actual, expected)
#define REQUIRE(condition)                                                 \
    do {                                                                   \
        if (!(condition)) {                                                \
            ::gw::test::fail(__FILE__, __LINE__, "required: " #condition); \
            throw ::gw::test::Stop{};                                      \
        }                                                                  \
    } while (false)
#define TEST_MAIN                           \
    int main(int argc, char** argv) {       \
        return ::gw::test::run(argc, argv); \
    }
