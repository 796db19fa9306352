// Seeds as the command line and the files of kept seeds name them.
#pragma once

#include <charconv>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace gw::simulation {

[[nodiscard]] inline bool parse(std::string_view text, std::uint64_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

// One a line; `#` begins a comment. False where the file cannot be read.
[[nodiscard]] inline bool read_kept(const std::string& path, std::vector<std::uint64_t>& seeds) {
    std::ifstream in(path);
    if (!in) return false;
    for (std::string line; std::getline(in, line);) {
        const std::string text = line.substr(0, line.find_first_of(" #"));
        std::uint64_t seed = 0;
        if (!text.empty() && parse(text, seed)) seeds.push_back(seed);
    }
    return true;
}

}  // namespace gw::simulation
