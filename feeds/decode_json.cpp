// See decode_json.hpp.
#include "feeds/decode_json.hpp"

#include <charconv>
#include <cinttypes>
#include <string_view>
#include <vector>

#include "absl/strings/str_format.h"
#include "feeds/tops.hpp"

namespace evenkeel::feeds {
namespace {

constexpr std::size_t kFlushBytes = 256 * 1024;
constexpr std::size_t kLinesMax = 16;

template <typename Integer>
void append_integer(std::string& out, Integer value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits));
}

std::string_view system_event_name(char event) {
  switch (event) {
    case 'O':
      return "start_of_messages";
    case 'S':
      return "start_of_system_hours";
    case 'R':
      return "start_of_regular_hours";
    case 'M':
      return "end_of_regular_hours";
    case 'E':
      return "end_of_system_hours";
    case 'C':
      return "end_of_messages";
    default:
      return "unknown";
  }
}

std::string_view trading_status_name(char status) {
  switch (status) {
    case 'H':
      return "halted";
    case 'O':
      return "order_acceptance";
    case 'P':
      return "paused";
    case 'T':
      return "trading";
    default:
      return "unknown";
  }
}

// Builds one object. Every line starts with the same three fields, so that any tool can rely on
// them.
class Line {
 public:
  Line(std::string& out, std::int64_t ts_ns, std::string_view symbol, std::string_view type,
       std::int64_t sequence)
      : out_(out) {
    out_ += "{\"ts_ns\":";
    append_integer(out_, ts_ns);
    text("symbol", symbol);
    out_ += ",\"type\":\"";
    out_ += type;
    out_ += '"';
    number("seq", sequence);
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  ~Line() { out_ += "}\n"; }

  void text(std::string_view key, std::string_view value) {
    begin(key);
    out_ += '"';
    append_json_escaped(out_, value);
    out_ += '"';
  }
  void code(std::string_view key, char value) { text(key, {&value, 1}); }
  void price(std::string_view key, std::int64_t raw) {
    begin(key);
    append_decimal(out_, raw);
  }
  template <typename Integer>
  void number(std::string_view key, Integer value) {
    begin(key);
    append_integer(out_, value);
  }
  void flag(std::string_view key, bool value) {
    begin(key);
    out_ += value ? "true" : "false";
  }

 private:
  void begin(std::string_view key) {
    out_ += ",\"";
    out_ += key;
    out_ += "\":";
  }
  std::string& out_;
};

// Prints each message. `first_new` tells duplicates from news.
class Printer {
 public:
  Printer(std::string& out, DecodeSummary& summary) : out_(out), summary_(summary) {}

  void set_first_new(std::int64_t sequence) { first_new_ = sequence; }

  template <typename Message>
  void on_message(const tops::MessageMeta& meta, const Message& m) {
    ++summary_.by_type[static_cast<unsigned char>(tops::kWireType<Message>)];
    print(meta, m);
  }
  void on_unknown(const tops::MessageMeta& meta, char type, std::size_t length) {
    ++summary_.unknown_messages;
    Line line(out_, meta.send_time_ns, "", "unknown", meta.sequence);
    line.code("code", type);
    line.number("length", length);
  }
  void on_malformed(const tops::MessageMeta& meta, char type, std::size_t length) {
    ++summary_.malformed_messages;
    Line line(out_, meta.send_time_ns, "", "malformed", meta.sequence);
    line.text("error", "message_too_short");
    line.code("code", type);
    line.number("length", length);
  }

 private:
  void mark_duplicate(Line& line, const tops::MessageMeta& meta) const {
    if (meta.sequence < first_new_) line.flag("duplicate", true);
  }

