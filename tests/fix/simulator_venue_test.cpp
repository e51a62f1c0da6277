#include "fix/simulator_venue.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace evenkeel::fix {
namespace {

constexpr TimeNs kStart = 1'000 * kSecond;

/// Writes each report as a line: "ExecType/OrdStatus id cum=... leaves=..." and cancel rejects as
/// "9 id reason".
class Recorder : public VenueListener {
 public:
  void report(const ExecutionReport& report) override {
    std::string line{report.exec_type, '/', report.ord_status, ' '};
    line += report.cl_ord_id.str();
    if (!report.orig_cl_ord_id.empty()) line += "<" + report.orig_cl_ord_id.str();
    if (report.has(ExecutionReport::kLastQuantity)) {
      line += " " + std::to_string(report.last_quantity_e6 / 1'000'000) + "@" +
              std::to_string(report.last_price_e9 / 1'000'000'000);
    }
    line += " cum=" + std::to_string(report.cumulative_quantity_e6 / 1'000'000) +
            " leaves=" + std::to_string(report.leaves_quantity_e6 / 1'000'000);
    if (report.has(ExecutionReport::kOrdRejReason))
      line += " reason=" + std::to_string(report.ord_rej_reason);
    lines.push_back(line);
    exec_ids.push_back(report.exec_id.str());
  }
  void reject_cancel(const CancelReject& reject) override {
    lines.push_back("9/" + std::string{reject.ord_status} + " " + reject.cl_ord_id.str() + "<" +
                    reject.orig_cl_ord_id.str() + " reason=" + std::to_string(reject.reason));
  }
  std::vector<std::string> take() { return std::exchange(lines, {}); }

  std::vector<std::string> lines;
  std::vector<std::string> exec_ids;
};

class SimulatorVenueTest : public ::testing::Test {
 protected:
  SimulatorVenueTest() {
    Instrument instrument;
    instrument.symbol.assign("SPY");
    instrument.currency = *table_.add_currency("USD");
    instrument.tick = Price::from_raw(10'000'000);
    instrument.feed = SourceId{0};
    spy_ = *table_.add(instrument);
    settings_.run = "T";
  }
  SimulatorVenue& venue() {
    if (!venue_) {
      venue_ = std::make_unique<SimulatorVenue>(table_, settings_, recorder_);
      Event open = Event::make(EventType::kVenueSession, SourceId{0});
      open.payload.venue.phase = VenuePhase::kRegular;
      market(open);
    }
    return *venue_;
  }
  void market(Event event) {
    event.sequence = ++sequence_;
    event.ts = now_;
    venue().on_market(event);
  }
  void quote(std::int64_t bid, std::int64_t ask, std::int64_t size) {
    Event event = Event::make(EventType::kQuote, SourceId{0}, spy_.value);
    event.payload.quote = {now_, Price::from_whole(bid), Price::from_whole(ask),
                           Quantity::from_whole(size), Quantity::from_whole(size)};
    market(event);
  }
  static NewOrder order(const char* id, char side, std::int64_t quantity, std::int64_t limit,
                        char time_in_force = '0') {
    NewOrder order;
    order.cl_ord_id.assign(id);
    order.account.assign("FUND");
    order.instrument.symbol.assign("SPY");
    order.side = side;
    order.ord_type = limit == 0 ? '1' : '2';
    order.has_price = limit != 0;
    order.price_e9 = limit * 1'000'000'000;
    order.quantity_e6 = quantity * 1'000'000;
    order.time_in_force = time_in_force;
    return order;
  }
  static CancelOrder cancel(const char* id, const char* orig) {
    CancelOrder cancel;
    cancel.cl_ord_id.assign(id);
    cancel.orig_cl_ord_id.assign(orig);
    cancel.side = '1';
    return cancel;
  }
  void advance(DurationNs by) { venue().advance(now_ += by); }
  void expect(const std::vector<std::string>& lines) { EXPECT_EQ(recorder_.take(), lines); }

