#include "fix/quickfix/wire_framer.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "tests/fix/session_fixture.hpp"

namespace evenkeel::fix {
namespace {

using testing::fix_message;

constexpr std::size_t kMax = 4096;
const char kBody[] = "35=0|34=7|49=A|52=20260101-00:00:00|56=B|";

// What comes out of a stream given in pieces of `step` bytes: "M" and the number for a message,
// otherwise a letter.
std::vector<std::string> run(const std::string& stream, std::size_t step, std::size_t max = kMax) {
  WireFramer framer(max);
  std::vector<std::string> out;
  Frame frame;
  for (std::size_t at = 0; at < stream.size(); at += step) {
    const std::string piece = stream.substr(at, step);
    EXPECT_EQ(framer.append(piece.data(), piece.size()), piece.size());
    for (;;) {
      const FrameStatus status = framer.next(&frame);
      if (status == FrameStatus::kNeedMore) break;
      if (status == FrameStatus::kMessage) out.push_back("M" + std::to_string(frame.msg_seq_num));
      if (status == FrameStatus::kGarbled) out.push_back(framer.reason());
      if (status == FrameStatus::kBadChecksum) out.push_back("checksum");
      if (status == FrameStatus::kOversized) {
        out.push_back("oversized");
        return out;
      }
    }
  }
  return out;
}

TEST(WireFramer, CutsMessagesWhateverThePieces) {
  const std::string stream = fix_message(kBody) + fix_message("35=0|34=8|49=A|56=B|52=x|") +
                             fix_message("35=8|34=9|49=A|56=B|52=x|58=8=FIX.4.4|");
  const std::vector<std::string> expected = {"M7", "M8", "M9"};
  for (std::size_t step = 1; step <= stream.size(); ++step) EXPECT_EQ(run(stream, step), expected);
}

TEST(WireFramer, ReadsTheHeader) {
  WireFramer framer(kMax);
  const std::string message = fix_message("35=AB|43=Y|34=123456789|49=FROM|56=TO|52=x|");
  framer.append(message.data(), message.size());
  Frame frame;
  ASSERT_EQ(framer.next(&frame), FrameStatus::kMessage);
  EXPECT_TRUE(frame.msg_type.equals("AB", 2));
  EXPECT_TRUE(frame.sender_comp_id.equals("FROM", 4));
  EXPECT_TRUE(frame.target_comp_id.equals("TO", 2));
  EXPECT_EQ(frame.msg_seq_num, 123456789);
  EXPECT_TRUE(frame.poss_dup);
  EXPECT_EQ(std::string(frame.message.data, frame.message.size), message);
}

TEST(WireFramer, FindsTheNextMessageAfterGarbage) {
  for (const std::string garbage : {"x", "GET / HTTP/1.1\r\n\r\n", "8=FI", "8=FIX", "8=FIX.4.4",
                                    "8=FIX.4.4\x01"
                                    "9=",
                                    "8=FIX.4.4\x01"
                                    "9=abc\x01",
                                    "10=000\x01"}) {
    const std::string stream = garbage + fix_message(kBody) + fix_message(kBody);
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, stream.size()}) {
      const std::vector<std::string> out = run(stream, step);
      ASSERT_GE(out.size(), 3U) << garbage;
      EXPECT_EQ(out[out.size() - 2], "M7") << garbage;
      EXPECT_EQ(out.back(), "M7") << garbage;
    }
  }
}

TEST(WireFramer, DropsAMessageWithAWrongChecksum) {
  std::string bad = fix_message(kBody);
  bad[bad.size() - 2] = bad[bad.size() - 2] == '0' ? '1' : '0';
  const std::vector<std::string> expected = {"checksum", "M7"};
  EXPECT_EQ(run(bad + fix_message(kBody), 5), expected);
}

