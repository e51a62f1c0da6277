// What a FIX session costs: an order from record to bytes, and a report from bytes to record,
// without a network. The floor beside it is the same bytes copied with a checksum computed, which
// any FIX engine must do at the least.

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "fix/quickfix/number_text.hpp"
#include "fix/quickfix/session_host.hpp"

namespace evenkeel::fix {
namespace {

class Sink : public Transport {
 public:
  std::size_t writable_bytes() noexcept override { return sizeof(buffer) - 1; }
  bool write(const char* data, std::size_t size) noexcept override {
    std::memcpy(buffer, data, size < sizeof(buffer) ? size : sizeof(buffer));
    last_size = size;
    return true;
  }
  void close() noexcept override {}

  char buffer[65536] = {};
  std::size_t last_size = 0;
};

class Desk : public Application {
 public:
  void on_session_event(const SessionEvent&) noexcept override {}
  void on_execution_report(const ExecutionReport& report) noexcept override {
    filled_e6 += report.last_quantity_e6;
  }
  std::int64_t filled_e6 = 0;
};

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string message_of(const char* type, int seq, const std::string& fields) {
  char time[kTimestampTextMax];
  const std::string now(time, format_utc_timestamp(now_ns(), 3, time));
  std::string body = std::string("35=") + type + "|34=" + std::to_string(seq) +
                     "|49=VENUE|52=" + now + "|56=DESK|" + fields;
  for (char& c : body) c = c == '|' ? '\x01' : c;
  std::string message =
      "8=FIX.4.4\x01"
      "9=" +
      std::to_string(body.size()) + "\x01" + body;
  unsigned sum = 0;
  for (const char c : message) sum += static_cast<unsigned char>(c);
  return message + "10=" + std::to_string(1000 + sum % 256).substr(1) + "\x01";
}

struct Rig {
  explicit Rig(bool file) {
    SessionSettings settings;
    settings.sender_comp_id = "DESK";
    settings.target_comp_id = "VENUE";
    StoreOptions options;
    options.identity = "bench";
    options.path = "/tmp/evenkeel_bench_" + std::to_string(::getpid()) + ".store";
    std::string error;
    if (file) {
      store = SequenceStore::open_file(options, &error);
      ::unlink(options.path.c_str());  // it lives as long as it is open
    } else {
      store = SequenceStore::in_memory(options, &error);
    }
    host = SessionHost::create(settings, store, &sink, &desk, &error);
    host->on_connected();
    const std::string logon = message_of("A", 1, "98=0|108=30|");
    host->on_bytes(logon.data(), logon.size());
  }

  Sink sink;
  Desk desk;
  std::shared_ptr<SequenceStore> store;
  std::unique_ptr<SessionHost> host;
};

NewOrder an_order() {
  NewOrder order;
  order.cl_ord_id.assign("EK000000000001");
  order.account.assign("FUND1");
  order.instrument.symbol.assign("ES");
  order.instrument.security_type.assign("FUT");
  order.instrument.maturity_month_year.assign("202612");
  order.instrument.security_exchange.assign("XCME");
  order.side = '1';
  order.ord_type = '2';
  order.time_in_force = '0';
  order.quantity_e6 = 7000000;
  order.has_price = true;
  order.price_e9 = 5012250000000;
  order.transact_time_ns = now_ns();
  return order;
}

void BM_FixSendOrder(benchmark::State& state) {
  Rig rig(state.range(0) != 0);
  NewOrder order = an_order();
  std::int64_t sent = 0;
  for (auto _ : state) {
    order.price_e9 += 250000000;
    sent += rig.host->send(order).sent() ? 1 : 0;
  }
  if (sent != static_cast<std::int64_t>(state.iterations()))
    state.SkipWithError("an order was not sent");
  state.SetLabel(state.range(0) != 0 ? "mapped file store" : "memory store");
}
BENCHMARK(BM_FixSendOrder)->Arg(0)->Arg(1);

void BM_FixSendOrderFloor(benchmark::State& state) {
  Rig rig(false);
  rig.host->send(an_order());
  const std::string message(rig.sink.buffer, rig.sink.last_size);
  char out[1024];
  for (auto _ : state) {
    std::memcpy(out, message.data(), message.size());
    unsigned sum = 0;
    for (std::size_t i = 0; i < message.size(); ++i) sum += static_cast<unsigned char>(out[i]);
    benchmark::DoNotOptimize(sum);
    benchmark::ClobberMemory();
  }
  state.SetLabel(std::to_string(message.size()) + " bytes copied and summed");
}
BENCHMARK(BM_FixSendOrderFloor);

void BM_FixReceiveReport(benchmark::State& state) {
  Rig rig(state.range(0) != 0);
  const std::string fields =
      "37=V1|17=E1|150=F|39=2|11=EK000000000001|55=ES|54=1|38=7|32=7|31=5012.25|14=7|151=0|"
      "6=5012.25|60=20260101-12:00:00.000|";
  int seq = 2;
  constexpr int kBatch = 256;
  std::string messages[kBatch];
  int next = kBatch;
  for (auto _ : state) {
    if (next == kBatch) {
      state.PauseTiming();
      for (std::string& m : messages) m = message_of("8", seq++, fields);
      next = 0;
      state.ResumeTiming();
    }
    const std::string& m = messages[next++];
    rig.host->on_bytes(m.data(), m.size());
  }
  if (rig.desk.filled_e6 != 7000000 * static_cast<std::int64_t>(state.iterations())) {
    state.SkipWithError("a report was not delivered");
  }
  state.SetLabel(state.range(0) != 0 ? "mapped file store" : "memory store");
}
BENCHMARK(BM_FixReceiveReport)->Arg(0)->Arg(1);

void BM_FormatPrice(benchmark::State& state) {
  std::int64_t price_e9 = 5012250000000;
  char text[kDecimalTextMax];
  for (auto _ : state) {
    benchmark::DoNotOptimize(format_decimal(price_e9 += 250000000, kPriceDecimals, text));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(BM_FormatPrice);

}  // namespace
}  // namespace evenkeel::fix
