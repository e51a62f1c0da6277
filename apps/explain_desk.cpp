#include "apps/explain_desk.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "apps/events.hpp"
#include "apps/events_json.hpp"
#include "apps/events_text.hpp"
#include "fix/clordid.hpp"
#include "rules/explain.hpp"

namespace evenkeel::apps {
namespace {

absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }

DeskNames names_of(const DecisionCore& core, const DeskConfig& config) {
  DeskNames names;
  names.instruments = &core.books->instruments;
  names.book = &core.books->book;
  for (const FeedSettings& feed : config.machine.feeds) names.sources.push_back(feed.name);
  if (config.machine.fix) names.sources.push_back(config.machine.fix->target);
  names.policies = &config.policies;
  if (config.machine.fix && config.machine.fix->drop_copy) {
    names.sources.push_back(config.machine.fix->drop_copy->target);
    names.drop_copy = drop_copy_source(config.machine);
  }
  return names;
}

/// Calls `each` with every record, in order.
template <class Each>
absl::Status scan(Storage& storage, Each&& each) {
  auto reader = JournalReader::open(storage);
  if (!reader.ok()) return reader.status();
  JournalRecord record;
  for (;;) {
    const auto more = (*reader)->next(record);
    if (!more.ok()) return more.status();
    if (!*more) return absl::OkStatus();
    if (absl::Status status = each(record); !status.ok()) return status;
  }
}

// --- an order ---------------------------------------------------------------------------------

/// Which requests belong to which order.
class Families {
 public:
  void add(const Intent& intent) {
    if (intent.order_id == 0 || intent.type == IntentType::kAlert) return;
    if (intent.type == IntentType::kNewOrder) {
      roots_[intent.order_id] = intent.order_id;
    } else if (intent.type == IntentType::kReplaceOrder ||
               intent.type == IntentType::kCancelOrder) {
      const OrderId root = root_of(intent.orig_order_id);
      if (root != 0) roots_[intent.order_id] = root;
    }
  }
  /// 0: nobody's.
  OrderId root_of(OrderId id) const {
    const auto at = roots_.find(id);
    return at == roots_.end() ? 0 : at->second;
  }

 private:
  std::map<OrderId, OrderId> roots_;
};

/// Finds out whether a record is about the order, and tells it.
class OrderReader {
 public:
  OrderReader(OrderStory& story, const Families& families, bool json)
      : story_(story), families_(families), json_(json) {}

  void read(const JournalRecord& record, const Replayer& replayer) {
    if (record.kind == FrameKind::kIntent) {
      const Intent& intent = record.intent;
      if (intent.type == IntentType::kNewOrder) note_proposal(intent);
      if (!about(intent)) return;
      if (intent.type == IntentType::kNewOrder) note(intent, replayer);
      Report report = Report::of(intent);
      tell(report, intent.ts, intent.event_sequence, replayer);
    } else if (record.kind == FrameKind::kEvent && about(record.event)) {
      if (record.event.type == EventType::kSendAttempt) return tell_attempt(record.event);
      tell(Report::of(record.event), record.event.ts, record.event.sequence, replayer);
    }
  }

 private:
  bool ours(OrderId id) const { return id != 0 && families_.root_of(id) == story_.order_id; }
  bool about(const Intent& intent) const {
    return ours(intent.order_id) || ours(intent.orig_order_id);
  }
  bool about(const Event& event) {
    switch (event.type) {
      case EventType::kExecution: {
        const ExecutionPayload& report = event.payload.execution;
        const bool named = ours(report.order_id) || ours(report.orig_order_id);
        const bool adjusts = std::any_of(fills_.begin(), fills_.end(), [&](const FixId& id) {
          return !report.exec_ref_id.empty() && id == report.exec_ref_id;
        });
        if (named || adjusts) fills_.push_back(report.exec_id);
        return named || adjusts;
      }
      case EventType::kCancelReject:
        return ours(event.payload.cancel_reject.order_id) ||
               ours(event.payload.cancel_reject.orig_order_id);
      case EventType::kSendAttempt:
        return ours(event.payload.attempt.order_id);
      default:
        return false;
    }
  }

