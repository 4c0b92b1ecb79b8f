#include "tools/app/broker_process.hpp"

#include "config/environment.hpp"
#include "config/render.hpp"
#include "runtime/domain/sequencer.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

namespace bulkhead::app {
namespace {

constexpr std::string_view failpoints_variable = "BULKHEAD_FAILPOINTS";
constexpr const char* own_executable = "/proc/self/exe";

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// Everything that decides what the broker does, the strategies aside: they run in the node, and a reload changes them.
std::string fingerprint_of(const config::settings& s, const config::broker_settings& broker) {
  config::settings own = s;
  own.brokers = {broker};
  own.strategies.clear();
  std::string text = config::to_json(own).dump();
  for (const config::strategy_settings& one : s.strategies) {
    if (!one.risk.empty()) text += fmt::format("|{}:{}", one.name.str(), nlohmann::json(one.risk).dump());
  }
  for (const auto& file : {s.instruments_file, s.charges_file, s.holidays_file, s.freeze_file}) {
    text += derive_id(content_of(file));
  }
  return derive_id(text);
}

/// The very file that runs: a newer build in its place is another.
std::string build_of_this() {
  struct stat found {};
  if (::stat(own_executable, &found) != 0) return "unknown";
  return derive_id(fmt::format("{}|{}|{}|{}|{}", found.st_dev, found.st_ino, found.st_size, found.st_mtim.tv_sec,
                               found.st_mtim.tv_nsec));
}

process::slot_settings slot_settings_of(const config::process_settings& p) {
  process::slot_settings out;
  out.start_timeout = std::chrono::milliseconds{p.start_timeout_ms};
  out.tick = std::chrono::milliseconds{p.heartbeat_ms};
  out.silence = std::chrono::milliseconds{p.silence_ms};
  return out;
}

}  // namespace

link::hello identity_of(const config::settings& s, const config::broker_settings& broker) {
  link::hello h;
  h.pid = static_cast<std::uint64_t>(::getpid());
  h.version = BULKHEAD_VERSION;
  h.build = build_of_this();
  h.broker = broker.id.str();
  h.schema = snapshot_schema;
  h.settings = fingerprint_of(s, broker);
  return h;
}

std::string failpoints_of(const std::string& all, const broker_id& broker, bool of_broker) {
  std::string out;
  std::string_view rest = all;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    const std::string_view one = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (one.starts_with(broker.str() + ".") != of_broker) continue;
    if (!out.empty()) out += ',';
    out += one;
  }
  return out;
}

std::vector<std::string> environment_of(const broker_id& broker, const std::string& failpoints) {
  constexpr std::string_view brokers = "TRADING__";
  const std::string own = config::variable_name("trading." + broker.str() + ".");
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    if (text.starts_with(brokers) && !text.starts_with(own)) continue;
    if (text.starts_with(failpoints_variable)) continue;
    out.emplace_back(text);
  }
  if (!failpoints.empty()) out.push_back(fmt::format("{}={}", failpoints_variable, failpoints));
  return out;
}

broker_process::broker_process(const config::settings& s, const config::broker_settings& b, common_options options)
    : options_(std::move(options)),
      broker_(b.id),
      expected_(identity_of(s, b)),
      page_(process::shared_page::make()),
      node_page_(process::shared_page::make_in<node_page>(page_, true)),
      process_page_(process::shared_page::make_in<process_page>(page_, false)) {
  process::slot_hooks hooks;
  hooks.before_start = [nodes = node_page_, its = process_page_] {
    its->heartbeat.store(0);
    nodes->hold.revoked.store(false);
  };
  hooks.before_kill = [nodes = node_page_] { nodes->hold.revoked.store(true); };
  hooks.heartbeat = [its = process_page_] { return its->heartbeat.load(); };
  slot_ = std::make_unique<process::process_slot>(slot_settings_of(s.process), std::move(hooks));
}

process::launch broker_process::launch(actors::incarnation number) const {
  process::launch how;
  how.executable = own_executable;
  how.page = page_->fd();
  how.arguments = {"compartment",
                   "--broker",
                   broker_.str(),
                   "--link",
                   std::to_string(process::child::link_fd),
                   "--page",
                   std::to_string(process::child::page_fd),
                   "--parent",
                   std::to_string(::getpid()),
                   "--config",
                   options_.config.string()};
  const std::string own = "trading." + broker_.str() + ".";
  for (const auto& [key, value] : options_.overrides) {
    if (key == "active_brokers" || (key.starts_with("trading.") && !key.starts_with(own))) continue;
    how.arguments.insert(how.arguments.end(), {"--set", fmt::format("{}={}", key, value)});
  }
  const char* failpoints = std::getenv(failpoints_variable.data());
  const bool first = number == 1;
  how.environment =
      environment_of(broker_, first && failpoints != nullptr ? failpoints_of(failpoints, broker_, true) : "");
  return how;
}

}  // namespace bulkhead::app
