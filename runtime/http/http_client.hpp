#pragma once
// A small HTTP/1.1 client over libcurl: keep-alive, finite time-outs, bounded answers, and the truth about how far a
// request got.
#include "runtime/http/http_message.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace bulkhead {

/// Which addresses of a host are used; an address in the URL itself is used as it is.
enum class ip_version : std::uint8_t { any, v4, v6 };

struct http_client_settings {
  std::chrono::milliseconds connect_timeout{3'000};  ///< address, connection and TLS session together
  std::chrono::milliseconds total_timeout{7'000};    ///< of a request, from its beginning to the answer's last byte
  std::chrono::seconds max_idle{30};                 ///< a connection that was idle for longer is not used again
  std::size_t max_body_bytes = 32UL * 1024 * 1024;   ///< of an answer, unpacked
  std::size_t max_header_bytes = 64UL * 1024;
  ip_version ip = ip_version::any;
  std::filesystem::path ca_file;  ///< certificates that sign servers; empty: the system's
  std::string proxy;              ///< "http://host:port"; empty: none, whatever the environment says
  std::string user_agent = "bulkhead";
};

/// Certificates and host names are always checked; redirects are answers and never followed. A request is sent once:
/// libcurl itself would send it a second time where a kept connection ends before the first byte of the answer, and an
/// order must not be placed twice; so that ends as maybe_sent (only a GET is sent again). Thread-safe; a request uses a
/// connection that is idle, or makes one.
class http_client {
 public:
  explicit http_client(http_client_settings settings);
  ~http_client();
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  /// Waits until the answer is here or its time is over. Throws only std::bad_alloc.
  [[nodiscard]] http_result perform(const http_request& request);

 private:
  class session;
  [[nodiscard]] std::unique_ptr<session> take();
  void give_back(std::unique_ptr<session> idle);

  const http_client_settings settings_;
  std::mutex guard_;
  std::vector<std::unique_ptr<session>> idle_;
};

}  // namespace bulkhead