  void note_proposal(const Intent& intent) {
    if (intent.cause.proposal == 0) return;
    by_proposal_.push_back({intent.portfolio, intent.cause.proposal, intent.order_id});
  }
  /// The order itself: everything that has a name.
  void note(const Intent& intent, const Replayer& replayer) {
    const DeskNames& names = this->names(replayer);
    story_.intent = intent;
    story_.portfolio = names.portfolio(intent.portfolio);
    story_.symbol = names.symbol(intent.instrument);
    story_.policy = names.policy(intent.cause.model);
    story_.sleeve = names.sleeve(intent.cause.model, intent.cause.sleeve);
    story_.currency = names.base_currency(intent.portfolio);
    story_.rule = name_of(intent.cause.trigger);
    story_.why = explain(names, intent.cause);
    const auto id = replayer.core()->orders.epochs().format(replayer.config().machine.engine.id,
                                                            intent.order_id);
    if (id) story_.cl_ord_id = id->view();
  }
  const DeskNames& names(const Replayer& replayer) {
    if (told_by_ != replayer.core()) {
      told_by_ = replayer.core();
      teller_ = std::make_unique<EventTeller>(
          names_of(*told_by_, replayer.config()),
          json_ ? EventTeller::Format::kJson : EventTeller::Format::kText);
    }
    return teller_->names();
  }
  void tell(const Report& report, TimeNs ts, std::uint64_t sequence, const Replayer& replayer) {
    names(replayer);
    std::string text;
    teller_->tell(report, text);
    if (!text.empty() && text.back() == '\n') text.pop_back();
    if (!text.empty()) story_.life.push_back({ts, sequence, std::move(text)});
  }
  void tell_attempt(const Event& event) {
    const SendAttemptPayload& send = event.payload.attempt;
    std::string text;
    if (json_) {
      JsonLine(text)
          .integer("ts_ns", event.ts)
          .count("seq", event.sequence)
          .text("type", "send_attempt")
          .count("order_id", send.order_id)
          .count("message", send.message)
          .text("result", name_of(send.result))
          .end();
      text.pop_back();
    } else {
      const bool sent = send.result == SendResultKind::kSent;
      text =
          absl::StrCat(time_of_day(event.ts),
                       sent ? "  sent      request " : "  LOST      request ", send.order_id,
                       sent ? " went out as message " : " did not go out, message ", send.message);
    }
    story_.life.push_back({event.ts, event.sequence, std::move(text)});
  }

 public:
  void finish(const Recovered& end) {
    for (const ProposedOrder& other : by_proposal_) {
      if (other.proposal == story_.intent.cause.proposal && other.order != story_.order_id &&
          other.portfolio == story_.intent.portfolio) {
        story_.together.push_back(other.order);
      }
    }
    const fix::Order* order = end.core->orders.find(story_.order_id);
    if (order == nullptr || order->id != story_.order_id) return;
    story_.state = fix::order_state_name(order->state());
    story_.filled = order->filled;
  }

 private:
  struct ProposedOrder {
    PortfolioId portfolio;
    std::uint64_t proposal;
    OrderId order;
  };
  OrderStory& story_;
  const Families& families_;
  bool json_;
  std::unique_ptr<EventTeller> teller_;
  const DecisionCore* told_by_ = nullptr;
  std::vector<FixId> fills_;
  std::vector<ProposedOrder> by_proposal_;
};

/// The number of the order that a text names, as far as a journal's engine can tell.
std::optional<OrderId> order_number(std::string_view which, std::string_view engine) {
  OrderId id = 0;
  const char* const end = which.data() + which.size();
  const auto parsed = std::from_chars(which.data(), end, id);
  if (parsed.ec == std::errc() && parsed.ptr == end) return id;
  const auto code = fix::engine_code(engine);
  if (!code) return std::nullopt;
  const auto parts = fix::parse_cl_ord_id(*code, which);
  if (!parts) return std::nullopt;
  return parts->order_id;
}

}  // namespace

