// The CSV reader: what it takes, and each complaint with its place.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "apps/config/csv.hpp"

namespace evenkeel::apps {
namespace {

using ::evenkeel::rules::Complaints;

/// Records as "a|b|c", one a line, and then the complaints.
std::string read_all(std::string_view text) {
  Complaints complaints;
  CsvReader reader(text, "f.csv", complaints);
  std::string out;
  std::vector<CsvField> fields;
  while (reader.next(fields)) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      out += (i == 0 ? "" : "|") + fields[i].text;
    }
    out += "\n";
  }
  for (const auto& complaint : complaints.all()) out += complaint.text() + "\n";
  return out;
}

struct Case {
  const char* what;
  std::string text;
  std::string expected;
};

TEST(CsvReader, ReadsRecordsAndComplains) {
  const std::string long_field(257, 'x');
  std::string many_fields = "1";
  for (int i = 0; i < 64; ++i) many_fields += ",1";
  const std::vector<Case> cases = {
      {"plain", "a,b\nc,d\n", "a|b\nc|d\n"},
      {"no end of line", "a,b", "a|b\n"},
      {"CRLF, CR and LF", "a\r\nb\rc\n", "a\nb\nc\n"},
      {"byte order mark",
       "\xef\xbb\xbf"
       "a,b\n",
       "a|b\n"},
      {"blank lines and comments", "\n  \n# note, with comma\na\n#\n", "a\n"},
      {"spaces around fields", "  a ,\tb\t\n", "a|b\n"},
      {"empty fields", ",\na,,\n", "|\na||\n"},
      {"quotes keep commas and spaces", "\"1,234\",\" x \"\n", "1,234| x \n"},
      {"a doubled quote is one", "\"say \"\"hi\"\"\"\n", "say \"hi\"\n"},
      {"a quote inside a plain field stays", "5\" pipe\n", "5\" pipe\n"},
      {"space after a closing quote", "\"a\" ,b\n", "a|b\n"},
      {"an open quote costs its row alone", "a,\"b\nc,d\n",
       "c|d\nf.csv:1:3: the quote that opens here is not closed on this line\n"},
      {"text after a closing quote", "\"a\"b,c\nd\n",
       "d\nf.csv:1:4: text after the closing quote; a comma or the end of the line is expected\n"},
      {"columns count characters", "\xc3\xa9\xc3\xa9,\"x\n",
       "f.csv:1:4: the quote that opens here is not closed on this line\n"},
      {"lines count after CRLF", "a\r\n\r\nb,\"\r\n",
       "a\nf.csv:3:3: the quote that opens here is not closed on this line\n"},
      {"a field too long", "a," + long_field + "\nb\n",
       "b\nf.csv:1:3: the field is longer than 256 bytes\n"},
      {"too many fields", many_fields + "\nb\n", "b\nf.csv:1:129: a row has at most 64 fields\n"},
      {"UTF-16",
       std::string("\xff\xfe"
                   "a\0",
                   4),
       "f.csv: the file is UTF-16; save it as UTF-8\n"},
      {"zero bytes", std::string("a,b\0\n", 5),
       "f.csv: the file holds zero bytes: it is not CSV text\n"},
      {"nothing", "", ""},
  };
  for (const Case& c : cases) EXPECT_EQ(read_all(c.text), c.expected) << c.what;
}

TEST(CsvReader, RefusesAFileTooLarge) {
  const std::string huge(CsvReader::kBytesMax + 1, 'a');
  EXPECT_EQ(read_all(huge), "f.csv: the file is larger than 16 MiB\n");
}

TEST(Shown, ShowsOnlyWhatPrints) {
  EXPECT_EQ(shown("SPY"), "'SPY'");
  EXPECT_EQ(shown("a\x1b[2J\xc3"), "'a\\x1b[2J\\xc3'");
  EXPECT_EQ(shown(std::string(41, 'x')), "'" + std::string(40, 'x') + "...'");
}

}  // namespace
}  // namespace evenkeel::apps
