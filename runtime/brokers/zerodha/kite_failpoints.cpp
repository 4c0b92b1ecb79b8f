#include "runtime/brokers/zerodha/kite_failpoints.hpp"

#include "runtime/fault/failpoint.hpp"

#include <string_view>
#include <utility>

namespace bulkhead {
namespace {

std::string_view call_of(const http_request& request) {
  const std::string_view url = request.url;
  switch (request.method) {
    case http_method::post:
      return "place";
    case http_method::put:
      return "modify";
    case http_method::remove:
      return "cancel";
    case http_method::get:
      break;
  }
  if (url.ends_with("/trades")) return "trades";
  return url.ends_with("/orders") ? "book" : "read";
}

}  // namespace

http_call with_failpoints(std::string scope, http_call inner) {
  return [scope = std::move(scope), inner = std::move(inner)](const http_request& request) {
    if (!fault::is_armed()) return inner(request);
    const std::string call{call_of(request)};
    fault::hit(scope, call + ".before");
    http_result result = inner(request);
    fault::hit(scope, call + ".after");
    return result;
  };
}

broker_client::report_fn with_failpoints(std::string scope, broker_client::report_fn inner) {
  return [scope = std::move(scope), inner = std::move(inner)](std::vector<broker_update> updates) {
    fault::hit(scope, "report.before");
    inner(std::move(updates));
    fault::hit(scope, "report.after");
  };
}

}  // namespace bulkhead
