#include "actors/vitals.hpp"

#include "actors/messages.hpp"

#include <algorithm>
#include <tuple>
#include <typeindex>
#include <unordered_map>

#include <time.h>

namespace bulkhead::actors {
namespace {

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(vitals::clock::now().time_since_epoch()).count();
}

/// The same clock as it stood at the last tick of the system's timer: a fifth of the price, and up to 4 ms behind.
std::int64_t coarse_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

}  // namespace

std::string_view message_name(const std::type_info& message) noexcept {
#define BULKHEAD_NAME(T) {std::type_index{typeid(T)}, #T},
  static const std::unordered_map<std::type_index, std::string_view> names{BULKHEAD_MESSAGES(BULKHEAD_NAME)};
#undef BULKHEAD_NAME
  const auto it = names.find(std::type_index{message});
  return it == names.end() ? std::string_view{"?"} : it->second;
}

vitals::vitals(std::string path, std::uint64_t incarnation, std::function<void()> revoke)
    : path_(std::move(path)), incarnation_(incarnation), revoke_(std::move(revoke)) {}

void vitals::arrived() noexcept {
  const std::uint64_t n = arrived_.fetch_add(1, std::memory_order_relaxed);
  const std::int64_t at = coarse_ns();
  newest_[n % near].store(at, std::memory_order_relaxed);
  if (n % stride == 0) sampled_[n / stride % far].store(at, std::memory_order_relaxed);
}

void vitals::begin(const std::type_info& message) noexcept {
  taken_.store(taken_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  began_.store(now_ns(), std::memory_order_relaxed);
  message_.store(&message, std::memory_order_release);
}

void vitals::end() noexcept {
  const std::int64_t took = now_ns() - began_.load(std::memory_order_relaxed);
  if (took > longest_.load(std::memory_order_relaxed)) {
    longest_.store(took, std::memory_order_relaxed);
    longest_message_.store(message_.load(std::memory_order_relaxed), std::memory_order_relaxed);
  }
  message_.store(nullptr, std::memory_order_release);
}

void vitals::leave() noexcept {
  left_.store(true, std::memory_order_release);
  const std::scoped_lock lock{guard_};
  revoke_ = nullptr;  // holds the supervisor's address
  address_ = nullptr;
}

caf::actor vitals::handle() const {
  const std::scoped_lock lock{guard_};
  return caf::actor_cast<caf::actor>(address_);
}

void vitals::set_address(caf::actor_addr address) {
  const std::scoped_lock lock{guard_};
  if (!left()) address_ = std::move(address);
}

bool vitals::revoke() {
  const std::scoped_lock lock{guard_};
  if (!revoke_ || revoked()) return false;
  mark_revoked();
  revoke_();
  return true;
}

std::pair<std::int64_t, bool> vitals::oldest(std::uint64_t taken, std::uint64_t arrived) const {
  const std::int64_t now = coarse_ns();
  const auto age = [now](const std::atomic<std::int64_t>& at) {
    const std::int64_t stamp = at.load(std::memory_order_relaxed);
    return stamp == 0 ? 0 : std::max<std::int64_t>(0, now - stamp);  // 0: counted, its time not noted yet
  };
  if (arrived - taken <= near) return {age(newest_[taken % near]), false};
  const std::uint64_t wanted = (taken + stride - 1) / stride;  // the first sample that is not older than it
  const std::uint64_t newest = (arrived - 1) / stride;
  const std::uint64_t kept = newest < far ? 0 : newest - far + 1;
  return {age(sampled_[std::max(wanted, kept) % far]), true};
}

vital_signs vitals::read() const {
  vital_signs out;
  out.path = path_;
  out.incarnation = incarnation_;
  out.revoked = revoked();
  // In this order: what is taken has arrived before.
  const std::uint64_t taken = taken_.load(std::memory_order_acquire);
  const std::uint64_t arrived = arrived_.load(std::memory_order_relaxed);
  out.waiting = arrived - std::min(taken, arrived);
  if (out.waiting > 0) std::tie(out.oldest_ns, out.oldest_at_least) = oldest(taken, arrived);
  const std::type_info* message = message_.load(std::memory_order_acquire);
  const std::int64_t began = began_.load(std::memory_order_relaxed);
  // The same message at work before and after, or the time is another one's.
  if (message != nullptr && taken_.load(std::memory_order_acquire) == taken) {
    out.handling = message_name(*message);
    out.handling_ns = std::max<std::int64_t>(0, now_ns() - began);
  }
  out.handled = out.handling.empty() ? taken : taken - 1;
  out.longest_ns = longest_.load(std::memory_order_relaxed);
  if (const std::type_info* longest = longest_message_.load(std::memory_order_relaxed)) {
    out.longest = message_name(*longest);
  }
  return out;
}

std::shared_ptr<vitals> vitals_board::enter(std::string path, std::uint64_t incarnation, std::function<void()> revoke) {
  auto entry = std::make_shared<vitals>(std::move(path), incarnation, std::move(revoke));
  const std::scoped_lock lock{guard_};
  std::erase_if(entries_, [](const auto& known) { return known->left(); });
  entries_.push_back(entry);
  return entry;
}

std::vector<std::shared_ptr<vitals>> vitals_board::all() const {
  const std::scoped_lock lock{guard_};
  std::erase_if(entries_, [](const auto& known) { return known->left(); });
  return entries_;
}

std::vector<vital_signs> vitals_board::read() const {
  std::vector<vital_signs> out;
  for (const auto& known : all()) out.push_back(known->read());
  std::ranges::sort(out, [](const vital_signs& a, const vital_signs& b) {
    return std::tie(a.path, a.incarnation) < std::tie(b.path, b.incarnation);
  });
  return out;
}

}  // namespace bulkhead::actors
