// Which fields each event writes, under which key.
#include "runtime/domain/views.hpp"
#include "support/event_fixtures.hpp"

#include <map>

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

/// A state store as the events leave it: key, then field, then value.
struct shown {
  std::map<std::string, std::map<std::string, std::string>> hashes;
  std::uint64_t seq = 0;

  void write(event_body body, timestamp ts = at(10, 1)) {
    const event e{.seq = ++seq, .ts = ts, .body = std::move(body)};
    for (const view_change& v : views_of(e, broker_id{"paper"}, instruments())) {
      CHECK(v.key.starts_with("paper:"));
      for (const auto& [field, value] : v.fields) hashes[v.key][field] = value;
      CHECK(hashes[v.key].at("seq") == std::to_string(seq));
      CHECK(hashes[v.key].at("updated_at") == to_iso_ist(ts));
    }
  }
  const std::string& at_key(const std::string& key, const std::string& field) const { return hashes.at(key).at(field); }
};

const std::string order_key = "paper:orders:" + order_id.str();

order_request bracket_stop() {
  order_request r = limit(order_id.str().c_str(), rupees(94), side::sell, 30);
  r.type = order_type::stop_limit;
  r.trigger_price = rupees(95);
  r.product = product::nrml;
  r.validity = validity::ioc;
  r.origin = order_origin::bracket;
  r.group = "P1-1";
  r.reduces = true;
  return r;
}

portfolio_snapshot closing(std::int64_t net) {
  portfolio_snapshot p = snapshot();
  p.performance.net = inr(net);
  p.strategies.at(0).performance.net = inr(net + 1);
  return p;
}

}  // namespace

TEST_CASE("views: a stop order shows its terms, origin and group") {
  shown s;
  s.write(order_submitted{bracket_stop()});
  const std::map<std::string, std::string> expected{{"status", "submitted"},
                                                    {"strategy", "demo"},
                                                    {"instrument", "NSE:NIFTY"},
                                                    {"side", "SELL"},
                                                    {"type", "SL"},
                                                    {"product", "NRML"},
                                                    {"validity", "IOC"},
                                                    {"quantity", "30"},
                                                    {"limit_price", "94.00"},
                                                    {"trigger_price", "95.00"},
                                                    {"origin", "bracket"},
                                                    {"group", "P1-1"},
                                                    {"reduces", "true"},
                                                    {"signal_id", "sig-" + order_id.str()},
                                                    {"filled_quantity", "0"},
                                                    {"triggered", "false"},
                                                    {"submitted_at", "2022-01-03T10:01:00+05:30"},
                                                    {"updated_at", "2022-01-03T10:01:00+05:30"},
                                                    {"seq", "1"}};
  CHECK(s.hashes.at(order_key) == expected);
  s.write(order_triggered{order_id});
  CHECK(s.at_key(order_key, "triggered") == "true");
  CHECK(s.at_key(order_key, "status") == "submitted");
}

TEST_CASE("views: an order without prices shows none") {
  shown s;
  s.write(order_submitted{market(order_id.str().c_str())});
  CHECK(s.at_key(order_key, "limit_price").empty());
  CHECK(s.at_key(order_key, "trigger_price").empty());
  CHECK(s.at_key(order_key, "group").empty());
}

TEST_CASE("views: a modification is seen on its way, and the order's terms change when it is done") {
  shown s;
  s.write(order_submitted{bracket_stop()});
  s.write(order_modify_requested{order_id, {50, rupees(92), rupees(93)}, "modify"});
  CHECK(s.at_key(order_key, "quantity") == "30");
  CHECK(s.at_key(order_key, "modification") == "requested");
  CHECK(s.at_key(order_key, "modification_quantity") == "50");
  CHECK(s.at_key(order_key, "modification_limit_price") == "92.00");
  CHECK(s.at_key(order_key, "modification_trigger_price") == "93.00");
  CHECK(s.at_key(order_key, "modification_reason") == "modify");
  s.write(order_modify_rejected{order_id, "too late"});
  CHECK(s.at_key(order_key, "modification") == "rejected");
  CHECK(s.at_key(order_key, "modification_reason") == "too late");
  CHECK(s.at_key(order_key, "limit_price") == "94.00");
  s.write(order_modified{order_id, {20, rupees(92), {}}, "one cancels the other"});
  CHECK(s.at_key(order_key, "modification") == "done");
  CHECK(s.at_key(order_key, "quantity") == "20");
  CHECK(s.at_key(order_key, "limit_price") == "92.00");
  CHECK(s.at_key(order_key, "trigger_price").empty());
}