absl::StatusOr<OrderStory> explain_order(Storage& storage, const std::string& folder,
                                         std::string_view which, bool json) {
  std::string engine;
  {
    auto reader = JournalReader::open(storage);
    if (!reader.ok()) return reader.status();
    JournalRecord record;
    if (const auto more = (*reader)->next(record); !more.ok()) return more.status();
    engine = (*reader)->engine();
  }
  const auto number = order_number(which, engine);
  if (!number) {
    return absl::NotFoundError(
        absl::StrCat(to_absl(which), " is neither a number nor a ClOrdID of ", "engine ", engine));
  }
  Families families;
  const absl::Status scanned = scan(storage, [&](const JournalRecord& record) {
    if (record.kind == FrameKind::kIntent) families.add(record.intent);
    return absl::OkStatus();
  });
  if (!scanned.ok()) return scanned;
  OrderStory story;
  story.order_id = families.root_of(*number);
  if (story.order_id == 0) {
    return absl::NotFoundError(absl::StrCat("the journal has no order ", to_absl(which)));
  }
  OrderReader reader(story, families, json);
  RecoverOptions options;
  options.folder = folder;
  options.use_snapshot = false;
  options.each = [&](const JournalRecord& record, const Replayer& replayer) {
    reader.read(record, replayer);
  };
  const auto end = recover(storage, options);
  if (!end.ok()) return end.status();
  reader.finish(*end);
  if (which.find('-') != std::string_view::npos && families.root_of(*number) == *number &&
      !story.cl_ord_id.empty() && story.cl_ord_id != which) {
    return absl::NotFoundError(absl::StrCat("the journal has no order ", to_absl(which),
                                            "; number ", *number, " is ", story.cl_ord_id));
  }
  return story;
}

std::string render(const OrderStory& story) {
  const Intent& intent = story.intent;
  const auto amount = [](auto value) { return exact(value); };
  std::string out = absl::StrCat("order ", story.order_id);
  if (!story.cl_ord_id.empty()) absl::StrAppend(&out, " (", story.cl_ord_id, ")");
  absl::StrAppend(&out, " of ", story.portfolio, ": ", to_absl(name_of(intent.side)), " ",
                  grouped(intent.quantity), " ", story.symbol, "\n");
  absl::StrAppend(&out, "  asked for  ", date_time(intent.ts), " UTC, at event ",
                  intent.event_sequence, "\n");
  if (!story.why.empty()) absl::StrAppend(&out, "  why        ", story.why, "\n");
  absl::StrAppend(&out, "  rule       ", story.rule, " of sleeve ", story.sleeve, ", policy ",
                  story.policy, "\n");
  absl::StrAppend(&out, "  measured   ", percent(intent.cause.measured, 4), "% against ",
                  percent(intent.cause.threshold, 4), "%, target ", percent(intent.cause.target, 4),
                  "%, of ", story.currency, " ", grouped(intent.cause.nav, 2), "\n");
  absl::StrAppend(&out, "  prices     limit ",
                  intent.limit_price.is_zero() ? "none (market)" : amount(intent.limit_price),
                  ", bid ", amount(intent.bid), ", ask ", amount(intent.ask), ", sized at ",
                  amount(intent.reference_price), "\n");
  if (intent.cause.proposal != 0) {
    absl::StrAppend(&out, "  proposal   #", intent.cause.proposal);
    const char* separator = ", together with orders ";
    for (const OrderId other : story.together) {
      absl::StrAppend(&out, separator, other);
      separator = ", ";
    }
    out.push_back('\n');
  }
  if (!story.state.empty()) {
    absl::StrAppend(&out, "  became     ", story.state, ", ", grouped(story.filled), " of ",
                    grouped(intent.quantity), " filled\n");
  }
  out += "  its life:\n";
  for (const OrderEntry& entry : story.life) absl::StrAppend(&out, "    ", entry.text, "\n");
  return out;
}

