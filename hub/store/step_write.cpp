#include "hub/store/step_write.h"

namespace citybrain::store {

Key& Key::u32(std::uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes_ += static_cast<char>(v >> shift);
  return *this;
}

Key& Key::u64(std::uint64_t v) {
  for (int shift = 56; shift >= 0; shift -= 8) bytes_ += static_cast<char>(v >> shift);
  return *this;
}

Key& Key::text(std::string_view s) {
  bytes_.append(s);
  bytes_ += '\0';
  return *this;
}

StepWrite::StepWrite(model::Step step) : impl_(std::make_unique<Impl>()) { impl_->step = step; }
StepWrite::StepWrite(StepWrite&&) noexcept = default;
StepWrite& StepWrite::operator=(StepWrite&&) noexcept = default;
StepWrite::~StepWrite() = default;

void StepWrite::put(Family family, std::string_view key, std::string_view value) {
  impl_->operations.push_back(
      {family, Impl::Operation::Kind::kPut, impl_->arena.size(), key.size(), value.size()});
  impl_->arena.append(key).append(value);
}

void StepWrite::erase(Family family, std::string_view key) {
  impl_->operations.push_back(
      {family, Impl::Operation::Kind::kErase, impl_->arena.size(), key.size(), 0});
  impl_->arena.append(key);
}

void StepWrite::erase_range(Family family, std::string_view from, std::string_view to) {
  impl_->operations.push_back(
      {family, Impl::Operation::Kind::kEraseRange, impl_->arena.size(), from.size(), to.size()});
  impl_->arena.append(from).append(to);
}

model::Step StepWrite::step() const { return impl_->step; }
std::size_t StepWrite::rows() const { return impl_->operations.size(); }

}  // namespace citybrain::store
