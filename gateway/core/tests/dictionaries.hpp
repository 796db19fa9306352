// Loads the bundled dictionaries for tests: each once, at first use.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "fix/compiled_dictionaries.hpp"
#include "fix/dictionary.hpp"

namespace gw::test {

inline std::vector<std::byte> dictionary_blob(const std::string& name) {
    std::ifstream file(std::string(fix::kCompiledDictionaries) + "/" + name + ".dictionary",
                       std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    std::vector<std::byte> blob;
    blob.reserve(bytes.size());
    for (const char c : bytes) blob.push_back(static_cast<std::byte>(c));
    return blob;
}

inline const fix::Dictionary& dictionary(const std::string& name) {
    static std::map<std::string, fix::Dictionary> loaded;
    const auto found = loaded.find(name);
    if (found != loaded.end()) return found->second;
    std::string error;
    auto made = fix::Dictionary::load(dictionary_blob(name), error);
    if (!made) {
        std::fprintf(stderr, "%s: %s\n", name.c_str(), error.c_str());
        std::abort();
    }
    return loaded.emplace(name, std::move(*made)).first->second;
}

}  // namespace gw::test
