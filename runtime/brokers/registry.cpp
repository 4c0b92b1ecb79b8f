#include "runtime/brokers/registry.hpp"

#include "runtime/brokers/paper/paper_client.hpp"
#include "runtime/brokers/zerodha/zerodha_client.hpp"

#include <algorithm>

namespace bulkhead {
namespace {

std::unique_ptr<broker_client> make_paper(const client_request& r) {
  return std::make_unique<paper_client>(r.paper, r.session, r.instruments);
}

const std::vector<broker_kind>& table() {
  static const std::vector<broker_kind> rows{
      {.name = "paper", .clock = venue_clock::feed, .can_place = true, .make = make_paper},
      {.name = "zerodha", .clock = venue_clock::own, .can_place = true, .make = make_zerodha},
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
