// The exposure's state as JSON. Sums are not written: they follow from what is held and from the working orders.
#include "runtime/domain/risk/exposure.hpp"

#include <stdexcept>

#include <nlohmann/json.hpp>

namespace bulkhead::risk {
namespace {

side side_of(std::string_view text) {
  for (const side s : {side::buy, side::sell}) {
    if (text == to_string(s)) return s;
  }
  throw std::invalid_argument("risk snapshot: side \"" + std::string{text} + "\", allowed: BUY, SELL");
}

order_status working_status_of(std::string_view text) {
  for (const order_status s : {order_status::submitted, order_status::open, order_status::partially_filled,
                               order_status::pending_cancel, order_status::unknown}) {
    if (text == to_string(s)) return s;
  }
  throw std::invalid_argument("risk snapshot: status \"" + std::string{text} +
                              "\", allowed: a status of an order that still works");
}

instrument_id instrument_of(const std::string& key, const instrument_table& instruments) {
  const auto id = instruments.find(key);
  if (!id) {
    throw std::invalid_argument("risk snapshot: instrument \"" + key +
                                "\" is not in the instruments file; add its row to recover this broker");
  }
  return *id;
}

}  // namespace

nlohmann::json exposure::snapshot(const instrument_table& instruments) const {
  nlohmann::json state = nlohmann::json::object();
  for (const auto& [instrument, b] : books_) {
    for (const auto& [strategy, l] : b.lines) {
      if (l.held == 0 && l.orders.empty()) continue;
      nlohmann::json orders = nlohmann::json::array();
      for (const client_order_id& id : l.orders) {
        const working_order& o = orders_.at(id);
        orders.push_back({{"id", id.str()},
                          {"side", to_string(o.side)},
                          {"reduces", o.reduces},
                          {"remaining", o.remaining},
                          {"submitted", o.is_submitted},
                          {"status", to_string(o.status)}});
      }
      state[instruments.key(instrument)][strategy.str()] = {{"held", l.held}, {"orders", std::move(orders)}};
    }
  }
  return state;
}

exposure exposure::restored(const nlohmann::json& state, const instrument_table& instruments) {
  exposure result;
  for (const auto& [key, lines] : state.items()) {
    const instrument_id instrument = instrument_of(key, instruments);
    for (const auto& [name, l] : lines.items()) {
      const strategy_id strategy{name};
      result.change_held(strategy, instrument, l.at("held").get<quantity>());
      for (const nlohmann::json& o : l.at("orders")) {
        result.add(client_order_id{o.at("id").get<std::string>()},
                   {strategy, instrument, side_of(o.at("side").get<std::string>()), o.at("reduces").get<bool>(),
                    o.at("remaining").get<quantity>(), working_status_of(o.at("status").get<std::string>()),
                    o.at("submitted").get<bool>()});
      }
    }
  }
  return result;
}

}  // namespace bulkhead::risk
