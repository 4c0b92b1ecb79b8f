#include "app/broker_harness.hpp"
#include "runtime/domain/views.hpp"

#include <map>

using namespace bulkhead;

TEST_CASE("views: an order's hash ends with its last status, every key under its broker") {
  const auto script = test::session_script::load();
  test::broker_harness h{script.settings};
  for (std::size_t i = 0; i < script.frames.size(); ++i) h.offer(script, i);
  const broker_id broker{"paper"};
  std::map<std::string, std::map<std::string, std::string>> store;
  for (int pass = 0; pass < 2; ++pass) {  // writing everything again changes nothing
    for (const event_list& list : h.appended) {
      for (const event& e : *list) {
        for (const view_change& v : views_of(e, broker, script.settings->instruments)) {
          REQUIRE(v.key.starts_with("paper:"));
          for (const auto& [field, value] : v.fields) store[v.key][field] = value;
        }
      }
    }
  }
  std::size_t filled = 0;
  std::size_t orders = 0;
  for (const auto& [key, fields] : store) {
    if (!key.starts_with("paper:orders:")) continue;
    ++orders;
    filled += fields.at("status") == "filled" ? 1 : 0;
    CHECK(fields.at("status") != "submitted");
  }
  CHECK(orders == h.count<order_submitted>());
  CHECK(filled == h.count<order_filled>());
  CHECK(store.contains("paper:portfolio:summary"));
  CHECK(store.contains("paper:portfolio:strategy:ema_cross"));
  CHECK(store.contains("paper:history:2022-01-03"));
  CHECK(store.contains("paper:history:2022-01-03:ema_cross"));
  CHECK(store.contains("paper:positions:ema_cross:NSE:NIFTY:MIS"));
  // The whole day is in the store: its close is the summary.
  CHECK(store.at("paper:history:2022-01-03") == store.at("paper:portfolio:summary"));
}
