#include "config/cross_checks.hpp"

#include "config/values.hpp"

#include <fmt/format.h>

namespace bulkhead::config {
namespace {

void check_broker(const std::string& id, const broker_settings& b, const resolved& r, const load_request& request,
                  finding_list& findings) {
  const std::string at = fmt::format("trading.{}.", id);
  if (!r.sound({at + "kind"})) return;
  const std::string reserve = at + "risk.exit_reserve_per_second";
  const std::string rate = at + "risk.max_orders_per_second";
  if (r.sound({reserve, rate}) && b.risk.exit_reserve_per_second >= b.risk.max_orders_per_second) {
    findings.add(r.origins.at(reserve), std::to_string(b.risk.exit_reserve_per_second),
                 fmt::format("integer, 0 to {} orders: less than {}max_orders_per_second ({})",
                             b.risk.max_orders_per_second - 1, at + "risk.", b.risk.max_orders_per_second),
                 "lower the reserve or raise the maximum, or no entry can ever pass");
  }
  if (r.sound({at + "enabled"}) && b.enabled && !request.broker_kinds.at(b.kind)) {
    findings.add(r.origins.at(at + "enabled"), "true", "false",
                 fmt::format("placing orders at kind {} is not available; set {}enabled: false", b.kind, at));
  }
}

void check_ranges(const resolved& r, finding_list& findings) {
  const settings& n = r.node;
  if (r.sound({"supervisor.backoff_min_ms", "supervisor.backoff_max_ms"}) &&
      n.supervisor.backoff_min_ms > n.supervisor.backoff_max_ms) {
    findings.add(r.origins.at("supervisor.backoff_max_ms"), std::to_string(n.supervisor.backoff_max_ms),
                 fmt::format("at least supervisor.backoff_min_ms ({} milliseconds)", n.supervisor.backoff_min_ms));
  }
  if (r.sound({"session.open", "session.close"}) && n.session.open >= n.session.close) {
    findings.add(r.origins.at("session.close"), clock_text(n.session.close),
                 fmt::format("a time after session.open ({})", clock_text(n.session.open)));
  }
  if (r.sound({"feed.from", "feed.to"}) && n.feed.from && n.feed.to && *n.feed.from > *n.feed.to) {
    findings.add(r.origins.at("feed.to"), to_string(*n.feed.to),
                 fmt::format("feed.from ({}) or a later date", to_string(*n.feed.from)));
  }
  if (r.sound({"feed.batch", "feed.max_in_flight"}) && n.feed.batch > n.feed.max_in_flight) {
    findings.add(r.origins.at("feed.batch"), std::to_string(n.feed.batch),
                 fmt::format("at most feed.max_in_flight ({} frames)", n.feed.max_in_flight),
                 "a batch larger than that could never be sent");
  }
}

void check_synthetic(const resolved& r, finding_list& findings) {
  if (r.sound({"feed.from"}) && !r.node.feed.from) {
    findings.add(r.origins.at("feed.from"), "", std::string{date_form}, "feed.kind synthetic needs its first day");
  }
  if (r.sound({"feed.instruments"}) && r.node.feed.instruments.empty()) {
    findings.add(r.origins.at("feed.instruments"), "", "list of instrument keys (NSE:NIFTY), at least one",
                 "feed.kind synthetic needs instruments to tick");
  }
}

}  // namespace

void check_options(const resolved& r, const load_request& request, finding_list& findings) {
  for (const auto& [id, b] : r.brokers) check_broker(id, b, r, request, findings);
  check_ranges(r, findings);
  if (r.sound({"feed.kind"}) && r.node.feed.kind == "synthetic") check_synthetic(r, findings);
}

void check_feed(const resolved& r, std::optional<trade_date> charges_from, bool instruments_known,
                finding_list& findings) {
  const feed_settings& feed = r.node.feed;
  std::error_code error;
  if (feed.kind == "replay" && r.sound({"feed.kind", "feed.path"}) && !std::filesystem::exists(feed.path, error)) {
    findings.add(r.origins.at("feed.path"), feed.path.string(), "a folder of 1-minute CSV files, or one such file",
                 "create it, or correct the path");
  }
  if (charges_from && feed.from && r.sound({"feed.from"}) && *feed.from < *charges_from) {
    findings.add(r.origins.at("feed.from"), to_string(*feed.from),
                 fmt::format("{} or later: {} begins there", to_string(*charges_from), r.node.charges_file.string()),
                 "add a schedule for the earlier dates, or start later");
  }
  if (!instruments_known) return;
  for (const std::string& key : feed.instruments) {
    if (r.node.instruments.find(key)) continue;
    findings.add(r.origins.at("feed.instruments"), key, "an instrument of " + r.node.instruments_file.string(),
                 "add its row, or correct the key");
  }
}

}  // namespace bulkhead::config
