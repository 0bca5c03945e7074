// Dropout: a device that is silent for a while, in bursts, instead of losing single messages.
//
// The two-state Markov chain of Gilbert (1960, "Capacity of a burst-noise channel", Bell System
// Technical Journal 39) and Elliott (1963, "Estimates of error rates for codes on burst-noise
// channels", ibid. 42), good state without and bad state with full loss, in slots of ten seconds.
// It is evaluated without a sequence of draws: with p the probability to fall silent and r that to
// speak again, each slot forgets the past with probability p + r and then draws its state from the
// stationary distribution p / (p + r), which has the same transition probabilities. So the state is
// a pure function of (seed, device, step).
#pragma once

#include <cstdint>

#include "hub/model/time.h"
#include "hub/runtime/random.h"

namespace citybrain::city_port {

struct DropoutModel {
  double working_s = 0;  ///< mean time between two silences; 0: never silent
  double silent_s = 60;  ///< mean length of a silence, at least ten seconds
};

constexpr model::Step kDropoutSlot_s = 10;

/// True while the device says nothing.
bool is_silent(const DropoutModel&, const runtime::Random&, std::uint64_t device, model::Step);
/// The share of time in which it says nothing.
double silent_share(const DropoutModel&);

}  // namespace citybrain::city_port
