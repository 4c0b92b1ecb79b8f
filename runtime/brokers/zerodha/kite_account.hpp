#pragma once
// One statement of the account from what Kite answered to several reads. Pure.
#include "runtime/brokers/zerodha/kite_rows.hpp"
#include "runtime/domain/account_statement.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bulkhead {

/// In the order in which they were read: the book again at the end.
struct kite_account_reads {
  std::vector<kite_order_row> before;
  std::vector<kite_trade_row> trades;
  kite_positions positions;
  std::vector<kite_holding_row> holdings;
  kite_margins margins;
  std::vector<kite_order_row> after;
};

/// Why it is not one moment of the account: something filled meanwhile, or the book lost rows, or it counts fills that
/// the trades do not have (or have no longer). nullopt: it is settled; how orders stand is what the second book says.
[[nodiscard]] std::optional<std::string> unsettled(const kite_account_reads& reads);

[[nodiscard]] account_statement statement_of(const kite_account_reads& reads, std::string occasion, timestamp at);

}  // namespace bulkhead
