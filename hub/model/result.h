// Result<T>: what crosses a room's border instead of an exception. An Error says what went wrong,
// where (file, line, column or the thing's name) and how to mend it; its code is stable and listed
// in schemas/errors/catalogue.yaml. Reading the value of a failed Result is a programmer error and
// stops the program, also in release builds.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace citybrain::model {

struct Error {
  std::string code;  ///< e.g. "CB-INPUT-ROADNET"; CB-INPUT-* and CB-USAGE-* end the program with 2,
                     ///< others with 1
  std::string what;  ///< one sentence: what is wrong and what was expected
  std::string where;  ///< file:line:column, or the name of the thing; may be empty
  std::string mend;   ///< how to mend it; may be empty

  /// True when the user's input or usage is at fault (exit code 2).
  bool is_input() const { return code.starts_with("CB-INPUT") || code.starts_with("CB-USAGE"); }
  std::string text() const {
    std::string s = where.empty() ? what : where + ": " + what;
    if (!mend.empty()) s += "\n  " + mend;
    return s + " [" + code + "]";
  }
};

[[noreturn]] inline void stop(const char* why, const char* file, int line) {
  std::fprintf(stderr, "citybrain: internal error: %s (%s:%d)\n", why, file, line);
  std::abort();
}

/// A condition that only a programmer's mistake can break; checked in every build.
#define CITYBRAIN_CHECK(condition)                                              \
  do {                                                                          \
    if (!(condition)) ::citybrain::model::stop(#condition, __FILE__, __LINE__); \
  } while (false)

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by design
  Result(Error error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit by design

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& value() & {
    if (state_.index() != 0) stop(std::get<1>(state_).text().c_str(), __FILE__, __LINE__);
    return std::get<0>(state_);
  }
  const T& value() const& { return const_cast<Result*>(this)->value(); }
  T&& value() && { return std::move(value()); }
  const Error& error() const { return std::get<1>(state_); }
  Error& error() { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit by design

  explicit operator bool() const { return !error_.has_value(); }
  void value() const {
    if (error_) stop(error_->text().c_str(), __FILE__, __LINE__);
  }
  const Error& error() const { return *error_; }
  Error& error() { return *error_; }

 private:
  std::optional<Error> error_;
};

/// Returns from the calling function with the error of `expression` (a Result) if it failed.
#define CITYBRAIN_TRY(expression)                                                  \
  do {                                                                             \
    if (auto try_result_ = (expression); !try_result_) return try_result_.error(); \
  } while (false)

/// Declares `name` as the value of `expression`, or returns its error from the calling function.
#define CITYBRAIN_ASSIGN(name, expression)            \
  auto name##_result_ = (expression);                 \
  if (!name##_result_) return name##_result_.error(); \
  auto& name = *name##_result_

}  // namespace citybrain::model
