#include "runtime/brokers/paper/paper_client.hpp"

#include <algorithm>

namespace bulkhead {

void paper_client::restore(std::span<const order* const> live) {
  std::vector<const order*> by_submission(live.begin(), live.end());
  std::ranges::sort(by_submission, {}, &order::ordinal);
  for (const order* o : by_submission) exchange_.place(*o);
}

}  // namespace bulkhead