  void print(const tops::MessageMeta& meta, const tops::Quote& m) {
    Line line(out_, m.ts_ns, m.symbol.view(), "quote", meta.sequence);
    line.price("bid", m.bid);
    line.number("bid_size", m.bid_size);
    line.price("ask", m.ask);
    line.number("ask_size", m.ask_size);
    line.flag("halted", (m.flags & tops::kFlagHalted) != 0);
    line.flag("pre_post", (m.flags & tops::kFlagPrePost) != 0);
    mark_duplicate(line, meta);
  }
  template <typename TradeLike>
  void print_trade(const tops::MessageMeta& meta, const TradeLike& m, std::string_view type) {
    Line line(out_, m.ts_ns, m.symbol.view(), type, meta.sequence);
    line.price("price", m.price);
    line.number("size", m.size);
    line.number("trade_id", m.trade_id);
    line.flag("last_sale", (m.conditions & tops::kConditionNotLastSale) == 0);
    line.flag("iso", (m.conditions & tops::kConditionIso) != 0);
    line.flag("extended_hours", (m.conditions & tops::kConditionExtendedHours) != 0);
    line.flag("odd_lot", (m.conditions & tops::kConditionOddLot) != 0);
    line.flag("trade_through_exempt", (m.conditions & tops::kConditionTradeThroughExempt) != 0);
    line.flag("cross", (m.conditions & tops::kConditionCross) != 0);
    mark_duplicate(line, meta);
  }
  void print(const tops::MessageMeta& meta, const tops::Trade& m) { print_trade(meta, m, "trade"); }
  void print(const tops::MessageMeta& meta, const tops::TradeBreak& m) {
    print_trade(meta, m, "break");
  }
  void print(const tops::MessageMeta& meta, const tops::SystemEvent& m) {
    Line line(out_, m.ts_ns, "", "system", meta.sequence);
    line.code("code", m.event);
    line.text("event", system_event_name(m.event));
    mark_duplicate(line, meta);
  }
  void print(const tops::MessageMeta& meta, const tops::SecurityDirectory& m) {
    Line line(out_, m.ts_ns, m.symbol.view(), "directory", meta.sequence);
    line.number("flags", static_cast<unsigned>(m.flags));
    line.number("round_lot", m.round_lot);
    line.price("adjusted_close", m.adjusted_close);
    line.number("luld_tier", static_cast<unsigned>(m.luld_tier));
    mark_duplicate(line, meta);
  }
  void print(const tops::MessageMeta& meta, const tops::TradingStatus& m) {
    Line line(out_, m.ts_ns, m.symbol.view(), "status", meta.sequence);
    line.code("code", m.status);
    line.text("status", trading_status_name(m.status));
    std::string_view reason(m.reason.data(), m.reason.size());
    while (!reason.empty() && reason.back() == ' ') reason.remove_suffix(1);
    line.text("reason", reason);
    mark_duplicate(line, meta);
  }
  void print(const tops::MessageMeta& meta, const tops::OperationalHalt& m) {
    Line line(out_, m.ts_ns, m.symbol.view(), "operational_halt", meta.sequence);
    line.code("code", m.status);
    line.flag("halted", m.status == 'O');
    mark_duplicate(line, meta);
  }
  void print(const tops::MessageMeta& meta, const tops::ShortSaleTest& m) {
    Line line(out_, m.ts_ns, m.symbol.view(), "short_sale_test", meta.sequence);
    line.flag("in_effect", m.status != 0);
    line.code("detail", m.detail);
    mark_duplicate(line, meta);
  }
  void print(const tops::MessageMeta& meta, const tops::RetailLiquidity& m) {
    Line line(out_, m.ts_ns, m.symbol.view(), "retail_liquidity", meta.sequence);
    line.code("indicator", m.indicator);
    mark_duplicate(line, meta);
  }
  void print(const tops::MessageMeta& meta, const tops::OfficialPrice& m) {
    Line line(out_, m.ts_ns, m.symbol.view(), "official_price", meta.sequence);
    line.code("code", m.kind);
    line.price("price", m.price);
    mark_duplicate(line, meta);
  }
  void print(const tops::MessageMeta& meta, const tops::AuctionInfo& m) {
    Line line(out_, m.ts_ns, m.symbol.view(), "auction", meta.sequence);
    line.code("auction", m.auction);
    line.number("paired_size", m.paired_size);
    line.price("reference_price", m.reference_price);
    line.price("indicative_price", m.indicative_price);
    line.number("imbalance_size", m.imbalance_size);
    line.code("imbalance_side", m.imbalance_side);
    line.number("extensions", static_cast<unsigned>(m.extensions));
    line.number("auction_time_s", m.auction_time_s);
    line.price("book_price", m.book_price);
    line.price("collar_reference", m.collar_reference);
    line.price("collar_low", m.collar_low);
    line.price("collar_high", m.collar_high);
    mark_duplicate(line, meta);
  }