std::string render_json(const OrderStory& story) {
  const Intent& intent = story.intent;
  std::string out;
  JsonLine line(out);
  line.text("type", "order")
      .count("order_id", story.order_id)
      .text("cl_ord_id", story.cl_ord_id)
      .integer("ts_ns", intent.ts)
      .count("seq", intent.event_sequence)
      .text("portfolio", story.portfolio)
      .text("symbol", story.symbol)
      .text("side", name_of(intent.side))
      .number("quantity", intent.quantity)
      .number("limit", intent.limit_price)
      .number("reference", intent.reference_price)
      .number("bid", intent.bid)
      .number("ask", intent.ask)
      .text("state", story.state)
      .number("filled", story.filled)
      .open("cause", '{')
      .count("proposal", intent.cause.proposal)
      .text("trigger", story.rule)
      .text("policy", story.policy)
      .text("sleeve", story.sleeve)
      .number("measured", intent.cause.measured)
      .number("threshold", intent.cause.threshold)
      .number("target", intent.cause.target)
      .number("nav", intent.cause.nav)
      .text("currency", story.currency)
      .text("why", story.why)
      .close('}');
  std::string list;
  for (const OrderId other : story.together) {
    absl::StrAppend(&list, list.empty() ? "" : ",", other);
  }
  line.raw("together", absl::StrCat("[", list, "]"));
  list.clear();
  for (const OrderEntry& entry : story.life) {
    absl::StrAppend(&list, list.empty() ? "" : ",", entry.text);
  }
  line.raw("life", absl::StrCat("[", list, "]")).end();
  return out;
}

// --- a portfolio ------------------------------------------------------------------------------

std::optional<TimeNs> parse_moment(std::string_view text, TimeNs day) {
  const auto number = [&](std::size_t at, std::size_t digits) -> std::optional<int> {
    if (text.size() < at + digits) return std::nullopt;
    int value = 0;
    const char* const end = text.data() + at + digits;
    const auto parsed = std::from_chars(text.data() + at, end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end || value < 0) return std::nullopt;
    return value;
  };
  if (!text.empty() && text.back() == 'Z') text.remove_suffix(1);
  TimeNs midnight = day - ((day % kCalendarDay) + kCalendarDay) % kCalendarDay;
  if (text.size() > 10 && text[4] == '-' && text[7] == '-' &&
      (text[10] == 'T' || text[10] == ' ')) {
    const auto year = number(0, 4), month = number(5, 2), of_month = number(8, 2);
    if (!year || !month || !of_month) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{*year},
                                           std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*of_month)}};
    if (!date.ok() || *year < 1970 || *year > 2200) return std::nullopt;
    midnight = std::chrono::sys_days{date}.time_since_epoch().count() * kCalendarDay;
    text.remove_prefix(11);
  }
  if (text.size() < 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  const auto hours = number(0, 2), minutes = number(3, 2), seconds = number(6, 2);
  if (!hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds > 59) {
    return std::nullopt;
  }
  TimeNs time = midnight + *hours * kHour + *minutes * kMinute + *seconds * kSecond;
  if (text.size() == 8) return time;
  if (text[8] != '.' || text.size() > 18) return std::nullopt;
  TimeNs unit = kSecond;
  for (std::size_t i = 9; i < text.size(); ++i) {
    const auto digit = number(i, 1);
    if (!digit) return std::nullopt;
    unit /= 10;
    time += *digit * unit;
  }
  return time;
}

