// The vehicles of one way in order, the one in front first. Private to scenarios/city. Leaving at
// the front and joining at the back cost a constant; the memory is contiguous.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "scenarios/city/streets.h"

namespace citybrain::city {

/// Index of a vehicle on the road; used again after it has left.
using Slot = std::uint32_t;
constexpr Slot kNobody = 0xFFFFFFFFU;
constexpr std::uint32_t kNever = 0xFFFFFFFFU;

/// A vehicle on a way. Until `wake_s` it moves evenly: its front is at at_m + speed (t - since_s).
struct Car {
  enum Flag : std::uint8_t {
    kLastRoad = 1,
    kStuck = 2,   ///< on a lane that does not lead on
    kChoice = 4,  ///< other lanes would do as well
    kMoves = 8,   ///< its next speed was computed in this second
  };
  float at_m = 0;
  float speed_mps = 0;
  float next_speed_mps = 0;
  Slot vehicle = kNobody;
  WayId next = kNoWay;  ///< the way after this one; kNoWay at the route's end, or when the lane
                        ///< must still be changed
  std::uint32_t since_s = 0;
  std::uint32_t wake_s = 0;
  std::uint16_t kind = 0;  ///< of Demand::kinds()
  std::uint8_t flags = 0;

  bool is(Flag f) const { return (flags & f) != 0; }
  void set(Flag f, bool on) {
    flags = static_cast<std::uint8_t>(on ? flags | f : flags & ~unsigned{f});
  }
  float at(std::uint32_t now_s) const {
    return at_m + speed_mps * static_cast<float>(now_s - since_s);
  }
};

class CarQueue {
 public:
  bool empty() const { return head_ == cars_.size(); }
  std::size_t size() const { return cars_.size() - head_; }
  Car& operator[](std::size_t i) { return cars_[head_ + i]; }
  const Car& operator[](std::size_t i) const { return cars_[head_ + i]; }
  Car* begin() { return cars_.data() + head_; }
  Car* end() { return cars_.data() + cars_.size(); }
  const Car* begin() const { return cars_.data() + head_; }
  const Car* end() const { return cars_.data() + cars_.size(); }
  const Car& front() const { return cars_[head_]; }
  const Car& back() const { return cars_.back(); }
  Car& front() { return cars_[head_]; }
  Car& back() { return cars_.back(); }

  void push_back(const Car& car) {
    if (cars_.size() == cars_.capacity()) {
      compact();
      if (cars_.size() == cars_.capacity()) cars_.reserve(cars_.size() + cars_.size() / 4 + 4);
    }
    cars_.push_back(car);
  }
  void pop_front() {
    if (++head_ == cars_.size()) {
      cars_.clear();
      head_ = 0;
    }
  }
  void erase(std::size_t i) {
    cars_.erase(cars_.begin() + static_cast<std::ptrdiff_t>(head_ + i));
    if (empty()) {
      cars_.clear();
      head_ = 0;
    }
  }
  void insert(std::size_t i, const Car& car) {
    cars_.insert(cars_.begin() + static_cast<std::ptrdiff_t>(head_ + i), car);
  }
  std::size_t bytes() const { return cars_.capacity() * sizeof(Car); }

 private:
  void compact() {
    cars_.erase(cars_.begin(), cars_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }

  std::vector<Car> cars_;
  std::size_t head_ = 0;
};

}  // namespace citybrain::city
