// Paired differences with Student's t intervals.
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "scenarios/experiment/report.h"

namespace citybrain::experiment {

void pair_differences(CompareReport& report) {
  report.differences.clear();
  if (report.modes.size() < 2) return;
  const auto& baseline = report.modes.front();
  for (std::size_t m = 1; m < report.modes.size(); ++m) {
    for (const auto& [outcome, values] : report.modes[m].outcomes) {
      const auto& base = baseline.outcomes.at(outcome);
      const std::size_t n = std::min(values.size(), base.size());
      if (n == 0) continue;
      PairedDifference d;
      d.mode = report.modes[m].mode;
      d.baseline = baseline.mode;
      d.outcome = outcome;
      d.pairs = static_cast<std::uint32_t>(n);
      for (std::size_t i = 0; i < n; ++i) {
        d.baseline_mean += base[i] / static_cast<double>(n);
        d.mean += values[i] / static_cast<double>(n);
      }
      d.difference = d.mean - d.baseline_mean;
      double squares = 0;
      for (std::size_t i = 0; i < n; ++i)
        squares += (values[i] - base[i] - d.difference) * (values[i] - base[i] - d.difference);
      double half = 0;
      if (n > 1) {
        const double error =
            std::sqrt(squares / static_cast<double>(n - 1) / static_cast<double>(n));
        half = boost::math::quantile(boost::math::students_t(static_cast<double>(n - 1)), 0.975) *
               error;
      }
      d.low95 = d.difference - half;
      d.high95 = d.difference + half;
      d.relative = d.baseline_mean != 0 ? d.difference / d.baseline_mean : 0;
      report.differences.push_back(d);
    }
  }
}

}  // namespace citybrain::experiment
