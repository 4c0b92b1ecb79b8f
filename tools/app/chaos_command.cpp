// chaos crash | hang | slow | flood; brokers vitals.
#include "tools/app/control_server.hpp"
#include "tools/app/inspect_commands.hpp"
#include "tools/app/journal_access.hpp"
#include "tools/app/node_line.hpp"
#include "tools/app/table.hpp"

#include <charconv>
#include <limits>

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace bulkhead::app {
namespace {

using nlohmann::json;

void need_node(const config::settings& s) {
  if (node_runs(s)) return;
  throw command_error(exit_failed, fmt::format("node: not running; this asks a running node: start one with `bulkhead "
                                               "run --data-dir {}`",
                                               s.data_dir.string()));
}

/// "250ms", "2s", "1m" as milliseconds; null for an empty text.
json milliseconds_of(const std::string& option, const std::string& given) {
  if (given.empty()) return nullptr;
  std::int64_t number = 0;
  const auto [unit, error] = std::from_chars(given.data(), given.data() + given.size(), number);
  const std::string_view rest{unit, static_cast<std::size_t>(given.data() + given.size() - unit)};
  const std::int64_t factor = rest == "ms" ? 1 : rest == "s" ? 1000 : rest == "m" ? 60'000 : 0;
  if (error != std::errc{} || factor == 0 || number < 1 || number > 600'000 / factor) {
    throw command_error(exit_usage,
                        fmt::format("{}: given \"{}\", allowed: 1ms to 10m, as 250ms, 2s or 1m", option, given));
  }
  return number * factor;
}

json number_of(std::uint64_t given) { return given == 0 ? json(nullptr) : json(given); }

std::string user() {
  const char* name = ::getenv("USER");
  return fmt::format("{} (uid {})", name == nullptr ? "unknown" : name, ::geteuid());
}

std::string milliseconds_text(std::int64_t us) {
  return us < 10'000 ? fmt::format("{}.{}", us / 1000, us / 100 % 10) : fmt::format("{}", us / 1000);
}

void print_actors(const json& actors) {
  table rows{{{"actor", align::left, true},
              {"start", align::right},
              {"waiting", align::right},
              {"oldest ms", align::right},
              {"at work on", align::left, true},
              {"for ms", align::right},
              {"longest ms", align::right}}};
  for (const json& a : actors) {
    const std::string handling = a.value("handling", "");
    const bool revoked = a.value("revoked", false);
    rows.add({a.value("path", ""), fmt::format("{}{}", a.value("incarnation", json(0)).dump(), revoked ? "!" : ""),
              a.value("waiting", json(0)).dump(),
              fmt::format("{}{}", a.value("oldest_at_least", false) ? ">" : "", a.value("oldest_ms", json(0)).dump()),
              handling.empty() ? "-" : handling, handling.empty() ? "-" : a.value("handling_ms", json(0)).dump(),
              milliseconds_text(a.value("longest_us", std::int64_t{0}))});
  }
  fmt::print("{}! revoked, still running\n", rows.text());
}

void print_queues(const json& queues) {
  table rows{{{"broker", align::left, true},
              {"events not durable", align::right},
              {"at most so far", align::right},
              {"allowed", align::right},
              {"ops facts shed", align::right}}};
  const json brokers = queues.value("brokers", json::object());
  for (const auto& [broker, q] : brokers.items()) {
    rows.add({broker, q.value("events_undurable", json(0)).dump(), q.value("events_undurable_most", json(0)).dump(),
              q.value("events_undurable_allowed", json(0)).dump(), q.value("ops_dropped", json(0)).dump()});
  }
  fmt::print("\n{}\n", rows.text());
  fact_list facts;
  facts.add("ticks conflated", queues.value("ticks_conflated", json(0)).dump());
  facts.add("signals retained", fmt::format("at most {} for one broker so far, allowed {}",
                                            queues.value("signals_retained_most", json(0)).dump(),
                                            queues.value("signals_retained_allowed", json(0)).dump()));
  fmt::print("{}", facts.text());
}

}  // namespace

int chaos(const std::string& what, const chaos_options& options) {
  const auto s = load_or_explain(options.common);
  if (!s) return exit_usage;
  const json for_ms = milliseconds_of("--for", options.length);
  const json delay_ms = milliseconds_of("--delay", options.delay);
  need_node(*s);
  const json request{{"command", "chaos"},
                     {"what", what},
                     {"broker", options.broker},
                     {"actor", options.actor},
                     {"for_ms", for_ms},
                     {"delay_ms", delay_ms},
                     {"times", number_of(options.times)},
                     {"rate", number_of(options.rate)},
                     {"by", user()}};
  const json answer = ask_node(control_socket(*s), request);
  const bool ok = answer.is_object() && answer.value("ok", false);
  if (options.common.json) {
    fmt::print("{}\n", answer.dump(1));
  } else if (ok) {
    fmt::print("{}\n", answer.value("text", ""));
  } else {
    fmt::print(stderr, "bulkhead: {}\n", answer.is_object() ? answer.value("error", answer.dump()) : answer.dump());
  }
  return ok ? exit_done : exit_failed;
}

int brokers_vitals(const common_options& options) {
  const auto s = load_or_explain(options);
  if (!s) return exit_usage;
  need_node(*s);
  const json answer = ask_node(control_socket(*s), {{"command", "vitals"}});
  if (!answer.is_object() || !answer.value("ok", false)) {
    throw command_error(exit_failed, answer.is_object() ? answer.value("error", answer.dump()) : answer.dump());
  }
  if (options.json) {
    fmt::print("{}\n", answer.dump(1));
    return exit_done;
  }
  print_actors(answer.value("actors", json::array()));
  print_queues(answer.value("queues", json::object()));
  print_live_feed(answer.value("feed", json()));
  return exit_done;
}

}  // namespace bulkhead::app
