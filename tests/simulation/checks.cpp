#include "tests/simulation/checks.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include "absl/strings/str_cat.h"
#include "fix/clordid.hpp"
#include "rules/config_reader.hpp"

namespace evenkeel::simulation {
namespace {

/// Both records' bytes; padding and unused parts are zero in either.
bool same(const Event& a, const Event& b) { return std::memcmp(&a, &b, sizeof a) == 0; }
bool same(const Intent& a, const Intent& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

std::string text_of(std::string_view view) { return std::string(view); }

}  // namespace

void Checks::take(const Event& event, std::uint32_t intents) {
  if (event.sequence != history_.size() + 1) {
    fail_(absl::StrCat("event ", event.sequence, " comes after ", history_.size()));
    return;
  }
  if (!history_.empty() && event.ts < history_.back().event.ts) {
    fail_(absl::StrCat("event ", event.sequence, " is older than the one before"));
  }
  history_.push_back({event, {}});
  intents_due_ = intents;
  ++events_;
  ledger_->take(event);
}

void Checks::take(const Intent& intent) {
  --intents_due_;
  ++intents_;
  history_.back().intents.push_back(intent);
  ledger_->take(intent);
  if (!ledger_->faults().empty()) fail_(ledger_->faults().front());
}

void Checks::make_ledger(const apps::DecisionCore& core) {
  const InstrumentTable& table = core.books->instruments;
  std::vector<PlainInstrument> instruments;
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    const std::string symbol = text_of(table[InstrumentId{i}].symbol.view());
    PlainInstrument plain;
    plain.symbol = symbol;
    for (const PlainInstrument& known : files_.instruments) {
      if (known.symbol == symbol) plain = known;
    }
    instruments.push_back(plain);
  }
  std::vector<std::string> currencies;
  for (std::uint16_t c = 0; c < table.currency_count(); ++c) {
    currencies.push_back(text_of(table.currency_code(CurrencyId{c})));
  }
  ledger_ = std::make_unique<Ledger>(instruments, files_.portfolios, currencies);
  for (const Record& record : history_) {
    ledger_->take(record.event);
    for (const Intent& intent : record.intents) ledger_->take(intent);
  }
}

// --- book and order desk ---

void Checks::compare(const apps::DecisionCore& core) {
  const Book& book = core.books->book;
  const InstrumentTable& table = core.books->instruments;
  const std::uint64_t at = history_.size();
  const auto differs = [&](std::string_view what, std::string_view whose, std::string_view of,
                           std::int64_t desk, std::int64_t ledger) {
    fail_(absl::StrCat("after event ", at, ": ", std::string(what), " of ", std::string(of), " in ",
                       std::string(whose), " is ", desk, ", the ledger has ", ledger));
  };
  for (std::uint32_t p = 0; p < book.portfolio_count(); ++p) {
    for (const Line& line : book.lines(PortfolioId{p})) {
      const Instrument& instrument = table[line.instrument];
      const std::string symbol = text_of(instrument.symbol.view());
      if (instrument.is_cash()) {
        const std::string currency = text_of(table.currency_code(instrument.currency));
        const std::int64_t cash = ledger_->cash_e4(p, currency) * 100;
        if (line.quantity.raw() != cash) {
          differs("cash", book.name(PortfolioId{p}), currency, line.quantity.raw(), cash);
        }
        continue;
      }
      const std::int64_t units = ledger_->position_e6(p, symbol);
      if (line.quantity.raw() != units) {
        differs("position", book.name(PortfolioId{p}), symbol, line.quantity.raw(), units);
      }
      const std::int64_t cost = ledger_->cost_e4(p, symbol);
      if (instrument.is_future() && line.cost.raw() != cost) {
        differs("cost", book.name(PortfolioId{p}), symbol, line.cost.raw(), cost);
      }
    }
    if (!book.audit(PortfolioId{p})) {
      fail_(absl::StrCat("after event ", at, ": the book of portfolio ", p,
                         " is not what its lines say"));
    }
  }
  compare_orders(core);
  if (at > 0) {
    const Event& last = history_.back().event;
    const bool starts = last.type == EventType::kEngineStart;
    const bool loses = was_logged_on_ && !core.orders.logged_on();
    if (starts) compare_start(core);
    if (starts || loses) compare_loss(core);
    was_logged_on_ = core.orders.logged_on();
  }
  const std::int64_t disputed = ledger_->disputed();
  if (disputed >= 0 &&
      core.orders.halted(PortfolioId{static_cast<std::uint32_t>(disputed)}) == AlertCode::kNone) {
    fail_(absl::StrCat("after event ", at, ": the broker counts otherwise, and portfolio ",
                       disputed, " goes on"));
  }
}

std::vector<AlertCode> Checks::halts_of(const apps::DecisionCore& core) {
  std::vector<AlertCode> halts{core.orders.halted()};
  for (std::uint32_t p = 0; p < core.books->book.portfolio_count(); ++p) {
    halts.push_back(core.orders.halted(PortfolioId{p}));
  }
  return halts;
}

// Without a session nobody knows what becomes of an order.
void Checks::compare_loss(const apps::DecisionCore& core) {
  for (const fix::Order& order : core.orders.orders()) {
    if (!order.open() || order.state() == fix::OrderState::kUnknown) continue;
    fail_(absl::StrCat("after event ", history_.size(), ": there is no session, and order ",
                       order.id, " is thought to be ",
                       std::string(fix::order_state_name(order.state()))));
  }
}

// A start resumes nothing, and believes no price from before it.
void Checks::compare_start(const apps::DecisionCore& core) {
  if (!halts_before_start_.empty() && halts_of(core) != halts_before_start_) {
    fail_("what was halted before the start is not halted after it");
  }
  const InstrumentTable& table = core.books->instruments;
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    const InstrumentId id{i};
    if (table[id].quoted && !table[id].is_cash() && !any(core.books->market.soundness(id))) {
      fail_(absl::StrCat("the price of instrument ", i, " from before the start is believed"));
    }
  }
}