namespace {

/// What the replay tells on its way to the moment.
struct LastTold {
  Intent refusal;  // kNone: there was none
};

bool is_refusal(const Intent& intent) {
  return intent.type == IntentType::kAlert && intent.alert >= AlertCode::kLimitQuantity &&
         intent.alert <= AlertCode::kLimitBufferFull;
}

/// The time, with the date when it is another day's.
std::string when_text(TimeNs ts, TimeNs now) {
  const bool same_day = ts / kCalendarDay == now / kCalendarDay;
  return same_day ? time_of_day(ts) : date_time(ts);
}

void read_sleeves(const DecisionCore& core, PortfolioId id, PortfolioMoment& moment) {
  const Book& book = core.books->book;
  const rules::Regime& regime = core.rules.regime(book.model_id(id));
  const rules::Policy& policy = core.rules.policy(book.model_id(id));
  for (std::size_t s = 1; s < policy.sleeves.size(); ++s) {
    const SleeveId sleeve = SleeveId::of(s);
    SleeveStanding standing;
    standing.name = policy.sleeves[s].name.view();
    for (SleeveId up = policy.sleeves[s].parent; up.valid() && up != kRootSleeve;
         up = policy.sleeves[up.index()].parent) {
      ++standing.depth;
    }
    standing.weight = ratio_of(book.exposure(id, sleeve), moment.nav);
    standing.projected = ratio_of(book.projected(id, sleeve), moment.nav);
    standing.target = regime.targets[s];
    const rules::Edges& edges = regime.edges[s];
    standing.banded = edges.banded;
    standing.low = edges.low;
    standing.high = edges.high;
    if (edges.banded && moment.measurable) {
      const auto up = compare_weight(book.projected(id, sleeve), moment.nav, edges.high);
      const auto down = compare_weight(book.projected(id, sleeve), moment.nav, edges.low);
      standing.breached = up > 0 || down < 0 || (policy.edge_inclusive && (up == 0 || down == 0));
    }
    moment.sleeves.push_back(std::move(standing));
  }
}

void read_orders(const DecisionCore& core, PortfolioId id, PortfolioMoment& moment) {
  for (const fix::Order& order : core.orders.orders()) {
    if (order.portfolio != id || !order.open() || order.id == 0) continue;
    moment.open_orders.push_back(absl::StrCat(
        order.id, ": ", to_absl(name_of(order.side)), " ", grouped(order.quantity), " ",
        to_absl(core.books->instruments[order.instrument].symbol.view()), " at ",
        order.limit_price.is_zero() ? "market" : exact(order.limit_price), ", ",
        to_absl(fix::order_state_name(order.state())), ", ", grouped(order.filled), " filled"));
  }
}

/// Everything that holds the rules, or their proposals, back.
void read_reasons(const DecisionCore& core, PortfolioId id, TimeNs now, PortfolioMoment& moment) {
  const auto add = [&](auto&&... parts) { moment.reasons.push_back(absl::StrCat(parts...)); };
  const View view = core.engine.view(now);
  const rules::RuleStanding standing = core.rules.standing(view.book, id);
  const auto unsound = [&](InstrumentId instrument) {
    return absl::StrCat(to_absl(view.instruments[instrument].symbol.view()), " (",
                        to_absl(unsound_name(view.market.soundness(instrument))), ")");
  };
  if (moment.unvalued_lines != 0) {
    add("not measured: ", moment.unvalued_lines, " of its holdings have no value yet");
  } else if (moment.nav.raw() <= 0) {
    add("not measured: its net asset value is not positive");
  }
  if (core.orders.halted() != AlertCode::kNone) {
    add("the desk is halted: ", to_absl(rules::alert_text(core.orders.halted())));
  }
  if (core.orders.halted(id) != AlertCode::kNone) {
    add("the portfolio is halted: ", to_absl(rules::alert_text(core.orders.halted(id))));
  }
  const rules::Policy& policy = core.rules.policy(view.book.model_id(id));
  if (policy.action == rules::Action::kMonitor) {
    add("its policy only watches (action = \"monitor\")");
  } else if (!core.orders.logged_on()) {
    add("the FIX session is not logged on");
  } else if (core.orders.unanswered() > 0) {
    add(core.orders.unanswered(), " orders from before a reconnect are not answered for");
  }
  if (const InstrumentId bad = core.rules.unsound_price(view, id); bad.valid()) {
    add(standing.suspended ? "suspended: the price of " : "would be suspended: the price of ",
        unsound(bad), " may not be acted on");
  } else if (standing.suspended) {
    add("suspended until it is looked at again");
  }
  if (standing.breached && now < standing.ripe_at) {
    add("breached since ", when_text(standing.breached_since, now), ", held until ",
        when_text(standing.ripe_at, now), " (hold_for)");
  }
  if (now < standing.not_before) {
    add(standing.back_off > 0 ? "refused; tried again at " : "cool-down until ",
        when_text(standing.not_before, now),
        standing.back_off > 0 ? absl::StrCat(" (pause ", duration_text(standing.back_off), ")")
                              : std::string());
  }
  if (standing.in_episode) add("waits for its sales, to buy with what they bring in");
  if (standing.told == AlertCode::kIncurable) {
    add("told as incurable: no whole lot or contract betters it");
  }
}

void conclude(PortfolioMoment& moment) {
  const bool breached = std::any_of(moment.sleeves.begin(), moment.sleeves.end(),
                                    [](const SleeveStanding& s) { return s.breached; });
  if (!moment.measurable) {
    moment.conclusion = "it cannot be measured, so nothing is asked for";
  } else if (!breached) {
    moment.conclusion = "with its working orders counted it is within its bands: nothing to do";
  } else if (!moment.reasons.empty()) {
    moment.conclusion = "outside its bands, and held back: " + moment.reasons.front();
  } else if (!moment.open_orders.empty()) {
    moment.conclusion = "outside its bands, with orders under way";
  } else {
    moment.conclusion = "outside its bands: the rules act at the next price";
  }
}

PortfolioId find_portfolio(const Book& book, std::string_view name) {
  for (std::uint32_t p = 0; p < book.portfolio_count(); ++p) {
    if (book.name(PortfolioId{p}) == name) return PortfolioId{p};
  }
  return PortfolioId::none();
}

absl::StatusOr<PortfolioMoment> read_moment(const Replayer& replayer, const std::string& portfolio,
                                            TimeNs when,
                                            const std::map<std::uint32_t, Intent>& told) {
  const DecisionCore* core = replayer.core();
  if (core == nullptr) return absl::InvalidArgumentError("the journal begins after that time");
  const Book& book = core->books->book;
  const PortfolioId id = find_portfolio(book, portfolio);
  if (!id.valid()) {
    std::vector<std::string_view> known;
    for (std::uint32_t p = 0; p < book.portfolio_count(); ++p) {
      known.push_back(book.name(PortfolioId{p}));
    }
    return absl::NotFoundError(
        absl::StrCat("no portfolio '", portfolio, "'", rules::did_you_mean(portfolio, known)));
  }
  PortfolioMoment moment;
  moment.ts = when;
  moment.sequence = core->engine.last_sequence();
  moment.event_ts = core->engine.last_ts();
  moment.portfolio = portfolio;
  moment.policy = core->rules.policy(book.model_id(id)).name.view();
  moment.currency = core->books->instruments.currency_code(book.base(id));
  moment.nav = book.nav(id);
  moment.unvalued_lines = book.unvalued_lines(id);
  moment.measurable = moment.unvalued_lines == 0 && moment.nav.raw() > 0;
  moment.volatility_high = core->rules.volatility_high(book.model_id(id));
  read_sleeves(*core, id, moment);
  read_orders(*core, id, moment);
  read_reasons(*core, id, when, moment);
  if (const auto at = told.find(id.value); at != told.end()) {
    const Intent& refusal = at->second;
    moment.refusal =
        absl::StrCat(when_text(refusal.ts, when), " ", to_absl(rules::alert_text(refusal.alert)),
                     ": ", to_absl(refusal.text.view()));
    if (refusal.instrument.index() < core->books->instruments.size()) {
      absl::StrAppend(&moment.refusal, " (",
                      to_absl(core->books->instruments[refusal.instrument].symbol.view()), ")");
    }
  }
  conclude(moment);
  return moment;
}

}  // namespace

