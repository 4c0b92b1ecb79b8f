#include "runtime/journal/kafka_condition.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace bulkhead {

void kafka_condition::set_outage(const std::string& text) {
  const std::scoped_lock lock{guard_};
  if (outage_ != text) outage_ = text;
}

std::string kafka_condition::outage() const {
  const std::scoped_lock lock{guard_};
  return outage_;
}

void kafka_condition::renew_lease(clock::time_point until) noexcept {
  const std::int64_t at = until.time_since_epoch().count();
  if (at > lease_.load()) lease_.store(at);  // one thread renews
}

void kafka_condition::set_figures(const std::string& statistics) {
  using nlohmann::json;
  const json all = json::parse(statistics, nullptr, false);
  const auto number = [](const json& of, const char* name) {
    const auto it = of.is_object() ? of.find(name) : of.end();
    return it != of.end() && it->is_number_integer() ? it->get<std::int64_t>() : 0;
  };
  const auto count = [&](const json& of, const char* name) { return static_cast<std::uint64_t>(number(of, name)); };
  if (!all.is_object()) return;
  kafka_figures f;
  f.queued = count(all, "msg_cnt");
  f.sent = count(all, "txmsgs");
  f.sent_bytes = count(all, "txmsg_bytes");
  const json servers = all.value("brokers", json::object());
  for (const json& server : servers) {
    f.errors += count(server, "txerrs");
    if (!server.is_object() || !server.contains("rtt")) continue;
    f.round_trip_p50_us = std::max(f.round_trip_p50_us, number(server.at("rtt"), "p50"));
    f.round_trip_p99_us = std::max(f.round_trip_p99_us, number(server.at("rtt"), "p99"));
  }
  const std::scoped_lock lock{guard_};
  figures_ = f;
}

std::optional<kafka_figures> kafka_condition::figures() const {
  const std::scoped_lock lock{guard_};
  return figures_;
}

}  // namespace bulkhead
