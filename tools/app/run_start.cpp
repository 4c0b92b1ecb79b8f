#include "tools/app/run_start.hpp"

#include "runtime/fault/failpoint.hpp"
#include "tools/app/broker_process.hpp"
#include "tools/app/feed_check.hpp"
#include "tools/app/parts.hpp"
#include "tools/app/topics.hpp"

#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

namespace bulkhead::app {
namespace {

/// Failpoints of a broker in a process of its own are that process's to arm.
std::string arm_failpoints(const config::settings& s) {
  const char* text = std::getenv("BULKHEAD_FAILPOINTS");
  if (text == nullptr) return {};
  std::string own = text;
  for (const config::broker_settings& b : s.brokers) {
    if (b.placement == "process") own = failpoints_of(own, b.id, false);
  }
  return fault::arm_from(own);
}

start_mode mode_of(const run_options& options) {
  if (options.resume) return start_mode::resume;
  return options.fresh ? start_mode::fresh : start_mode::plain;
}

}  // namespace

std::optional<start_refusal> run_start::prepare() {
  if (auto refused = check_settings()) return refused;
  if (auto refused = check_feed()) return refused;
  if (auto refused = take_locks()) return refused;
  if (auto refused = begin_data_dir()) return refused;
  return connect_feed();
}

run_start::result run_start::check_settings() const {
  const config::settings& s = *settings_;
  if (std::string wrong = orders_on_recorded_ticks(s); !wrong.empty()) return start_refusal{exit_usage, wrong};
  if (const std::string wrong = arm_failpoints(s); !wrong.empty()) {
    return start_refusal{exit_usage, "BULKHEAD_FAILPOINTS: " + wrong};
  }
  if (s.journal.backend == "memory") {
    return start_refusal{exit_usage,
                         "journal.backend: given \"memory\", allowed for run: sqlite, kafka; use backtest for a run "
                         "whose history nobody keeps"};
  }
  const std::filesystem::path& record = s.feed.record;
  if (!record.empty() && !options_.resume && std::filesystem::exists(record)) {
    return start_refusal{exit_usage,
                         fmt::format("feed.record: {} is there already, and a recording of two feeds would be none; "
                                     "move it away, or go on with --resume",
                                     record.string())};
  }
  return {};
}

run_start::result run_start::check_feed() {
  if (is_live_feed(*settings_)) {
    fingerprint_ = live_feed_fingerprint();
    if (const std::string wrong = live_feed_error(*settings_); !wrong.empty()) {
      return start_refusal{exit_usage, "feed: " + wrong};
    }
  } else {
    const feed_result feed = make_feed(*settings_);
    if (!feed.source) return start_refusal{exit_usage, feed.error};
    report_feed_problems(*feed.source);
    fingerprint_ = feed.source->fingerprint();
  }
  if (settings_->strategy_host.warm_up_days > 0) (void)make_strategies(*settings_, settings_->strategies);
  if (!publishes_topics(*settings_)) return {};
  std::string wrong = check_topics(*settings_);
  if (wrong.empty()) return {};
  if (wrong.back() == '\n') wrong.pop_back();
  return start_refusal{exit_failed, "the topics are not as they have to be; nothing was started\n" + wrong};
}

run_start::result run_start::take_locks() {
  const config::settings& s = *settings_;
  if (std::string busy = lock_.take(s.data_dir); !busy.empty()) return start_refusal{exit_failed, busy};
  constexpr std::chrono::seconds for_an_orphan{5};
  for (const config::broker_settings& b : s.brokers) {
    if (b.placement == "process") continue;  // that process holds them
    broker_locks_.push_back(std::make_unique<broker_lock>());
    if (std::string busy = broker_locks_.back()->take(s.data_dir, b.id, for_an_orphan); !busy.empty()) {
      return start_refusal{exit_failed, busy};
    }
  }
  return {};
}

run_start::result run_start::begin_data_dir() {
  const std::string wrong = prepare_data_dir(*settings_, mode_of(options_), fingerprint_);
  return wrong.empty() ? result{} : start_refusal{exit_usage, wrong};
}

run_start::result run_start::connect_feed() {
  if (!is_live_feed(*settings_)) return {};
  try {
    live_ = std::make_shared<live_feed>(settings_, options_.resume);
    return {};
  } catch (const std::exception& e) {
    return start_refusal{exit_usage, fmt::format("feed: {}", e.what())};
  }
}

}  // namespace bulkhead::app
