// Holdings from a custodian's CSV: exact numbers, and every kind of bad input with its message.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "apps/config/holdings_csv.hpp"

namespace evenkeel::apps {
namespace {

using ::evenkeel::rules::Complaints;

class Holdings : public ::testing::Test {
 protected:
  Holdings() {
    usd_ = *table_.add_currency("USD");
    eur_ = *table_.add_currency("EUR");
    add("USD", InstrumentKind::kCash, usd_);
    add("EUR.C", InstrumentKind::kCash, eur_);
    add("SPY", InstrumentKind::kEtf, usd_);
    add("AGG", InstrumentKind::kEtf, usd_);
    add("VNQ", InstrumentKind::kEtf, usd_);
    add("ESZ6", InstrumentKind::kFuture, usd_);
    add("EURUSD", InstrumentKind::kFx, usd_);
    model_.name.assign("balanced");
    sleeve("all", SleeveId::none());
    sleeve("equity", SleeveId{0});
    sleeve("us_equity", SleeveId{1});
    sleeve("bonds", SleeveId{0});
    sleeve("cash", SleeveId{0});
    model_.cash_sleeve = SleeveId{4};
    model_.assignments = {{table_.find("SPY"), SleeveId{2}},
                          {table_.find("AGG"), SleeveId{3}},
                          {table_.find("ESZ6"), SleeveId{2}}};
    ignored_ = {"Account"};
  }

  void add(std::string_view symbol, InstrumentKind kind, CurrencyId currency) {
    Instrument instrument;
    instrument.symbol.assign(symbol);
    instrument.kind = kind;
    instrument.currency = currency;
    instrument.base_currency = kind == InstrumentKind::kFx ? eur_ : CurrencyId{};
    instrument.tick = Price::from_raw(10'000'000);
    if (kind == InstrumentKind::kFuture) instrument.multiplier = Multiplier::from_whole(50);
    ASSERT_TRUE(table_.add(instrument).ok());
  }
  void sleeve(std::string_view name, SleeveId parent) {
    Sleeve sleeve{.name = {}, .parent = parent};
    sleeve.name.assign(name);
    model_.sleeves.push_back(sleeve);
  }

  std::vector<HoldingRow> parse(std::string_view text, Complaints& complaints) const {
    const HoldingsContext context{table_, &model_, "balanced", ignored_};
    return parse_holdings(text, "h.csv", context, complaints);
  }
  /// "SYMBOL quantity price" of each row in raw units, then the complaints.
  std::string read(std::string_view text) const {
    Complaints complaints;
    std::string out;
    for (const HoldingRow& row : parse(text, complaints)) {
      out += std::string(table_[row.instrument].symbol.view()) + " " +
             std::to_string(row.quantity.raw()) + " " + std::to_string(row.price.raw()) + "\n";
    }
    for (const auto& complaint : complaints.all()) out += complaint.text() + "\n";
    return out;
  }

  CurrencyId usd_, eur_;
  InstrumentTable table_;
  Model model_;
  std::vector<std::string> ignored_;
};

TEST_F(Holdings, ReadsWhatACustodianSends) {
  EXPECT_EQ(read("\xef\xbb\xbf# positions as of the close\r\n"
                 "Account,Asset Class,SYMBOL,Price,Shares\r\n"
                 "\r\n"
                 "7,US Equity,SPY,452.1234,\"5,000.5\"\r\n"
                 "7,Bonds,AGG,\"1,098.75\",1200\r\n"
                 "7,equity,ESZ6,4510.25,-12\r\n"
                 "7,Cash,CASH-USD,,\"250,000.25\"\r\n"
                 "7,,EUR,1.00,0\r\n"),
            "SPY 5000500000 452123400000\n"
            "AGG 1200000000 1098750000000\n"
            "ESZ6 -12000000 4510250000000\n"
            "USD 250000250000 1000000000\n"
            "EUR.C 0 1000000000\n");
}

TEST_F(Holdings, KeepsTheRowsPositions) {
  Complaints complaints;
  const auto rows = parse("class,symbol,shares,price\n\nbonds, AGG,1,2\n", complaints);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].position, (rules::Position{3, 8}));
}

TEST_F(Holdings, WarnsOfWhatThePolicyDoesNotKnow) {
  EXPECT_EQ(read("symbol,shares,price,class\nVNQ,1,2,\n"),
            "VNQ 1000000 2000000000\n"
            "h.csv:2:1: warning: 'VNQ' is in no sleeve of policy 'balanced': it counts in the "
            "total only\n");
}