TEST_CASE("views: positions are lines of strategy, instrument and product") {
  shown s;
  s.write(snapshot());
  CHECK(s.at_key("paper:positions:demo:NSE:NIFTY:NRML", "quantity") == "-50");
  CHECK(s.at_key("paper:positions:demo:NSE:NIFTY:NRML", "cost") == "-872527.50");
  CHECK(s.at_key("paper:positions:demo:NSE:NIFTY:NRML", "last_price") == "17450.55");
  CHECK(s.at_key("paper:positions:demo:NSE:NIFTY:NRML", "unrealised") == "1.2345");
  CHECK(s.at_key("paper:positions:other:NSE:BANKNIFTY:MIS", "quantity") == "0");
}

TEST_CASE("views: the account and each strategy show their performance") {
  shown s;
  s.write(snapshot());
  const std::map<std::string, std::string> demo{{"realised", "-5.50"},
                                                {"unrealised", "1.2345"},
                                                {"charges", "3.00"},
                                                {"net", "-7.00"},
                                                {"day_pnl", "-2.00"},
                                                {"peak", "1.00"},
                                                {"drawdown", "8.00"},
                                                {"gross_exposure", "872527.00"},
                                                {"margin", "174505.00"},
                                                {"updated_at", "2022-01-03T10:01:00+05:30"},
                                                {"seq", "1"}};
  CHECK(s.hashes.at("paper:portfolio:strategy:demo") == demo);
  auto account = demo;
  account["cash"] = "1000.00";
  account["equity"] = "995.00";
  CHECK(s.hashes.at("paper:portfolio:summary") == account);
  CHECK(s.at_key("paper:portfolio:strategy:other", "net") == "0.00");
}

TEST_CASE("views: a date's history is its last snapshot, and the next date leaves it alone") {
  shown s;
  s.write(closing(10), at(10, 0));
  s.write(closing(20), at(15, 30));
  s.write(closing(30), at(9, 15) + seconds(86'400));
  CHECK(s.at_key("paper:history:2022-01-03", "net") == "20.00");
  CHECK(s.at_key("paper:history:2022-01-03", "equity") == "995.00");
  CHECK(s.at_key("paper:history:2022-01-03:demo", "net") == "21.00");
  CHECK(s.at_key("paper:history:2022-01-03:demo", "updated_at") == "2022-01-03T15:30:00+05:30");
  CHECK(s.at_key("paper:history:2022-01-04", "net") == "30.00");
  CHECK(s.at_key("paper:portfolio:summary", "net") == "30.00");
}

TEST_CASE("views: latches of the broker and of a strategy are apart, closed until released") {
  shown s;
  s.write(kill_latched{{}, "halt", "operator", "drill"});
  s.write(kill_latched{strategy_id{"broker"}, "reduce-only", "day_loss", "limit 100.00, observed 120.00"});
  CHECK(s.at_key("paper:kill:broker", "mode") == "halt");
  CHECK(s.at_key("paper:kill:broker", "cause") == "operator");
  CHECK(s.at_key("paper:kill:strategy:broker", "mode") == "reduce-only");
  CHECK(s.at_key("paper:kill:strategy:broker", "cause") == "day_loss");
  CHECK(s.at_key("paper:kill:strategy:broker", "reason") == "limit 100.00, observed 120.00");
  s.write(kill_released{{}, "drill over"});
  CHECK(s.at_key("paper:kill:broker", "mode") == "off");
  CHECK(s.at_key("paper:kill:broker", "cause").empty());
  CHECK(s.at_key("paper:kill:broker", "reason") == "drill over");
  CHECK(s.at_key("paper:kill:strategy:broker", "mode") == "reduce-only");
}

TEST_CASE("views: a strategy shows what last happened to it") {
  shown s;
  s.write(strategy_changed{strategy_id{"demo"}, "quarantined", "threw: division by zero"});
  s.write(strategy_changed{strategy_id{"demo"}, "reloaded", "operator"});
  CHECK(s.at_key("paper:strategies:demo", "change") == "reloaded");
  CHECK(s.at_key("paper:strategies:demo", "reason") == "operator");
}
