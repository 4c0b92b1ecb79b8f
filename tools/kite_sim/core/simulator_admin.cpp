// Routes for tests and rehearsals that Kite does not have. Moving the market and cutting sockets is the server's.
#include "tools/kite_sim/core/kite_error.hpp"
#include "tools/kite_sim/core/kite_text.hpp"
#include "tools/kite_sim/core/simulator.hpp"

#include <stdexcept>

#include <nlohmann/json.hpp>

namespace bulkhead::kite_sim {

using nlohmann::json;

http_reply simulator::admin(const routed_request& request, timestamp wall) {
  try {
    return success(admin_route(request, wall));
  } catch (const kite_error& refused) {
    return failure(refused.status(), refused.type(), refused.what());
  } catch (const std::exception& e) {
    return failure(400, "InputException", e.what());
  }
}

json simulator::admin_route(const routed_request& request, timestamp wall) {
  const auto& parts = request.parts;
  const std::string what = parts.size() > 1 ? parts[1] : std::string{};
  if (what == "faults") return admin_faults(request);
  if (what == "book" && request.method == "GET") {
    json book = whole_book(exchange_);
    book["requests"] = requests_;
    book["answers"] = statuses_;
    book["placements"] = json::array();
    for (const placement& p : placements_) {
      book["placements"].push_back({{"tag", p.tag}, {"answer", p.answer}});
    }
    return book;
  }
  if (what == "clock" && request.method == "GET") return {{"time", kite_time(exchange_.now())}};
  if (what == "revoke" && request.method == "POST") {
    sessions_.revoke(request.fields.get("user_id"));
    return true;
  }
  if (what == "orders" && request.method == "POST" && parts.size() == 3) {
    // As if placed by hand in the broker's own app.
    const std::string user = request.fields.get("user_id");
    if (!exchange_.accounts().contains(user)) throw input_error("Invalid `user_id`: no such account");
    const order_request wanted = read_placement(parts[2], request.fields, *listed_, exchange_.settings().rules);
    return {{"order_id", exchange_.place({user, {}}, wanted, {}, wall)}};
  }
  throw kite_error(404, "GeneralException",
                   "Route not found. There are: GET /admin/book, GET /admin/clock, GET POST DELETE /admin/faults, POST "
                   "/admin/advance, /admin/speed, /admin/revoke, /admin/sockets/cut, /admin/orders/{variety}");
}

json simulator::admin_faults(const routed_request& request) {
  const auto& parts = request.parts;
  if (request.method == "POST" && parts.size() == 2)
    return {{"id", faults_.add(read_fault(json::parse(request.body)))}};
  if (request.method == "DELETE" && parts.size() == 3) {
    const auto id = read_integer(parts[2]);
    if (!id || *id < 1 || !faults_.remove(static_cast<std::uint64_t>(*id)))
      throw input_error("There is no such fault.");
    return true;
  }
  if (request.method == "DELETE" && parts.size() == 2) {
    faults_.clear();
    return true;
  }
  if (request.method != "GET" || parts.size() != 2)
    throw kite_error(405, "GeneralException", "Request method not allowed");
  json out = json::array();
  for (const fault_rule& rule : faults_.rules()) out.push_back(fault_row(rule));
  return out;
}

}  // namespace bulkhead::kite_sim
