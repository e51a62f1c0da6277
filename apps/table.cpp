#include "apps/table.hpp"

#include <algorithm>
#include <array>

#include "apps/events_text.hpp"

namespace evenkeel::apps {
namespace {

constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kCyan = "\x1b[36m";

/// Text with its width on the screen, so that colours and UTF-8 do not upset the columns.
class Cells {
 public:
  Cells(int columns, bool colour) : columns_(columns), colour_(colour) {}

  /// Appends plain text; what goes beyond the last column is cut. Control bytes become '?', so that
  /// nothing from outside can move the cursor.
  Cells& add(std::string_view text, std::string_view style = {}) {
    const bool styled = colour_ && !style.empty();
    if (styled) out_ += style;
    std::size_t i = 0;
    while (i < text.size() && width_ < columns_) {
      const auto byte = static_cast<unsigned char>(text[i]);
      const std::size_t wide = byte >= 0x80 ? utf8_length(text.substr(i)) : 0;
      if (wide != 0) {
        out_ += text.substr(i, wide);
      } else {
        out_.push_back(byte < 0x20 || byte >= 0x7f ? '?' : text[i]);
      }
      i += wide == 0 ? 1 : wide;
      ++width_;
    }
    if (styled) out_ += kReset;
    return *this;
  }
  /// Spaces up to `column`, at least one unless it is there already.
  Cells& to(int column) {
    if (width_ < column) add(std::string(static_cast<std::size_t>(column - width_), ' '));
    return *this;
  }
  /// `text` right-aligned so that it ends before `column`.
  Cells& right(std::string_view text, int column, std::string_view style = {}) {
    return to(column - static_cast<int>(text.size())).add(text, style);
  }
  int width() const { return width_; }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
  int columns_;
  int width_ = 0;
  bool colour_;
};

std::string_view style_of(PortfolioStatus status) {
  switch (status) {
    case PortfolioStatus::kOk:
      return kGreen;
    case PortfolioStatus::kWorking:
      return kCyan;
    case PortfolioStatus::kBreached:
    case PortfolioStatus::kSuspended:
      return kYellow;
    case PortfolioStatus::kHalted:
      return kRed;
    case PortfolioStatus::kWaiting:
      break;
  }
  return kDim;
}

std::string age_text(DurationNs age) {
  return age < 0 ? "never heard" : duration_text(age) + " ago";
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string header_line(const TableView& view, const TableSize& size) {
  Cells line(size.columns, size.colour);
  line.add(view.title, kBold).add("  ");
  if (view.market_ts == 0) {
    line.add("waiting for the market", kDim);
  } else {
    line.add(date_time(view.market_ts)).add(" UTC");
  }
  line.add("  up ").add(duration_text(view.running), kDim);
  return line.take();
}

std::string fix_line(const TableView& view, const TableSize& size) {
  Cells line(size.columns, size.colour);
  line.add("FIX ", kDim);
  if (view.monitor) {
    line.add("none: watching only");
  } else {
    const bool up = view.fix == SessionState::kLoggedOn;
    line.add(name_of(view.fix), up ? kGreen : kRed);
  }
  line.add("  " + counted(view.orders, "order") + ", " + counted(view.fills, "fill") + ", " +
           counted(view.rejects, "reject") + ", " + counted(view.alerts, "alert"));
  if (view.decision_p50 > 0) {
    line.add("  decides in " + duration_text(view.decision_p50), kDim);
    if (size.columns >= 100) line.add(" (p99 " + duration_text(view.decision_p99) + ")", kDim);
  }
  return line.take();
}

std::string feed_line(const FeedView& feed, const TableSize& size) {
  Cells line(size.columns, size.colour);
  line.add("feed ", kDim).add(feed.name).add(" ");
  const bool well = feed.state == FeedState::kAlive;
  const bool over = feed.state == FeedState::kEnded;
  line.add(name_of(feed.state), well ? kGreen : over ? kDim : kRed);
  if (feed.phase != VenuePhase::kUnknown) line.add(", ").add(name_of(feed.phase));
  line.add(", " + age_text(feed.age) + ", " + counted(feed.packets, "packet"));
  if (feed.gaps > 0) {
    line.add(", " + counted(feed.gaps, "gap") + " (" + std::to_string(feed.lost) + " lost)",
             kYellow);
  }
  if (feed.malformed > 0) line.add(", " + std::to_string(feed.malformed) + " malformed", kYellow);
  return line.take();
}

std::string portfolio_line(const PortfolioView& portfolio, const TableSize& size) {
  Cells line(size.columns, size.colour);
  line.add(portfolio.name, kBold).to(16);
  line.right(portfolio.currency + " " + grouped(portfolio.nav, 0), 38);
  const Money change = portfolio.nav - portfolio.nav_start;
  if (portfolio.nav_start.raw() > 0 && portfolio.status != PortfolioStatus::kWaiting) {
    const std::string sign = change.raw() < 0 ? "" : "+";
    line.right(sign + compact(change), 48, change.raw() < 0 ? kRed : kGreen);
    line.right(signed_percent(ratio_of(change, portfolio.nav_start), 2) + "%", 57);
  }
  line.to(59).add(name_of(portfolio.status), style_of(portfolio.status));
  if (portfolio.open_orders > 0) line.add(", " + std::to_string(portfolio.open_orders) + " open");
  return line.take();
}

std::string sleeve_line(const SleeveView& sleeve, const TableSize& size) {
  Cells line(size.columns, size.colour);
  line.add(std::string(static_cast<std::size_t>(2 * sleeve.depth), ' ')).add(sleeve.name).to(22);
  line.right(percent(sleeve.weight, 2) + "%", 31, sleeve.breached ? kYellow : std::string_view());
  if (!sleeve.banded) return line.take();
  const int gauge_width = std::min(33, size.columns - 46);
  line.add(" ");
  if (gauge_width >= 9) line.add(render_gauge(sleeve, gauge_width, size.utf8));
  line.right(percent(sleeve.low, 1), 38 + std::max(gauge_width, 0));
  line.add(size.utf8 ? "…" : "..").add(percent(sleeve.high, 1) + "%");
  return line.take();
}

/// What fits: how many portfolios, how deep their sleeves, how many event lines.
struct Plan {
  std::size_t portfolios = 0;
  int depth = 0;  // sleeves deeper than this are left out
  std::size_t event_lines = 0;
};

int rows_of(const TableView& view, int depth) {
  int rows = 0;
  for (const PortfolioView& portfolio : view.portfolios) {
    rows += 1 + static_cast<int>(
                    std::count_if(portfolio.sleeves.begin(), portfolio.sleeves.end(),
                                  [&](const SleeveView& sleeve) { return sleeve.depth <= depth; }));
  }
  return rows;
}

Plan plan_rows(const TableView& view, int rows) {
  constexpr int kEventLinesWanted = 4;
  constexpr int kDeepest = 16;
  const auto fixed = static_cast<int>(3 + view.feeds.size());  // header, FIX, rule
  int left = std::max(rows - fixed, 1);
  Plan plan;
  plan.portfolios = view.portfolios.size();
  // Sub-sleeves give way to the last events; sleeves only to portfolios.
  const int wanted =
      view.last_lines.empty()
          ? 0
          : 1 + std::min(kEventLinesWanted, static_cast<int>(view.last_lines.size()));
  plan.depth = rows_of(view, kDeepest) + wanted <= left ? kDeepest
               : rows_of(view, 1) <= left               ? 1
                                                        : 0;
  const int used = rows_of(view, plan.depth);
  if (used > left) {
    plan.portfolios = static_cast<std::size_t>(left - 1);  // one line says how many more
    return plan;
  }
  left -= used + 1;  // a rule above the event lines
  if (left > 0) plan.event_lines = std::min(static_cast<std::size_t>(left), view.last_lines.size());
  return plan;
}

std::string rule(const TableSize& size) {
  std::string text;
  for (int i = 0; i < size.columns; ++i) text += size.utf8 ? "─" : "-";
  return Cells(size.columns, size.colour).add(text, kDim).take();
}

}  // namespace

std::string_view name_of(PortfolioStatus status) {
  constexpr std::array<std::string_view, 6> kNames = {"waiting", "ok",        "breached",
                                                      "working", "suspended", "halted"};
  return kNames[static_cast<std::size_t>(status)];
}

std::string render_gauge(const SleeveView& sleeve, int width, bool utf8) {
  // The band fills the middle half, so that there is room to be outside it.
  const std::int64_t band = std::max<std::int64_t>(sleeve.high.raw() - sleeve.low.raw(), 1);
  const std::int64_t left = sleeve.low.raw() - band / 2;
  const auto place = [&](Ratio weight) {
    const Int128 offset = static_cast<Int128>(weight.raw() - left) * (width - 1);
    const auto cell =
        static_cast<std::int64_t>(divide_rounded(offset, 2 * static_cast<Int128>(band)));
    return static_cast<int>(std::clamp<std::int64_t>(cell, 0, width - 1));
  };
  const int low = place(sleeve.low), high = place(sleeve.high), target = place(sleeve.target);
  const int now = place(sleeve.weight), then = place(sleeve.projected);
  std::string out;
  for (int i = 0; i < width; ++i) {
    if (i == now) {
      out += utf8 ? "●" : "O";
    } else if (i == then) {
      out += utf8 ? "○" : "o";
    } else if (i == low) {
      out += utf8 ? "├" : "[";
    } else if (i == high) {
      out += utf8 ? "┤" : "]";
    } else if (i == target) {
      out += utf8 ? "┼" : "|";
    } else if (i > low && i < high) {
      out += utf8 ? "─" : "-";
    } else {
      out += utf8 ? "·" : ".";
    }
  }
  return out;
}

std::vector<std::string> render_table(const TableView& view, const TableSize& size) {
  const Plan plan = plan_rows(view, size.rows);
  std::vector<std::string> lines;
  lines.push_back(header_line(view, size));
  lines.push_back(fix_line(view, size));
  for (const FeedView& feed : view.feeds) lines.push_back(feed_line(feed, size));
  lines.push_back(rule(size));
  for (std::size_t p = 0; p < plan.portfolios; ++p) {
    const PortfolioView& portfolio = view.portfolios[p];
    lines.push_back(portfolio_line(portfolio, size));
    for (const SleeveView& sleeve : portfolio.sleeves) {
      if (sleeve.depth <= plan.depth) lines.push_back(sleeve_line(sleeve, size));
    }
  }
  if (plan.portfolios < view.portfolios.size()) {
    const std::size_t more = view.portfolios.size() - plan.portfolios;
    lines.push_back(Cells(size.columns, size.colour)
                        .add("... and " + std::to_string(more) + " more portfolios", kDim)
                        .take());
  }
  if (plan.event_lines > 0) {
    lines.push_back(rule(size));
    const std::size_t from = view.last_lines.size() - plan.event_lines;
    for (std::size_t i = from; i < view.last_lines.size(); ++i) {
      lines.push_back(Cells(size.columns, size.colour).add(view.last_lines[i]).take());
    }
  }
  if (lines.size() > static_cast<std::size_t>(size.rows)) {
    lines.resize(static_cast<std::size_t>(std::max(size.rows, 0)));
  }
  return lines;
}

std::string TablePainter::frame(const std::vector<std::string>& lines) {
  std::string out = "\x1b[?25l";  // no cursor while it moves
  if (lines_before_ > 0) out += "\x1b[" + std::to_string(lines_before_) + "A\r";
  for (const std::string& line : lines) {
    out += line;
    out += "\x1b[K\n";
  }
  out += "\x1b[J\x1b[?25h";
  lines_before_ = lines.size();
  return out;
}

}  // namespace evenkeel::apps
