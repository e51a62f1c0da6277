// Where datagrams go to or come from, as people write it: "ADDRESS:PORT", IPv4. Names are not
// looked up: a feed must not depend on a name server.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/asio/ip/udp.hpp>

#include "absl/status/statusor.h"

namespace evenkeel::feeds {

// InvalidArgument says what is wrong with the text. Port 0 is allowed: the kernel chooses.
absl::StatusOr<boost::asio::ip::udp::endpoint> parse_endpoint(std::string_view text);

// The index of a network interface by name; 0 for an empty name (the kernel chooses). NotFound
// names the interface.
absl::StatusOr<std::uint32_t> interface_index(const std::string& name);

}  // namespace evenkeel::feeds
