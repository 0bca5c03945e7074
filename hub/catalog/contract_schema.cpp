// A contract against the Protobuf message that it names.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <set>

#include "hub/catalog/contract.h"
#include "hub/catalog/time_format.h"
#include "hub/catalog/unified.h"
#include "hub/model/nearest.h"
#include "schemas/messages.h"

namespace citybrain::catalog {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using model::Error;

namespace {

class Check {
 public:
  explicit Check(const Contract& contract) : c_(contract) {}

  void fields_of(const Descriptor& message, const std::string& prefix) {
    std::vector<std::string> known;
    for (int i = 0; i < message.field_count(); ++i) {
      const FieldDescriptor& f = *message.field(i);
      known.push_back(f.name());
      const auto path = prefix + f.name();
      const auto* rule = at(path);
      if (rule == nullptr) {
        add("message",
            fmt::format("the field {} of {} is not in the contract", path, message.full_name()),
            fmt::format("list it under properties, with physicalType {}", type_of(f)));
      } else {
        types(*rule, f);
        if (f.type() == FieldDescriptor::TYPE_MESSAGE) fields_of(*f.message_type(), path + ".");
      }
      seen_.insert(path);
    }
    for (const auto& rule : c_.fields)
      if (rule.path == prefix + rule.name && !seen_.contains(rule.path))
        unknown(rule, message, known);
  }
  void taken() {
    for (const auto& t : taken_fields())
      if (t.message == c_.message)
        if (const auto* rule = at(t.path)) takes(t.taken, *rule);
  }
  std::vector<Error> errors;

  void add(const std::string& key, std::string what, std::string mend) {
    errors.push_back({"CB-INPUT-CONTRACT", std::move(what), c_.place(key), std::move(mend)});
  }

 private:
  const FieldRule* at(std::string_view path) const {
    const auto it = std::find_if(c_.fields.begin(), c_.fields.end(),
                                 [&](const FieldRule& f) { return f.path == path; });
    return it == c_.fields.end() ? nullptr : &*it;
  }
  static std::string type_of(const FieldDescriptor& f) {
    const std::string one = f.type() == FieldDescriptor::TYPE_MESSAGE ? f.message_type()->name()
                            : f.type() == FieldDescriptor::TYPE_ENUM  ? f.enum_type()->name()
                                                                      : f.type_name();
    return f.is_repeated() ? "repeated " + one : one;
  }
  void types(const FieldRule& rule, const FieldDescriptor& f) {
    if (const auto type = type_of(f); rule.physical_type != type)
      add("field." + rule.path,
          fmt::format("field {}: physicalType \"{}\"", rule.path, rule.physical_type),
          "expected " + type);
    if ((rule.logical_type == "array") != f.is_repeated())
      add("field." + rule.path,
          fmt::format("field {}: logicalType \"{}\"", rule.path, rule.logical_type),
          f.is_repeated() ? "expected array, with the type of one item under items"
                          : "expected the type of one value: the field is not repeated");
  }
  void unknown(const FieldRule& rule, const Descriptor& message,
               const std::vector<std::string>& known) {
    const auto near = model::nearest(rule.name, known);
    add("field." + rule.path,
        fmt::format("field {}: {} has no such field", rule.path, message.full_name()),
        near.empty() ? fmt::format("its fields: {}", fmt::join(known, ", "))
                     : fmt::format("did you mean \"{}\"?", near));
  }
  void quantity(const FieldRule& rule, const Dimension& wanted) {
    if (rule.unit.empty())
      return add(
          "field." + rule.path,
          fmt::format("field {}: it is {}, and its unit is missing", rule.path, name_of(wanted)),
          "expected a unit, for example " + usual_units(wanted));
    if (rule.dimension == wanted) return;
    add("field." + rule.path + ".unit",
        fmt::format("field {}: the unit \"{}\" is {}, expected {}", rule.path, rule.unit,
                    name_of(rule.dimension), name_of(wanted)),
        "for example " + usual_units(wanted));
  }
  void takes(Taken taken, const FieldRule& rule) {
    switch (taken) {
      case Taken::kLength:
        return quantity(rule, kLengths);
      case Taken::kSpeed:
        return quantity(rule, kSpeeds);
      case Taken::kDuration:
      case Taken::kClock:
      case Taken::kInstant:
        return quantity(rule, kTimes);
      case Taken::kDirection:
        return quantity(rule, kAngles);
      case Taken::kPosition:
        if (c_.crs == Crs::kNone && !said_crs_) {
          said_crs_ = true;
          add("crs", fmt::format("field {}: a position, but the crs is none", rule.path),
              "expected EPSG:4490, EPSG:4326, GCJ-02 or BD-09");
        }
        return quantity(rule, kAngles);
      case Taken::kClockText:
        if (!is_time_format(rule.format))
          add("field." + rule.path,
              fmt::format("field {}: \"{}\" is no format of a time", rule.path, rule.format),
              "expected logicalTypeOptions.format, for example yyyy-MM-dd HH:mm:ss");
        return;
      case Taken::kIdentifier:
        return;  // rules.cpp: against the tables of all contracts
    }
  }

  const Contract& c_;
  std::set<std::string> seen_;
  bool said_crs_ = false;
};

}  // namespace

std::vector<Error> against_schema(const Contract& contract) {
  Check check(contract);
  const Descriptor* message = schemas::message(contract.message);
  if (message == nullptr) {
    std::vector<std::string> names;
    for (const auto* m : schemas::messages()) names.push_back(m->full_name());
    const auto near = model::nearest(contract.message, names);
    check.add("message",
              fmt::format("there is no message \"{}\" in schemas/proto", contract.message),
              near.empty() ? "expected a message's full name, for example navigation.v1.ProbeBatch"
                           : fmt::format("did you mean \"{}\"?", near));
    return std::move(check.errors);
  }
  check.fields_of(*message, "");
  check.taken();
  return std::move(check.errors);
}

}  // namespace citybrain::catalog