  InstrumentTable table_;
  InstrumentId spy_;
  VenueSettings settings_;
  Recorder recorder_;
  std::unique_ptr<SimulatorVenue> venue_;
  std::uint64_t sequence_ = 0;
  TimeNs now_ = kStart;
};

TEST_F(SimulatorVenueTest, FillsAtTheFarSideUpToTheQuotedSize) {
  quote(99, 101, 300);
  venue().on_new_order(order("A", '1', 500, 102), now_);
  expect({});  // nothing before its time
  advance(kMillisecond);
  expect({"0/0 A cum=0 leaves=500"});
  advance(kMillisecond);
  expect({"F/1 A 300@101 cum=300 leaves=200"});
  advance(kSecond);
  expect({});  // that quote's size is used up
  quote(99, 100, 1000);
  advance(0);
  expect({"F/2 A 200@100 cum=500 leaves=0"});
  ASSERT_EQ(venue().positions().size(), 1U);
  EXPECT_EQ(venue().positions()[0].quantity, Quantity::from_whole(500));
  EXPECT_EQ(venue().live_orders(), 0U);
}

TEST_F(SimulatorVenueTest, NeverTradesThroughALimitNorOnAnUnsoundQuote) {
  struct Case {
    const char* about;
    std::int64_t bid, ask, size;
  };
  const Case cases[] = {{"ask above the limit", 99, 103, 100},
                        {"no offer", 99, 0, 100},
                        {"crossed", 103, 101, 100},
                        {"no size", 99, 101, 0},
                        {"withdrawn", 0, 0, 0}};
  venue().on_new_order(order("A", '1', 100, 102), now_);
  advance(kMillisecond);
  expect({"0/0 A cum=0 leaves=100"});
  for (const Case& c : cases) {
    SCOPED_TRACE(c.about);
    quote(c.bid, c.ask, c.size);
    advance(kSecond);
    expect({});
  }
  quote(99, 102, 100);
  advance(0);
  expect({"F/2 A 100@102 cum=100 leaves=0"});
}

TEST_F(SimulatorVenueTest, RestsOutsideRegularHours) {
  quote(99, 101, 1000);
  Event closing = Event::make(EventType::kVenueSession, SourceId{0});
  closing.payload.venue.phase = VenuePhase::kPostMarket;
  market(closing);
  venue().on_new_order(order("A", '2', 100, 0), now_);
  advance(kSecond);
  expect({"0/0 A cum=0 leaves=100"});
  EXPECT_EQ(venue().live_orders(), 1U);
}

TEST_F(SimulatorVenueTest, ImmediateOrdersDoNotRest) {
  quote(99, 101, 60);
  venue().on_new_order(order("A", '1', 100, 102, '3'), now_);
  advance(kMillisecond);
  advance(kMillisecond);
  expect({"0/0 A cum=0 leaves=100", "F/1 A 60@101 cum=60 leaves=40", "4/4 A cum=60 leaves=0"});
}

TEST_F(SimulatorVenueTest, CancelsWhatIsLeftOrSaysTooLate) {
  quote(99, 101, 100);
  venue().on_new_order(order("A", '1', 100, 98), now_);
  advance(kMillisecond);
  venue().on_cancel_order(cancel("B", "A"), now_);
  expect({"0/0 A cum=0 leaves=100"});
  advance(kMillisecond);
  expect({"4/4 B<A cum=0 leaves=0"});
  venue().on_cancel_order(cancel("C", "A"), now_);
  advance(kMillisecond);
  expect({"9/4 C<A reason=0"});
  venue().on_cancel_order(cancel("D", "nobody"), now_);
  expect({"9/8 D<nobody reason=1"});
}

TEST_F(SimulatorVenueTest, FillsMayComeBeforeACancel) {
  quote(99, 101, 100);
  settings_.cancel_after = 5 * kMillisecond;
  venue().on_new_order(order("A", '1', 100, 98), now_);
  advance(kMillisecond);
  venue().on_cancel_order(cancel("B", "A"), now_);
  quote(97, 98, 100);
  advance(kMillisecond);
  advance(10 * kMillisecond);
  expect({"0/0 A cum=0 leaves=100", "F/2 A 100@98 cum=100 leaves=0", "9/2 B<A reason=0"});
}

TEST_F(SimulatorVenueTest, ReplacesKeepingWhatIsFilled) {
  quote(99, 101, 40);
  venue().on_new_order(order("A", '1', 100, 101), now_);
  advance(kMillisecond);
  advance(kMillisecond);
  recorder_.take();
  ReplaceOrder replace;
  replace.order = order("B", '1', 90, 105);
  replace.orig_cl_ord_id.assign("A");
  venue().on_replace_order(replace, now_);
  advance(kMillisecond);
  expect({"5/1 B<A cum=40 leaves=50"});
  replace.order = order("C", '1', 40, 105);  // no more than what is filled
  replace.orig_cl_ord_id.assign("B");
  venue().on_replace_order(replace, now_);
  advance(kMillisecond);
  expect({"9/1 C<B reason=2"});
  quote(103, 104, 1000);
  advance(0);
  expect({"F/2 B 50@104 cum=90 leaves=0"});
}

TEST_F(SimulatorVenueTest, AnswersDuplicatesByTheirMarks) {
  venue().on_new_order(order("A", '1', 100, 98), now_);
  venue().on_new_order(order("A", '1', 100, 98), now_);
  expect({"8/8 A cum=0 leaves=0 reason=6"});
  NewOrder again = order("A", '1', 100, 98);
  again.header.poss_resend = true;
  venue().on_new_order(again, now_);
  expect({"I/A A cum=0 leaves=100"});
  EXPECT_EQ(venue().live_orders(), 1U);
}

TEST_F(SimulatorVenueTest, RefusesWhatItCannotTake) {
  NewOrder unknown = order("A", '1', 100, 98);
  unknown.instrument.symbol.assign("NOPE");
  venue().on_new_order(unknown, now_);
  venue().on_new_order(order("B", '1', 0, 98), now_);
  NewOrder half = order("C", '1', 1, 98);
  half.quantity_e6 = 500'000;
  venue().on_new_order(half, now_);
  NewOrder sideless = order("D", '9', 100, 98);
  venue().on_new_order(sideless, now_);
  expect({"8/8 A cum=0 leaves=0 reason=1", "8/8 B cum=0 leaves=0 reason=13",
          "8/8 C cum=0 leaves=0 reason=13", "8/8 D cum=0 leaves=0 reason=0"});
}

TEST_F(SimulatorVenueTest, TellsTheStatusAndAdmitsNotKnowing) {
  venue().on_new_order(order("A", '1', 100, 98), now_);
  advance(kMillisecond);
  recorder_.take();
  StatusRequest request;
  request.cl_ord_id.assign("A");
  venue().on_status_request(request);
  request.cl_ord_id.assign("Z");
  venue().on_status_request(request);
  expect({"I/0 A cum=0 leaves=100", "I/8 Z cum=0 leaves=0 reason=5"});
}

TEST_F(SimulatorVenueTest, AStatusKnowsWhatIsOnItsWayAndNoNameThatWasRefused) {
  venue().on_new_order(order("A", '1', 100, 98), now_);
  advance(kMillisecond);
  ReplaceOrder replace;
  replace.order = order("B", '1', 90, 97);
  replace.orig_cl_ord_id.assign("A");
  venue().on_replace_order(replace, now_);
  recorder_.take();
  StatusRequest request;
  request.cl_ord_id.assign("B");
  venue().on_status_request(request);
  expect({"I/E A cum=0 leaves=100"});  // not replaced yet
  advance(kMillisecond);
  recorder_.take();
  venue().on_status_request(request);
  request.cl_ord_id.assign("A");  // a former name is still a name
  venue().on_status_request(request);
  expect({"I/0 B cum=0 leaves=90", "I/0 A cum=0 leaves=90"});
  replace.order = order("C", '2', 90, 97);  // the other side: refused
  replace.orig_cl_ord_id.assign("B");
  venue().on_replace_order(replace, now_);
  advance(kMillisecond);
  recorder_.take();
  request.cl_ord_id.assign("C");
  venue().on_status_request(request);
  expect({"I/8 C cum=0 leaves=0 reason=5"});
}

TEST_F(SimulatorVenueTest, ChanceComesFromTheSeedAlone) {
  const auto day = [this](std::uint64_t seed) {
    venue_.reset();
    now_ = kStart;
    sequence_ = 0;
    recorder_ = {};
    settings_.seed = seed;
    settings_.partial = Ratio::from_raw(500'000'000);
    settings_.reject = Ratio::from_raw(200'000'000);
    for (int i = 0; i < 50; ++i) {
      quote(99, 101, 1000);
      venue().on_new_order(order(("A" + std::to_string(i)).c_str(), '1', 100 + i, 102), now_);
      advance(kMillisecond);
      advance(kMillisecond);
    }
    return recorder_.take();
  };
  const std::vector<std::string> first = day(7);
  EXPECT_EQ(first, day(7));
  EXPECT_NE(first, day(8));
  EXPECT_GT(venue().counts().rejected, 0U);
  EXPECT_GT(venue().counts().partial_fills, 0U);
  std::vector<std::string> ids = recorder_.exec_ids;
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(std::unique(ids.begin(), ids.end()), ids.end());
}

}  // namespace
}  // namespace evenkeel::fix