TEST(WireFramer, AWrongBodyLengthCostsThatMessageOnly) {
  for (const std::string length : {"1", "40", "44", "300"}) {
    std::string bad = fix_message(kBody);
    bad.replace(12, 2, length);  // "8=FIX.4.4|9=" is 12 bytes
    std::string stream = bad;
    for (int i = 0; i < 12; ++i) stream += fix_message(kBody);
    const std::vector<std::string> out = run(stream, stream.size());
    ASSERT_GE(out.size(), 5U) << length;
    EXPECT_EQ(out.back(), "M7") << length;
  }
}

TEST(WireFramer, RefusesSizesBeyondTheLimit) {
  const std::vector<std::string> oversized = {"oversized"};
  EXPECT_EQ(run("8=FIX.4.4\x01"
                "9=4097\x01",
                100),
            oversized);
  EXPECT_EQ(run("8=FIX.4.4\x01"
                "9=999999999999999999999",
                1),
            oversized);
  EXPECT_EQ(run("8=FIX.4.4\x01"
                "9=000000000000000000000",
                100)
                .front(),
            "BodyLength has too many digits");
  const std::string just_fits(kMax - 80, 'x');
  EXPECT_EQ(run(fix_message(std::string(kBody) + "58=" + just_fits.substr(0, kMax - 90) + "|"), 100)
                .back(),
            "M7");
}

TEST(WireFramer, NeverHoldsMoreThanItsBuffer) {
  WireFramer framer(kMax);
  const std::string flood(3 * kMax, '8');
  EXPECT_EQ(framer.append(flood.data(), flood.size()), 2 * kMax);
  EXPECT_EQ(framer.append(flood.data(), flood.size()), 0U);
  Frame frame;
  while (framer.next(&frame) != FrameStatus::kNeedMore) {
  }
  EXPECT_LT(framer.buffered_bytes(), 5U);
}

TEST(WireFramer, RefusesFieldsThatQuickFixWouldMisread) {
  const std::string rest = "49=A|52=20260101-00:00:00|56=B|";
  const struct {
    std::string body;
    std::string reason;
  } cases[] = {
      {"34=7|35=0|" + rest, "MsgType is not the third field"},
      {"35=|34=7|" + rest, "MsgType is empty or too long"},
      {"35=ABCD|34=7|" + rest, "MsgType is empty or too long"},
      {"35=0|" + rest, "MsgSeqNum, SenderCompID or TargetCompID is missing"},
      {"35=0|34=7|52=x|56=B|", "MsgSeqNum, SenderCompID or TargetCompID is missing"},
      {"35=0|34=0|" + rest, "MsgSeqNum is not a positive number"},
      {"35=0|34=-7|" + rest, "MsgSeqNum is not a positive number"},
      {"35=0|34=7x|" + rest, "MsgSeqNum is not a positive number"},
      {"35=0|34=|" + rest, "MsgSeqNum is not a positive number"},
      {"35=0|34=1234567890|" + rest, "a whole number with too many digits"},
      {"35=4|34=7|36=99999999999|" + rest, "a whole number with too many digits"},
      {"35=0|34=7|34=8|" + rest, "a header field that comes twice"},
      {"35=0|34=7|9=50|" + rest, "a header field that comes twice"},
      {"35=0|34=7|10=001|" + rest, "a header field that comes twice"},
      {"35=0|34=7|35=8|" + rest, "a header field that comes twice"},
      {"35=0|34=7|58|" + rest, "a field without a proper tag"},
      {"35=0|34=7|=5|" + rest, "a field without a proper tag"},
      {"35=0|34=7|0=5|" + rest, "a field without a proper tag"},
      {"35=0|34=7|058=5|" + rest, "a field without a proper tag"},
      {"35=0|34=7|123456=5|" + rest, "a field without a proper tag"},
      {"35=0|34=7|-58=5|" + rest, "a field without a proper tag"},
      {"35=0|34=7||" + rest, "a field without a proper tag"},
  };
  for (const auto& c : cases) {
    const std::vector<std::string> expected = {c.reason, "M7"};
    EXPECT_EQ(run(fix_message(c.body) + fix_message(kBody), 64), expected) << c.body;
  }
}

}  // namespace
}  // namespace evenkeel::fix
