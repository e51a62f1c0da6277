// Prints what the decoder sees in a capture: one JSON object a line, and totals. Prices are exact
// decimals (never through floating point), symbols are escaped byte by byte so that any wire
// content yields valid JSON. Never interprets a message beyond naming its fields, never drops one
// silently.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "feeds/capture_reader.hpp"
#include "feeds/iex_tp.hpp"
#include "feeds/sequence_tracker.hpp"

namespace evenkeel::feeds {

struct DecodeOptions {
  std::optional<std::uint16_t> port = {};  // only datagrams to this port
};

struct DecodeSummary {
  std::uint64_t packets = 0;  // datagrams decoded, broken ones included
  std::uint64_t heartbeats = 0;
  std::uint64_t messages = 0;                // whole messages, whatever their type
  std::array<std::uint64_t, 256> by_type{};  // known types, by type byte
  std::uint64_t unknown_messages = 0;
  std::uint64_t malformed_messages = 0;                          // too short for their type
  std::array<std::uint64_t, kPacketFaultCount> packet_faults{};  // by PacketFault
  std::uint64_t lines_untracked = 0;  // packets of lines beyond the sixteen followed
  SequenceCounts sequence;            // over all lines
  CaptureCounts capture;

  std::uint64_t of(char type) const { return by_type[static_cast<unsigned char>(type)]; }
  std::uint64_t malformed_packets() const;
};

// Decodes the whole capture to `out`. `summary` is complete as far as the reading went, also when
// an error is returned: DataLoss from the capture, or Unavailable when `out` takes no more.
// Messages seen before (duplicates) are printed with "duplicate":true.
absl::Status decode_to_json(CaptureReader& capture, const DecodeOptions& options, std::FILE* out,
                            DecodeSummary& summary);

// The totals for people, several lines.
std::string describe(const DecodeSummary& summary);

// A raw price in 1e-4 units as a decimal number without trailing zeros: 1234500 -> "123.45".
void append_decimal(std::string& out, std::int64_t raw_1e4);

// The inside of a JSON string. Bytes outside printable ASCII become \u00xx.
void append_json_escaped(std::string& out, std::string_view text);

}  // namespace evenkeel::feeds