absl::StatusOr<PortfolioMoment> explain_portfolio(Storage& storage, const std::string& folder,
                                                  std::string_view portfolio,
                                                  std::string_view when) {
  TimeNs first = 0, last = 0;
  const absl::Status scanned = scan(storage, [&](const JournalRecord& record) {
    if (record.kind != FrameKind::kEvent) return absl::OkStatus();
    if (first == 0) first = record.event.ts;
    last = record.event.ts;
    return absl::OkStatus();
  });
  if (!scanned.ok()) return scanned;
  const auto moment = parse_moment(when, last);
  if (!moment) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", to_absl(when), "' is no time: write HH:MM:SS of the journal's last day, ",
                     "or YYYY-MM-DD HH:MM:SS (UTC)"));
  }
  if (*moment < first) {
    return absl::InvalidArgumentError(
        absl::StrCat("the journal begins at ", date_time(first), ", after ", date_time(*moment)));
  }
  Replayer replayer(folder);
  std::map<std::uint32_t, Intent> told;  // the last refusal, by portfolio
  const absl::Status replayed = scan(storage, [&](const JournalRecord& record) -> absl::Status {
    if (record.kind == FrameKind::kEvent && record.event.ts > *moment) {
      return absl::CancelledError();
    }
    if (record.kind == FrameKind::kIntent && is_refusal(record.intent)) {
      told[record.intent.portfolio.value] = record.intent;
    }
    return replayer.take(record);
  });
  if (!replayed.ok() && !absl::IsCancelled(replayed)) return replayed;
  return read_moment(replayer, std::string(portfolio), *moment, told);
}

