// A policy as values: the tree of sleeves with targets and bands, when to act, how far to go, and
// with what. Read from TOML once, at the edge, and immutable from then on. docs/POLICY.md is its
// reference. Never holds a price or a position.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/instrument.hpp"
#include "core/intent.hpp"
#include "core/model.hpp"
#include "rules/config_reader.hpp"
#include "rules/volatility.hpp"

namespace evenkeel::rules {

/// Sleeves of one policy, the root and cash included: one bit each in a word.
inline constexpr std::size_t kSleevesMax = 64;
/// Instruments that one sleeve may trade, and contracts that may hedge one.
inline constexpr std::size_t kTradedMax = 64;

enum class Action : std::uint8_t { kMonitor = 0, kFuturesOverlay, kCash };
std::string_view action_name(Action action);

/// How far a rebalance goes.
struct Destination {
  enum class Kind : std::uint8_t {
    kTarget = 0,  // every sleeve to its target
    kHalf,        // every sleeve half of its drift
    kBand,        // breached sleeves to `fraction` of the band, the others only make room
  };
  Kind kind = Kind::kTarget;
  Ratio fraction;  // of the band: 100% is its edge
};

/// Distances around a target; zero when not given. Both given: the tighter counts.
struct Band {
  Ratio absolute_up, absolute_down;  // in weight
  Ratio relative_up, relative_down;  // in parts of the target
  bool any() const {
    return absolute_up.raw() > 0 || relative_up.raw() > 0 || absolute_down.raw() > 0 ||
           relative_down.raw() > 0;
  }
};

/// The edges of a band around one target, and which kind of band gave them.
struct Edges {
  bool banded = false;
  Ratio low, high;
  Trigger low_trigger = Trigger::kNone, high_trigger = Trigger::kNone;
};
/// A side without a distance has an edge that no weight reaches.
Edges edges_around(Ratio target, const Band& band);

struct PolicySleeve {
  Text<24> name;
  SleeveId parent;  // none for the root
  Ratio target;     // of the portfolio
  Band band;
  bool tradable = true;
  bool by_statement = false;                // priced = "statement"
  std::vector<InstrumentId> instruments{};  // physical holdings that count here
  std::vector<InstrumentId> traded{};       // those of them that are bought and sold
  std::vector<Ratio> weights{};             // how trades are split, by `traded`; empty: by holdings
  std::vector<InstrumentId> hedge{};        // futures, largest first; they count here, too
  bool is_leaf = true;
  Position position{};  // of its table, its target and its band in the file
  Position target_position{};
  Position band_position{};
};

/// An amount in some currency, or a part of the NAV.
struct Threshold {
  CurrencyId currency{};  // none: a ratio of the NAV
  Money money{};
  Ratio of_nav{};
};

/// While the volatility of some instruments is high, other targets hold.
struct VolatilityTrigger {
  std::vector<InstrumentId> instruments{};
  VolatilitySettings settings{};
  Ratio when_above, until_below;
  std::vector<Ratio> targets{};  // by sleeve
  Position position{};
};

struct Policy {
  Text<24> name;
  std::string file;
  Action action = Action::kMonitor;
  Destination destination;
  bool in_proportion = false;   // within a sleeve: keep proportions rather than restore targets
  bool edge_inclusive = false;  // fires at the edge and not only beyond it
  DurationNs hold_for = 0;
  DurationNs cool_down = kSecond;
  Threshold minimum_trade;
  Threshold cash_buffer;
  Ratio trading_cost;  // of what is traded; reserved when buying
  // How far beyond the ask a purchase may be priced; at least what the order desk allows itself.
  Ratio reach = Ratio::from_raw(1'000'000);
  std::vector<PolicySleeve> sleeves{};  // parents first; 0 is the root
  SleeveId cash_sleeve{};               // always there; made with target zero when not given
  std::optional<VolatilityTrigger> volatility{};

  /// The tree that the book aggregates by.
  Model model() const;
  SleeveId find(std::string_view sleeve) const;
  /// "equity/us", for messages.
  std::string path(SleeveId sleeve) const;
};

/// Reads a policy. Errors: every complaint of the file, each with file:line:column. Warnings are
/// added to `warnings` when it is not null.
absl::StatusOr<Policy> parse_policy(std::string_view text, std::string_view file,
                                    const InstrumentTable& instruments,
                                    std::vector<Complaint>* warnings = nullptr);

/// What is odd about a policy in itself, and, when `nav` is positive, for a portfolio of that size
/// at these prices (`marks` by instrument id; zero is unknown; `rates` turn a currency into the
/// base one, by currency id): bands that collapse, that can never fire, that no whole lot or
/// contract could cure.
std::vector<Complaint> check_policy(const Policy& policy, const InstrumentTable& instruments,
                                    Money nav, std::span<const Price> marks,
                                    std::span<const Price> rates);

}  // namespace evenkeel::rules
