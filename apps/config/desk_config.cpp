#include "apps/config/desk_config.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "apps/config/csv.hpp"
#include "apps/config/holdings_csv.hpp"
#include "apps/config/instruments_toml.hpp"
#include "apps/config/limits_toml.hpp"
#include "core/decimal.hpp"
#include "core/market.hpp"
#include "feeds/endpoint.hpp"

namespace evenkeel::apps {
namespace {

namespace files = std::filesystem;
using rules::Complaints;
using rules::Position;
using rules::Severity;
using rules::Table;
using rules::Value;

absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }

/// Puts the complaints of a status back, a line each, as `Complaint::text` wrote them.
void add_lines(std::string_view message, std::string_view file, Complaints& complaints) {
  while (!message.empty()) {
    const std::size_t end = std::min(message.find('\n'), message.size());
    std::string_view line = message.substr(0, end);
    message.remove_prefix(std::min(end + 1, message.size()));
    Position position;
    if (line.substr(0, file.size()) == file && line.substr(file.size(), 1) == ":") {
      line.remove_prefix(file.size() + 1);
      const char* const stop = line.data() + line.size();
      const auto row = std::from_chars(line.data(), stop, position.line);
      if (row.ec == std::errc() && row.ptr != stop && *row.ptr == ':') {
        const auto column = std::from_chars(row.ptr + 1, stop, position.column);
        if (column.ec == std::errc() && column.ptr != stop && *column.ptr == ':') {
          line.remove_prefix(static_cast<std::size_t>(column.ptr - line.data()) + 1);
        }
      }
      while (!line.empty() && line[0] == ' ') line.remove_prefix(1);
    }
    if (!line.empty()) complaints.error(file, position, std::string(line));
  }
}

std::string resolved(const std::string& folder, const std::string& name) {
  return (files::path(folder) / name).lexically_normal().string();
}

/// Files below a folder.
class FolderFiles : public FileSource {
 public:
  explicit FolderFiles(std::string folder) : folder_(std::move(folder)) {}
  absl::StatusOr<std::string> read(const std::string& name) override {
    return read_text_file(resolved(folder_, name));
  }

 private:
  std::string folder_;
};

/// Texts that are there already.
class GivenTexts : public FileSource {
 public:
  explicit GivenTexts(const std::vector<ConfigText>& texts) : texts_(texts) {}
  absl::StatusOr<std::string> read(const std::string& name) override {
    for (const ConfigText& text : texts_) {
      if (text.name == name) return text.content;
    }
    return absl::NotFoundError(absl::StrCat(name, ": is not among the recorded files"));
  }

 private:
  const std::vector<ConfigText>& texts_;
};

/// "64MiB" as bytes; nothing when it is not such a size.
std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  constexpr std::pair<std::string_view, int> kUnits[] = {{"KiB", 10}, {"MiB", 20}, {"GiB", 30}};
  for (const auto& [unit, shift] : kUnits) {
    if (text.size() <= unit.size() || text.substr(text.size() - unit.size()) != unit) continue;
    const char* const end = text.data() + text.size() - unit.size();
    std::uint64_t count = 0;
    const auto parsed = std::from_chars(text.data(), end, count);
    if (parsed.ec != std::errc() || parsed.ptr != end || count >= (std::uint64_t{1} << 24)) break;
    return count << shift;
  }
  return std::nullopt;
}

class DeskLoader {
 public:
  DeskLoader(std::string file, FileSource& source, Complaints& complaints)
      : complaints_(complaints), source_(source) {
    desk_.file = std::move(file);
    desk_.folder = files::path(desk_.file).parent_path().string();
    if (desk_.folder.empty()) desk_.folder = ".";
  }

  absl::StatusOr<DeskConfig> load() {
    const std::string name = files::path(desk_.file).filename().string();
    const auto text = read_file(name);
    if (!text.ok()) return text.status();
    rules::Config config = rules::Config::parse(*text, desk_.file, complaints_);
    if (config.syntax_ok()) {
      read_process(config.root());
      config.finish();
    }
    if (!complaints_.ok()) return complaints_.status();
    return std::move(desk_);
  }

