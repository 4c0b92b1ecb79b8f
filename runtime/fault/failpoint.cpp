#include "runtime/fault/failpoint.hpp"

#include <charconv>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

namespace bulkhead::fault {
namespace detail {
std::atomic<bool> armed{false};
}

namespace {

struct point {
  action what;
  std::uint64_t at_hit;
  std::uint64_t hits = 0;
};

std::mutex guard;
std::map<std::string, point, std::less<>> points;

std::string arm_one(std::string_view item) {
  const auto wrong = [&] {
    return fmt::format("failpoint \"{}\": allowed: name=crash@N, name=kill@N or name=hang@N, N from 1", item);
  };
  const auto equals = item.find('=');
  const auto at = item.find('@');
  if (equals == std::string_view::npos || equals == 0 || at == std::string_view::npos || at < equals) return wrong();
  const auto verb = item.substr(equals + 1, at - equals - 1);
  const auto digits = item.substr(at + 1);
  std::uint64_t at_hit = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), at_hit);
  if (error != std::errc{} || end != digits.data() + digits.size() || at_hit == 0) return wrong();
  if (verb != "crash" && verb != "kill" && verb != "hang") return wrong();
  const action what = verb == "kill" ? action::kill : verb == "hang" ? action::hang : action::crash;
  arm(std::string{item.substr(0, equals)}, what, at_hit);
  return {};
}

}  // namespace

void arm(std::string name, action what, std::uint64_t at_hit) {
  const std::scoped_lock lock{guard};
  points.insert_or_assign(std::move(name), point{what, at_hit});
  detail::armed.store(true);
}

void disarm_all() {
  const std::scoped_lock lock{guard};
  points.clear();
  detail::armed.store(false);
}

std::string arm_from(std::string_view text) {
  while (!text.empty()) {
    const auto comma = text.find(',');
    if (auto error = arm_one(text.substr(0, comma)); !error.empty()) return error;
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return {};
}

std::uint64_t hits(std::string_view name) {
  const std::scoped_lock lock{guard};
  const auto it = points.find(name);
  return it == points.end() ? 0 : it->second.hits;
}

namespace detail {

void hit_slow(std::string_view scope, std::string_view name) {
  const std::string full = fmt::format("{}.{}", scope, name);
  std::unique_lock lock{guard};
  const auto it = points.find(full);
  if (it == points.end() || ++it->second.hits != it->second.at_hit) return;
  const point reached = it->second;
  lock.unlock();
  if (reached.what == action::hang) {
    std::this_thread::sleep_for(std::chrono::seconds{3});
    return;
  }
  if (reached.what == action::kill) {
    ::kill(::getpid(), SIGKILL);
    ::pause();
  }
  throw injected_failure(fmt::format("failpoint {} (hit {})", full, reached.hits));
}

}  // namespace detail
}  // namespace bulkhead::fault
