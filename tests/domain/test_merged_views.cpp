#include "runtime/domain/views.hpp"
#include "support/event_fixtures.hpp"

#include <map>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bulkhead;
using namespace bulkhead::test;

namespace {

using hashes = std::map<std::string, std::map<std::string, std::string>>;

void write(hashes& into, const view_change& change) {
  for (const auto& [name, value] : change.fields) into[change.key][name] = value;
}

}  // namespace

TEST_CASE("merged changes leave what the changes leave one by one, each key written once") {
  CHECK(rc::check([] {
    const auto bodies = one_of_each();
    const auto picks = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, bodies.size()));
    hashes one_by_one;
    merged_changes merged;
    std::uint64_t seq = 0;
    for (const std::size_t pick : picks) {
      event e = enveloped(bodies[pick]);
      e.seq = ++seq;
      for (view_change& change : views_of(e, broker_id{"paper"}, instruments())) {
        write(one_by_one, change);
        merged.add(std::move(change));
      }
    }
    hashes at_once;
    const auto changes = merged.take();
    for (const view_change& change : changes) write(at_once, change);
    RC_ASSERT(at_once == one_by_one);
    RC_ASSERT(changes.size() == at_once.size());
    RC_ASSERT(merged.take().empty());
  }));
}
