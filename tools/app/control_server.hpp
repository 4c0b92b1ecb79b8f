#pragma once
// A node's door for its operator: a Unix socket that only its owner may open. One request a connection, one JSON text a
// line, at most 64 KiB; a peer that says nothing is cut off. Own threads, none of the node's.
#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead::app {

class control_server {
 public:
  using handler = std::function<nlohmann::json(const nlohmann::json& request)>;

  /// Listens from here on; `answer` is called on the server's threads, several at once. Throws std::runtime_error that
  /// names the path: too long for a socket, not writable, in use by a node that answers.
  control_server(std::filesystem::path path, handler answer);
  control_server(const control_server&) = delete;
  control_server& operator=(const control_server&) = delete;
  /// Ends the threads and removes the socket.
  ~control_server();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// Asks the node behind that socket. Throws std::runtime_error: nobody listens there, or no whole answer came in time.
[[nodiscard]] nlohmann::json ask_node(const std::filesystem::path& path, const nlohmann::json& request);
/// Whether somebody listens there.
[[nodiscard]] bool node_listens(const std::filesystem::path& path);

}  // namespace bulkhead::app
