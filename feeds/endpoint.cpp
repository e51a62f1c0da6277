// See endpoint.hpp.
#include "feeds/endpoint.hpp"

#include <net/if.h>

#include <charconv>

#include <boost/asio/ip/address_v4.hpp>

namespace evenkeel::feeds {

absl::StatusOr<boost::asio::ip::udp::endpoint> parse_endpoint(std::string_view text) {
  const auto wrong = [&](const char* why) {
    return absl::InvalidArgumentError("\"" + std::string(text) + "\": " + why);
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong("expected ADDRESS:PORT");
  const std::string_view port_text = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] =
      std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (error != std::errc() || end != port_text.data() + port_text.size()) {
    return wrong("the port is a number from 0 to 65535");
  }
  boost::system::error_code bad_address;
  const auto address =
      boost::asio::ip::make_address_v4(std::string(text.substr(0, colon)), bad_address);
  if (bad_address) return wrong("the address is an IPv4 address such as 127.0.0.1");
  return boost::asio::ip::udp::endpoint(address, port);
}

absl::StatusOr<std::uint32_t> interface_index(const std::string& name) {
  if (name.empty()) return 0;
  const unsigned index = if_nametoindex(name.c_str());
  if (index == 0) return absl::NotFoundError("no network interface \"" + name + "\"");
  return index;
}

}  // namespace evenkeel::feeds
