// orders resolve: the operator's word on an order whose fate neither the broker's book nor its positions decide.
#include "tools/app/inspect_commands.hpp"
#include "tools/app/journal_access.hpp"
#include "tools/app/node_line.hpp"
#include "tools/app/order_find.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {

int orders_resolve(const order_resolve_options& options) {
  const bool is_filled = options.outcome == "filled";
  if (!is_filled && options.outcome != "absent") {
    throw command_error(exit_usage, fmt::format("outcome: given \"{}\", allowed: absent, filled", options.outcome));
  }
  if (is_filled == options.price.empty() || (is_filled && !parse_price(options.price))) {
    throw command_error(exit_usage, fmt::format("--price: given \"{}\", allowed: with filled the price of the fill in "
                                                "rupees, e.g. 17450.55; with absent none",
                                                options.price));
  }
  const auto s = load_or_explain(options.common);
  if (!s) return exit_usage;
  const found_order found = find_order(*s, options.broker, options.order);
  const order_life& o = found.life;
  const std::string id = o.request.client_order_id.str();
  const quantity wanted = options.units == 0 ? o.request.qty : options.units;
  const quantity filled = is_filled ? wanted : o.filled;
  if (!node_runs(*s)) {
    throw command_error(exit_failed,
                        fmt::format("node: not running on {}; the broker's own log takes the decision: start it with "
                                    "`bulkhead run --resume`, or name its folder with --data-dir",
                                    s->data_dir.string()));
  }
  const nlohmann::json request{{"command", "resolve"}, {"broker", found.broker.str()}, {"order", id},
                               {"filled", filled},     {"price", options.price},       {"reason", options.reason}};
  return tell_node(
      *s, request, options.common.json,
      fmt::format("{} at {}: decided as {} with {} filled", id, found.broker.str(), options.outcome, filled));
}

}  // namespace bulkhead::app
