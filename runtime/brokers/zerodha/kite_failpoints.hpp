#pragma once
// The failpoints on the way to Kite and back, around what they name, so that the code of the way holds none. Scope
// "{broker}.kite": "{call}.before", its request is about to be written; "{call}.after", its answer is here and nobody
// has judged it; call: place, modify, cancel, book, trades, read. "report.before", "report.after": news on their way to
// the trader's bridge. "restore.before", "restore.after": orders of an earlier life are handed to the client.
#include "runtime/http/http_message.hpp"
#include "runtime/ports/broker_client.hpp"

#include <functional>
#include <string>

namespace bulkhead {

[[nodiscard]] http_call with_failpoints(std::string scope, http_call inner);
[[nodiscard]] broker_client::report_fn with_failpoints(std::string scope, broker_client::report_fn inner);

}  // namespace bulkhead
