// Any bytes as an answer of the REST interface. The first byte says the HTTP status and how far the request got, the
// second one what was asked for.
#include "fuzz/fuzz_check.hpp"
#include "runtime/brokers/zerodha/kite_instruments.hpp"
#include "runtime/brokers/zerodha/kite_reply.hpp"
#include "runtime/brokers/zerodha/kite_rows.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

using namespace bulkhead;
using bulkhead::test::claim;

namespace {

void check(const kite_order_row& row) {
  claim(row.filled >= 0 && row.filled <= row.qty, "no order is filled beyond its quantity");
  claim(!row.broker_order_id.empty() && !row.status.empty(), "an order has an id and a status");
}

void check(const kite_trade_row& row) {
  claim(row.qty > 0 && row.price.raw > 0 && row.price <= price::max(), "a trade has a quantity and a price");
  claim(!row.trade_id.empty(), "a trade has an id");
}

/// One reader an input: seven refusals take seven times as long.
void read_data(const kite_value& data, unsigned reader) {
  if (reader == 0) {
    for (const kite_order_row& row : read_orders(data)) check(row);
  } else if (reader == 1) {
    for (const kite_trade_row& row : read_trades(data)) check(row);
  } else if (reader == 2 && data.is(kite_value::type::list)) {
    for (const kite_holding_row& row : read_holdings(data)) claim(!row.tradingsymbol.empty(), "a holding has a name");
  } else if (reader == 2) {
    (void)read_positions(data);
  } else if (reader == 3) {
    (void)read_margins(data);
  } else if (reader == 4) {
    (void)read_profile(data);
  } else {
    claim(!read_order_id(data).empty(), "an order id is not empty");
  }
}

void read_csv(const http_result& result) {
  if (read_text_reply(result).outcome != kite_outcome::ok) return;
  for (const kite_instrument_row& row : read_instruments(result.body)) {
    claim(row.token > 0 && !row.tradingsymbol.empty() && !row.exchange.empty(), "an instrument has a key");
  }
}

void read_json(const http_result& result, unsigned reader) {
  const bool is_answered = result.delivery == http_delivery::answered;
  const kite_reply reply = read_reply(result);
  claim(reply.outcome != kite_outcome::refused || (is_answered && result.status == 400), "only a 400 refuses");
  claim(reply.outcome != kite_outcome::ok || (is_answered && result.status / 100 == 2), "only a 2xx is ok");
  claim((reply.outcome == kite_outcome::not_sent) == (result.delivery == http_delivery::never_sent), "never sent");
  if (reply.outcome == kite_outcome::ok) read_data(reply.data, reader);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  static constexpr std::array<int, 8> statuses{200, 400, 403, 429, 500, 502, 302, 201};
  http_result result{.delivery = http_delivery::answered, .status = statuses[data[0] % statuses.size()]};
  if (data[0] >= 250) result.delivery = data[0] == 255 ? http_delivery::never_sent : http_delivery::maybe_sent;
  result.body.assign(reinterpret_cast<const char*>(data + 2), size - 2);
  const unsigned reader = data[1] % 7U;
  try {
    if (reader == 6) {
      read_csv(result);
    } else {
      read_json(result, reader);
    }
  } catch (const kite_error&) {  // NOLINT(bugprone-empty-catch): the one way to refuse
  }
  return 0;
}
