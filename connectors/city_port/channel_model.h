// A department's channel from its devices to the network: whole messages are lost, doubled and
// delayed. Most delays are uniform about a mean; a share has a heavy tail on top, so messages
// overtake each other: they are published in another order than they were observed in. That loss,
// doubling, reordering and heavy-tailed delay occur together on real paths: Paxson 1999,
// "End-to-end Internet packet dynamics", IEEE/ACM Transactions on Networking 7(3). Pure functions.
#pragma once

#include <cstdint>

#include "hub/model/time.h"
#include "hub/runtime/random.h"

namespace citybrain::city_port {

struct ChannelModel {
  double loss = 0.005;        ///< share of messages that never arrive
  double duplicate = 0.002;   ///< share published twice
  double delay_mean_s = 0;    ///< publish time minus event time; rounded to whole steps
  double delay_spread_s = 0;  ///< uniform on [mean - spread, mean + spread]
  double tail = 0;         ///< share delayed further, by a Pareto distribution (type II, shape 2:
                           ///< a finite mean and no finite variance)
  double tail_mean_s = 5;  ///< mean of that further delay
};

/// No delay is longer, seconds: what has not arrived by then was lost.
constexpr double kMostDelay_s = 600;

/// What a channel does with one message: the steps of delay of each copy; empty when it is lost.
struct Copies {
  std::uint32_t count = 0;
  std::uint32_t delay_steps[2] = {0, 0};
};
/// `channel` tells the channels of one run apart, `message` the messages of one step.
Copies transmit(const ChannelModel&, const runtime::Random&, std::uint64_t channel,
                std::uint64_t message, model::Step);

}  // namespace citybrain::city_port