 private:
  struct PortfolioEntry {
    Table table;
    std::string name;
    Value policy, base;
  };

  // --- evenkeel.toml ---

  void read_process(const Table& root) {
    desk_.name = root.get("name").string().value_or(
        files::weakly_canonical(desk_.folder).filename().string());
    if (const auto engine = root.table("engine")) read_engine(*engine);
    if (desk_.machine.engine.id.empty()) desk_.machine.engine.id = *fix::engine_code("EK1");
    read_feeds(root);
    if (const auto session = root.table("fix")) read_fix(*session);
    desk_.machine.journal.folder = resolve("journal");
    if (const auto journal = root.table("journal")) read_journal(*journal);
    read_decisions(root);
  }

  void read_engine(const Table& table) {
    EngineSettings& engine = desk_.machine.engine;
    const Value id = table.get("id");
    if (const auto text = id.string()) {
      if (const auto code = fix::engine_code(*text)) {
        engine.id = *code;
      } else {
        id.complain("one to four characters of A-Z and 0-9 are expected");
      }
    }
    if (const auto clock = table.get("clock").one_of({"wall", "feed"})) {
      engine.clock = static_cast<ClockMode>(*clock);
    }
    read_duration(table.get("tick"), kMillisecond, 10 * kSecond, "1ms", "10s", engine.tick);
    engine.spin = table.get("spin").boolean().value_or(false);
  }

  static void read_duration(const Value& value, DurationNs least, DurationNs most,
                            std::string_view least_text, std::string_view most_text,
                            DurationNs& target) {
    const auto duration = value.duration();
    if (!duration) return;
    if (*duration < least || *duration > most) {
      value.complain(absl::StrCat("a time from ", to_absl(least_text), " to ", to_absl(most_text),
                                  " is expected"));
      return;
    }
    target = *duration;
  }

  void read_feeds(const Table& root) {
    const auto table = root.table("feed");
    if (!table) return;
    for (const auto& [name, feed] : table->named_tables()) {
      FeedSettings settings;
      settings.name = name;
      const Value listen = feed.require("listen");
      if (const auto text = listen.string()) read_listen(listen, *text, settings);
      read_multicast(feed, settings);
      read_duration(feed.get("silent_after"), 100 * kMillisecond, kHour, "100ms", "1h",
                    settings.silent_after);
      const auto buffer = feed.get("receive_buffer_bytes").integer(65'536, 1'073'741'824);
      if (buffer) settings.receive_buffer_bytes = static_cast<int>(*buffer);
      feed_names_.push_back(name);
      desk_.machine.feeds.push_back(std::move(settings));
    }
  }

  void read_listen(const Value& value, const std::string& text, FeedSettings& settings) {
    const auto endpoint = feeds::parse_endpoint(text);
    if (!endpoint.ok()) {
      value.complain(std::string(endpoint.status().message()));
      return;
    }
    settings.listen = text;
    settings.multicast = endpoint->address().is_multicast();
    for (const FeedSettings& other : desk_.machine.feeds) {
      if (other.listen == text && endpoint->port() != 0) {
        value.complain(absl::StrCat("feed '", other.name, "' listens there already"));
      }
    }
  }

  static void read_multicast(const Table& feed, FeedSettings& settings) {
    const Value interface = feed.get("interface");
    const Value source = feed.get("source");
    settings.interface_name = interface.string().value_or("");
    settings.source = source.string().value_or("");
    if (!settings.source.empty() && !feeds::parse_endpoint(settings.source + ":0").ok()) {
      source.complain("an IPv4 address is expected");
    }
    if (settings.multicast || settings.listen.empty()) return;
    for (const Value& value : {interface, source}) {
      if (value.present()) value.complain("is for a multicast group only");
    }
  }

