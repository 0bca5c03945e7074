// Plates that a camera reads at the stop line, of the vehicles that cross it. A plate is the city
// letter and five characters of GA 36's alphabet (no I and no O). Pure functions; one thread.
#pragma once

#include <array>
#include <vector>

#include "connectors/city_port/city_port.h"
#include "connectors/city_port/clock_model.h"
#include "connectors/city_port/dropout_model.h"

namespace citybrain::city_port {

/// The shares are assumed; which characters are taken for which: the table of look-alikes that
/// plate readers are configured with (Genetec Security Center, "OCR equivalence": 0 D Q, 2 Z, 5 S,
/// 6 G, 8 B).
struct PlateModel {
  double miss = 0.05;     ///< share of crossing vehicles whose plate is not read at all
  double misread = 0.02;  ///< share of plates read with one character taken for its look-alike;
                          ///< plates without such a character are read right
  DropoutModel dropout{14'400, 90};
  ClockModel clock;
};

using Plate = std::array<char, 6>;
struct PlateReading {
  model::LaneId lane;
  Plate plate{};
};

/// The plate that the vehicle carries.
Plate plate_of(const runtime::Random&, model::VehicleId);
/// The plate with the character at one of its look-alike places, chosen by `luck`, exchanged.
Plate misread(Plate plate, std::uint64_t luck);
/// Appends what is read of those who crossed the lane's stop line in the last step.
void read_plates(const PlateModel&, const runtime::Random&, const Sensors&, model::LaneId,
                 model::Step, std::vector<PlateReading>& out);

}  // namespace citybrain::city_port
