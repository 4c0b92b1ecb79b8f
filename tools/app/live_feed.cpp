#include "tools/app/live_feed.hpp"

#include "runtime/brokers/zerodha/exchange_clock.hpp"
#include "runtime/brokers/zerodha/kite_feed.hpp"
#include "runtime/brokers/zerodha/kite_session.hpp"
#include "runtime/feeds/live_frames.hpp"
#include "runtime/frame_log/logged_frames.hpp"
#include "runtime/http/websocket_client.hpp"
#include "runtime/secrets/secret_source.hpp"
#include "tools/app/clock_times.hpp"
#include "tools/app/feed_health.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

namespace bulkhead::app {
namespace {

using steady = std::chrono::steady_clock;

constexpr std::chrono::seconds quiet_before_clock{2};  ///< so long without a frame, then a clock frame
constexpr std::chrono::milliseconds watch_every{200};
constexpr std::chrono::seconds sync_every{1};

timestamp wall_time() {
  return timestamp{
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count()};
}

const kite_settings& account_of(const config::settings& s) {
  const auto found = std::ranges::find(s.brokers, broker_id{s.feed.account}, &config::broker_settings::id);
  if (found != s.brokers.end()) return found->kite;
  throw std::logic_error("feed.account passed validation and is not there: " + s.feed.account);
}

kite_mode mode_of(const config::settings& s) {
  return s.feed.mode == "ltp" ? kite_mode::ltp : s.feed.mode == "quote" ? kite_mode::quote : kite_mode::full;
}

kite_feed_settings kite_feed_of(const config::settings& s) {
  const kite_settings& kite = account_of(s);
  kite_feed_settings out;
  out.connections = static_cast<std::size_t>(s.feed.connections);
  out.socket.url = kite.socket_url;
  out.socket.ca_file = kite.ca_file;
  out.socket.connect_timeout = std::chrono::milliseconds{kite.connect_timeout_ms};
  out.socket.silence = std::chrono::milliseconds{s.feed.silence_ms};
  out.socket.mode = mode_of(s);
  return out;
}

frame_log_settings log_of(const config::settings& s) {
  frame_log_settings out;
  out.file = frames_file(s);
  out.boot = this_boot();
  out.now = wall_time();
  return out;
}

std::shared_ptr<frame_log> open_log(const config::settings& s, bool resume) {
  if (resume && !std::filesystem::exists(frames_file(s))) {
    throw std::runtime_error(
        fmt::format("{} is not there: the journals of {} followed its frames; put it back, or start anew with --fresh",
                    frames_file(s).string(), s.data_dir.string()));
  }
  if (!resume && std::filesystem::exists(frames_file(s))) {
    throw std::runtime_error(fmt::format("{} is there already, of an earlier run; move it away, or go on with --resume",
                                         frames_file(s).string()));
  }
  auto log = std::make_shared<frame_log>(log_of(s), s.instruments);
  if (log->lost() > 0) {
    spdlog::warn("feed: the machine went down: up to {} frames that were not on the disk yet are clock frames now",
                 log->lost());
  }
  return log;
}

}  // namespace

std::filesystem::path frames_file(const config::settings& s) { return s.data_dir / "feed.frames"; }

std::string live_feed_fingerprint() { return std::string{logged_frames::live_fingerprint}; }

std::string live_feed_error(const config::settings& s) {
  try {
    (void)secret_source{account_of(s).api_key, account_of(s).api_key_file}.get();
    const kite_quotes checked{s.instruments, mode_of(s)};
    if (const std::string wrong = websocket_url_error(account_of(s).socket_url); !wrong.empty()) {
      return fmt::format("trading.{}.kite.socket_url: given \"{}\": it {}", s.feed.account, account_of(s).socket_url,
                         wrong);
    }
    return {};
  } catch (const std::exception& e) {
    return e.what();
  }
}

feed_result logged_feed(const config::settings& s) {
  try {
    auto log = std::make_shared<frame_log>(log_of(s), s.instruments, frame_log::access::read_only);
    return {std::make_unique<logged_frames>(std::move(log)), {}};
  } catch (const frame_log_error& e) {
    return {nullptr,
            fmt::format("{}; feed.kind kite is a live feed: only what a run has recorded can be replayed", e.what())};
  }
}

std::string feed_state_now::text() const {
  if (is_live) return fmt::format("live since {}", to_iso_ist(since));
  return fmt::format("STALE since {}: {}", to_iso_ist(since), why);
}

nlohmann::json feed_state_now::json() const {
  return {{"state", is_live ? "live" : "STALE"},
          {"reason", why},
          {"since", to_iso_ist(since)},
          {"frames", frames},
          {"other_day", other_day},
          {"unstamped", unstamped},
          {"not_recorded", not_recorded}};
}

/// guard_ is taken by the sockets' threads, the watch and whoever asks.
class live_feed::engine {
 public:
  engine(std::shared_ptr<const config::settings> s, bool resume)
      : settings_(std::move(s)),
        log_(open_log(*settings_, resume)),
        quotes_(settings_->instruments, mode_of(*settings_)),
        frames_(settings_->session, clock_times_of(*settings_), settings_->instruments.size(),
                log_->size() > 0 ? log_->last_ts() : start_time()) {
    state_.since = wall_time();
    state_.why = health_.why();
    const kite_settings& kite = account_of(*settings_);
    session_ = std::make_unique<kite_session_source>(
        kite.session_file,
        [api_key = secret_source{kite.api_key, kite.api_key_file}] { return std::string{api_key.get().reveal()}; },
        wall_time, kite.user_id);
    kite_feed_events events;
    events.frame = [this](std::optional<timestamp> exchange, const kite_frame& f) { take(exchange, f); };
    events.state = [this](bool is_live, const std::string& why) { set_state(is_live, why); };
    events.notice = [](const std::string& text) { spdlog::warn("feed: {}", text); };
    kite_ = std::make_unique<kite_feed>(
        kite_feed_of(*settings_), quotes_.tokens(), [this] { return session_->credentials(); },
        [this] { return session_->why_none(); }, std::move(events));
    watch_ = std::thread{[this] { watch(); }};
  }
  ~engine() { stop(); }
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;

