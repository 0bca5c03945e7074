// Any sequence of registering and deleting keeps the registry equal to a simple model, and its
// records give the same registry again.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "hub/registry/registry.h"

namespace citybrain::registry {
namespace {

/// Keeps what was appended, so that another registry can be made of it.
class Kept final : public Storage {
 public:
  explicit Kept(std::vector<Entry>& all) : all_(all) {}
  model::Result<void> append(const std::vector<Entry>& entries) override {
    all_.insert(all_.end(), entries.begin(), entries.end());
    return {};
  }
  model::Result<std::vector<Entry>> news() override {
    std::vector<Entry> out(all_.begin() + static_cast<long>(read_), all_.end());
    read_ = all_.size();
    return out;
  }

 private:
  std::vector<Entry>& all_;
  std::size_t read_ = 0;
};

constexpr const char* kTexts[] = {"\"int\"", "\"long\"", "\"string\"", "[\"null\",\"int\"]"};
constexpr const char* kSubjects[] = {"a", "b", ":.lab:a"};

struct Model {
  struct Version {
    int text = 0;
    bool deleted = false;
  };
  std::map<std::string, std::map<int, Version>> subjects;

  int live(const std::string& s, int text) const {
    const auto at = subjects.find(s);
    if (at == subjects.end()) return 0;
    for (auto v = at->second.rbegin(); v != at->second.rend(); ++v)
      if (!v->second.deleted && v->second.text == text) return v->first;
    return 0;
  }
};

void add(Registry& r, Model& m, const std::string& s, int text) {
  const auto added = r.add(s, {Language::kAvro, kTexts[text], {}, nullptr, nullptr}, {});
  RC_ASSERT(static_cast<bool>(added));
  if (const int v = m.live(s, text); v != 0) {
    RC_ASSERT(added->version == v);
    return;
  }
  auto& versions = m.subjects[s];
  const int next = versions.empty() ? 1 : versions.rbegin()->first + 1;
  RC_ASSERT(added->version == next);
  std::erase_if(versions, [&](const auto& v) { return v.second.deleted && v.second.text == text; });
  versions[next] = {text, false};
}

void remove(Registry& r, Model& m, const std::string& s, int version, bool permanent) {
  const auto removed = r.remove_version(s, version, permanent);
  const auto at = m.subjects.find(s);
  const bool there = at != m.subjects.end() && at->second.contains(version) &&
                     at->second.at(version).deleted == permanent;
  RC_ASSERT(static_cast<bool>(removed) == there);
  if (!there) return;
  if (permanent)
    at->second.erase(version);
  else
    at->second.at(version).deleted = true;
  if (at->second.empty()) m.subjects.erase(at);
}

void compare(const Registry& r, const Model& m) {
  std::size_t count = 0;
  for (const auto& v : r.all("", Deleted::kInclude, false)) {
    ++count;
    const auto& expected = m.subjects.at(v.subject).at(v.version);
    RC_ASSERT(v.schema.text == kTexts[expected.text]);
    RC_ASSERT(v.deleted == expected.deleted);
    RC_ASSERT(r.by_id(v.id, v.subject)->text == v.schema.text);
    // One id a schema and context.
    for (const auto& w : r.all("", Deleted::kInclude, false))
      if (v.subject.starts_with(":.") == w.subject.starts_with(":."))
        RC_ASSERT((v.id == w.id) == (v.schema.text == w.schema.text));
  }
  for (const auto& [s, versions] : m.subjects) count -= versions.size();
  RC_ASSERT(count == 0U);
}

RC_GTEST_PROP(RegistryProperty, AnyLifeKeepsItEqualToAModel, ()) {
  std::vector<Entry> records;
  auto registry = *Registry::open(std::make_unique<Kept>(records));
  Config none;
  none.level = Level::kNone;
  RC_ASSERT(static_cast<bool>(registry.set_config("", none)));
  Model model;
  std::map<std::string, std::set<std::string>> meanings;  // context and id: never two texts
  const auto steps = *rc::gen::inRange(1, 40);
  for (int i = 0; i < steps; ++i) {
    const std::string subject = kSubjects[*rc::gen::inRange(0, 3)];
    switch (*rc::gen::inRange(0, 5)) {
      case 0:
        remove(registry, model, subject, *rc::gen::inRange(1, 6), false);
        break;
      case 1:
        remove(registry, model, subject, *rc::gen::inRange(1, 6), true);
        break;
      default:
        add(registry, model, subject, *rc::gen::inRange(0, 4));
    }
    for (const auto& v : registry.all("", Deleted::kInclude, false))
      meanings[v.subject.substr(0, 6 * v.subject.starts_with(":.")) + std::to_string(v.id)].insert(
          v.schema.text);
  }
  for (const auto& [id, texts] : meanings) RC_ASSERT(texts.size() == 1U);
  compare(registry, model);
  compare(*Registry::open(std::make_unique<Kept>(records)), model);
}

}  // namespace
}  // namespace citybrain::registry
