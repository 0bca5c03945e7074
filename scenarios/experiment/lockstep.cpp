#include "scenarios/experiment/lockstep.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "hub/network/barriers.h"
#include "scenarios/experiment/truth_writer.h"
#include "schemas/schemas.h"

namespace citybrain::experiment {

using model::Error;
using model::Result;
using model::Step;

namespace {

float elapsed_ms(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<float, std::milli>(std::chrono::steady_clock::now() - since).count();
}

Result<void> stop_here(Parts& parts, TruthPublisher& truth, Step step, Step steps) {
  CITYBRAIN_TRY(truth.flush());
  CITYBRAIN_TRY(parts.log->sync());
  CITYBRAIN_TRY(parts.node->sync());
  return Error{
      "CB-RUN-INTERRUPTED",
      fmt::format("interrupted after {} of {} simulated seconds; nothing is lost", step, steps), "",
      "go on with the same command and --resume"};
}

}  // namespace

Result<LockstepResult> lockstep(Parts& parts, model::Epoch epoch, Step steps,
                                std::int64_t lookahead_ms, outputs::Recorder& recorder,
                                const RunHooks& hooks) {
  LockstepResult result;
  result.record_to_command_ms.reserve(steps);
  CITYBRAIN_ASSIGN(truth, TruthPublisher::make(*parts.log, epoch));
  CITYBRAIN_ASSIGN(decided, network::Barriers::open(*parts.log, schemas::topic::kDecided,
                                                    node::sources_of(parts.city->network())));
  for (auto& c : parts.connectors) CITYBRAIN_TRY(c->introduce());
  for (Step step = 1; step <= steps; ++step) {
    const model::EventTime now = epoch.at(step);
    // The city does not leave a second before every command that takes effect in it was decided,
    // and carried out.
    const model::EventTime leaving = epoch.at(step - 1);
    if (step > 1) {
      const model::EventTime needed = std::max(epoch.at(1), leaving - lookahead_ms);
      CITYBRAIN_ASSIGN(late, decided.wait(needed, {}));
      if (!late.empty())
        return Error{"CB-RUN-LOCKSTEP", "the hub has not decided far enough for the city to go on",
                     late, ""};
    }
    for (auto& c : parts.connectors) CITYBRAIN_TRY(c->act(step - 1));
    CITYBRAIN_TRY(parts.city->advance_to(now));
    CITYBRAIN_TRY(truth.publish(*parts.city, step));
    recorder.step(*parts.city);
    const auto published = std::chrono::steady_clock::now();
    if (parts.guard) CITYBRAIN_TRY(parts.guard->step(step));
    for (auto& c : parts.connectors) CITYBRAIN_TRY(c->observe(step));
    const bool replaying = step <= parts.node->done();
    if (!replaying) {
      CITYBRAIN_TRY(parts.node->turn());
      if (parts.trim && step % kTrimSteps == 0) CITYBRAIN_TRY(parts.trim(step));
      result.record_to_command_ms.push_back(elapsed_ms(published));
      if (hooks.stepped)
        hooks.stepped({step, now, static_cast<double>(result.record_to_command_ms.back()) / 1000,
                       parts.node->counters(), parts.node->totals(), parts.node->indicators()});
    }
    if (hooks.progress) hooks.progress({step, steps, replaying});
    if (hooks.stop != nullptr && hooks.stop->load(std::memory_order_relaxed)) {
      CITYBRAIN_TRY(stop_here(parts, truth, step, steps));
    }
  }
  CITYBRAIN_TRY(truth.finish(*parts.city, steps));
  CITYBRAIN_TRY(truth.flush());
  CITYBRAIN_TRY(recorder.finish(*parts.city));
  CITYBRAIN_TRY(parts.log->sync());
  CITYBRAIN_TRY(parts.node->sync());
  return result;
}

}  // namespace citybrain::experiment
