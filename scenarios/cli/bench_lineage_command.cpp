#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "scenarios/cli/bench_lineage.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/options.h"
#include "scenarios/experiment/lineage_bench.h"

namespace citybrain::cli {

using experiment::Language;
using experiment::LineageBench;
using model::Result;

namespace {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void print_json(const BenchLineageArguments& a, const LineageBench& m) {
  boost::json::object variants;
  for (std::size_t i = 0; i < m.costs.size(); ++i) {
    const auto ratio = m.throughput(i);
    const auto& cpu = m.costs[i].cpu_s;
    variants[m.costs[i].name] = boost::json::object{
        {"cpu_s", boost::json::array(cpu.begin(), cpu.end())},
        {"records_per_cpu_second", static_cast<double>(m.records) / median(cpu)},
        {"throughput_ratio",
         boost::json::object{
             {"median", ratio.median}, {"least", ratio.least}, {"most", ratio.most}}}};
  }
  fmt::print("{}\n",
             boost::json::serialize(boost::json::object{{"scenario", a.scenario},
                                                        {"steps", m.steps},
                                                        {"records", m.records},
                                                        {"observations", m.observations},
                                                        {"commands", m.commands},
                                                        {"rounds", a.pairs},
                                                        {"variants", std::move(variants)}}));
}

void print_text(const LineageBench& m, Language language) {
  const bool zh = language == Language::kChinese;
  fmt::print(fmt::runtime(zh ? "{} 步,{} 条记录,{} 个观测,{} 条指令\n"
                             : "{} steps, {} records, {} observations, {} commands\n"),
             m.steps, m.records, m.observations, m.commands);
  for (std::size_t i = 0; i < m.costs.size(); ++i) {
    const auto ratio = m.throughput(i);
    fmt::print(
        fmt::runtime(zh ? "  {:<8} 每 CPU 秒 {:>9.0f} 条记录  吞吐比 {:.3f} ({:.3f} 至 {:.3f})\n"
                        : "  {:<8} {:>9.0f} records a CPU second  throughput {:.3f} of "
                          "neither ({:.3f} to {:.3f})\n"),
        m.costs[i].name, static_cast<double>(m.records) / median(m.costs[i].cpu_s), ratio.median,
        ratio.least, ratio.most);
  }
}

}  // namespace

int run_bench_lineage(const BenchLineageArguments& a, Language language) {
  const Interruption interruption;
  ProgressLine line(a.progress, language);
  const auto work = [&]() -> Result<LineageBench> {
    experiment::LineageBenchOptions o;
    o.scenario.name_or_path = a.scenario;
    if (!a.horizon.empty()) {
      CITYBRAIN_ASSIGN(given, parse_duration(a.horizon));
      o.horizon_s = given;
    }
    o.pairs = a.pairs;
    o.stop = &interruption.flag();
    o.progress = [&](double fraction) { line.show("lineage", fraction, 0); };
    return experiment::bench_lineage(o);
  };
  const auto measured = work();
  line.clear();
  if (!measured) return fail(measured.error(), language);
  if (a.json)
    print_json(a, *measured);
  else
    print_text(*measured, language);
  return 0;
}

}  // namespace citybrain::cli
