#pragma once
// What a broker holds of our account at one moment, in words of ours. Only whole and settled ones are made: the book
// was the same before and after everything else was read.
#include "runtime/domain/ids.hpp"
#include "runtime/domain/money.hpp"
#include "runtime/domain/signal.hpp"
#include "runtime/domain/time.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bulkhead {

/// One order of the broker's book of today.
struct account_order {
  bulkhead::broker_order_id broker_order_id;
  std::vector<std::string> tags;  ///< one of them is ours where the order is ours
  std::string symbol;             ///< "EXCHANGE:TRADINGSYMBOL"
  std::string product, status;    ///< as the broker writes them
  bulkhead::side side = bulkhead::side::buy;
  quantity qty = 0;
  quantity filled = 0;
  bool is_working = false;
};

/// One trade of today.
struct account_trade {
  bulkhead::broker_order_id broker_order_id;
  std::string symbol, product;
  bulkhead::side side = bulkhead::side::buy;
  quantity qty = 0;
  bulkhead::price price;
};

/// One line of what the account holds.
struct account_position {
  std::string symbol, product;
  quantity qty = 0;            ///< signed; includes what was held overnight
  quantity overnight_qty = 0;  ///< signed
};

struct account_statement {
  std::string occasion;  ///< why it was read: "start", "reconnect", "timer"
  timestamp at;          ///< event time when it was read
  std::vector<account_order> orders;
  std::vector<account_trade> trades;
  std::vector<account_position> positions;
  std::optional<money> cash;
};

}  // namespace bulkhead
