#include "hub/catalog/catalog.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace citybrain::catalog {

namespace fs = std::filesystem;
using model::Error;
using model::Result;

Result<Catalog> Catalog::load(const fs::path& directory) {
  std::error_code ec;
  if (!fs::is_directory(directory, ec))
    return Error{"CB-INPUT-CONTRACT", "there is no such folder of contracts", directory.string(),
                 "it comes with the program: schemas/contracts"};
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator it(directory, ec), end; !ec && it != end; it.increment(ec))
    if (it->path().extension() == ".yaml") files.push_back(it->path());
  if (ec)
    return Error{"CB-INPUT-CONTRACT", "the folder cannot be read: " + ec.message(),
                 directory.string(), ""};
  std::sort(files.begin(), files.end());
  std::vector<Contract> contracts;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    if (!in || !(text << in.rdbuf()))
      return Error{"CB-INPUT-CONTRACT", "the file cannot be read", file.string(),
                   "check its permissions"};
    CITYBRAIN_ASSIGN(contract, parse(text.str(), file.string()));
    contracts.push_back(std::move(contract));
  }
  if (contracts.empty())
    return Error{"CB-INPUT-CONTRACT", "the folder holds no contract (*.yaml)", directory.string(),
                 ""};
  return from(std::move(contracts));
}

Result<Catalog> Catalog::from(std::vector<Contract> contracts) {
  std::stable_sort(contracts.begin(), contracts.end(),
                   [](const Contract& a, const Contract& b) { return a.dataset < b.dataset; });
  if (contracts.size() > model::kMaxDatasets)
    return Error{"CB-INPUT-CONTRACT",
                 fmt::format("{} contracts; at most {} can be told apart", contracts.size(),
                             model::kMaxDatasets),
                 "", ""};
  for (std::uint32_t i = 0; i < contracts.size(); ++i) {
    contracts[i].id = model::DatasetId{i};
    if (i > 0 && contracts[i].dataset == contracts[i - 1].dataset)
      return Error{"CB-INPUT-CONTRACT",
                   fmt::format("the dataset {} has a second contract; the first is {}",
                               contracts[i].dataset, contracts[i - 1].file),
                   contracts[i].file, ""};
  }
  Catalog c;
  c.contracts_ = std::move(contracts);
  return c;
}

const Contract* Catalog::find(std::string_view dataset) const {
  const auto it =
      std::lower_bound(contracts_.begin(), contracts_.end(), dataset,
                       [](const Contract& c, std::string_view d) { return c.dataset < d; });
  return it == contracts_.end() || it->dataset != dataset ? nullptr : &*it;
}

Result<model::SourceMask> Catalog::grant(std::span<const std::string> datasets,
                                         std::string_view department) const {
  model::SourceMask mask;
  for (const auto& d : datasets) {
    const Contract* c = find(d);
    if (c == nullptr) {
      std::vector<std::string> names;
      for (const auto& known : contracts_) names.push_back(known.dataset);
      const auto near = nearest(d, names);
      return Error{"CB-INPUT-DATASET", fmt::format("there is no dataset \"{}\"", d), "",
                   near.empty() ? fmt::format("datasets: {}", fmt::join(names, ", "))
                                : fmt::format("did you mean \"{}\"?", near)};
    }
    if (c->sharing == SharingClass::kNotShared && c->department != department)
      return Error{"CB-INPUT-DATASET",
                   fmt::format("{} is not shared ({}); only {} may use it", d, c->sharing_law,
                               c->department),
                   c->file, "take it out of the desk's datasets"};
    mask.add(c->id);
  }
  return mask;
}

}  // namespace citybrain::catalog
