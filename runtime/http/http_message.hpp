#pragma once
// One HTTP request and how it ended. The words in which a broker's code speaks to any HTTP client, a test's included.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bulkhead {

enum class http_method : std::uint8_t { get, post, put, remove };

struct http_request {
  http_method method = http_method::get;
  std::string url;                   ///< may hold secrets in its query: never printed
  std::vector<std::string> headers;  ///< "Name: value"
  std::string body;                  ///< post and put; its type is named in the headers
};

/// How far a request got. Only what was never sent may be sent again as if nothing had happened.
enum class http_delivery : std::uint8_t {
  never_sent,  ///< no byte of it left: no address, no connection, no TLS session, a certificate that is not trusted
  maybe_sent,  ///< it may have arrived, but no whole answer came
  answered,    ///< a whole answer is here, whatever it says
};

struct http_result {
  http_delivery delivery = http_delivery::never_sent;
  int status = 0;            ///< answered
  std::string content_type;  ///< answered; empty: the server named none
  std::string body;          ///< answered
  std::string error;         ///< not answered: why, for people; holds no part of the request
};

/// Sends one request and waits for its end, in bounded time. Never throws for what the network does.
using http_call = std::function<http_result(const http_request&)>;

}  // namespace bulkhead