  std::string& out_;
  DecodeSummary& summary_;
  std::int64_t first_new_ = 0;
};

// The trackers of the lines in a capture. A line is a destination and a channel.
class Lines {
 public:
  // Null when there are too many lines already.
  SequenceTracker* find(const UdpFrame& udp, std::uint32_t channel) {
    for (auto& entry : entries_) {
      if (entry.address == udp.destination_address && entry.port == udp.destination_port &&
          entry.channel == channel) {
        return &entry.tracker;
      }
    }
    if (entries_.size() == kLinesMax) return nullptr;
    entries_.push_back({udp.destination_address, udp.destination_port, channel, {}});
    return &entries_.back().tracker;
  }
  SequenceCounts total() const {
    SequenceCounts sum;
    for (const auto& entry : entries_) sum += entry.tracker.counts();
    return sum;
  }

 private:
  struct Entry {
    std::uint32_t address;
    std::uint16_t port;
    std::uint32_t channel;
    SequenceTracker tracker;
  };
  std::vector<Entry> entries_;
};

class Decoder {
 public:
  Decoder(std::string& out, DecodeSummary& summary)
      : out_(out), summary_(summary), printer_(out, summary) {}

  void on_datagram(const CapturedDatagram& datagram) {
    ++summary_.packets;
    const IexTpPacket packet = parse_iex_tp(datagram.udp.payload);
    if (!packet.usable()) {
      report_fault(datagram, packet, packet.fault);
      return;
    }
    if (packet.header.is_heartbeat()) ++summary_.heartbeats;
    SequenceTracker* tracker = lines_.find(datagram.udp, packet.header.channel);
    if (tracker == nullptr) ++summary_.lines_untracked;
    report_sequence(packet, tracker);
    const WalkResult walked = tops::decode_packet(packet, 0, printer_);
    summary_.messages += walked.messages;
    if (tracker != nullptr && walked.messages < packet.header.message_count) {
      tracker->broke_off(packet.header, walked.messages);
    }
    if (walked.fault != PacketFault::kNone) report_fault(datagram, packet, walked.fault);
  }
  SequenceCounts sequence_counts() const { return lines_.total(); }

 private:
  void report_sequence(const IexTpPacket& packet, SequenceTracker* tracker) {
    const IexTpHeader& header = packet.header;
    printer_.set_first_new(header.first_sequence);
    if (tracker == nullptr) return;
    const std::int64_t expected = tracker->expected();
    const SequenceVerdict verdict = tracker->on_packet(header);
    if (verdict.new_session) {
      Line line(out_, header.send_time_ns, "", "session", header.first_sequence);
      line.number("session", header.session);
    }
    if (verdict.missing != 0) {
      Line line(out_, header.send_time_ns, "", "gap", header.first_sequence);
      line.number("expected", verdict.new_session ? verdict.first_missing : expected);
      line.number("got", header.first_sequence);
      line.number("missing", verdict.missing);
    }
    const std::int64_t skip = verdict.drop ? header.message_count : verdict.skip;
    printer_.set_first_new(header.first_sequence + skip);
  }

  void report_fault(const CapturedDatagram& datagram, const IexTpPacket& packet,
                    PacketFault fault) {
    ++summary_.packet_faults[static_cast<std::size_t>(fault)];
    Line line(out_, datagram.ts_ns, "", "malformed", packet.header.first_sequence);
    line.text("error", to_string(fault));
    line.number("frame", datagram.frame_number);
    line.number("length", datagram.udp.payload.size());
  }

  std::string& out_;
  DecodeSummary& summary_;
  Printer printer_;
  Lines lines_;
};

bool flush(std::string& buffer, std::FILE* out) {
  const bool written = std::fwrite(buffer.data(), 1, buffer.size(), out) == buffer.size();
  buffer.clear();
  return written;
}

}  // namespace

std::uint64_t DecodeSummary::malformed_packets() const {
  std::uint64_t sum = 0;
  for (std::size_t i = 1; i < packet_faults.size(); ++i) sum += packet_faults[i];
  return sum;
}

