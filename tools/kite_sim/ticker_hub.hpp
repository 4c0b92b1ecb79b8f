#pragma once
// All WebSocket connections: who may open one, and who is sent what. Runs on the server's one thread.
#include "tools/kite_sim/ticker_socket.hpp"

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead::kite_sim {

class ticker_hub {
 public:
  static constexpr std::size_t most_of_an_app = 3;

  explicit ticker_hub(simulator& sim) : sim_(&sim) {}

  /// Nothing: the connection may be opened. Otherwise the answer to the upgrade.
  [[nodiscard]] std::optional<http_reply> refuse(const std::string& target) const;
  /// After refuse() said nothing.
  void open(sim_stream stream, ticker_socket::upgrade request);
  /// The market may have moved: sends what changed since the last call.
  void market_moved();
  /// To all connections of the user. Duplicates, reorders and drops where a fault says so.
  void send(const order_update& update);
  /// Once a second. An update that is held back for a later one goes after ten of them.
  void beat();
  /// Nothing is on its way to anybody.
  [[nodiscard]] bool idle() const;
  /// Cuts all connections; the number of them.
  std::size_t cut_all();
  [[nodiscard]] std::size_t size() const noexcept { return sockets_.size(); }

 private:
  void deliver(const order_update& update);
  void send_held();

  simulator* sim_;
  std::list<std::shared_ptr<ticker_socket>> sockets_;
  std::vector<std::uint64_t> seen_;  ///< market_row::changes by instrument
  std::optional<order_update> held_;
  int held_beats_ = 0;
};

}  // namespace bulkhead::kite_sim