TEST_F(Holdings, TakesAnyClassWithoutAPolicy) {
  Complaints complaints;
  const HoldingsContext context{.instruments = table_};
  EXPECT_EQ(
      parse_holdings("symbol,shares,price,class\nSPY,1,2,Whatever\n", "h.csv", context, complaints)
          .size(),
      1U);
  EXPECT_TRUE(complaints.all().empty());
}

TEST_F(Holdings, RefusesBadHeaders) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "h.csv: the file is empty: a header with symbol, shares, price, class is expected\n"},
      {"# only a comment\n",
       "h.csv: the file is empty: a header with symbol, shares, price, class is expected\n"},
      {"symbol,shares,price,class\n", "h.csv: there are no holdings below the header\n"},
      {"symbol,shares,class\nSPY,1,equity\n", "h.csv:1:1: missing column: price\n"},
      {"\n\nprice\n1\n", "h.csv:3:1: missing columns: symbol, shares, class\n"},
      {"symbol;shares;price;class\n", "h.csv:1:1: the columns are not separated by commas\n"},
      {"symbol,shares,prize,class\n",
       "h.csv:1:15: unknown column 'prize' (did you mean 'price'?); ignore_columns names those to "
       "skip\nh.csv:1:1: missing column: price\n"},
      {"symbol,shares,price,class,custodian\nSPY,1,1,,x\n",
       "h.csv:1:27: unknown column 'custodian'; ignore_columns names those to skip\n"},
      {"symbol,ticker,shares,price,class\n", "h.csv:1:8: column 'ticker' says 'symbol' again\n"},
      {"SPY,100,450,equity\n",
       "h.csv:1:1: unknown column 'SPY'; ignore_columns names those to skip\n"
       "h.csv:1:5: unknown column '100'; ignore_columns names those to skip\n"
       "h.csv:1:9: unknown column '450'; ignore_columns names those to skip\n"
       "h.csv:1:13: unknown column 'equity'; ignore_columns names those to skip\n"
       "h.csv:1:1: missing columns: symbol, shares, price, class\n"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(read(text), expected) << text;
}

TEST_F(Holdings, RefusesBadRows) {
  const std::pair<const char*, const char*> cases[] = {
      {"SPY,many,450,equity", "h.csv:2:5: 'many' is not a number\n"},
      {"SPY,1e3,450,equity", "h.csv:2:5: '1e3' is not a number\n"},
      {"SPY,--1,450,equity", "h.csv:2:5: '--1' is not a number\n"},
      {"SPY,.,450,equity", "h.csv:2:5: '.' is not a number\n"},
      {"SPY,nan,inf,equity",
       "h.csv:2:5: 'nan' is not a number\nh.csv:2:9: 'inf' is not a number\n"},
      {"SPY,\"12,34\",450,equity",
       "h.csv:2:5: '12,34' has its thousands separators in the wrong places\n"},
      {"SPY,\"1,2345\",450,equity",
       "h.csv:2:5: '1,2345' has its thousands separators in the wrong places\n"},
      {"SPY,1.1234567,450,equity", "h.csv:2:5: '1.1234567' has too many decimals\n"},
      {"SPY,99999999999999999999,450,equity", "h.csv:2:5: '99999999999999999999' is too large\n"},
      {"SPY,,450,equity", "h.csv:2:5: no number of shares\n"},
      {"SPY,-5,450,equity", "h.csv:2:5: SPY is held short; only futures may be\n"},
      {"ESZ6,1.5,4500,equity", "h.csv:2:6: ESZ6 is a future: whole contracts are expected\n"},
      {"SPY,5,,equity", "h.csv:2:7: SPY has no price\n"},
      {"SPY,5,0,equity", "h.csv:2:7: price 0 is not above zero\n"},
      {"SPY,5,-1.50,equity", "h.csv:2:7: price -1.50 is not above zero\n"},
      {"SPY,5,1000000001,equity", "h.csv:2:7: price 1000000001 is absurd: above 1,000,000,000\n"},
      {"SPY,5,1.2345678901,equity", "h.csv:2:7: '1.2345678901' has too many decimals\n"},
      {"SPY,5,#N/A,equity", "h.csv:2:7: '#N/A' is not a number\n"},
      {"SPY,1000000,900000000,equity", "h.csv:2:5: the line is worth more than 100 billion\n"},
      {"SPX,5,450,equity", "h.csv:2:1: unknown symbol 'SPX' (did you mean 'SPY'?)\n"},
      {",5,450,equity", "h.csv:2:1: the row has no symbol\n"},
      {"EURUSD,5,1.1,cash",
       "h.csv:2:1: the pair 'EURUSD' cannot be held; hold its currencies as cash\n"},
      {"SPY,5,450,equty",
       "h.csv:2:11: unknown class 'equty' (did you mean 'equity'?); a class is a sleeve of policy "
       "'balanced'\n"},
      {"SPY,5,450,bonds",
       "h.csv:2:11: 'SPY' is not in class 'bonds': policy 'balanced' has it in 'us_equity'\n"},
      {"VNQ,5,90,equity",
       "h.csv:2:10: 'VNQ' is not in class 'equity': policy 'balanced' has it in no sleeve\n"},
      {"USD,5,2,cash", "h.csv:2:7: cash has price 1, not 2\n"},
      {"USD,-5,1,cash", "h.csv:2:5: USD cash is below zero\n"},
      {"USD,5.12345,1,cash", "h.csv:2:5: '5.12345' has too many decimals\n"},
      {"USD,200000000000,1,cash", "h.csv:2:5: the amount is beyond 100 billion\n"},
      {"CASH-CHF,5,1,cash", "h.csv:2:1: unknown symbol 'CASH-CHF'\n"},
      {"SPY,5,450", "h.csv:2:1: the row has 3 fields, the header has 4\n"},
      {"SPY,5,000,450,equity",
       "h.csv:2:1: the row has 5 fields, the header has 4; a number with thousands separators "
       "needs quotes\n"},
      {"SPY,1,2,equity\nSPY,1,2,equity", "h.csv:3:1: 'SPY' is held twice, first in line 2\n"},
      {"USD,1,,cash\nCASH-USD,1,,cash", "h.csv:3:1: 'CASH-USD' is held twice, first in line 2\n"},
  };
  for (const auto& [row, expected] : cases) {
    EXPECT_EQ(read("symbol,shares,price,class\n" + std::string(row) + "\n"), expected) << row;
  }
}

