// Runs a fuzz target over the files and folders that it is given, without libFuzzer: every find stays a test.
//
//   <target>_replay PATH...    exit code 0 where all inputs pass; ends with a message at the first that fails
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

namespace {

namespace fs = std::filesystem;

void run(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    std::vector<std::uint8_t> bytes(text.begin(), text.end());
    std::fprintf(stderr, "%s, %zu bytes\n", path.c_str(), bytes.size());
    // At every length too, so that a short corpus reaches what a cut-off input reaches.
    const std::size_t stride = bytes.size() < 256 ? 1 : bytes.size() / 64;
    for (std::size_t size = 0; size < bytes.size(); size += stride)
        LLVMFuzzerTestOneInput(bytes.data(), size);
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t count = 0;
    for (int i = 1; i < argc; ++i) {
        const fs::path path(argv[i]);
        if (!fs::is_directory(path)) {
            run(path);
            ++count;
            continue;
        }
        for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path)) {
            if (!entry.is_regular_file()) continue;
            run(entry.path());
            ++count;
        }
    }
    std::printf("%zu inputs\n", count);
    return count > 0 ? 0 : 1;
}
