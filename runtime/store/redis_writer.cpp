#include "runtime/store/redis_writer.hpp"

#include "runtime/fault/failpoint.hpp"
#include "runtime/store/view_keys.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {

redis_writer::redis_writer(const redis_store_settings& settings)
    : settings_(settings),
      scope_(settings.broker.str() + ".store"),
      views_(settings.broker, settings.source, settings.server),
      jitter_(settings.jitter_seed) {}

store_worker::answers redis_writer::process(std::vector<store_call>& group, bool too_late) {
  answers_.clear();
  for (auto& call : group) {
    if (too_late) {
      answers_.emplace_back(
          [c = std::move(call), error = redis::describe(settings_.server) +
                                        ": closed before the call was done"]() mutable { refuse(c, error); });
    } else {
      std::visit([this](auto& c) { handle(c); }, call);
    }
  }
  return std::move(answers_);
}

std::string redis_writer::attempt(const std::function<void(redis::connection&)>& work) {
  for (;;) {
    const bool fresh = !link_;
    if (fresh && clock::now() < next_try_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_try_ - clock::now());
      return fmt::format("{}; the next try is in {} ms", last_failure_, left.count());
    }
    try {
      if (fresh) link_ = std::make_unique<redis::connection>(settings_.server);
      work(*link_);
      failed_in_row_ = 0;
      return {};
    } catch (const redis::error& e) {
      const bool connected = link_ != nullptr;
      // After a refusal too: another connection may find a new master, or a user that was given what it lacked.
      link_.reset();
      if (connected && e.why() == redis::error::kind::refused) return e.what();
      // It was closed while nobody used it (a restarted server): a new one may do.
      if (!fresh && e.why() == redis::error::kind::lost) continue;
      back_off(e.what());
      return e.what();
    } catch (const std::exception& e) {
      return e.what();
    }
  }
}

void redis_writer::back_off(const std::string& why) {
  last_failure_ = why;
  constexpr int most_doublings = 16;
  const auto full =
      std::min(settings_.backoff_max, settings_.backoff_min * (1 << std::min(failed_in_row_, most_doublings)));
  ++failed_in_row_;
  // Half of it to all of it.
  std::uniform_int_distribution<std::int64_t> spread{full.count() / 2, full.count()};
  next_try_ = clock::now() + std::chrono::milliseconds{spread(jitter_)};
}

std::string redis_writer::check(const project_call& call) const {
  if (auto refusal = refuse_updates(settings_.broker, call.updates); !refusal.empty()) return refusal;
  for (const view_update& update : call.updates) {
    if (auto refusal = views_.refuse_own(update.key); !refusal.empty()) return refusal;
  }
  return call.failures_told == failures_ ? std::string{} : refuse_lost_position(settings_.broker);
}

void redis_writer::handle(project_call& call) {
  store_status status{check(call)};
  if (status.ok()) {
    status.error = attempt([&](redis::connection& link) {
      fault::hit(scope_, "projection.before");
      views_.project(link, call.projected_seq, call.updates);
      fault::hit(scope_, "projection.after");
    });
  }
  if (status.ok()) {
    answers_.emplace_back([done = std::move(call.done)] { done({}); });
    return;
  }
  ++failures_;
  answers_.emplace_back([done = std::move(call.done), told = failures_told_, status = std::move(status)] {
    ++*told;
    done(status);
  });
}

void redis_writer::handle(projected_call& call) {
  std::uint64_t seq = 0;
  store_status status{attempt([&](redis::connection& link) { seq = views_.projected(link); })};
  answers_.emplace_back([done = std::move(call.done), status = std::move(status), seq] { done(status, seq); });
}

void redis_writer::handle(get_call& call) {
  std::map<std::string, std::string> found;
  store_status status{refuse_key(settings_.broker, call.key)};
  if (status.ok()) status.error = views_.refuse_own(call.key);
  if (status.ok()) status.error = attempt([&](redis::connection& link) { found = views_.get(link, call.key); });
  answers_.emplace_back([done = std::move(call.done), status = std::move(status), found = std::move(found)]() mutable {
    done(std::move(status), std::move(found));
  });
}

void redis_writer::handle(clear_call& call) {
  store_status status{attempt([&](redis::connection& link) { views_.clear(link); })};
  answers_.emplace_back([done = std::move(call.done), status = std::move(status)] { done(status); });
}

}  // namespace bulkhead
