#pragma once
// Kite's market data over up to three sockets: ticks out, and whether the feed lives. Owns the sockets' threads.
#include "runtime/brokers/zerodha/kite_quotes.hpp"
#include "runtime/brokers/zerodha/kite_socket.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace bulkhead {

struct kite_feed_settings {
  kite_socket_settings socket;  ///< of each; tokens are dealt out
  std::size_t connections = 1;
};

/// Called one at a time, from any socket's thread; must neither block nor throw.
struct kite_feed_events {
  /// What one message brought. `exchange`: the newest stamp of the exchange in it, in mode full.
  std::function<void(std::optional<timestamp> exchange, const kite_frame&)> frame;
  /// Whether every socket delivers; if not, why. Only where that changes, or the reason does. Heartbeats, texts and
  /// frames that can be read are life; after three frames in a row that cannot, only one that can.
  std::function<void(bool is_live, const std::string& why)> state;
  /// For people: what was refused. Each thing once, then with every doubling of its count.
  std::function<void(const std::string&)> notice;
};

class kite_feed {
 public:
  /// Deals the tokens out evenly. Throws std::invalid_argument for more than the sockets take.
  kite_feed(kite_feed_settings settings, const std::vector<std::uint32_t>& tokens,
            std::function<kite_credentials()> credentials, std::function<std::string()> why_none,
            kite_feed_events events);
  ~kite_feed();
  kite_feed(const kite_feed&) = delete;
  kite_feed& operator=(const kite_feed&) = delete;

 private:
  struct line {
    bool is_live = false;
    int unreadable = 0;  ///< frames in a row
    std::string why = "not connected yet";
    std::unique_ptr<kite_socket> socket;
  };
  [[nodiscard]] kite_socket_events events_of(std::size_t number);
  void end_sockets();
  void heard(line& l);
  void count_unreadable(line& l);
  void lost(std::size_t number, const std::string& why);
  void binary(std::size_t number, std::span<const std::uint8_t> bytes);
  void text(std::size_t number, std::string_view json);
  void tell_state();
  void count(std::uint64_t& counter, const std::string& what);

  const kite_feed_events events_;
  std::mutex guard_;  ///< of everything below but the sockets
  std::vector<line> lines_;
  kite_frame frame_;
  std::uint64_t refused_frames_ = 0, skipped_packets_ = 0, odd_prices_ = 0, refused_texts_ = 0, errors_ = 0;
  bool told_live_ = false;
  std::string told_why_;
};

}  // namespace bulkhead
