// A whole file as text, or an error of this code. Private to hub/catalog.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "hub/model/result.h"

namespace citybrain::catalog {

inline model::Result<std::string> read_text(const std::filesystem::path& file, const char* code) {
  std::error_code ec;
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (std::filesystem::is_directory(file, ec) || !in || !(text << in.rdbuf()))
    return model::Error{code, "there is no such file, or it cannot be read", file.string(),
                        "check its name and permissions"};
  return text.str();
}

}  // namespace citybrain::catalog
