#include "tools/app/node_line.hpp"

#include "tools/app/commands.hpp"
#include "tools/app/control_server.hpp"
#include "tools/app/table.hpp"

#include <stdexcept>

#include <fmt/core.h>

namespace bulkhead::app {
namespace {

using nlohmann::json;

/// Seq and type of each event that the command became, a line each.
void print_events(const json& answer) {
  const auto events = answer.find("events");
  if (events == answer.end() || !events->is_array()) return;
  for (const json& e : *events) {
    const json data = e.value("data", json::object());
    fmt::print("  #{} {} {}\n", e.value("seq", 0U), e.value("type", ""), data.value("client_order_id", ""));
  }
}

void print_in_flight(const json& answer) {
  const auto ids = answer.find("in_flight");
  if (ids == answer.end() || !ids->is_array() || ids->empty()) return;
  fmt::print("{} order(s) had left before and have no answer yet:", ids->size());
  for (const json& id : *ids) fmt::print(" {}", id.is_string() ? id.get<std::string>() : id.dump());
  fmt::print("\n");
}

}  // namespace

std::filesystem::path control_socket(const config::settings& s) { return s.control_socket; }

bool node_runs(const config::settings& s) {
  try {
    return node_listens(control_socket(s));
  } catch (const std::runtime_error&) {
    return false;  // a path that no socket can have: no node listens there
  }
}

std::string node_answer::state() const {
  if (!runs) return "not running";
  return trouble.empty() ? "running" : "running, but does not answer: " + trouble;
}

const json* node_answer::broker(const broker_id& id) const {
  const auto brokers = body.find("brokers");
  if (brokers == body.end() || !brokers->is_object()) return nullptr;
  const auto it = brokers->find(id.str());
  return it == brokers->end() || !it->is_object() ? nullptr : &*it;
}

json isolated_brokers(const config::settings& s, const node_answer& node) {
  json out = json::object();
  for (const config::broker_settings& b : s.brokers) {
    const json* line = node.broker(b.id);
    if (line == nullptr || line->value("state", "") != "isolated") continue;
    out[b.id.str()] = {{"since", line->value("isolated_at", "")}, {"reason", line->value("reason", "")}};
  }
  return out;
}

void print_isolated(const config::settings& s, const node_answer& node) {
  const json isolated = isolated_brokers(s, node);
  for (const auto& [broker, how] : isolated.items()) {
    const std::string line =
        fmt::format("{} is isolated since {}: {}", broker, how.value("since", ""), how.value("reason", ""));
    fmt::print("{}\n  its open orders are as its journal has them; `bulkhead brokers restart {}`\n", fit(line), broker);
  }
}

json live_feed_of(const config::settings& s, const node_answer& node) {
  const auto told = node.body.find("feed");
  if (told != node.body.end() && told->is_object()) return *told;
  if (!node.runs || node.trouble.empty() || s.feed.kind != "kite") return nullptr;
  return {{"state", "not known"}, {"reason", "the node does not answer: " + node.trouble}};
}

std::string live_feed_text(const json& feed) {
  const std::string since = feed.value("since", "");
  const std::string why = feed.value("reason", "");
  return fmt::format("{}{}{}{}{}", feed.value("state", ""), since.empty() ? "" : " since ", since,
                     why.empty() ? "" : ": ", why);
}

void print_live_feed(const json& feed) {
  if (!feed.is_null()) fmt::print("feed: {}\n", live_feed_text(feed));
}

node_answer ask_if_running(const config::settings& s, const std::string& command) {
  node_answer answer;
  answer.runs = node_runs(s);
  if (!answer.runs) return answer;
  try {
    json body = ask_node(control_socket(s), {{"command", command}});
    if (body.is_object() && body.value("ok", false)) {
      answer.body = std::move(body);
    } else {
      answer.trouble = body.is_object() ? body.value("error", body.dump()) : body.dump();
    }
  } catch (const std::exception& e) {
    answer.trouble = e.what();
  }
  return answer;
}

int tell_node(const config::settings& s, const json& request, bool as_json, const std::string& done) {
  const json answer = ask_node(control_socket(s), request);
  const bool ok = answer.is_object() && answer.value("ok", false);
  if (as_json) {
    fmt::print("{}\n", answer.dump(1));
  } else if (ok) {
    fmt::print("{}\n", done);
    print_events(answer);
    print_in_flight(answer);
    if (const auto note = answer.find("note"); note != answer.end()) fmt::print("note: {}\n", note->get<std::string>());
  } else {
    fmt::print(stderr, "bulkhead: {}\n", answer.is_object() ? answer.value("error", answer.dump()) : answer.dump());
  }
  return ok ? exit_done : exit_failed;
}

}  // namespace bulkhead::app