TEST_F(Holdings, CollectsAllComplaintsAndReturnsNothing) {
  EXPECT_EQ(read("symbol,shares,price,class\n"
                 "SPY,1,450,equity\n"
                 "AGG,x,y,bonds\n"
                 "\"VNQ,1,2,\n"
                 "ESZ6,0.5,-1,cash\n"),
            "h.csv:3:5: 'x' is not a number\n"
            "h.csv:3:7: 'y' is not a number\n"
            "h.csv:4:1: the quote that opens here is not closed on this line\n"
            "h.csv:5:6: ESZ6 is a future: whole contracts are expected\n"
            "h.csv:5:10: price -1 is not above zero\n"
            "h.csv:5:13: 'ESZ6' is not in class 'cash': policy 'balanced' has it in 'us_equity'\n");
}

TEST(ReadDecimal, IsExact) {
  struct Case {
    const char* text;
    std::int64_t scale, raw;
    const char* problem;
  };
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  const Case cases[] = {
      {"0", 1000, 0, ""},
      {"-0.5", 1000, -500, ""},
      {"+1", 1000, 1000, ""},
      {".25", 1000, 250, ""},
      {"7.", 1000, 7000, ""},
      {"0.1", 1'000'000'000, 100'000'000, ""},
      {"1.2500000000", 100, 125, ""},
      {"1,234,567.8", 10, 12'345'678, ""},
      {"9223372036854775807", 1, kMax, ""},
      {"9223372036.854775807", 1'000'000'000, kMax, ""},
      {"9223372036.854775808", 1'000'000'000, 0, "'9223372036.854775808' is too large"},
      {"9223372036854775808", 1, 0, "'9223372036854775808' is too large"},
      {"0.001", 100, 0, "'0.001' has too many decimals"},
      {"", 100, 0, "'' is not a number"},
      {"-", 100, 0, "'-' is not a number"},
      {"1.2.3", 100, 0, "'1.2.3' is not a number"},
      {"1 000", 100, 0, "'1 000' is not a number"},
      {",100", 100, 0, "',100' has its thousands separators in the wrong places"},
      {"1,00", 100, 0, "'1,00' has its thousands separators in the wrong places"},
      {"(5)", 100, 0, "'(5)' is not a number"},
  };
  for (const Case& c : cases) {
    std::int64_t raw = 0;
    EXPECT_EQ(read_decimal(c.text, c.scale, raw), c.problem) << c.text;
    EXPECT_EQ(raw, c.raw) << c.text;
  }
}

}  // namespace
}  // namespace evenkeel::apps