  /// What both sessions have.
  void read_session(const Table& table, FixEndpoint& session) const {
    session.host = table.require("host").string().value_or("");
    const auto port = table.require("port").integer(1, 65'535);
    session.port = static_cast<std::uint16_t>(port.value_or(0));
    session.sender = read_comp_id(table.require("sender"));
    session.target = read_comp_id(table.require("target"));
    const Value heartbeat = table.get("heartbeat");
    read_duration(heartbeat, kSecond, kHour, "1s", "1h", session.heartbeat);
    if (session.heartbeat % kSecond != 0) heartbeat.complain("FIX counts in whole seconds");
    session.store = resolve(table.get("store").string().value_or("fix_store"));
  }

  void read_fix(const Table& table) {
    FixSettings session;
    read_session(table, session);
    if (const auto copy = table.table("drop_copy")) {
      DropCopySettings copies;
      read_session(*copy, copies);
      read_duration(copy->get("overdue"), kSecond, kHour, "1s", "1h", copies.overdue);
      session.drop_copy = std::move(copies);
    }
    session.mass_status = table.get("status").one_of({"each", "mass"}) == std::size_t{1};
    desk_.machine.fix = std::move(session);
  }

  void read_journal(const Table& table) {
    JournalSettings& journal = desk_.machine.journal;
    const Value folder = table.get("folder");
    if (const auto name = folder.string()) {
      if (name->empty()) folder.complain("is empty");
      journal.folder = resolve(*name);
    }
    constexpr Durability kDurabilities[] = {Durability::kDisk, Durability::kOs, Durability::kNone};
    if (const auto which = table.get("durability").one_of({"disk", "os", "none"})) {
      journal.durability = kDurabilities[*which];
    }
    const Value segment = table.get("segment");
    if (const auto text = segment.string()) {
      const auto bytes = parse_bytes(*text);
      if (!bytes || *bytes % 4096 != 0 || *bytes < 64 << 10 || *bytes > std::uint64_t{1} << 30) {
        segment.complain("a size like '64MiB' is expected, from 64KiB to 1GiB, in steps of 4KiB");
      } else {
        journal.segment_bytes = *bytes;
      }
    }
    journal.compress = table.get("compress").boolean().value_or(true);
  }

  static std::string read_comp_id(const Value& value) {
    const std::string text = value.string().value_or("");
    const bool good = !text.empty() && text.size() <= 40 &&
                      std::all_of(text.begin(), text.end(),
                                  [](char c) { return c > ' ' && c < 0x7f && c != '='; });
    if (value.present() && !good) {
      value.complain("1 to 40 printable characters without spaces and '=' are expected");
    }
    return text;
  }

  // --- what decides ---

  void read_decisions(const Table& root) {
    const Value instruments = root.require("instruments");
    const Value limits = desk_.machine.fix ? root.require("limits") : root.get("limits");
    const Value policies = root.require("policies");
    const std::vector<PortfolioEntry> entries = read_portfolio_entries(root);
    if (!load_instruments(instruments)) return;
    load_policies(policies);
    load_limits(limits, entries);
    load_portfolios(entries);
    warn_unused_policies(policies, entries);
  }

  std::vector<PortfolioEntry> read_portfolio_entries(const Table& root) {
    std::vector<PortfolioEntry> entries;
    std::set<std::string> names;
    for (const Table& table : root.tables("portfolio")) {
      const Value name = table.require("name");
      PortfolioEntry entry{table, name.string().value_or(""), table.require("policy"),
                           table.require("base")};
      table.require("file");
      table.get("ignore_columns");
      if (entry.name.empty() && name.present() && name.is_string()) name.complain("is empty");
      if (!entry.name.empty() && !names.insert(entry.name).second) {
        name.complain(absl::StrCat("a second portfolio named ", shown(entry.name)));
      }
      entries.push_back(std::move(entry));
    }
    if (entries.empty()) root.complain("no [[portfolio]]: there is nothing to watch");
    return entries;
  }

  std::string resolve(const std::string& path) const { return resolved(desk_.folder, path); }

  /// Reads a file and keeps its text.
  absl::StatusOr<std::string> read_file(const std::string& name) {
    auto text = source_.read(name);
    const bool known = std::any_of(desk_.texts.begin(), desk_.texts.end(),
                                   [&name](const ConfigText& kept) { return kept.name == name; });
    if (text.ok() && !known) desk_.texts.push_back({name, *text});
    return text;
  }

  /// The text of a file that `value` names; nothing, with a complaint there, when it has none.
  std::optional<std::string> load_file(const Value& value, std::string& file) {
    const auto name = value.string();
    if (!name) return std::nullopt;
    if (name->empty()) {
      value.complain("is empty");
      return std::nullopt;
    }
    file = resolve(*name);
    auto text = read_file(files::path(*name).lexically_normal().string());
    if (text.ok()) return *std::move(text);
    value.complain(std::string(text.status().message()));
    return std::nullopt;
  }

  bool load_instruments(const Value& value) {
    const auto text = load_file(value, instruments_file_);
    if (!text) return false;
    definitions_ = read_instruments(*text, instruments_file_, feed_names_, complaints_);
    desk_.instruments = build_table(definitions_, instruments_file_, complaints_);
    desk_.reference_prices.assign(desk_.instruments.size(), Price{});
    for (std::size_t i = 0; i < definitions_.instruments.size(); ++i) {
      const bool first = definitions_.instruments[i].is_future();
      if (first && i < desk_.reference_prices.size()) {
        desk_.reference_prices[i] = definitions_.references[i];
      }
    }
    // Without a whole table every other file would seem wrong, too.
    return complaints_.error_count() == 0;
  }

  void load_policies(const Value& list) {
    for (const Value& value : list.array()) {
      std::string file;
      const auto text = load_file(value, file);
      if (!text) {
        policies_whole_ = false;
        continue;
      }
      std::vector<rules::Complaint> warnings;
      auto policy = rules::parse_policy(*text, file, desk_.instruments, &warnings);
      for (rules::Complaint& w : warnings) {
        complaints_.add(w.severity, w.file, w.position, std::move(w.message));
      }
      if (!policy.ok()) {
        add_lines(
            std::string_view(policy.status().message().data(), policy.status().message().size()),
            file, complaints_);
        policies_whole_ = false;
        continue;
      }
      if (find_policy(policy->name.view())) {
        value.complain(absl::StrCat("a second policy named ", shown(policy->name.view())));
        continue;
      }
      desk_.policies.push_back(*std::move(policy));
    }
    if (list.present() && list.is_array() && list.array().empty()) list.complain("is empty");
  }

  std::optional<ModelId> find_policy(std::string_view name) const {
    for (std::size_t i = 0; i < desk_.policies.size(); ++i) {
      if (desk_.policies[i].name.view() == name) return ModelId::of(i);
    }
    return std::nullopt;
  }

  void load_limits(const Value& value, const std::vector<PortfolioEntry>& entries) {
    std::string file;
    const auto text = load_file(value, file);
    if (!text) return;
    std::set<std::string> bases;
    for (const PortfolioEntry& entry : entries) {
      if (const auto base = entry.base.string()) bases.insert(*base);
    }
    LimitsFile read =
        read_limits(*text, file, desk_.instruments, {bases.begin(), bases.end()}, complaints_);
    desk_.limits = std::move(read.limits);
    desk_.limits_file = file;
    desk_.orders = read.orders;
  }

  // --- portfolios ---

  void load_portfolios(const std::vector<PortfolioEntry>& entries) {
    for (const PortfolioEntry& entry : entries) load_portfolio(entry);
    // Prices of statements are part of the instruments; ids stay, since the order does.
    if (complaints_.ok()) {
      desk_.instruments = build_table(definitions_, instruments_file_, complaints_);
    }
    for (std::size_t i = 0; i < desk_.reference_prices.size(); ++i) {
      Price& price = desk_.reference_prices[i];
      if (price.is_zero()) price = definitions_.references[i];
      if (price.is_zero()) price = definitions_.instruments[i].statement_price;
    }
    check_statement_prices();
    if (complaints_.ok()) try_book(entries);
  }

  void load_portfolio(const PortfolioEntry& entry) {
    PortfolioSpec spec;
    spec.name = entry.name;
    if (const auto base = entry.base.string()) {
      spec.base = desk_.instruments.find_currency(*base);
      if (!spec.base.valid()) {
        entry.base.complain(absl::StrCat("currency ", shown(*base), " is not in currencies"));
      }
    }
    const rules::Policy* policy = nullptr;
    if (const auto name = entry.policy.string()) {
      const auto id = find_policy(*name);
      if (id) {
        spec.model = *id;
        policy = &desk_.policies[id->index()];
      } else if (policies_whole_) {
        complain_unknown_policy(entry.policy, *name);
      }
    }
    PortfolioSource source;
    const auto text = load_file(entry.table.get("file"), source.file);
    if (text && (policy != nullptr || !policies_whole_)) {
      read_holdings(*text, entry, policy, source.file, spec);
    }
    if (policy != nullptr) source.policy = std::string(policy->name.view());
    desk_.portfolios.push_back(std::move(spec));
    desk_.sources.push_back(std::move(source));
  }

  void complain_unknown_policy(const Value& value, const std::string& name) const {
    std::vector<std::string_view> known;
    for (const rules::Policy& policy : desk_.policies) known.push_back(policy.name.view());
    value.complain(absl::StrCat("no policy ", shown(name), rules::did_you_mean(name, known)));
  }

  void read_holdings(const std::string& text, const PortfolioEntry& entry,
                     const rules::Policy* policy, const std::string& file, PortfolioSpec& spec) {
    Model model;
    HoldingsContext context{.instruments = desk_.instruments};
    context.ignored_columns = entry.table.get("ignore_columns").strings();
    if (policy != nullptr) {
      model = policy->model();
      context.model = &model;
      context.policy = policy->name.view();
    }
    for (const HoldingRow& row : parse_holdings(text, file, context, complaints_)) {
      spec.holdings.push_back({row.instrument, row.quantity, row.price});
      take_price(row, file);
    }
  }

  void take_price(const HoldingRow& row, const std::string& file) {
    Instrument& instrument = definitions_.instruments[row.instrument.index()];
    if (!instrument.quoted && !instrument.is_cash()) {
      if (instrument.statement_price.raw() != 0 && instrument.statement_price != row.price) {
        complaints_.error(file, row.position,
                          absl::StrCat(to_absl(instrument.symbol.view()), " has price ",
                                       to_absl(format_exact(row.price).view()), " here and ",
                                       to_absl(format_exact(instrument.statement_price).view()),
                                       " in another file: a statement has one price"));
      }
      instrument.statement_price = row.price;
    }
    Price& reference = desk_.reference_prices[row.instrument.index()];
    if (reference.is_zero()) reference = row.price;
  }

  void check_statement_prices() {
    for (std::size_t i = 0; i < definitions_.instruments.size(); ++i) {
      const Instrument& instrument = definitions_.instruments[i];
      if (instrument.quoted || instrument.statement_price.raw() > 0) continue;
      complaints_.add(Severity::kWarning, instruments_file_, definitions_.positions[i],
                      absl::StrCat(to_absl(instrument.symbol.view()),
                                   " has no price: nobody quotes it, it has no statement_price, "
                                   "and no portfolio gives one"));
    }
  }

  /// The book knows best what it cannot hold: rates, cash, sizes.
  void try_book(const std::vector<PortfolioEntry>& entries) {
    const MarketState market(desk_.instruments, 0);
    Book book(desk_.instruments, market);
    for (const rules::Policy& policy : desk_.policies) {
      if (const auto id = book.add_model(policy.model()); !id.ok()) {
        complaints_.error(policy.file, {}, std::string(id.status().message()));
        return;
      }
    }
    for (std::size_t i = 0; i < desk_.portfolios.size(); ++i) {
      const auto id = book.add_portfolio(desk_.portfolios[i]);
      if (!id.ok()) entries[i].table.complain(std::string(id.status().message()));
    }
  }

  void warn_unused_policies(const Value& list, const std::vector<PortfolioEntry>& entries) {
    if (!policies_whole_) return;
    for (const rules::Policy& policy : desk_.policies) {
      const bool used = std::any_of(entries.begin(), entries.end(), [&](const PortfolioEntry& e) {
        return e.policy.string() == std::string(policy.name.view());
      });
      if (!used) {
        list.warn(absl::StrCat("no portfolio follows policy ", shown(policy.name.view())));
      }
    }
  }

  Complaints& complaints_;
  FileSource& source_;
  DeskConfig desk_;
  std::vector<std::string> feed_names_;
  InstrumentDefinitions definitions_;
  std::string instruments_file_;
  bool policies_whole_ = true;
};

}  // namespace

