#pragma once
// The client of one Zerodha account: placements, modifications and cancels through blocking_client over kite_venue, and
// a watch that takes order updates and reads the order book.
#include "runtime/brokers/client_request.hpp"
#include "runtime/brokers/zerodha/zerodha_account.hpp"

#include <memory>

namespace bulkhead {

/// Needs request.hooks.keep. Reads no file and makes no connection before report_to(): without a login, or with a file
/// of secrets that cannot be read, its orders are refused for certain, with the reason.
[[nodiscard]] std::unique_ptr<broker_client> make_zerodha(const client_request& request);

/// The same over an account that is there.
[[nodiscard]] std::unique_ptr<broker_client> zerodha_client_of(std::shared_ptr<zerodha_account> account,
                                                               const client_request& request);

}  // namespace bulkhead
