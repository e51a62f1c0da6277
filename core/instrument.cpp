#include "core/instrument.hpp"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace evenkeel {
namespace {

absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }

bool is_currency_code(std::string_view code) {
  return code.size() == 3 &&
         std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

absl::Status validate(const Instrument& instrument, std::size_t currencies) {
  const auto symbol = to_absl(instrument.symbol.view());
  if (symbol.empty()) return absl::InvalidArgumentError("instrument without a symbol");
  const auto refuse = [&](absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat("instrument ", symbol, ": ", what));
  };
  if (instrument.tick.raw() <= 0) return refuse("tick must be positive");
  if (instrument.lot.raw() <= 0) return refuse("lot must be positive");
  if (instrument.multiplier.raw() <= 0) return refuse("multiplier must be positive");
  if (instrument.currency.index() >= currencies) return refuse("unknown currency");
  if (instrument.kind == InstrumentKind::kFx && (instrument.base_currency.index() >= currencies ||
                                                 instrument.base_currency == instrument.currency)) {
    return refuse("an FX pair needs two different currencies");
  }
  if (instrument.kind == InstrumentKind::kFx && instrument.multiplier != kUnitMultiplier) {
    return refuse("an FX pair has no multiplier: its price is the rate");
  }
  if (instrument.is_future() && instrument.beta.raw() <= 0) return refuse("beta must be positive");
  if (instrument.statement_price.raw() < 0) return refuse("statement price must not be negative");
  if (instrument.spread_max.raw() < 0 || instrument.move_max.raw() < 0 ||
      instrument.confirm_for < 0) {
    return refuse("spread, move and confirmation limits must not be negative");
  }
  return absl::OkStatus();
}

}  // namespace

std::string_view kind_name(InstrumentKind kind) {
  switch (kind) {
    case InstrumentKind::kEquity:
      return "equity";
    case InstrumentKind::kEtf:
      return "etf";
    case InstrumentKind::kFund:
      return "fund";
    case InstrumentKind::kFuture:
      return "future";
    case InstrumentKind::kFx:
      return "fx";
    case InstrumentKind::kCash:
      return "cash";
  }
  return "?";
}

absl::StatusOr<CurrencyId> InstrumentTable::add_currency(std::string_view code) {
  if (!is_currency_code(code)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", to_absl(code), "' is not a currency: three capital letters are expected"));
  }
  if (const CurrencyId known = find_currency(code); known.valid()) return known;
  Currency currency;
  currency.code.assign(code);
  currencies_.push_back(currency);
  return CurrencyId::of(currencies_.size() - 1);
}

absl::StatusOr<InstrumentId> InstrumentTable::add(const Instrument& instrument) {
  if (absl::Status status = validate(instrument, currencies_.size()); !status.ok()) return status;
  const std::string_view symbol = instrument.symbol.view();
  const auto at = std::lower_bound(by_symbol_.begin(), by_symbol_.end(), symbol,
                                   [this](InstrumentId id, std::string_view wanted) {
                                     return instruments_[id.index()].symbol.view() < wanted;
                                   });
  if (at != by_symbol_.end() && instruments_[at->index()].symbol.view() == symbol) {
    return absl::AlreadyExistsError(
        absl::StrCat("instrument ", to_absl(symbol), " is defined twice"));
  }
  const InstrumentId id = InstrumentId::of(instruments_.size());
  Instrument stored = instrument;
  if (stored.is_cash()) {
    Currency& currency = currencies_[stored.currency.index()];
    if (currency.cash.valid()) {
      return absl::AlreadyExistsError(
          absl::StrCat("currency ", to_absl(currency.code.view()), " has two cash instruments"));
    }
    currency.cash = id;
    stored.quoted = false;
    stored.statement_price = kUnitPrice;
    stored.multiplier = kUnitMultiplier;
  }
  by_symbol_.insert(at, id);
  instruments_.push_back(stored);
  return id;
}

InstrumentId InstrumentTable::find(std::string_view symbol) const {
  const auto at = std::lower_bound(by_symbol_.begin(), by_symbol_.end(), symbol,
                                   [this](InstrumentId id, std::string_view wanted) {
                                     return instruments_[id.index()].symbol.view() < wanted;
                                   });
  if (at == by_symbol_.end() || instruments_[at->index()].symbol.view() != symbol) return {};
  return *at;
}

CurrencyId InstrumentTable::find_currency(std::string_view code) const {
  for (std::size_t i = 0; i < currencies_.size(); ++i) {
    if (currencies_[i].code.view() == code) return CurrencyId::of(i);
  }
  return {};
}

FxLink InstrumentTable::fx_link(CurrencyId from, CurrencyId to) const {
  if (from == to) return {.pair = {}, .inverse = false, .known = true};
  for (std::size_t i = 0; i < instruments_.size(); ++i) {
    const Instrument& pair = instruments_[i];
    if (pair.kind != InstrumentKind::kFx) continue;
    const bool direct = pair.base_currency == from && pair.currency == to;
    const bool inverse = pair.base_currency == to && pair.currency == from;
    if (direct || inverse) return {.pair = InstrumentId::of(i), .inverse = inverse, .known = true};
  }
  return {};
}

}  // namespace evenkeel