absl::StatusOr<std::string> read_text_file(const std::string& path) {
  std::error_code error;
  const files::file_status status = files::status(path, error);
  if (!files::exists(status)) return absl::NotFoundError(absl::StrCat(path, ": no such file"));
  if (files::is_directory(status)) {
    return absl::NotFoundError(absl::StrCat(path, ": is a folder, not a file"));
  }
  if (!files::is_regular_file(status)) {
    return absl::UnavailableError(absl::StrCat(path, ": is not a regular file"));
  }
  if (files::file_size(path, error) > rules::Config::kBytesMax) {
    return absl::UnavailableError(absl::StrCat(path, ": is larger than 16 MiB"));
  }
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream content;
  if (stream) content << stream.rdbuf();
  // An empty file sets the failbit of what it was written to, which is no error.
  if (!stream.is_open() || stream.bad()) {
    return absl::UnavailableError(absl::StrCat(path, ": ", std::strerror(errno)));
  }
  return content.str();
}

absl::StatusOr<DeskConfig> load_desk(const std::string& path, Complaints& complaints) {
  std::string file = path;
  std::error_code error;
  if (files::is_directory(path, error)) {
    file = (files::path(path) / "evenkeel.toml").string();
    if (!files::exists(file, error)) {
      return absl::NotFoundError(
          absl::StrCat(path, ": holds no evenkeel.toml; `evenkeel init ", path, "` writes a desk"));
    }
  }
  FolderFiles source(files::path(file).parent_path().string());
  return DeskLoader(std::move(file), source, complaints).load();
}

