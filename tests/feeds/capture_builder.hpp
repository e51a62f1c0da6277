// Captures made in memory: pcap and pcapng in either byte order and resolution, gzipped or not.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "feeds/capture_reader.hpp"
#include "feeds/wire.hpp"

namespace evenkeel::feeds::testing {

using Bytes = std::vector<std::byte>;

inline Bytes bytes_of(std::span<const std::byte> span) { return {span.begin(), span.end()}; }
inline Bytes bytes_of(const std::string& text) {
  const auto* data = reinterpret_cast<const std::byte*>(text.data());
  return {data, data + text.size()};
}
inline void append(Bytes& to, std::span<const std::byte> more) {
  to.insert(to.end(), more.begin(), more.end());
}
template <typename Integer>
void append_integer(Bytes& to, Integer value, std::endian order) {
  std::byte raw[sizeof value];
  if (order == std::endian::little) {
    store_le(raw, value);
  } else {
    store_be(raw, value);
  }
  append(to, raw);
}

struct FrameOptions {
  int vlan_tags = 0;
  std::uint16_t fragment_bits = 0x4000;  // don't fragment
  std::uint8_t protocol = 17;
  std::uint16_t destination_port = 10'378;
  std::size_t ip_options = 0;  // bytes, a multiple of four
};

// An Ethernet frame of one UDP datagram to 233.215.21.4.
inline Bytes udp_frame(std::span<const std::byte> payload, const FrameOptions& options = {}) {
  constexpr auto kBig = std::endian::big;
  Bytes frame(12, std::byte{0x11});
  for (int i = 0; i < options.vlan_tags; ++i) {
    append_integer<std::uint16_t>(frame, i + 1 < options.vlan_tags ? 0x88a8 : 0x8100, kBig);
    append_integer<std::uint16_t>(frame, 42, kBig);
  }
  append_integer<std::uint16_t>(frame, 0x0800, kBig);
  const std::size_t ip_header = 20 + options.ip_options;
  const auto total = static_cast<std::uint16_t>(ip_header + 8 + payload.size());
  append_integer(frame, static_cast<std::uint8_t>(0x40 | (ip_header / 4)), kBig);
  append_integer<std::uint8_t>(frame, 0, kBig);
  append_integer(frame, total, kBig);
  append_integer<std::uint16_t>(frame, 7, kBig);
  append_integer(frame, options.fragment_bits, kBig);
  append_integer<std::uint8_t>(frame, 64, kBig);
  append_integer(frame, options.protocol, kBig);
  append_integer<std::uint16_t>(frame, 0, kBig);
  append_integer<std::uint32_t>(frame, 0x0a000001, kBig);
  append_integer<std::uint32_t>(frame, 0xe9d71504, kBig);
  frame.resize(frame.size() + options.ip_options, std::byte{1});
  append_integer<std::uint16_t>(frame, 5'555, kBig);
  append_integer(frame, options.destination_port, kBig);
  append_integer(frame, static_cast<std::uint16_t>(8 + payload.size()), kBig);
  append_integer<std::uint16_t>(frame, 0, kBig);
  append(frame, payload);
  return frame;
}

struct CaptureOptions {
  bool pcapng = false;
  std::endian order = std::endian::little;
  bool nanoseconds = false;
  std::uint32_t link_type = 1;
  std::uint32_t snap_length = 65'535;
};

// Builds a capture frame by frame.
class CaptureBuilder {
 public:
  explicit CaptureBuilder(CaptureOptions options = {}) : options_(options) {
    if (options_.pcapng) {
      section_header();
      interface_description();
    } else {
      u32(options_.nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4);
      u16(2);
      u16(4);
      u32(0);
      u32(0);
      u32(options_.snap_length);
      u32(options_.link_type);
    }
  }

  void add(std::int64_t ts_ns, std::span<const std::byte> frame) {
    const auto original = static_cast<std::uint32_t>(frame.size());
    const auto kept = frame.first(std::min<std::size_t>(frame.size(), options_.snap_length));
    const auto captured = static_cast<std::uint32_t>(kept.size());
    if (options_.pcapng) {
      const std::uint32_t padded = (captured + 3) / 4 * 4;
      const auto ticks = static_cast<std::uint64_t>(options_.nanoseconds ? ts_ns : ts_ns / 1000);
      u32(6);
      u32(32 + padded);
      u32(0);
      u32(static_cast<std::uint32_t>(ticks >> 32));
      u32(static_cast<std::uint32_t>(ticks));
      u32(captured);
      u32(original);
      append(bytes_, kept);
      bytes_.resize(bytes_.size() + padded - captured);
      u32(32 + padded);
      return;
    }
    u32(static_cast<std::uint32_t>(ts_ns / 1'000'000'000));
    const auto fraction = static_cast<std::uint32_t>(ts_ns % 1'000'000'000);
    u32(options_.nanoseconds ? fraction : fraction / 1000);
    u32(captured);
    u32(original);
    append(bytes_, kept);
  }

  const Bytes& bytes() const { return bytes_; }

 private:
  void u16(std::uint16_t value) { append_integer(bytes_, value, options_.order); }
  void u32(std::uint32_t value) { append_integer(bytes_, value, options_.order); }
  void section_header() {
    u32(0x0a0d0d0a);
    u32(28);
    u32(0x1a2b3c4d);
    u16(1);
    u16(0);
    u32(0xffffffff);
    u32(0xffffffff);
    u32(28);
  }
  void interface_description() {
    const std::uint32_t length = options_.nanoseconds ? 32 : 20;
    u32(1);
    u32(length);
    u16(static_cast<std::uint16_t>(options_.link_type));
    u16(0);
    u32(options_.snap_length);
    if (options_.nanoseconds) {  // if_tsresol = 10^-9, then the end of options
      u16(9);
      u16(1);
      append_integer<std::uint8_t>(bytes_, 9, options_.order);
      bytes_.resize(bytes_.size() + 3);
      u32(0);
    }
    u32(length);
  }

  CaptureOptions options_;
  Bytes bytes_;
};

inline Bytes gzip(std::span<const std::byte> plain) {
  z_stream stream{};
  constexpr int kGzipFraming = 16;
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + kGzipFraming, 8, Z_DEFAULT_STRATEGY),
            Z_OK);
  Bytes out(deflateBound(&stream, plain.size()) + 64);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// A nameless file of these bytes, at its start.
inline int descriptor_of(std::span<const std::byte> bytes) {
  const int descriptor = memfd_create("capture", MFD_CLOEXEC);
  EXPECT_GE(descriptor, 0);
  EXPECT_EQ(write(descriptor, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  EXPECT_EQ(lseek(descriptor, 0, SEEK_SET), 0);
  return descriptor;
}

inline absl::StatusOr<CaptureReader> open_bytes(std::span<const std::byte> bytes) {
  return CaptureReader::open_descriptor(descriptor_of(bytes), "memory");
}

struct Recorded {
  std::int64_t ts_ns = 0;
  Bytes payload;
  bool operator==(const Recorded&) const = default;
};

// Everything up to the end or the first error, which goes to `error`.
inline std::vector<Recorded> read_all(CaptureReader& reader, absl::Status* error = nullptr) {
  std::vector<Recorded> out;
  CapturedDatagram datagram;
  while (true) {
    const auto more = reader.next(datagram);
    if (!more.ok()) {
      if (error != nullptr) *error = more.status();
      return out;
    }
    if (!*more) return out;
    out.push_back({datagram.ts_ns, bytes_of(datagram.udp.payload)});
  }
}

}  // namespace evenkeel::feeds::testing