  std::unique_ptr<feed_source> open() { return std::make_unique<growing_frames>(log_); }

  feed_state_now state() const {
    const std::scoped_lock lock{guard_};
    feed_state_now out = state_;
    out.frames = log_->size();
    out.other_day = quotes_.counts().other_day;
    out.unstamped = quotes_.counts().unstamped;
    return out;
  }

  void close() {
    {
      const std::scoped_lock lock{guard_};
      is_ending_ = true;
    }
    ended_.notify_all();
  }

  void stop() {
    close();
    kite_.reset();
    if (watch_.joinable()) watch_.join();
  }

 private:
  [[nodiscard]] timestamp start_time() const { return by_exchange_ ? timestamp{} : wall_time(); }

  void take(std::optional<timestamp> exchange, const kite_frame& f) {
    const std::scoped_lock lock{guard_};
    if (is_ending_) return;
    if (exchange && !by_exchange_) check_clock(*exchange);
    const timestamp at = std::max(by_exchange_ ? exchange.value_or(frames_.last()) : wall_time(), frames_.last());
    ticks_.clear();
    quotes_.convert(f, date_of(at), ticks_);
    record([&] { frames_.take(at, ticks_, sink_); });
    const std::uint64_t other = quotes_.counts().other_day;
    if (other > 0 && !std::exchange(told_other_day_, true)) {
      spdlog::warn("feed: ticks that the exchange stamped on another date than {} are left out",
                   to_string(date_of(at)));
    }
  }