void Checks::compare_orders(const apps::DecisionCore& core) {
  const fix::OrderDesk& desk = core.orders;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::array<std::int64_t, 2>> working;
  std::size_t known = 0;
  for (const auto& [id, plain] : ledger_->orders()) {
    ++known;
    const fix::Order* order = desk.find(id);
    const auto wrong = [&, number = id](std::string_view what) {
      fail_(absl::StrCat("after event ", history_.size(), ": order ", number, " ",
                         std::string(what)));
    };
    if (order == nullptr || order->id != id) {
      wrong("is not known to the order desk");
      return;
    }
    if (order->filled.raw() != plain.filled_e6) {
      wrong(absl::StrCat("has filled ", order->filled.raw(), ", the ledger has ", plain.filled_e6));
    }
    const std::int64_t open = order->open_quantity().raw();
    const bool enough =
        plain.muddled ? open >= plain.open_e6() || plain.open_e6() < 0 : open == plain.open_e6();
    if (!enough) {
      wrong(absl::StrCat("has ", open, " open, the ledger has ", plain.open_e6()));
    }
    working[{order->portfolio.value, order->instrument.value}][order->side == Side::kBuy ? 0 : 1] +=
        open;
  }
  if (known != desk.orders().size()) {
    fail_(absl::StrCat("after event ", history_.size(), ": the order desk has ",
                       desk.orders().size(), " orders, the ledger has ", known));
  }
  const Book& book = core.books->book;
  for (const auto& [key, sums] : working) {
    const Line* line = book.line(PortfolioId{key.first}, InstrumentId{key.second});
    if (line == nullptr) continue;  // a currency pair works on cash
    if (line->working_buy.raw() != sums[0] || line->working_sell.raw() != sums[1]) {
      fail_(absl::StrCat("after event ", history_.size(), ": portfolio ", key.first, " works ",
                         line->working_buy.raw(), "/", line->working_sell.raw(), " of instrument ",
                         key.second, ", its orders have ", sums[0], "/", sums[1], " open"));
    }
  }
}

// --- the disk ---

void Checks::durable_at_crash(std::uint64_t sequence) { durable_ = std::max(durable_, sequence); }

void Checks::recovered(std::uint64_t sequence, Disks& disks, const apps::DecisionCore& core) {
  if (sequence < durable_) {
    fail_(absl::StrCat("events up to ", durable_,
                       " were durable, and after the restart the last is ", sequence));
    return;
  }
  if (sequence > history_.size()) {
    fail_(absl::StrCat("the journal ends with event ", sequence, ", and only ", history_.size(),
                       " happened"));
    return;
  }
  history_.resize(sequence);
  intents_due_ = 0;
  if (!same_as_journal(disks)) return;
  make_ledger(core);
  halts_before_start_ = halts_of(core);
  was_logged_on_ = core.orders.logged_on();
  compare(core);
}

bool Checks::same_as_journal(Disks& disks) {
  auto reader = JournalReader::open(disks.journal());
  if (!reader.ok()) {
    fail_(absl::StrCat("the journal cannot be read: ", reader.status().ToString()));
    return false;
  }
  std::size_t at = 0, intent = 0;
  const auto differs = [&](std::string_view what) {
    fail_(absl::StrCat("the journal is not what happened: ", std::string(what), " at event ", at));
    return false;
  };
  const auto event_ended = [&] { return at == 0 || intent == history_[at - 1].intents.size(); };
  JournalRecord record;
  for (;;) {
    const auto more = (*reader)->next(record);
    if (!more.ok()) {
      fail_(absl::StrCat("the journal cannot be read: ", more.status().ToString()));
      return false;
    }
    if (!*more) break;
    if (record.kind == FrameKind::kEvent) {
      if (!event_ended()) return differs("an intent is missing");
      if (at == history_.size()) break;  // of the start that is under way
      if (!same(record.event, history_[at].event)) return differs("another event");
      ++at;
      intent = 0;
    } else if (record.kind == FrameKind::kIntent) {
      if (at == 0 || intent >= history_[at - 1].intents.size() ||
          !same(record.intent, history_[at - 1].intents[intent])) {
        return differs("another intent");
      }
      ++intent;
    }
  }
  if (at != history_.size() || !event_ended()) return differs("it ends early");
  if ((*reader)->tail().bytes_cut != 0) return differs("a torn end was left there");
  return true;
}

