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

/// A vehicle on a way. Until it wakes it moves evenly: its front is at at_m + speed (t - since_s).
struct Car {
  enum Flag : std::uint8_t {
    kLastRoad = 1,
    kStuck = 2,   ///< on a lane that does not lead on
    kChoice = 4,  ///< other lanes would do as well
    kAstray = 8,  ///< leads on, but to a lane behind the junction that does not; another one would
    kHeld = 16,   ///< brakes and stands until its time: broken down, at a bus stop, an obstacle
    kStops = 32,  ///< has a stop ahead on this road
    kRestless = kStuck | kChoice | kAstray | kHeld,
  };
  float at_m = 0;
  float speed_mps = 0;
  float next_speed_mps = 0;
  Slot vehicle = kNobody;
  WayId next = kNoWay;  ///< the way after this one; kNoWay at the route's end, or when the lane
                        ///< must still be changed
  std::uint32_t since_s = 0;
  std::uint16_t kind = 0;  ///< of Demand::kinds()
  std::uint8_t flags = 0;
  std::uint8_t goal = 0;  ///< stuck or astray: index of the lane it wants

  bool is(Flag f) const { return (flags & f) != 0; }
  void set(Flag f, bool on) {
    flags = static_cast<std::uint8_t>(on ? flags | f : flags & ~unsigned{f});
  }
  float at(std::uint32_t now_s) const {
    return at_m + speed_mps * static_cast<float>(now_s - since_s);
  }
};

/// Wake times lie together, so that finding who is awake does not touch those who sleep.
class CarQueue {
 public:
  bool empty() const { return head_ == cars_.size(); }
  std::size_t size() const { return cars_.size() - head_; }
  Car& operator[](std::size_t i) { return cars_[head_ + i]; }
  const Car& operator[](std::size_t i) const { return cars_[head_ + i]; }
  /// The second in which car i must be looked at again.
  std::uint32_t& wake_s(std::size_t i) { return wake_s_[head_ + i]; }
  std::uint32_t wake_s(std::size_t i) const { return wake_s_[head_ + i]; }
  const Car* begin() const { return cars_.data() + head_; }
  const Car* end() const { return cars_.data() + cars_.size(); }
  const Car& front() const { return cars_[head_]; }
  const Car& back() const { return cars_.back(); }

  void push_back(const Car& car, std::uint32_t wake_s) {
    if (cars_.size() == cars_.capacity()) {
      compact();
      if (cars_.size() == cars_.capacity()) {
        const std::size_t more = cars_.size() + cars_.size() / 4 + 4;
        cars_.reserve(more);
        wake_s_.reserve(more);
      }
    }
    cars_.push_back(car);
    wake_s_.push_back(wake_s);
  }
  void pop_front() {
    ++head_;
    forget_when_empty();
  }
  void erase(std::size_t i) {
    const auto at = static_cast<std::ptrdiff_t>(head_ + i);
    cars_.erase(cars_.begin() + at);
    wake_s_.erase(wake_s_.begin() + at);
    forget_when_empty();
  }
  void insert(std::size_t i, const Car& car, std::uint32_t wake_s) {
    const auto at = static_cast<std::ptrdiff_t>(head_ + i);
    cars_.insert(cars_.begin() + at, car);
    wake_s_.insert(wake_s_.begin() + at, wake_s);
  }
  std::size_t bytes() const {
    return cars_.capacity() * sizeof(Car) + wake_s_.capacity() * sizeof(std::uint32_t);
  }

 private:
  void forget_when_empty() {
    if (!empty()) return;
    cars_.clear();
    wake_s_.clear();
    head_ = 0;
  }
  void compact() {
    const auto n = static_cast<std::ptrdiff_t>(head_);
    cars_.erase(cars_.begin(), cars_.begin() + n);
    wake_s_.erase(wake_s_.begin(), wake_s_.begin() + n);
    head_ = 0;
  }

  std::vector<Car> cars_;
  std::vector<std::uint32_t> wake_s_;
  std::size_t head_ = 0;
};

}  // namespace citybrain::city
