#include "runtime/brokers/zerodha/kite_feed.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead {
namespace {

/// Frames in a row that cannot be read, until the feed is stale. One or two are an accident.
constexpr int most_unreadable = 3;

}  // namespace

kite_feed::kite_feed(kite_feed_settings settings, const std::vector<std::uint32_t>& tokens,
                     std::function<kite_credentials()> credentials, std::function<std::string()> why_none,
                     kite_feed_events events)
    : events_(std::move(events)) {
  const std::size_t most = settings.connections * kite_socket::most_tokens;
  if (tokens.size() > most) {
    throw std::invalid_argument(fmt::format("{} instruments, allowed: at most {} over {} connections of {}",
                                            tokens.size(), most, settings.connections, kite_socket::most_tokens));
  }
  // No socket without instruments: it would be one of the few that an app may have.
  const std::size_t sockets = std::clamp<std::size_t>(tokens.size(), 1, settings.connections);
  lines_.resize(sockets);
  for (std::size_t i = 0; i < sockets; ++i) {
    kite_socket_settings one = settings.socket;
    for (std::size_t t = i; t < tokens.size(); t += sockets) one.tokens.push_back(tokens[t]);
    try {
      auto socket = std::make_unique<kite_socket>(std::move(one), credentials, why_none, events_of(i));
      const std::scoped_lock lock{guard_};
      lines_[i].socket = std::move(socket);
    } catch (...) {
      end_sockets();
      throw;
    }
  }
}

kite_feed::~kite_feed() { end_sockets(); }

/// Their threads look at every member.
void kite_feed::end_sockets() {
  for (line& l : lines_) l.socket.reset();
}

kite_socket_events kite_feed::events_of(std::size_t number) {
  kite_socket_events out;
  out.lost = [this, number](kite_loss, const std::string& why) { lost(number, why); };
  out.binary = [this, number](std::span<const std::uint8_t> bytes) { binary(number, bytes); };
  out.text = [this, number](std::string_view json) { text(number, json); };
  return out;
}

void kite_feed::heard(line& l) {
  if (l.unreadable >= most_unreadable || std::exchange(l.is_live, true)) return;
  l.why.clear();
  tell_state();
}

void kite_feed::count_unreadable(line& l) {
  l.unreadable = std::min(l.unreadable + 1, most_unreadable);
  if (l.unreadable < most_unreadable) return;
  l.is_live = false;
  l.why = "frames come from Kite, and none of them can be read";
  tell_state();
}

void kite_feed::lost(std::size_t number, const std::string& why) {
  const std::scoped_lock lock{guard_};
  lines_[number].is_live = false;
  lines_[number].unreadable = 0;
  lines_[number].why = why;
  tell_state();
}

void kite_feed::tell_state() {
  const auto bad = std::ranges::find(lines_, false, &line::is_live);
  const bool is_live = bad == lines_.end();
  const std::string why = is_live ? "" : bad->why;
  // The same trouble of another socket is no news.
  if (is_live == told_live_ && why == told_why_) return;
  told_live_ = is_live;
  told_why_ = why;
  const bool of_one = !is_live && lines_.size() > 1;
  events_.state(is_live,
                of_one ? fmt::format("connection {} of {}: {}", bad - lines_.begin() + 1, lines_.size(), why) : why);
}

void kite_feed::binary(std::size_t number, std::span<const std::uint8_t> bytes) {
  const std::scoped_lock lock{guard_};
  line& from = lines_[number];
  if (const auto refused = decode_frame(bytes, frame_)) {
    count(refused_frames_, fmt::format("a frame of {} bytes from Kite was refused whole: {}", bytes.size(), *refused));
    return count_unreadable(from);
  }
  if (frame_.odd_token != 0) {
    count(odd_prices_, fmt::format("the tick of instrument {} was left out: its price is below 0 or above {}",
                                   frame_.odd_token, to_string(price::max())));
  } else if (frame_.skipped > 0) {
    count(skipped_packets_, "packets of a length that is not Kite's were left out");
  }
  if (frame_.ticks.empty() && frame_.skipped > 0) return count_unreadable(from);
  if (!frame_.ticks.empty()) from.unreadable = 0;
  heard(from);
  if (!frame_.ticks.empty()) events_.frame(kite_quotes::newest_stamp(frame_), frame_);
}

/// Order updates come over every socket; they are not the feed's business.
void kite_feed::text(std::size_t number, std::string_view json) {
  const auto said = nlohmann::json::parse(json, nullptr, false);
  const std::scoped_lock lock{guard_};
  heard(lines_[number]);
  if (!said.is_object()) return count(refused_texts_, "a text from Kite was refused: it is no JSON object");
  if (said.value("type", nlohmann::json{}) != "error") return;
  const nlohmann::json what = said.value("data", nlohmann::json{});
  count(errors_, "Kite says: " + (what.is_string() ? what.get<std::string>() : "an error without a text"));
}

void kite_feed::count(std::uint64_t& counter, const std::string& what) {
  if (std::has_single_bit(++counter)) events_.notice(fmt::format("{} (number {})", what, counter));
}

}  // namespace bulkhead
