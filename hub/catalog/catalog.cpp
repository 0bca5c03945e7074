#include "hub/catalog/catalog.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "hub/catalog/evolution.h"
#include "hub/catalog/rules.h"

namespace citybrain::catalog {

namespace fs = std::filesystem;
using model::Error;
using model::Result;

namespace {

Result<std::vector<fs::path>> yaml_files(const fs::path& directory) {
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
  return files;
}

Result<std::string> text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf()))
    return Error{"CB-INPUT-CONTRACT", "the file cannot be read", file.string(),
                 "check its permissions"};
  return text.str();
}

ReadContract read_file(const fs::path& file) {
  const auto text = text_of(file);
  if (!text) return {{}, {text.error()}};
  return read_contract(*text, file.string());
}

/// The contracts without errors, and the errors of the others in the order of `read`.
Result<Checked> settle(std::vector<ReadContract> read) {
  std::vector<Contract> parsed;
  std::vector<std::size_t> from;
  for (std::size_t i = 0; i < read.size(); ++i) {
    if (read[i].contract.dataset.empty()) continue;
    if (read[i].errors.empty()) read[i].errors = against_schema(read[i].contract);
    parsed.push_back(read[i].contract);
    from.push_back(i);
  }
  for (auto& b : breaches(parsed)) read[from[b.contract]].errors.push_back(std::move(b.error));
  Checked out;
  std::vector<Contract> good;
  for (auto& r : read) {
    if (r.errors.empty())
      good.push_back(std::move(r.contract));
    else
      std::move(r.errors.begin(), r.errors.end(), std::back_inserter(out.errors));
  }
  CITYBRAIN_ASSIGN(catalog, Catalog::from(std::move(good)));
  out.catalog = std::move(catalog);
  return out;
}

}  // namespace

Result<Checked> check(const fs::path& directory) {
  CITYBRAIN_ASSIGN(files, yaml_files(directory));
  if (files.empty())
    return Error{"CB-INPUT-CONTRACT", "the folder holds no contract (*.yaml)", directory.string(),
                 ""};
  std::vector<ReadContract> read;
  for (const auto& file : files) read.push_back(read_file(file));
  return settle(std::move(read));
}

Result<Catalog> Catalog::load(const fs::path& directory) {
  CITYBRAIN_ASSIGN(checked, check(directory));
  if (checked.errors.empty()) return std::move(checked.catalog);
  Error first = std::move(checked.errors.front());
  if (checked.errors.size() > 1)
    first.mend +=
        fmt::format("{}{} more: ./citybrain catalog check {}", first.mend.empty() ? "" : "; ",
                    checked.errors.size() - 1, directory.string());
  return first;
}

Result<std::vector<Contract>> read_history(const fs::path& directory) {
  CITYBRAIN_ASSIGN(files, yaml_files(directory));
  std::vector<Contract> out;
  for (const auto& file : files) {
    auto read = read_file(file);
    if (!read.errors.empty()) return std::move(read.errors.front());
    out.push_back(std::move(read.contract));
  }
  std::stable_sort(out.begin(), out.end(), [](const Contract& a, const Contract& b) {
    return std::pair(a.dataset, version_of(a.version)) <
           std::pair(b.dataset, version_of(b.version));
  });
  return out;
}

std::vector<Error> against_history(const Catalog& catalog, std::span<const Contract> history) {
  std::vector<Error> out;
  for (const auto& now : catalog.contracts()) {
    const Contract* before = nullptr;
    for (const auto& h : history)
      if (h.dataset == now.dataset) before = &h;
    if (before == nullptr) continue;
    if (auto step = check_step(*before, now); !step) out.push_back(step.error());
  }
  return out;
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
