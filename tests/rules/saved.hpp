// State through a snapshot: written, and read into something built from the same settings.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "core/archive.hpp"

namespace evenkeel::rules::testing {

template <class T>
T restored(const T& original, T fresh) {
  std::string bytes;
  ArchiveWriter writer(bytes);
  T::archive(writer, original);
  ArchiveReader reader(bytes);
  T::archive(reader, fresh);
  EXPECT_TRUE(reader.ok() && reader.at_end());
  // Half of it is refused.
  T broken = fresh;
  ArchiveReader half(std::string_view(bytes).substr(0, bytes.size() / 2));
  T::archive(half, broken);
  EXPECT_FALSE(half.ok());
  return fresh;
}

}  // namespace evenkeel::rules::testing