absl::Status decode_to_json(CaptureReader& capture, const DecodeOptions& options, std::FILE* out,
                            DecodeSummary& summary) {
  std::string buffer;
  buffer.reserve(kFlushBytes + 128 * 1024);
  Decoder decoder(buffer, summary);
  absl::Status status;
  CapturedDatagram datagram;
  while (status.ok()) {
    const absl::StatusOr<bool> more = capture.next(datagram);
    if (!more.ok()) status = more.status();
    if (!more.ok() || !*more) break;
    if (options.port && datagram.udp.destination_port != *options.port) continue;
    decoder.on_datagram(datagram);
    if (buffer.size() >= kFlushBytes && !flush(buffer, out)) {
      status = absl::UnavailableError("cannot write the output");
    }
  }
  if ((!flush(buffer, out) || std::fflush(out) != 0) && status.ok()) {
    status = absl::UnavailableError("cannot write the output");
  }
  summary.sequence = decoder.sequence_counts();
  summary.capture = capture.counts();
  return status;
}

std::string describe(const DecodeSummary& summary) {
  struct Named {
    char type;
    const char* name;
  };
  constexpr Named kTypes[] = {{'Q', "quote"},
                              {'T', "trade"},
                              {'B', "break"},
                              {'S', "system"},
                              {'D', "directory"},
                              {'H', "status"},
                              {'O', "operational_halt"},
                              {'P', "short_sale_test"},
                              {'I', "retail_liquidity"},
                              {'X', "official_price"},
                              {'A', "auction"}};
  std::string out;
  absl::StrAppendFormat(&out, "%-18s %10d  (%d heartbeats)\n", "packets", summary.packets,
                        summary.heartbeats);
  absl::StrAppendFormat(&out, "%-18s %10d\n", "messages", summary.messages);
  for (const Named& named : kTypes) {
    if (summary.of(named.type) == 0) continue;
    absl::StrAppendFormat(&out, "  %-16s %10d\n", named.name, summary.of(named.type));
  }
  if (summary.unknown_messages != 0) {
    absl::StrAppendFormat(&out, "  %-16s %10d\n", "unknown", summary.unknown_messages);
  }
  const SequenceCounts& sequence = summary.sequence;
  absl::StrAppendFormat(&out, "%-18s %10d  (%d messages missing, %d late, %d duplicate)\n", "gaps",
                        sequence.gaps, sequence.missing, sequence.late, sequence.duplicates);
  absl::StrAppendFormat(&out, "%-18s %10d  (%d packets, %d messages)\n", "malformed",
                        summary.malformed_packets() + summary.malformed_messages,
                        summary.malformed_packets(), summary.malformed_messages);
  for (std::size_t i = 1; i < kPacketFaultCount; ++i) {
    if (summary.packet_faults[i] == 0) continue;
    absl::StrAppendFormat(&out, "  %-16s %10d\n", to_string(static_cast<PacketFault>(i)),
                          summary.packet_faults[i]);
  }
  for (std::size_t i = 1; i < kFrameKindCount; ++i) {
    const auto kind = static_cast<FrameKind>(i);
    if (summary.capture.of(kind) == 0) continue;
    absl::StrAppendFormat(&out, "frames %-11s %10d\n", to_string(kind), summary.capture.of(kind));
  }
  return out;
}

void append_decimal(std::string& out, std::int64_t raw_1e4) {
  // Through unsigned, so that the most negative value has an absolute value.
  auto magnitude = static_cast<std::uint64_t>(raw_1e4);
  if (raw_1e4 < 0) {
    out += '-';
    magnitude = 0 - magnitude;
  }
  append_integer(out, magnitude / tops::kPriceScale);
  auto fraction = static_cast<unsigned>(magnitude % tops::kPriceScale);
  if (fraction == 0) return;
  out += '.';
  for (unsigned unit = tops::kPriceScale / 10; fraction != 0; unit /= 10) {
    out += static_cast<char>('0' + fraction / unit);
    fraction %= unit;
  }
}

void append_json_escaped(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 0x0f];
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
}

}  // namespace evenkeel::feeds
