#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "fix/quickfix/fix44_dictionary.hpp"

namespace evenkeel::fix {
namespace {

TEST(Fix44Dictionary, TheEmbeddedTextIsTheFile) {
  std::ifstream file(EVENKEEL_SOURCE_DIR "/fix/dictionary/FIX44.xml", std::ios::binary);
  ASSERT_TRUE(file.is_open());
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  ASSERT_FALSE(text.empty());
  EXPECT_EQ(text, std::string(kFix44Dictionary, kFix44DictionarySize))
      << "run fix/dictionary/embed.sh";
}

// QuickFIX reads as many bytes as the length field before a DATA field says, beyond the end of the
// message if need be.
TEST(Fix44Dictionary, HasNoDataFields) {
  const std::string text(kFix44Dictionary, kFix44DictionarySize);
  EXPECT_EQ(text.find("type=\"DATA\""), std::string::npos);
  EXPECT_EQ(text.find("type=\"XMLDATA\""), std::string::npos);
}

}  // namespace
}  // namespace evenkeel::fix
