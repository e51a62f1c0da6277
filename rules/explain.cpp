#include "rules/explain.hpp"

#include "absl/strings/str_cat.h"
#include "core/decimal.hpp"

namespace evenkeel::rules {
namespace {

absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }

/// Rounded to `decimals`, then without idle zeros.
std::string trimmed(std::int64_t raw, std::int64_t scale, int decimals, bool grouped = false) {
  std::string text(format_rounded(raw, scale, decimals, grouped).view());
  if (text.find('.') == std::string::npos) return text;
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string sleeve_text(const Cause& cause, const Policy& policy) {
  if (cause.sleeve.index() >= policy.sleeves.size()) return "?";
  return policy.path(cause.sleeve);
}

/// Measured and edge with as many decimals as it takes to tell them apart.
std::string comparison(Ratio measured, Ratio threshold) {
  int decimals = 2;
  while (decimals < 7 && measured != threshold &&
         percent_text(measured, decimals) == percent_text(threshold, decimals))
    ++decimals;
  const char* sign = measured > threshold ? " > " : measured < threshold ? " < " : " = ";
  return absl::StrCat(percent_text(measured, decimals), sign, percent_text(threshold, decimals));
}

std::string band_text(const Cause& cause) {
  const Ratio distance = (cause.threshold - cause.target).abs();
  if (cause.trigger == Trigger::kRelativeBand && cause.target.raw() > 0) {
    const Ratio part = Ratio::from_raw(static_cast<std::int64_t>(
        divide_rounded(static_cast<Int128>(distance.raw()) * Ratio::kScale, cause.target.raw())));
    return absl::StrCat("band ", percent_text(part), " of it");
  }
  return absl::StrCat("band ", trimmed(distance.raw(), Ratio::kScale / 100, 2), "pp");
}

}  // namespace

std::string percent_text(Ratio ratio, int decimals) {
  return trimmed(ratio.raw(), Ratio::kScale / 100, decimals) + "%";
}
std::string price_text(Price price) { return std::string(format_exact(price, 0, true).view()); }
std::string money_text(Money money) {
  const bool small = money.abs() < Money::from_whole(1);
  return trimmed(money.raw(), Money::kScale, small ? 2 : 0, true);
}
std::string quantity_text(Quantity quantity) {
  return std::string(format_exact(quantity, 0, true).view());
}

std::string explain_cause(const Cause& cause, const Policy& policy) {
  const std::string sleeve = sleeve_text(cause, policy);
  switch (cause.trigger) {
    case Trigger::kVolatility:
      return absl::StrCat("volatility ", comparison(cause.measured, cause.threshold), ": ", sleeve,
                          " to ", percent_text(cause.target));
    case Trigger::kCompletion:
      return absl::StrCat("second step of #", cause.proposal, ": buying what its sales pay for (",
                          sleeve, " was ", percent_text(cause.measured), ", target ",
                          percent_text(cause.target), ")");
    case Trigger::kAbsoluteBand:
    case Trigger::kRelativeBand:
      return absl::StrCat(sleeve, " ", comparison(cause.measured, cause.threshold), " (target ",
                          percent_text(cause.target), ", ", band_text(cause), ")");
    default:
      break;
  }
  if (!cause.sleeve.valid()) return absl::StrCat("nav ", money_text(cause.nav));
  return absl::StrCat(sleeve, " ", comparison(cause.measured, cause.threshold), " (target ",
                      percent_text(cause.target), ")");
}

std::string explain_trade(InstrumentId instrument, Quantity quantity, Price price,
                          const InstrumentTable& instruments) {
  const std::string_view symbol =
      instrument.index() < instruments.size() ? instruments[instrument].symbol.view() : "?";
  return absl::StrCat(quantity.raw() < 0 ? "sell " : "buy ", quantity_text(quantity.abs()), " ",
                      to_absl(symbol), " at ", price_text(price));
}

std::string explain(const Proposal& proposal, std::span<const ProposalLine> lines,
                    const Policy& policy, const InstrumentTable& instruments) {
  const std::string cause = explain_cause(proposal.cause, policy);
  if (proposal.alert != AlertCode::kNone) {
    std::string text(alert_text(proposal.alert));
    if (!lines.empty() && lines[0].instrument.index() < instruments.size())
      absl::StrAppend(&text, " (", to_absl(instruments[lines[0].instrument].symbol.view()), ")");
    return absl::StrCat(text, ": ", cause);
  }
  std::string text = cause;
  const char* separator = ": ";
  for (const ProposalLine& line : lines) {
    absl::StrAppend(
        &text, separator,
        explain_trade(line.instrument, line.quantity, line.reference_price, instruments));
    separator = ", ";
  }
  return text;
}

std::string_view alert_text(AlertCode code) {
  switch (code) {
    case AlertCode::kNone:
      return "nothing";
    case AlertCode::kBandBreached:
      return "outside its band";
    case AlertCode::kIncurable:
      return "breached, and no whole lot or contract betters it";
    case AlertCode::kSuspended:
      return "breached, but a price it reads may not be acted on";
    case AlertCode::kResumed:
      return "prices may be acted on again";
    case AlertCode::kLimitQuantity:
      return "held back by the quantity limit";
    case AlertCode::kLimitNotional:
      return "held back by the notional limit";
    case AlertCode::kLimitCollar:
      return "held back by the price collar";
    case AlertCode::kLimitStalePrice:
      return "held back by a stale or missing price";
    case AlertCode::kLimitRate:
      return "held back by the message rate limit";
    case AlertCode::kLimitMissing:
      return "held back because a limit is missing";
    case AlertCode::kLimitOpenOrders:
      return "held back by the open order limit";
    case AlertCode::kLimitHalted:
      return "held back by a halt";
    case AlertCode::kLimitSessionDown:
      return "held back because the session is down";
    case AlertCode::kLimitBufferFull:
      return "held back because a buffer is full";
    case AlertCode::kOrderRejected:
      return "an order was rejected";
    case AlertCode::kOrderUnknown:
      return "an order is unknown";
    case AlertCode::kUnknownExecution:
      return "an execution of no known order";
    case AlertCode::kDuplicateExecution:
      return "an execution came twice";
    case AlertCode::kExecutionMismatch:
      return "the broker's quantities differ";
    case AlertCode::kTradeBusted:
      return "a trade was busted";
    case AlertCode::kTradeCorrected:
      return "a trade was corrected";
    case AlertCode::kCancelRejected:
      return "a cancellation was rejected";
    case AlertCode::kNavNotPositive:
      return "its net asset value is not positive";
    case AlertCode::kOverflow:
      return "a holding is too large to be valued";
    case AlertCode::kHalted:
      return "halted";
    case AlertCode::kSessionDown:
      return "the session is down";
    case AlertCode::kCopyMismatch:
      return "the drop copy of an execution differs";
    case AlertCode::kCopyMissing:
      return "an execution has come on one session only";
    case AlertCode::kCopyForeign:
      return "a drop copy for an account that is none of ours";
  }
  return "?";
}

}  // namespace evenkeel::rules
