// What a scenario says of the protection of persons: its mapping `protection`, and what binds a
// desk.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "scenarios/experiment/scenario_parts.h"

namespace citybrain::experiment {

namespace {

using Signatures = ProtectionConfig::Signatures;

constexpr std::pair<const char*, Signatures> kSignatures[] = {{"off", Signatures::kOff},
                                                              {"checked", Signatures::kChecked},
                                                              {"required", Signatures::kRequired}};
/// What a person is known by, and to whom.
constexpr const char* kPersons[] = {"plate", "client", "taxi", "caller", "citizen"};

std::string place(const Document& document, const YAML::Node& at) {
  const auto mark = at.Mark();
  return mark.is_null() || mark.line < 0
             ? document.file
             : fmt::format("{}:{}:{}", document.file, mark.line + 1, mark.column + 1);
}

void read_signatures(Fields& f, Signatures& out) {
  std::string text = "off";
  f.text("signatures", text);
  for (const auto& [name, value] : kSignatures) {
    if (text != name) continue;
    out = value;
    return;
  }
  f.fail(f.raw("signatures"), "signatures",
         fmt::format("expected off, checked or required, found {}", text));
}

void read_erasure(Fields f, ProtectionConfig::Erasure& out) {
  std::string subject;
  for (const char* key : {"subject", "at_s"}) f.require(key);
  f.text("subject", subject);
  f.whole("at_s", out.at_s, 1, 7 * 86'400);
  f.text("reason", out.reason);
  const auto colon = subject.find(':');
  out.kind = subject.substr(0, colon);
  if (colon != subject.npos) out.identity = subject.substr(colon + 1);
  if (!subject.empty() &&
      (out.identity.empty() ||
       std::find(std::begin(kPersons), std::end(kPersons), out.kind) == std::end(kPersons)))
    f.fail(f.raw("subject"), "subject", fmt::format("expected KIND:NAME, found \"{}\"", subject),
           fmt::format("kinds: {}", fmt::join(kPersons, ", ")));
  f.finish();
}

void read_clearance(Document& document, Fields& f, DeskConfig& out) {
  if (!f.has("clearance")) return;
  std::vector<std::string> names;
  f.texts("clearance", names);
  out.clearance = {};
  for (const auto& name : names) {
    if (const auto data_class = catalog::data_class_of(name)) {
      out.clearance.add(*data_class);
      continue;
    }
    std::vector<std::string> known;
    for (const auto k : catalog::kDataClasses) known.emplace_back(catalog::name_of(k));
    const auto near = catalog::nearest(name, known);
    document.fail(f.raw("clearance").Mark(), "clearance",
                  fmt::format("there is no class of data \"{}\"", name),
                  near.empty() ? fmt::format("classes: {}", fmt::join(known, ", "))
                               : fmt::format("did you mean \"{}\"?", near));
  }
}

/// masks: {DATASET: [rules]}. Fields are held against the contract when the desk is seated.
void read_masks(Document& document, Fields& f, DeskConfig& out) {
  const YAML::Node map = f.raw("masks");
  if (!map.IsDefined()) return;
  if (!map.IsMap()) return document.fail(map.Mark(), "masks", "expected datasets with their rules");
  for (const auto& e : map) {
    const std::string dataset = e.first.IsScalar() ? e.first.Scalar() : "";
    out.where["masks." + dataset] = place(document, e.first);
    const auto fail = [&](const YAML::Node& at, const std::string& what, const std::string& mend) {
      document.fail(at.Mark(), "masks." + dataset, what, mend);
    };
    out.masks[dataset] = catalog::read_masking(e.second, document.file, {}, fail);
    if (std::find(out.datasets.begin(), out.datasets.end(), dataset) == out.datasets.end())
      fail(e.first, fmt::format("the desk has no dataset \"{}\"", dataset),
           fmt::format("its datasets: {}", fmt::join(out.datasets, ", ")));
  }
}

}  // namespace

void read_protection(Document& document, Fields f, const std::filesystem::path& folder,
                     ProtectionConfig& out) {
  f.flag("masking", out.masking);
  f.flag("purposes_required", out.purposes_required);
  read_signatures(f, out.signatures);
  f.flag("sealing", out.sealing);
  std::string keys;
  f.text("keys", keys);
  if (!keys.empty()) out.keys = folder / keys;
  const YAML::Node list = f.raw("erasures");
  if (list.IsDefined() && !list.IsSequence())
    document.fail(list.Mark(), "protection.erasures", "expected a list");
  if (list.IsDefined() && list.IsSequence()) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      out.erasures.emplace_back();
      read_erasure(Fields(document, list[i], fmt::format("protection.erasures[{}]", i)),
                   out.erasures.back());
    }
    if (!out.erasures.empty() && !out.sealing)
      document.fail(list.Mark(), "protection.erasures", "nothing is sealed, so nothing is erased",
                    "sealing: true");
  }
  f.finish();
}

void read_bindings(Document& document, Fields& f, DeskConfig& out) {
  f.text("purpose", out.purpose);
  if (f.has("purpose")) out.where["purpose"] = place(document, f.raw("purpose"));
  read_clearance(document, f, out);
  read_masks(document, f, out);
  const bool blank = out.name.find_first_of(" \t#") != out.name.npos;
  if (blank && (!out.masks.empty() || out.clearance != catalog::ClassSet::all()))
    document.fail(YAML::Mark::null_mark(), out.name,
                  "a desk whose reading is bound is named in the key file",
                  "give it a name without blanks");
}

}  // namespace citybrain::experiment