namespace {

void append_padded(std::string& out, const std::string& text, std::size_t width, bool right) {
  const std::string space(text.size() < width ? width - text.size() : 0, ' ');
  out += right ? space + text : text + space;
}

/// "1.77pp below its upper edge".
std::string distance_text(const SleeveStanding& sleeve) {
  const Ratio up = sleeve.high - sleeve.projected, down = sleeve.projected - sleeve.low;
  const bool upper = up < down;
  const Ratio distance = upper ? up : down;
  const char* edge = upper ? "upper" : "lower";
  const bool beyond = distance.raw() < 0;
  const char* way = beyond == upper ? "above" : "below";
  return absl::StrCat(percent(distance.abs(), 2), "pp ", way, " its ", edge, " edge",
                      sleeve.breached ? "  BREACHED" : "");
}

}  // namespace

std::string render(const PortfolioMoment& moment) {
  std::string out = absl::StrCat(moment.portfolio, " at ", date_time(moment.ts), " UTC (event ",
                                 moment.sequence, "), policy ", moment.policy,
                                 moment.volatility_high ? ", volatility is high" : "", "\n");
  absl::StrAppend(&out, "  nav ", moment.currency, " ", grouped(moment.nav, 2), "\n");
  out += "  sleeve                  weight  projected     target   band\n";
  for (const SleeveStanding& sleeve : moment.sleeves) {
    out += "  ";
    append_padded(out, std::string(static_cast<std::size_t>(sleeve.depth) * 2, ' ') + sleeve.name,
                  20, false);
    for (const Ratio ratio : {sleeve.weight, sleeve.projected, sleeve.target}) {
      append_padded(out, percent(ratio, 2) + "%", 10, true);
    }
    if (sleeve.banded) {
      absl::StrAppend(&out, "   ", percent(sleeve.low, 2), "% to ", percent(sleeve.high, 2), "%, ",
                      distance_text(sleeve));
    }
    out.push_back('\n');
  }
  for (const std::string& order : moment.open_orders) {
    absl::StrAppend(&out, "  order ", order, "\n");
  }
  for (const std::string& reason : moment.reasons) absl::StrAppend(&out, "  - ", reason, "\n");
  if (!moment.refusal.empty()) {
    absl::StrAppend(&out, "  last refusal: ", moment.refusal, "\n");
  }
  absl::StrAppend(&out, "  => ", moment.conclusion, "\n");
  return out;
}

std::string render_json(const PortfolioMoment& moment) {
  std::string out;
  JsonLine line(out);
  line.text("type", "portfolio")
      .text("portfolio", moment.portfolio)
      .integer("ts_ns", moment.ts)
      .count("seq", moment.sequence)
      .integer("event_ts_ns", moment.event_ts)
      .text("policy", moment.policy)
      .text("currency", moment.currency)
      .number("nav", moment.nav)
      .boolean("measurable", moment.measurable)
      .boolean("volatility_high", moment.volatility_high)
      .open("sleeves", '[');
  for (const SleeveStanding& sleeve : moment.sleeves) {
    line.element()
        .text("name", sleeve.name)
        .integer("depth", sleeve.depth)
        .number("weight", sleeve.weight)
        .number("projected", sleeve.projected)
        .number("target", sleeve.target)
        .boolean("banded", sleeve.banded);
    if (sleeve.banded) {
      line.number("low", sleeve.low)
          .number("high", sleeve.high)
          .number("to_low", sleeve.projected - sleeve.low)
          .number("to_high", sleeve.high - sleeve.projected);
    }
    line.boolean("breached", sleeve.breached).close('}');
  }
  line.close(']');
  const auto list = [&](const char* key, const std::vector<std::string>& texts) {
    std::string json = "[";
    for (const std::string& text : texts) {
      if (json.size() > 1) json.push_back(',');
      append_json_string(json, text);
    }
    line.raw(key, json + "]");
  };
  list("open_orders", moment.open_orders);
  list("reasons", moment.reasons);
  if (!moment.refusal.empty()) line.text("last_refusal", moment.refusal);
  line.text("conclusion", moment.conclusion).end();
  return out;
}

}  // namespace evenkeel::apps
