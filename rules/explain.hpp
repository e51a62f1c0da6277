// Causes and proposals in a sentence, for people: "equity 67.92% > 65% (target 60%, band 5pp)". For
// event lines, reports and alerts; never read back, never needed for a decision, never on the hot
// path.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/instrument.hpp"
#include "core/proposal.hpp"
#include "rules/policy.hpp"

namespace evenkeel::rules {

/// "67.92%", with at most `decimals` decimals and no idle zeros.
std::string percent_text(Ratio ratio, int decimals = 2);
/// "5,000.25".
std::string price_text(Price price);
/// "12,345,678" in whole units of currency, "0.12" below one.
std::string money_text(Money money);
/// "1,235".
std::string quantity_text(Quantity quantity);

/// What was measured against what, without trades. A sleeve that the policy does not know is "?".
std::string explain_cause(const Cause& cause, const Policy& policy);
/// "sell 32 ESZ6 at 5,000.25".
std::string explain_trade(InstrumentId instrument, Quantity quantity, Price price,
                          const InstrumentTable& instruments);
/// "equity 67.92% > 65% (target 60%, band 5pp): sell 32 ESZ6 at 5,000.25, buy 71 ZNZ6 at 110.5"; an
/// alert says what it is about first.
std::string explain(const Proposal& proposal, std::span<const ProposalLine> lines,
                    const Policy& policy, const InstrumentTable& instruments);
/// "a price it reads may not be acted on".
std::string_view alert_text(AlertCode code);

}  // namespace evenkeel::rules
