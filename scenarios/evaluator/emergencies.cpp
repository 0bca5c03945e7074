#include "scenarios/evaluator/emergencies.h"

#include <algorithm>
#include <map>

namespace citybrain::evaluator {

namespace {

Spread spread(std::vector<double> values) {
  Spread s;
  s.n = values.size();
  if (values.empty()) return s;
  std::sort(values.begin(), values.end());
  for (const double v : values) s.mean += v / static_cast<double>(values.size());
  const auto at = [&](double share) {
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
  };
  s.p50 = at(0.5);
  s.p90 = at(0.9);
  return s;
}

}  // namespace

Emergencies emergencies(const Truth& truth) {
  constexpr std::uint8_t kAmbulance = 4;  // city_port::Role
  struct Called {
    double at_s = 0;
    bool medical = false;
  };
  Emergencies out;
  std::map<std::uint32_t, Called> calls;
  std::vector<double> response, hospital, police;
  for (const auto& e : truth.emergencies) {
    if (e.what == EmergencyTruth::kPreempted) {
      ++out.preemptions;
      continue;
    }
    if (e.what == EmergencyTruth::kCalled) {
      const bool medical = e.role == kAmbulance;
      calls[e.call] = {static_cast<double>(e.step), medical};
      ++(medical ? out.calls : out.incidents);
      continue;
    }
    const auto it = calls.find(e.call);
    if (it == calls.end()) continue;
    const double since_s = e.step - it->second.at_s;
    if (e.what == EmergencyTruth::kAtScene)
      (it->second.medical ? response : police).push_back(since_s);
    if (e.what == EmergencyTruth::kAtHospital) hospital.push_back(since_s);
  }
  out.answered = response.size();
  out.response_s = spread(std::move(response));
  out.hospital_s = spread(std::move(hospital));
  out.police_s = spread(std::move(police));
  return out;
}

}  // namespace citybrain::evaluator
