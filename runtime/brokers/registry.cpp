#include "runtime/brokers/registry.hpp"

#include "runtime/brokers/paper/paper_client.hpp"

#include <algorithm>

namespace bulkhead {
namespace {

std::unique_ptr<broker_client> make_paper(const broker_id&, const trading_session& session) {
  return std::make_unique<paper_client>(session);
}

const std::vector<broker_kind>& table() {
  static const std::vector<broker_kind> rows{
      {.name = "paper", .can_place = true, .make = make_paper},
      {.name = "zerodha",
       .why_not = "this version has no client that places orders at Zerodha; set enabled: false to validate signals "
                  "and withhold the orders, or use kind: paper"},
  };
  return rows;
}

}  // namespace

std::vector<std::string> kinds() {
  std::vector<std::string> names;
  for (const broker_kind& row : table()) names.push_back(row.name);
  return names;
}

const broker_kind* find_kind(std::string_view name) {
  const auto it = std::ranges::find(table(), name, &broker_kind::name);
  return it == table().end() ? nullptr : &*it;
}

}  // namespace bulkhead
