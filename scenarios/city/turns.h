// Turns of routes end to end, two bits each where no road of the city has more than four turns (as
// in most), four or eight bits elsewhere: a big city's day has tens of millions of them. A value;
// safe to read from many threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace citybrain::city {

class Turns {
 public:
  std::size_t size() const { return size_; }
  std::uint8_t operator[](std::size_t i) const {
    const std::size_t bit = i << log_bits_;
    return static_cast<std::uint8_t>((bytes_[bit >> 3] >> (bit & 7)) & mask_);
  }
  /// Widens all when `turn` does not fit.
  void push_back(std::uint8_t turn) {
    while (turn > mask_) widen();
    const std::size_t bit = size_++ << log_bits_;
    if ((bit & 7) == 0) bytes_.push_back(0);
    bytes_[bit >> 3] = static_cast<std::uint8_t>(bytes_[bit >> 3] | (turn << (bit & 7)));
  }
  void append(std::span<const std::uint8_t> turns) {
    for (const auto t : turns) push_back(t);
  }
  bool equal(std::size_t at, std::span<const std::uint8_t> turns) const {
    for (std::size_t i = 0; i < turns.size(); ++i)
      if ((*this)[at + i] != turns[i]) return false;
    return true;
  }
  void shrink() { bytes_.shrink_to_fit(); }
  std::size_t bytes() const { return bytes_.capacity(); }

 private:
  void widen() {
    Turns wider;
    wider.log_bits_ = log_bits_ + 1;
    wider.mask_ = log_bits_ == 1 ? 15 : 255;
    wider.bytes_.reserve(bytes_.size() * 2);
    for (std::size_t i = 0; i < size_; ++i) wider.push_back((*this)[i]);
    *this = std::move(wider);
  }

  std::vector<std::uint8_t> bytes_;
  std::size_t size_ = 0;
  unsigned log_bits_ = 1;
  unsigned mask_ = 3;
};

/// The turns of a route from some place on.
class TurnsFrom {
 public:
  TurnsFrom(const Turns& turns, std::size_t at) : turns_(&turns), at_(at) {}
  std::uint8_t operator[](std::size_t i) const { return (*turns_)[at_ + i]; }

 private:
  const Turns* turns_;
  std::size_t at_;
};

}  // namespace citybrain::city
