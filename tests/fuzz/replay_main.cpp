// Runs a fuzz target over files without libFuzzer: each argument is a file or a folder of files,
// replayed in the order of their names. So the corpora are ordinary regression tests in every
// build, with any compiler; under a sanitizer preset they find what the sanitizer finds. An input
// that makes the target abort ends the program with its file named.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> inputs(int count, char** arguments) {
  std::vector<fs::path> files;
  for (int i = 1; i < count; ++i) {
    if (fs::is_directory(arguments[i])) {
      for (const auto& entry : fs::recursive_directory_iterator(arguments[i]))
        if (entry.is_regular_file()) files.push_back(entry.path());
    } else {
      files.emplace_back(arguments[i]);
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Named before the call, because an abort inside the target leaves no other chance to name it.
bool replay(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    std::fprintf(stderr, "%s: cannot be read\n", file.c_str());
    return false;
  }
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  std::printf("replaying %s (%zu bytes)\n", file.c_str(), bytes.size());
  std::fflush(stdout);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const auto files = inputs(argc, argv);
  if (files.empty()) {
    std::fprintf(stderr, "usage: %s FILE_OR_FOLDER ...: no input found\n", argv[0]);
    return 2;
  }
  const std::uint8_t nothing = 0;
  LLVMFuzzerTestOneInput(
      &nothing, 0);  // the empty input, which no corpus file can be in git without looking odd
  bool all_read = true;
  for (const auto& file : files) all_read = replay(file) && all_read;
  std::printf("%zu inputs replayed\n", files.size() + 1);
  return all_read ? 0 : 1;
}
