#include "fix/clordid.hpp"

#include <array>
#include <limits>

namespace evenkeel::fix {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::size_t kDigitsMax = 13;  // of 2^64 - 1

/// A number in base 36, in place.
struct Base36 {
  std::array<char, kDigitsMax> bytes{};
  std::size_t first = kDigitsMax;
  std::string_view view() const { return {bytes.data() + first, kDigitsMax - first}; }
};

Base36 to_base36(std::uint64_t value) {
  Base36 text;
  do {
    text.bytes[--text.first] = kDigits[value % 36];
    value /= 36;
  } while (value != 0);
  return text;
}

/// Nothing for an empty text, another character, a leading zero, or a number beyond 64 bits.
std::optional<std::uint64_t> from_base36(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    if (__builtin_mul_overflow(value, std::uint64_t{36}, &value)) return std::nullopt;
    if (__builtin_add_overflow(value, std::uint64_t{digit}, &value)) return std::nullopt;
  }
  return value;
}

}  // namespace

std::optional<EngineCode> engine_code(std::string_view text) {
  if (text.empty() || text.find_first_not_of(kDigits) != std::string_view::npos) {
    return std::nullopt;
  }
  EngineCode code;
  if (!code.assign(text)) return std::nullopt;
  return code;
}

std::optional<ClOrdId> format_cl_ord_id(const EngineCode& engine, std::uint64_t epoch,
                                        OrderId order_id) {
  if (order_id == 0 || !engine_code(engine.view())) return std::nullopt;
  const Base36 epoch_text = to_base36(epoch);
  const Base36 order_text = to_base36(order_id);
  ClOrdId id;
  std::size_t length = 0;
  for (const std::string_view part : {engine.view(), std::string_view("-"), epoch_text.view(),
                                      std::string_view("-"), order_text.view()}) {
    if (length + part.size() > kClOrdIdMax) return std::nullopt;
    for (const char c : part) id.bytes[length++] = c;
  }
  return id;
}

std::optional<ClOrdIdParts> parse_cl_ord_id(const EngineCode& engine, std::string_view text) {
  const std::string_view name = engine.view();
  if (name.empty() || text.size() > kClOrdIdMax || text.size() < name.size() + 4) {
    return std::nullopt;
  }
  if (text.substr(0, name.size()) != name || text[name.size()] != '-') return std::nullopt;
  const std::string_view numbers = text.substr(name.size() + 1);
  const std::size_t dash = numbers.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto epoch = from_base36(numbers.substr(0, dash));
  const auto order_id = from_base36(numbers.substr(dash + 1));
  if (!epoch || !order_id || *order_id == 0) return std::nullopt;
  return ClOrdIdParts{*epoch, *order_id};
}

bool EpochTable::add(OrderId first, std::uint64_t epoch) {
  if (first == 0) return false;
  if (count_ == 0) {
    entries_[count_++] = {first, epoch};
    return true;
  }
  Entry& last = entries_[count_ - 1];
  if (epoch <= last.epoch || first < last.first) return false;
  if (first == last.first) {
    last.epoch = epoch;
    return true;
  }
  if (full()) return false;
  entries_[count_++] = {first, epoch};
  return true;
}

void EpochTable::forget_before(OrderId oldest) {
  std::uint32_t gone = 0;
  while (gone + 1 < count_ && entries_[gone + 1].first <= oldest) ++gone;
  std::copy(entries_.begin() + gone, entries_.begin() + count_, entries_.begin());
  count_ -= gone;
}

std::optional<std::uint64_t> EpochTable::epoch_of(OrderId order_id) const {
  const auto known = entries();
  // Most questions are about this run.
  for (std::size_t i = known.size(); i-- > 0;) {
    if (known[i].first <= order_id) return known[i].epoch;
  }
  return std::nullopt;
}

std::optional<ClOrdId> EpochTable::format(const EngineCode& engine, OrderId order_id) const {
  const auto epoch = epoch_of(order_id);
  return epoch ? format_cl_ord_id(engine, *epoch, order_id) : std::nullopt;
}

OrderId EpochTable::parse(const EngineCode& engine, std::string_view text) const {
  const auto parts = parse_cl_ord_id(engine, text);
  if (!parts) return 0;
  const auto epoch = epoch_of(parts->order_id);
  return epoch && *epoch == parts->epoch ? parts->order_id : 0;
}

}  // namespace evenkeel::fix
