// Every wrong place of the charges, instruments and strategy files, with the whole message a person gets.
#include "tests/config/config_fixture.hpp"

#include <doctest/doctest.h>

namespace bulkhead::config {
namespace {

using strings = std::vector<std::string>;
using testing::folder;

struct wrong {
  std::string from;  ///< text of the good file ...
  std::string to;    ///< ... and what stands there instead
  strings findings;  ///< all of them, without the file's name
};

void check_table(const std::string& file, const std::vector<wrong>& table) {
  for (const wrong& w : table) {
    folder f;
    f.replace(file, w.from, w.to);
    strings expected;
    for (const std::string& text : w.findings) expected.push_back(file + ":" + text);
    INFO(w.to);
    CHECK(f.texts() == expected);
  }
}

}  // namespace

TEST_CASE("charges: wrong rates, periods and keys") {
  const std::string percent =
      ", allowed: percent, 0 to 100, at most seven decimals; write it without a % sign, e.g. "
      "\"0.025\"";
  const std::string date = ", allowed: a date that exists, yyyy-mm-dd, 1990-01-01 to 2150-12-31";
  const std::string order = "; list the schedules by date, one for each date";
  check_table(
      "config/charges.yaml",
      {
          {"0.00345", "0.00345%", {"6: schedules[0].equity_intraday.exchange_percent: given \"0.00345%\"" + percent}},
          {"0.00345",
           "0.00000001",
           {"6: schedules[0].equity_intraday.exchange_percent: given \"0.00000001\"" + percent}},
          {"0.00345", "-1", {"6: schedules[0].equity_intraday.exchange_percent: given \"-1\"" + percent}},
          {"0.00345", "1e-3", {"6: schedules[0].equity_intraday.exchange_percent: given \"1e-3\"" + percent}},
          {"percent: \"18\"", "percent: 100.1", {"27: schedules[0].gst.percent: given \"100.1\"" + percent}},
          {"percent: \"18\"",
           "percent: [18]",
           {"27: schedules[0].gst.percent: given \"a list\", allowed: percent, 0 to 100, at most seven decimals; "
            "write one value"}},
          {"sell_percent: \"0.025\"",
           "sel_percent: \"0.025\"",
           {"5: schedules[0].equity_intraday.stt.sell_percent: given nothing, allowed: percent, 0 to 100, at most "
            "seven "
            "decimals; add the key sell_percent",
            "5: schedules[0].equity_intraday.stt.sel_percent: given \"sel_percent\", allowed: one of: buy_percent, "
            "sell_percent; did you mean sell_percent?"}},
          {"      sebi_percent: \"0.0001\"\n",
           "",
           {"3: schedules[0].equity_intraday.sebi_percent: given nothing, allowed: percent, 0 to 100, at most seven "
            "decimals; add the key sebi_percent"}},
          {"2022-01-01", "2022-13-01", {"2: schedules[0].from: given \"2022-13-01\"" + date}},
          {"2023-04-01",
           "2022-01-01",
           {"29: schedules[1].from: given \"2022-01-01\", allowed: a date after 2022-01-01, where the schedule before "
            "begins" +
            order}},
          {"2023-04-01",
           "2021-04-01",
           {"29: schedules[1].from: given \"2021-04-01\", allowed: a date after 2022-01-01, where the schedule before "
            "begins" +
            order}},
          {"stamp: {buy_percent: \"0.003\", sell_percent: \"0\"}",
           "stamp: 0.003",
           {"8: schedules[0].equity_intraday.stamp: given \"0.003\", allowed: a map of keys; indent its keys below "
            "it"}},
          {"schedules:\n",
           "schedules:\nextra: 1\nothers:\n",
           {"1: schedules: given nothing, allowed: list of schedules; write a list with at least one entry",
            "2: extra: given \"extra\", allowed: one of: schedules; write one of these, or remove it",
            "3: others: given \"others\", allowed: one of: schedules; write one of these, or remove it"}},
      });
}

TEST_CASE("charges: wrong segments, brokerage, GST and DP charge") {
  const std::string amount = ", allowed: amount in rupees, 0.00 to 100000.00";
  const std::string components = ", allowed: one of: brokerage, stt, exchange, sebi, stamp";
  check_table(
      "config/charges.yaml",
      {
          {"    futures:\n",
           "    future:\n",
           {"2: schedules[0].futures: given nothing, allowed: a map of brokerage, stt, exchange_percent, sebi_percent "
            "and "
            "stamp; add the key futures",
            "15: schedules[0].future: given \"future\", allowed: one of: from, equity_intraday, equity_delivery, "
            "futures, "
            "options, gst, dp; did you mean futures?"}},
          {"cap: \"20.00\"", "cap: \"-1\"", {"4: schedules[0].equity_intraday.brokerage.cap: given \"-1\"" + amount}},
          {", cap: \"20.00\"",
           "",
           {"4: schedules[0].equity_intraday.brokerage.cap: given nothing" + amount + "; add the key cap"}},
          {"{flat: \"0.00\"}",
           "{flat: \"100000.01\"}",
           {"10: schedules[0].equity_delivery.brokerage.flat: given \"100000.01\"" + amount}},
          {"{flat: \"0.00\"}",
           "{flat: \"0.00\", cap: \"20.00\"}",
           {"10: schedules[0].equity_delivery.brokerage.cap: given \"cap\", allowed: one of: flat; write one of these, "
            "or remove it"}},
          {"[brokerage, exchange, sebi]",
           "[brokerage, exchanges]",
           {"27: schedules[0].gst.on[1]: given \"exchanges\"" + components + "; did you mean exchange?"}},
          {"[brokerage, exchange, sebi]",
           "[brokerage, sebi, brokerage]",
           {"27: schedules[0].gst.on[2]: given \"brokerage\", allowed: each charge once; remove it here"}},
          {"[brokerage, exchange, sebi]",
           "[]",
           {"27: schedules[0].gst.on: given nothing, allowed: list of charges; write a list with at least one entry"}},
          {", on: [brokerage, exchange, sebi]",
           "",
           {"27: schedules[0].gst.on: given nothing, allowed: list of charges; add the key on"}},
          {"gst: added", "gst: extra", {"28: schedules[0].dp.gst: given \"extra\", allowed: added or included"}},
          {"first_sale_of_day",
           "first_sale",
           {"28: schedules[0].dp.on: given \"first_sale\", allowed: one of: first_sale_of_day, every_order"}},
          {"amount: \"13.50\"", "amount: 13.50.1", {"28: schedules[0].dp.amount: given \"13.50.1\"" + amount}},
          {"    dp: {amount: \"13.50\", gst: added, on: first_sale_of_day}\n",
           "",
           {"2: schedules[0].dp: given nothing, allowed: a map of amount, gst and on; add the key dp"}},
      });
}

TEST_CASE("charges: no file, no schedule") {
  folder f;
  f.write("config/charges.yaml", "schedules: []\n");
  CHECK(f.texts() == strings{"config/charges.yaml:1: schedules: given nothing, allowed: list of schedules; "
                             "write a list with at least one entry"});
  f.remove("config/charges.yaml");
  CHECK(f.texts() == strings{"config/bulkhead.yaml: files.charges: given \"config/charges.yaml\", allowed: a file that "
                             "can be read; create it, or correct the path"});
}

TEST_CASE("instruments: wrong rows") {
  const std::string last =
      "tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,instrument_type,segment,exchange";
  check_table(
      "config/instruments.csv",
      {
          {"0.05,50",
           "0,50",
           {"2: tick_size: given \"0\", allowed: rupees, more than 0, at most 10000000.00, at most four decimals; "
            "correct the row, or fetch the list anew"}},
          {"0.05,50",
           "0.05,0",
           {"2: lot_size: given \"0\", allowed: integer, 1 to 1000000 units; correct the row, or fetch the list anew"}},
          {"0.05,50",
           "0.05,50.0",
           {"2: lot_size: given \"50.0\", allowed: integer, 1 to 1000000 units; correct the row, or fetch the list "
            "anew"}},
          {"256265",
           "-1",
           {"2: instrument_token: given \"-1\", allowed: integer, 1 to 4294967295; correct the row, or fetch the list "
            "anew"}},
          {"256265",
           "4294967296",
           {"2: instrument_token: given \"4294967296\", allowed: integer, 1 to 4294967295; correct the row, or fetch "
            "the list anew"}},
          {"1001",
           "x",
           {"2: exchange_token: given \"x\", allowed: integer, 0 or more; correct the row, or fetch the list anew"}},
          {"260105",
           "256265",
           {"3: instrument_token: given \"256265\", allowed: each instrument once; first given on line 2; "
            "remove one of the two"}},
          {"BANKNIFTY",
           "NIFTY",
           {"3: tradingsymbol: given \"NIFTY\", allowed: each instrument once; first given on line 2; "
            "remove one of the two"}},
          {",EQ,INDICES,NSE\n2",
           ",EQ,INDICES\n2",
           {"2: given \"11 fields\", allowed: 12 fields, as in the header; look for a comma too many or too few"}},
          {"\"NIFTY, FIFTY\"",
           "NIFTY, FIFTY",
           {"2: given \"13 fields\", allowed: 12 fields, as in the header; look for a comma too many or too few"}},
          {"BANKNIFTY,NIFTY BANK,0,,0",
           "BANKNIFTY,NIFTY BANK,0,2022-02-29,0",
           {"3: expiry: given \"2022-02-29\", allowed: nothing, or a date that exists, yyyy-mm-dd; correct the row, or "
            "fetch the list anew"}},
          {"BANKNIFTY,NIFTY BANK,0,,0",
           "BANKNIFTY,NIFTY BANK,nan,,-1",
           {"3: last_price: given \"nan\", allowed: rupees, 0 or more, at most four decimals; correct the row, or "
            "fetch the list anew",
            "3: strike: given \"-1\", allowed: rupees, 0 or more, at most four decimals; correct the row, or fetch the "
            "list anew"}},
          {"BANKNIFTY,",
           "BANK|NIFTY,",
           {"3: tradingsymbol: given \"BANK|NIFTY\", allowed: 1 to 64 printable ASCII characters, none of : | \"; "
            "correct the row, or fetch the list anew"}},
          {"BANKNIFTY,",
           ",",
           {"3: tradingsymbol: given nothing, allowed: 1 to 64 printable ASCII characters, none of : | \"; correct the "
            "row, or fetch the list anew"}},
          {"INDICES,NSE\n2",
           "INDICES,nse\n2",
           {"2: exchange: given \"nse\", allowed: 1 to 10 capital letters, e.g. NSE; correct the row, or fetch the "
            "list anew"}},
          {"tick_size,lot_size",
           "ticksize,lot_size",
           {"1: ticksize: given \"ticksize\", allowed: the columns instrument_token, exchange_token, " +
                std::string{"tradingsymbol, name, last_price, expiry, strike, tick_size, lot_size, instrument_type, "
                            "segment, exchange; did you mean tick_size?"},
            "1: tick_size: given nothing, allowed: a column of this name; add it to the header and to every row"}},
          {"exchange_token,",
           "exchange_token,name,",
           {"1: name: given \"name\", allowed: each column once; remove the repeated one"}},
      });
}

TEST_CASE("instruments: a strategy's key is not looked up in a list that could not be read") {
  folder f;
  f.replace("config/instruments.csv", "BANKNIFTY,NIFTY BANK", "BANKNIFTY,\"NIFTY BANK");
  CHECK(f.texts() == strings{"config/instruments.csv:3: given \"260105,1016,BANKNIFTY,\"NIFTY BANK,0,,0,0.05,25,EQ,"
                             "INDICES,NSE\", allowed: fields between commas, quotes in pairs; mend the quotes"});
  f.write("config/instruments.csv", "\n\n");
  REQUIRE(f.texts().size() == 1);
  CHECK(f.texts()[0].starts_with("config/instruments.csv:1: given nothing, allowed: a header line: instrument_token"));
  f.replace("config/bulkhead.yaml", "files:\n", "files:\n  instruments: none.csv\n");
  CHECK(f.texts() == strings{"config/bulkhead.yaml:29: files.instruments: given \"config/none.csv\", allowed: a file "
                             "that can be read; create it, or correct the path"});
}

TEST_CASE("instruments: columns may stand in any order, a quoted field may hold a comma and a doubled quote") {
  folder f;
  f.write("config/instruments.csv",
          "exchange,tradingsymbol,instrument_token,exchange_token,name,last_price,expiry,strike,tick_size,lot_size,"
          "instrument_type,segment\r\nNSE,NIFTY,1,2,\"a \"\"b\"\", c\",0,,0,0.0025,75,EQ,INDICES\r\n"
          "NSE,BANKNIFTY,2,3,\"\",1.5,2022-01-27,17000.0,0.05,1,CE,NFO-OPT\r\n");
  const load_result result = f.load();
  REQUIRE_MESSAGE(result.value, (result.findings.empty() ? "" : result.findings.front().text()));
  const instrument& row = result.value->instruments.rows().at(0);
  CHECK(row.key == "NSE:NIFTY");
  CHECK(row.tick_size == price{25});
  CHECK(row.lot_size == 75);
  CHECK(row.token == 1);
  CHECK(result.value->instruments.rows().at(1).segment == "NFO-OPT");
}

TEST_CASE("a file that is wrong all over is reported by its first hundred places and a count") {
  folder f;
  std::string rows = testing::instruments_csv;
  for (int i = 0; i < 150; ++i) rows += "x\n";
  f.write("config/instruments.csv", rows);
  const strings texts = f.texts();
  REQUIRE(texts.size() == 101);
  CHECK(texts[99] ==
        "config/instruments.csv:103: given \"1 fields\", allowed: 12 fields, as in the header; look for a "
        "comma too many or too few");
  CHECK(texts[100] ==
        "config/instruments.csv: given \"150 wrong places\", allowed: none; "
        "the first 100 are listed; mend them and run again");
}

TEST_CASE("strategies: wrong names, kinds, brokers, instruments and parameters") {
  const std::string broker = "a broker id: a-z, then up to 31 of a-z 0-9 _, no __";
  const std::string key =
      "an instrument key (NSE:NIFTY) of config/instruments.csv; add its row there, or correct the key";
  check_table(
      "strategies/cross.yaml",
      {
          {"name: cross",
           "name: Cross 1",
           {"1: name: given \"Cross 1\", allowed: a name: a-z, then up to 63 of a-z 0-9 _; rename the strategy"}},
          {"name: cross\n",
           "",
           {"1: name: given nothing, allowed: a name: a-z, then up to 63 of a-z 0-9 _; add the key name"}},
          {"strategy: ema_cross",
           "strategy: ema_crss",
           {"2: strategy: given \"ema_crss\", allowed: one of: ema_cross, low_frequency_demo; did you mean "
            "ema_cross?"}},
          {"enabled: true",
           "enabled: 1",
           {"3: enabled: given \"1\", allowed: true or false; write true or false, in lower case"}},
          {"enabled: true",
           "enable: true",
           {"3: enable: given \"enable\", allowed: one of: name, strategy, enabled, brokers, instruments, product, "
            "parameters, risk; "
            "did you mean enabled?"}},
          {"[paper, zerodha]",
           "[]",
           {"4: brokers: given nothing, allowed: list of broker ids, at least one; write a list with at least one "
            "entry"}},
          {"[paper, zerodha]",
           "paper",
           {"4: brokers: given \"paper\", allowed: list of broker ids, at least one; "
            "write a list with at least one entry"}},
          {"[paper, zerodha]",
           "[paper, paper, Zerodha]",
           {"4: brokers[1]: given \"paper\", allowed: each broker once; remove the repeated one",
            "4: brokers[2]: given \"Zerodha\", allowed: " + broker + "; correct the id"}},
          {"[NSE:NIFTY]",
           "[NSE:NIFTY, NSE:NIFTY, BSE:NIFTY]",
           {"5: instruments[1]: given \"NSE:NIFTY\", allowed: each instrument once; remove the repeated one",
            "5: instruments[2]: given \"BSE:NIFTY\", allowed: " + key}},
          {"[NSE:NIFTY]", "[[NSE:NIFTY]]", {"5: instruments[0]: given \"a list\", allowed: " + key}},
          {"fast: 5",
           "fast: 0",
           {"7: parameters.fast: given \"0\", allowed: integer, 1 to 1000 samples; correct the value"}},
          {"fast: 5",
           "fast: 5.0",
           {"7: parameters.fast: given \"5.0\", allowed: integer, 1 to 1000 samples; correct the value"}},
          {"fast: 5",
           "fast: [5]",
           {"7: parameters.fast: given \"a list\", allowed: integer, 1 to 1000 samples; write one value"}},
          {"fast: 5",
           "fst: 5",
           {"6: parameters.fast: given nothing, allowed: integer, 1 to 1000 samples; add the key fast",
            "7: parameters.fst: given \"fst\", allowed: one of: fast, slow, z, allow_short; did you mean fast?"}},
          {"z: \"1.5\"",
           "z: 1.23456",
           {"9: parameters.z: given \"1.23456\", allowed: decimal with at most four decimals, 0.00 to 10.00; correct "
            "the value"}},
          {"z: \"1.5\"",
           "allow_short: 2",
           {"9: parameters.allow_short: given \"2\", allowed: 0 or 1; correct the value"}},
          {"fast: 5",
           "fast: 20",
           {"7: parameters.fast: given \"20\", allowed: less than slow, which is 20; correct one of the two"}},
          {"fast: 5",
           "fast: 5\n  fast: 6",
           {"8: parameters.fast: given \"fast\", allowed: each key once; first given on line 7; keep one of the two"}},
      });
}

TEST_CASE("strategies: a name used twice, a file that would be passed over, no folder") {
  folder f;
  f.write("strategies/z.yaml", testing::cross_yaml);
  f.write("strategies/extra.yml", testing::cross_yaml);
  CHECK(f.texts() ==
        strings{"strategies/extra.yml: given \".yml\", allowed: strategy files end in .yaml; rename the file",
                "strategies/z.yaml:1: name: given \"cross\", allowed: a name of its own; strategies/cross.yaml has it "
                "already"});
  f.remove("strategies");
  CHECK(f.texts() == strings{"config/bulkhead.yaml:29: files.strategies: given \"strategies\", allowed: a folder that "
                             "can be read; create it, or correct the path"});
}

TEST_CASE("strategies: a disabled one is held to the same rules, a broken one does not hide the next") {
  folder f;
  f.replace("strategies/cross.yaml", "enabled: true", "enabled: false");
  f.replace("strategies/cross.yaml", "slow: 20", "slow: many");
  f.write("strategies/a.yaml", "name: [\n");
  const load_result result = f.load();
  REQUIRE(result.findings.size() == 2);
  CHECK(result.findings[0].allowed == "well-formed YAML");
  CHECK(result.findings[1].key == "parameters.slow");
}

}  // namespace bulkhead::config