std::uint64_t Checks::epoch_at(std::uint64_t sequence) const {
  for (std::size_t i = std::min<std::size_t>(sequence, history_.size()); i-- > 0;) {
    if (history_[i].event.type == EventType::kEngineStart) {
      return history_[i].event.payload.start.epoch;
    }
  }
  return 0;
}

bool Checks::on_disk(std::uint64_t order_id, Storage& copy) const {
  const auto segments = journal_segments(copy);
  if (!segments.ok() || segments->empty()) return false;
  const std::uint64_t last = segments->back().number;
  for (const std::uint64_t from : {last > 1 ? last - 1 : last, std::uint64_t{0}}) {
    auto reader = JournalReader::open(copy, from);
    if (!reader.ok()) continue;
    JournalRecord record;
    for (auto more = (*reader)->next(record); more.ok() && *more; more = (*reader)->next(record)) {
      const bool asks =
          record.kind == FrameKind::kIntent && (record.intent.type == IntentType::kNewOrder ||
                                                record.intent.type == IntentType::kReplaceOrder);
      if (asks && record.intent.order_id == order_id) return true;
    }
  }
  return false;
}

void Checks::arrived(char type, const std::string& id, Disks& disks, Durability durability) {
  const auto parts = fix::parse_cl_ord_id(*fix::engine_code(kEngineId), id);
  if (!parts) {
    fail_("the broker was sent the ClOrdID " + id);
    return;
  }
  const Intent* asked = nullptr;
  for (std::size_t i = history_.size(); i-- > 0 && asked == nullptr;) {
    for (const Intent& intent : history_[i].intents) {
      const bool may_be =
          intent.type == (type == 'D' ? IntentType::kNewOrder : IntentType::kReplaceOrder);
      if (may_be && intent.order_id == parts->order_id) asked = &intent;
    }
  }
  if (asked == nullptr) {
    fail_("the broker was sent " + id + ", which nobody asked for");
    return;
  }
  const std::uint64_t epoch = epoch_at(asked->event_sequence);
  if (epoch != parts->epoch) {
    fail_(absl::StrCat("the broker was sent ", id, ", and that number belongs to epoch ", epoch));
    return;
  }
  testing::MemoryStorage copy;
  disks.copy_journal(copy, durability == Durability::kDisk);
  if (!on_disk(parts->order_id, copy)) {
    fail_(absl::StrCat("the broker was sent ", id, ", and its intent is not on the disk"));
  }
}

