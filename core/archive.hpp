// State as bytes: little-endian, field by field, without padding, the same whatever the compiler,
// the build and the machine. A class says once what belongs to its state, and the same words write
// and read it:
//
//   template <class A, class Self>
//   static void archive(A& a, Self& s) {
//     auto& [x, y] = s;  // every member: a new one does not compile until it is named here
//     a(x, y);
//   }
//
// What it never does: write an address, the bytes of a struct as they lie in memory, or anything
// that a rebuild from the same configuration gives anyway; read beyond the bytes it was given, make
// more of anything than was allowed, or go on silently after something did not fit.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/ids.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace evenkeel {

namespace archive_detail {

template <class T>
inline constexpr bool kIsNumber =
    std::is_integral_v<T> || std::is_enum_v<T> || std::is_same_v<T, Int128>;

template <class T>
struct IsId : std::false_type {};
template <class Tag, class Int>
struct IsId<Id<Tag, Int>> : std::true_type {};

template <class T>
struct IsFixed : std::false_type {};
template <class Tag, std::int64_t kUnits>
struct IsFixed<Fixed<Tag, kUnits>> : std::true_type {};

template <class T>
struct IsText : std::false_type {};
template <std::size_t kBytes>
struct IsText<Text<kBytes>> : std::true_type {};

template <class T>
struct IsArray : std::false_type {};
template <class T, std::size_t kCount>
struct IsArray<std::array<T, kCount>> : std::true_type {};
template <class T, std::size_t kCount>
struct IsArray<T[kCount]> : std::true_type {};

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

/// The unsigned integer that a number is written as.
template <class T>
auto bits_of(T value) {
  if constexpr (std::is_enum_v<T>) {
    return bits_of(static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (std::is_same_v<T, bool>) {
    return static_cast<std::uint8_t>(value ? 1 : 0);
  } else {
    return static_cast<std::make_unsigned_t<T>>(value);
  }
}

}  // namespace archive_detail

/// Appends to a string.
class ArchiveWriter {
 public:
  static constexpr bool kLoading = false;

  /// `out` outlives this.
  explicit ArchiveWriter(std::string& out) : out_(out) {}

  template <class... Ts>
  void operator()(const Ts&... values) {
    (put(values), ...);
  }
  /// Something that the configuration has settled: written so that reading can compare.
  template <class T>
  void same(const T& value) {
    put(value);
  }
  /// A table whose size is settled when it is built.
  template <class T>
  void table(const std::vector<T>& values) {
    prefix(values, values.size());
  }
  /// The first `count` of a table; the rest of it is not in use.
  template <class T, class Count>
  void prefix(const std::vector<T>& values, const Count& count) {
    put(static_cast<std::uint64_t>(count));
    for (std::size_t i = 0; i < count; ++i) put(values[i]);
  }
  /// A list that grows and shrinks, never beyond `max`.
  template <class T>
  void list(const std::vector<T>& values, std::size_t /*max*/) {
    prefix(values, values.size());
  }
  bool ok() const { return true; }
  void fail() {}

 private:
  template <class T>
  void put(const T& value) {
    using archive_detail::bits_of;
    using archive_detail::IsArray;
    using archive_detail::IsFixed;
    using archive_detail::IsId;
    using archive_detail::IsOptional;
    using archive_detail::IsText;
    using archive_detail::kIsNumber;
    if constexpr (std::is_same_v<T, Int128>) {
      number(static_cast<std::uint64_t>(value));
      number(static_cast<std::uint64_t>(value >> 64));
    } else if constexpr (kIsNumber<T>) {
      number(bits_of(value));
    } else if constexpr (IsId<T>::value) {
      number(bits_of(value.value));
    } else if constexpr (IsFixed<T>::value) {
      number(bits_of(value.raw()));
    } else if constexpr (IsText<T>::value) {
      out_.append(value.bytes.data(), value.bytes.size());
    } else if constexpr (IsArray<T>::value) {
      for (const auto& element : value) put(element);
    } else if constexpr (IsOptional<T>::value) {
      put(value.has_value());
      if (value) put(*value);
    } else {
      T::archive(*this, value);
    }
  }
  template <class Word>
  void number(Word word) {
    char bytes[sizeof(Word)];
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(bytes, &word, sizeof word);
    } else {
      for (std::size_t i = 0; i < sizeof word; ++i) bytes[i] = static_cast<char>(word >> (8 * i));
    }
    out_.append(bytes, sizeof bytes);
  }

  std::string& out_;
};

/// Reads what the writer wrote. Once something has not fitted, `ok` stays false, and everything
/// read after it is zero; what was being read into is then not to be used.
class ArchiveReader {
 public:
  static constexpr bool kLoading = true;

