#pragma once
// What an answer of Kite's REST interface proves. The rule is one table, and leans to one side: an order that is taken
// for refused and is not trades unseen, an order that is taken for unknown is looked up in Kite's order book.
#include "runtime/brokers/zerodha/kite_json.hpp"
#include "runtime/http/http_message.hpp"

#include <cstdint>
#include <string>

namespace bulkhead {

enum class kite_outcome : std::uint8_t {
  ok,        ///< 2xx with {"status":"success","data":...}
  not_sent,  ///< no byte of the request left this machine
  /// 400 with {"status":"error"} and an error_type of this list: InputException, MarginException, HoldingException,
  /// UserException, PermissionException; and a message that does not speak of a time-out or of the order book. It had
  /// no effect and never will have.
  refused,
  /// Everything else: no answer, 403 (also TokenException), 404, 405, 410, 429, 5xx, HTML, JSON that is cut off, a 200
  /// that carries an error, a 400 of another class. Zerodha's own advice is to read the order book after anything but
  /// a clean 2xx or 400, and nothing says where on its way a request meets the limiter that answers 429.
  /// OrderException, too: it also says that the exchange side did not answer in time, and such orders were placed
  /// seconds later.
  unknown,
};

struct kite_reply {
  kite_outcome outcome = kite_outcome::unknown;
  int status = 0;          ///< HTTP; 0: no answer
  std::string error_type;  ///< empty: none was given
  std::string message;     ///< not ok: why, for people, short
  kite_value data;         ///< ok

  /// The access token is no longer good: log in again.
  [[nodiscard]] bool is_session_over() const { return status == 403 && error_type == "TokenException"; }
  [[nodiscard]] bool is_throttled() const { return status == 429; }
};

/// Never throws for anything that the network or Kite did.
[[nodiscard]] kite_reply read_reply(const http_result& result);

/// The same rule for an answer whose body is no JSON where all went well (the list of instruments): `ok` has no data.
[[nodiscard]] kite_reply read_text_reply(const http_result& result);

}  // namespace bulkhead
