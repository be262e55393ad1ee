// Values numbered as a network numbers what they belong to: tensors from kNetworkInput on,
// operators from 0 on. The index is the number itself.
//
// Thread rule: plain values. An index outside is our own bug and stops debug builds.
#pragma once

#include <cassert>
#include <cstddef>
#include <initializer_list>
#include <utility>
#include <vector>

namespace mcunas {

constexpr int kNetworkInput = -1;  // as an operand: the network's input

// A vector whose first value has the number kFirst.
template <typename T, int kFirst>
class Numbered {
 public:
  using Values = std::vector<T>;

  Numbered() = default;
  // A value for each number from kFirst to `end` - 1.
  explicit Numbered(int end, const T& value = T()) { assign(end, value); }
  Numbered(std::initializer_list<T> values) : values_(values) {}
  explicit Numbered(Values values) : values_(std::move(values)) {}

  void assign(int end, const T& value) { values_.assign(Place(end), value); }
  void resize(int end) { values_.resize(Place(end)); }
  void reserve(int end) { values_.reserve(Place(end)); }
  void push_back(T value) { values_.push_back(std::move(value)); }
  void pop_back() { values_.pop_back(); }

  bool Has(int number) const { return number >= kFirst && number < end_number(); }
  int end_number() const { return static_cast<int>(values_.size()) + kFirst; }
  size_t size() const { return values_.size(); }
  bool empty() const { return values_.empty(); }

  decltype(auto) operator[](int number) {
    assert(Has(number));
    return values_[Place(number)];
  }
  decltype(auto) operator[](int number) const {
    assert(Has(number));
    return values_[Place(number)];
  }
  void operator[](size_t place) const = delete;  // a place in the vector is no number
  decltype(auto) back() { return values_.back(); }
  decltype(auto) back() const { return values_.back(); }

  // In the order of the numbers.
  auto begin() { return values_.begin(); }
  auto end() { return values_.end(); }
  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }

  bool operator==(const Numbered&) const = default;

 private:
  static size_t Place(int number) { return static_cast<size_t>(number - kFirst); }

  Values values_;
};

template <typename T>
using PerTensor = Numbered<T, kNetworkInput>;
template <typename T>
using PerOperator = Numbered<T, 0>;

}  // namespace mcunas