  /// `bytes` outlive this.
  explicit ArchiveReader(std::string_view bytes) : rest_(bytes) {}

  template <class... Ts>
  void operator()(Ts&... values) {
    (get(values), ...);
  }
  template <class T>
  void same(const T& value) {
    T read{};
    get(read);
    if (!(read == value)) fail();
  }
  template <class T>
  void table(std::vector<T>& values) {
    if (count(values.size()) != values.size()) fail();
    for (T& value : values) {
      if (!ok_) return;
      get(value);
    }
  }
  template <class T, class Count>
  void prefix(std::vector<T>& values, Count& used) {
    used = static_cast<Count>(count(values.size()));
    for (std::size_t i = 0; i < used && ok_; ++i) get(values[i]);
    if (!ok_) used = 0;
  }
  template <class T>
  void list(std::vector<T>& values, std::size_t max) {
    const std::size_t size = count(max);
    values.clear();
    for (std::size_t i = 0; i < size && ok_; ++i) get(values.emplace_back());
    if (!ok_) values.clear();
  }
  bool ok() const { return ok_; }
  /// What was read cannot be.
  void fail() {
    ok_ = false;
    rest_ = {};
  }
  bool at_end() const { return rest_.empty(); }

 private:
  std::size_t count(std::size_t most) {
    std::uint64_t size = 0;
    get(size);
    if (size > most) fail();
    return ok_ ? static_cast<std::size_t>(size) : 0;
  }
  template <class T>
  void get(T& value) {
    using archive_detail::bits_of;
    using archive_detail::IsArray;
    using archive_detail::IsFixed;
    using archive_detail::IsId;
    using archive_detail::IsOptional;
    using archive_detail::IsText;
    using archive_detail::kIsNumber;
    if constexpr (std::is_same_v<T, Int128>) {
      const auto low = number<std::uint64_t>();
      const auto high = number<std::uint64_t>();
      __extension__ typedef unsigned __int128 UInt128;
      value = static_cast<Int128>(static_cast<UInt128>(high) << 64 | low);
    } else if constexpr (std::is_same_v<T, bool>) {
      const auto byte = number<std::uint8_t>();
      if (byte > 1) fail();
      value = ok_ && byte == 1;
    } else if constexpr (kIsNumber<T>) {
      value = static_cast<T>(number<decltype(bits_of(value))>());
    } else if constexpr (IsId<T>::value) {
      get(value.value);
    } else if constexpr (IsFixed<T>::value) {
      value = T::from_raw(static_cast<std::int64_t>(number<std::uint64_t>()));
    } else if constexpr (IsText<T>::value) {
      if (const char* bytes = take(value.bytes.size())) {
        std::copy_n(bytes, value.bytes.size(), value.bytes.begin());
      } else {
        value = {};
      }
    } else if constexpr (IsArray<T>::value) {
      for (auto& element : value) get(element);
    } else if constexpr (IsOptional<T>::value) {
      bool given = false;
      get(given);
      if (!given) {
        value.reset();
      } else {
        get(value.emplace());
      }
    } else {
      T::archive(*this, value);
    }
  }
  /// Null when there are not so many bytes left.
  const char* take(std::size_t bytes) {
    if (rest_.size() < bytes) {
      fail();
      return nullptr;
    }
    const char* at = rest_.data();
    rest_.remove_prefix(bytes);
    return at;
  }
  template <class Word>
  Word number() {
    Word word = 0;
    const char* bytes = take(sizeof word);
    if (bytes == nullptr) return 0;
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(&word, bytes, sizeof word);
    } else {
      for (std::size_t i = 0; i < sizeof word; ++i) {
        word = static_cast<Word>(word | static_cast<Word>(static_cast<unsigned char>(bytes[i]))
                                            << (8 * i));
      }
    }
    return word;
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace evenkeel
