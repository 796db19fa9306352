// Reads the tables of matrices/*.txt; README.md there gives the format.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "check.hpp"

namespace gw::test {

// KEY=VALUE pairs.
class Pairs {
  public:
    void take(const std::string& word) {
        const auto at = word.find('=');
        values_[word.substr(0, at)] = at == std::string::npos ? "" : word.substr(at + 1);
    }
    [[nodiscard]] std::string get(const std::string& key, const std::string& otherwise = "") const {
        const auto found = values_.find(key);
        return found == values_.end() ? otherwise : found->second;
    }

  private:
    std::map<std::string, std::string> values_;
};

struct Row : Pairs {
    int line = 0;
    bool alternative = false;
    std::string type, id, orig;
    char exec_type = 0, status = 0;
    std::string quantity, cum, leaves, average;
    std::map<std::string, std::string> tags;
};

struct Matrix : Pairs {
    std::string ref, title, file;
    std::vector<std::string> only;
    std::vector<Row> rows;

    [[nodiscard]] bool played_in(const std::string& begin_string) const {
        const std::string version = begin_string == "FIXT.1.1" ? "5.0" : begin_string.substr(4);
        return only.empty() || std::find(only.begin(), only.end(), version) != only.end();
    }
};

inline Row read_row(std::istringstream& words, std::string type, int line) {
    Row row;
    row.line = line;
    if (type == "or") {
        row.alternative = true;
        words >> type;
    }
    row.type = type;
    std::string ids;
    if (type != "day" && type != "relogon") words >> ids;
    const auto comma = ids.find(',');
    row.id = ids.substr(0, comma);
    if (comma != std::string::npos) row.orig = ids.substr(comma + 1);
    if (type == "8")
        words >> row.exec_type >> row.status >> row.quantity >> row.cum >> row.leaves >> row.average;
    if (type == "9") words >> row.status;
    for (std::string word; words >> word;) {
        if (const auto at = word.find(':'); at != std::string::npos)
            row.tags[word.substr(0, at)] = word.substr(at + 1);
        else
            row.take(word);
    }
    return row;
}

inline std::vector<Matrix> read_matrices(const std::string& folder) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".txt") paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    std::vector<Matrix> all;
    for (const auto& path : paths) {
        std::ifstream in(path);
        int line = 0;
        for (std::string text; std::getline(in, text);) {
            ++line;
            std::istringstream words(text);
            std::string first;
            if (!(words >> first) || first[0] == '#') continue;
            if (first == "matrix") {
                Matrix& matrix = all.emplace_back();
                matrix.file = path.filename();
                words >> matrix.ref;
                std::getline(words >> std::ws, matrix.title);
            } else if (first == "order" || first == "only") {
                for (std::string word; words >> word;)
                    if (first == "only")
                        all.back().only.push_back(word);
                    else
                        all.back().take(word);
            } else {
                all.back().rows.push_back(read_row(words, first, line));
            }
        }
    }
    return all;
}

}  // namespace gw::test