  void check_clock(timestamp exchange) {
    clock_.note(exchange, wall_time());
    const std::int64_t ahead = clock_.seconds_ahead();
    if (ahead == std::exchange(told_ahead_, ahead)) return;
    tell(feed_part::clock,
         ahead == 0 ? ""
                    : fmt::format("this machine's clock is {} s {} the exchange's: keep it by NTP, or Kite's ticks are "
                                  "late",
                                  std::abs(ahead), ahead > 0 ? "ahead of" : "behind"));
  }

  template <class Give>
  void record(const Give& give) {
    try {
      give();
      tell(feed_part::recording, {});
    } catch (const frame_log_error& e) {  // what is not recorded is not shown to anybody
      ++state_.not_recorded;
      tell(feed_part::recording, e.what());
    }
  }

  void set_state(bool is_live, const std::string& why) {
    const std::scoped_lock lock{guard_};
    tell(feed_part::sockets, is_live ? "" : why.empty() ? "not connected" : why);
  }

  /// `why`: what is wrong with that part of it; empty: nothing. Says it where it changes something.
  void tell(feed_part part, const std::string& why) {
    if (!health_.set(part, why)) return;
    if (health_.is_live() != state_.is_live) state_.since = wall_time();
    state_.is_live = health_.is_live();
    state_.why = health_.why();
    if (is_ending_) return;
    if (state_.is_live) {
      spdlog::info("feed: live");
    } else {
      spdlog::warn("feed: STALE: {}", state_.why);
    }
  }

  void watch() {
    auto synced_at = steady::now();
    feed_seq synced = 0;
    std::unique_lock lock{guard_};
    while (!is_ending_) {
      ended_.wait_for(lock, watch_every);
      const auto now = steady::now();
      if (now - last_frame_at_ >= quiet_before_clock && !is_ending_) give_clock(now);
      if (now - synced_at < sync_every || log_->size() == synced) continue;
      synced = log_->size();
      synced_at = now;
      lock.unlock();
      std::string why;
      try {
        log_->sync();
      } catch (const frame_log_error& e) {
        why = fmt::format("its frames do not reach the disk: {}", e.what());
      }
      lock.lock();
      tell(feed_part::disk, why);
    }
  }

  void give_clock(steady::time_point now) {
    if (by_exchange_ && frames_.last().ns == 0) return;
    const auto passed = std::chrono::duration_cast<std::chrono::nanoseconds>(now - last_frame_at_).count();
    const timestamp at = by_exchange_ ? timestamp{frames_.last().ns + passed} : wall_time();
    record([&] { frames_.clock(at, sink_); });
    last_frame_at_ = now;
  }

  const std::shared_ptr<const config::settings> settings_;
  /// A simulator has a market time of its own, which its ticks tell in mode full.
  const bool by_exchange_ = settings_->feed.mode == "full" && account_of(*settings_).socket_url.starts_with("ws://");
  const std::shared_ptr<frame_log> log_;
  const live_frames::sink sink_ = [this](timestamp ts, frame_kind kind, std::span<const tick> ticks) {
    log_->append(ts, kind, ticks);
    last_frame_at_ = steady::now();
  };
  mutable std::mutex guard_;
  std::condition_variable ended_;
  kite_quotes quotes_;
  live_frames frames_;
  std::vector<tick> ticks_;
  feed_state_now state_;
  feed_health health_;
  exchange_clock clock_;
  std::int64_t told_ahead_ = 0;
  bool told_other_day_ = false;
  bool is_ending_ = false;
  steady::time_point last_frame_at_ = steady::now();
  std::unique_ptr<kite_session_source> session_;
  std::unique_ptr<kite_feed> kite_;
  std::thread watch_;
};

live_feed::live_feed(std::shared_ptr<const config::settings> s, bool resume)
    : engine_(std::make_shared<engine>(std::move(s), resume)) {}
live_feed::~live_feed() = default;

std::unique_ptr<feed_source> live_feed::open() { return engine_->open(); }
feed_state_now live_feed::state() const { return engine_->state(); }
void live_feed::close() { engine_->close(); }
void live_feed::stop() { engine_->stop(); }

}  // namespace bulkhead::app
