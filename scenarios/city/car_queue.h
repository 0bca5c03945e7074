// The vehicles of one way in order, the one in front first. Private to scenarios/city. Leaving at
// the front and joining at the back cost a constant; the memory is contiguous.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

#include "scenarios/city/streets.h"

namespace citybrain::city {

/// Index of a vehicle on the road; used again after it has left.
using Slot = std::uint32_t;
constexpr Slot kNobody = 0xFFFFFFFFU;
/// A second that does not come; also as a signed number the greatest one.
constexpr std::uint32_t kNever = 0x7FFFFFFFU;

/// A vehicle on a way. Until it wakes it moves evenly: its front is at at_m + speed (t - since_s).
struct Car {
  enum Flag : std::uint8_t {
    kLastRoad = 1,
    kStuck = 2,   ///< on a lane that does not lead on
    kChoice = 4,  ///< other lanes would do as well
    kAstray = 8,  ///< leads on, but to a lane behind the junction that does not; another one would
    kHeld = 16,   ///< brakes and stands until its time: broken down, at a bus stop, an obstacle
    kStops = 32,  ///< has a stop ahead on this road
    kAside = 64,  ///< makes way for a siren behind it
    kRestless = kStuck | kChoice | kAstray | kHeld,
  };
  float at_m = 0;
  float speed_mps = 0;
  float before_at_m = 0, before_mps = 0;  ///< the same in second since_s - 1, when it moved in it
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
    return at_m + speed_mps * static_cast<float>(static_cast<std::int32_t>(now_s - since_s));
  }
  /// Where it is in second now_s, and its speed, also when it has moved in it already.
  float seen_at(std::uint32_t now_s) const { return since_s > now_s ? before_at_m : at(now_s); }
  float seen_mps(std::uint32_t now_s) const { return since_s > now_s ? before_mps : speed_mps; }
  /// Moves in second now_s.
  void go(float from_m, float to_m, float mps, std::uint32_t now_s) {
    before_at_m = from_m;
    before_mps = speed_mps;
    at_m = to_m;
    speed_mps = mps;
    since_s = now_s + 1;
  }
};

/// One piece of memory a way: the cars, two to a cache line, then the wake times together, so that
/// finding who is awake does not touch those who sleep. Beside it what else a way's second needs.
class CarQueue {
 public:
  float limit_mps = 0;      ///< of the way, weather and works included
  WayId first_to = kNoWay;  ///< of a lane: where others expect the first one to go

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  Car& operator[](std::size_t i) { return cars()[i]; }
  const Car& operator[](std::size_t i) const { return cars()[i]; }
  /// The second in which car i must be looked at again.
  std::uint32_t& wake_s(std::size_t i) { return wakes()[i]; }
  std::uint32_t wake_s(std::size_t i) const { return wakes()[i]; }
  /// All of them, and their wake times, until the next change of the queue. The three wake times
  /// behind the last one can be read, too: kNever.
  Car* data() { return cars(); }
  std::uint32_t* wakes_data() { return wakes(); }
  const Car* begin() const { return cars(); }
  const Car* end() const { return cars() + size_; }
  const Car& front() const { return cars()[0]; }
  const Car& back() const { return cars()[size_ - 1U]; }

  void push_back(const Car& car, std::uint32_t wake_s) {
    make_room();
    cars()[size_] = car;
    wakes()[size_++] = wake_s;
  }
  void pop_front() {
    ++head_;
    if (--size_ == 0) start_over();
  }
  void erase(std::size_t i) {
    --size_;
    std::memmove(cars() + i, cars() + i + 1, sizeof(Car) * (size_ - i));
    std::memmove(wakes() + i, wakes() + i + 1, sizeof(std::uint32_t) * (size_ - i));
    wakes()[size_] = kNever;
    if (size_ == 0) start_over();
  }
  void insert(std::size_t i, const Car& car, std::uint32_t wake_s) {
    make_room();
    std::memmove(cars() + i + 1, cars() + i, sizeof(Car) * (size_ - i));
    std::memmove(wakes() + i + 1, wakes() + i, sizeof(std::uint32_t) * (size_ - i));
    ++size_;
    cars()[i] = car;
    wakes()[i] = wake_s;
  }
  std::size_t bytes() const { return bytes_for(capacity_); }
  /// Asks for the first ones to be brought near.
  void fetch() const {
    __builtin_prefetch(wakes());
    __builtin_prefetch(cars());
  }

 private:
  struct Free {
    void operator()(std::byte* p) const { ::operator delete[](p, std::align_val_t{64}); }
  };
  static_assert(sizeof(Car) == 32 && std::is_trivially_copyable_v<Car>);
  static constexpr std::size_t kSpare = 3;  // wake times: whole fours can be read
  static std::size_t bytes_for(std::size_t cars) {
    return cars * sizeof(Car) + (cars + kSpare) * sizeof(std::uint32_t);
  }
  /// Empty: the memory is used from its beginning again.
  void start_over() {
    std::fill_n(wakes() - head_, head_, kNever);
    head_ = 0;
  }
  Car* cars() const { return reinterpret_cast<Car*>(memory_.get()) + head_; }
  std::uint32_t* wakes() const {
    return reinterpret_cast<std::uint32_t*>(memory_.get() + sizeof(Car) * capacity_) + head_;
  }
  /// For one more at the end.
  void make_room() {
    if (head_ + size_ < capacity_) return;
    if (head_ > capacity_ / 8) {
      Car* const from = cars();
      std::uint32_t* const from_wakes = wakes();
      head_ = 0;
      std::memmove(cars(), from, sizeof(Car) * size_);
      std::memmove(wakes(), from_wakes, sizeof(std::uint32_t) * size_);
      std::fill(wakes() + size_, from_wakes + size_, kNever);
      return;
    }
    CarQueue wider;
    wider.capacity_ = size_ + size_ / 8 + 3;
    wider.memory_.reset(static_cast<std::byte*>(
        ::operator new[](bytes_for(wider.capacity_), std::align_val_t{64})));
    std::fill_n(wider.wakes(), wider.capacity_ + kSpare, kNever);
    if (size_ > 0) {
      std::memcpy(wider.cars(), cars(), sizeof(Car) * size_);
      std::memcpy(wider.wakes(), wakes(), sizeof(std::uint32_t) * size_);
    }
    memory_ = std::move(wider.memory_);
    capacity_ = wider.capacity_;
    head_ = 0;
  }

  std::unique_ptr<std::byte[], Free> memory_;
  std::uint32_t head_ = 0, size_ = 0, capacity_ = 0;
};

}  // namespace citybrain::city
