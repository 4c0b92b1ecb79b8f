#pragma once
// Webhooks: posts each update of an app's orders to the app's URL, one after the other, each with three seconds to be
// answered. A lost one is counted and not sent again, as at Kite. Runs on the server's one thread.
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

namespace bulkhead::kite_sim {

/// http://host[:port]/path taken apart.
struct postback_target {
  std::string host;
  std::string port;
  std::string path;
};

/// Throws std::invalid_argument: not of that form.
[[nodiscard]] postback_target read_postback_url(std::string_view url);

class postback_sender {
 public:
  static constexpr std::size_t most_waiting = 10'000;

  explicit postback_sender(boost::asio::io_context& io) : io_(&io) {}

  /// Beyond `most_waiting` the new one is counted as lost.
  void send(postback_target to, std::string body);
  [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

 private:
  struct waiting {
    postback_target to;
    std::string body;
  };
  struct delivery;
  void next();
  void done(bool good);

  boost::asio::io_context* io_;
  std::deque<waiting> queue_;
  bool busy_ = false;
  std::uint64_t sent_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace bulkhead::kite_sim