absl::StatusOr<DeskConfig> load_desk_from(const std::vector<ConfigText>& texts,
                                          Complaints& complaints, const std::string& folder) {
  if (texts.empty()) return absl::NotFoundError("no configuration is recorded");
  GivenTexts source(texts);
  std::string file = (files::path(folder) / texts.front().name).string();
  auto desk = DeskLoader(std::move(file), source, complaints).load();
  if (desk.ok()) desk->texts = texts;  // as recorded, in that order
  return desk;
}

SourceId fix_source(const MachineSettings& machine) { return SourceId::of(machine.feeds.size()); }

SourceId drop_copy_source(const MachineSettings& machine) {
  return SourceId::of(machine.feeds.size() + 1);
}

bool same_decisions(const DeskConfig& a, const DeskConfig& b) {
  // The process file holds settings of the machine, too: what it decides is compared by value.
  const auto files_alike = [&] {
    return a.texts.size() == b.texts.size() && !a.texts.empty() &&
           std::equal(a.texts.begin() + 1, a.texts.end(), b.texts.begin() + 1);
  };
  const auto portfolios_alike = [](const PortfolioSpec& x, const PortfolioSpec& y) {
    const auto holding = [](const Holding& p, const Holding& q) {
      return p.instrument == q.instrument && p.quantity == q.quantity &&
             p.cost_price == q.cost_price;
    };
    return x.name == y.name && x.base == y.base && x.model == y.model &&
           std::equal(x.holdings.begin(), x.holdings.end(), y.holdings.begin(), y.holdings.end(),
                      holding);
  };
  const auto feed = [](const FeedSettings& x, const FeedSettings& y) { return x.name == y.name; };
  // Zero: there is none.
  const auto copy_overdue = [](const DeskConfig& desk) {
    const auto& session = desk.machine.fix;
    return session && session->drop_copy ? session->drop_copy->overdue : DurationNs{0};
  };
  return files_alike() && copy_overdue(a) == copy_overdue(b) &&
         a.limits_file.empty() == b.limits_file.empty() &&
         std::equal(a.portfolios.begin(), a.portfolios.end(), b.portfolios.begin(),
                    b.portfolios.end(), portfolios_alike) &&
         std::equal(a.machine.feeds.begin(), a.machine.feeds.end(), b.machine.feeds.begin(),
                    b.machine.feeds.end(), feed);
}

}  // namespace evenkeel::apps