void Checks::replays(Disks& disks) {
  rules::Complaints complaints;
  const auto config = apps::load_desk_from(files_.files, complaints);
  if (!config.ok()) return fail_(config.status().ToString());
  auto core = apps::DecisionCore::build(*config);
  if (!core.ok()) return fail_(core.status().ToString());
  auto reader = JournalReader::open(disks.journal());
  if (!reader.ok()) return fail_(reader.status().ToString());
  IntentBuffer intents(8'192);
  JournalRecord record;
  std::size_t at = 0;
  for (;;) {
    const auto more = (*reader)->next(record);
    if (!more.ok()) return fail_(more.status().ToString());
    if (!*more) break;
    if (record.kind == FrameKind::kEvent) {
      if (at != intents.intents().size()) return fail_("a replay asks for more than was recorded");
      (*core)->engine.on_event(record.event, intents);
      at = 0;
    } else if (record.kind == FrameKind::kIntent) {
      if (at >= intents.intents().size() || !same(record.intent, intents.intents()[at])) {
        return fail_(absl::StrCat("a replay differs at event ", record.intent.event_sequence));
      }
      ++at;
    }
  }
  compare(**core);
}

// --- the broker ---

std::string Checks::difference_to(const Broker& broker, const apps::DecisionCore& core) const {
  const auto engine = *fix::engine_code(kEngineId);
  std::set<std::uint64_t> at_broker;
  for (const BrokerOrder& theirs : broker.orders()) {
    const auto parts = fix::parse_cl_ord_id(engine, theirs.first_id);
    const fix::Order* ours = parts ? core.orders.find(parts->order_id) : nullptr;
    if (ours == nullptr || ours->id != parts->order_id) {
      return absl::StrCat("the broker has order ", theirs.first_id, ", the desk does not");
    }
    if (!at_broker.insert(ours->id).second) {
      return absl::StrCat("the broker has order ", ours->id, " twice");
    }
    const bool lives = theirs.state != BrokerOrder::State::kDone;
    if (lives != ours->open() || theirs.leaves_e6() != ours->open_quantity().raw()) {
      return absl::StrCat("order ", theirs.first_id, ": the broker has ", theirs.leaves_e6(),
                          " open, the desk ", ours->open_quantity().raw(), " (",
                          std::string(fix::order_state_name(ours->state())), ")");
    }
    std::vector<std::pair<std::int64_t, std::int64_t>> fills;
    for (const BrokerFill& fill : theirs.fills) {
      if (!fill.busted) fills.push_back({fill.quantity_e6, fill.price_e9});
    }
    std::sort(fills.begin(), fills.end());
    if (fills != ledger_->fills_of(ours->id)) {
      return absl::StrCat("order ", theirs.first_id, ": the broker's fills are not the desk's");
    }
  }
  for (const fix::Order& ours : core.orders.orders()) {
    if (at_broker.contains(ours.id)) continue;
    if (ours.open()) {
      return absl::StrCat("order ", ours.id, " is open here, and the broker never had it");
    }
    if (!ours.filled.is_zero()) {
      return absl::StrCat("order ", ours.id, " has fills, and the broker never had it");
    }
  }
  return {};
}

std::uint64_t Checks::digest() const {
  std::uint64_t hash = 0xcbf29ce484222325U;
  const auto add = [&hash](const void* data, std::size_t size) {
    const auto* bytes = static_cast<const unsigned char*>(data);
    for (std::size_t i = 0; i < size; ++i) hash = (hash ^ bytes[i]) * 0x100000001b3U;
  };
  for (const Record& record : history_) {
    add(&record.event, sizeof record.event);
    for (const Intent& intent : record.intents) add(&intent, sizeof intent);
  }
  return hash;
}

// --- for people ---

std::string describe(const Event& event) {
  static constexpr const char* kTypes[] = {
      "none",   "quote",   "trade",     "break",         "status",      "venue session",
      "gap",    "feed",    "execution", "cancel reject", "session",     "cash flow",
      "signal", "command", "clock",     "start",         "send attempt"};
  std::string text = absl::StrCat(event.sequence, " ", kTypes[static_cast<std::size_t>(event.type)],
                                  " subject ", static_cast<std::int32_t>(event.subject));
  if (event.type == EventType::kExecution) {
    const ExecutionPayload& e = event.payload.execution;
    absl::StrAppend(&text, " order ", e.order_id, "/", e.orig_order_id, " type ",
                    static_cast<int>(e.exec_type), " status ", static_cast<int>(e.ord_status),
                    " id ", text_of(e.exec_id.view()), " ref ", text_of(e.exec_ref_id.view()),
                    " last ", e.last_quantity.raw() / 1'000'000, "@", e.last_price.raw(), " cum ",
                    e.cumulative_quantity.raw() / 1'000'000, " leaves ",
                    e.leaves_quantity.raw() / 1'000'000);
  } else if (event.type == EventType::kSessionStatus) {
    absl::StrAppend(&text, " state ", static_cast<int>(event.payload.session.state));
  } else if (event.type == EventType::kCommand) {
    absl::StrAppend(&text, " command ", static_cast<int>(event.payload.command.command));
  } else if (event.type == EventType::kQuote) {
    absl::StrAppend(&text, " ", event.payload.quote.bid.raw(), "/", event.payload.quote.ask.raw());
  } else if (event.type == EventType::kSendAttempt) {
    absl::StrAppend(&text, " order ", event.payload.attempt.order_id, " message ",
                    event.payload.attempt.message);
  } else if (event.type == EventType::kCancelReject) {
    absl::StrAppend(&text, " order ", event.payload.cancel_reject.order_id, " of ",
                    event.payload.cancel_reject.orig_order_id);
  }
  return text;
}

std::string describe(const Intent& intent) {
  static constexpr const char* kTypes[] = {"none",   "new",        "replace", "cancel",
                                           "status", "don't know", "alert"};
  return absl::StrCat(
      kTypes[static_cast<std::size_t>(intent.type)], " order ", intent.order_id, "/",
      intent.orig_order_id, " portfolio ", static_cast<std::int32_t>(intent.portfolio.value),
      " instrument ", static_cast<std::int32_t>(intent.instrument.value),
      intent.side == Side::kBuy ? " buy " : " sell ", intent.quantity.raw() / 1'000'000, " alert ",
      static_cast<int>(intent.alert), " ", text_of(intent.text.view()));
}

}  // namespace evenkeel::simulation
