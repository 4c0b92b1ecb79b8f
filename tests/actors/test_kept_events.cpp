#include "actors/kept_events.hpp"
#include "runtime/domain/event_codec.hpp"
#include "support/event_fixtures.hpp"

using namespace bulkhead;
using bulkhead::actors::kept_events;

namespace {

event_list events_of(std::uint64_t first, std::size_t count) {
  std::vector<event> out;
  for (std::size_t i = 0; i < count; ++i) {
    event e;
    e.seq = first + i;
    e.feed = first + i;
    e.correlation = "c" + std::to_string(first + i);
    out.push_back(std::move(e));
  }
  return std::make_shared<const std::vector<event>>(std::move(out));
}

std::vector<journal_record> texts_of(const event_list& events, const std::string& text = "text ") {
  std::vector<journal_record> out;
  for (const event& e : *events) out.push_back({e.seq, text + std::to_string(e.seq)});
  return out;
}

}  // namespace

TEST_CASE("what was handed over comes back for the same record, and only for it") {
  kept_events kept;
  const event_list a = events_of(1, 3);
  const event_list b = events_of(4, 2);
  kept.add(a, texts_of(a));
  kept.add(b, texts_of(b));
  for (std::uint64_t seq = 1; seq <= 5; ++seq) {
    const auto found = kept.find({seq, "text " + std::to_string(seq)});
    REQUIRE(found);
    CHECK(found->seq == seq);
    CHECK(found->correlation == "c" + std::to_string(seq));
  }
  CHECK_FALSE(kept.find({3, "another text"}));
  CHECK_FALSE(kept.find({6, "text 6"}));
  CHECK_FALSE(kept.find({0, "text 0"}));
}

TEST_CASE("a bridge that took up an earlier end of the journal replaces what came after it") {
  kept_events kept;
  const event_list lost = events_of(1, 4);
  kept.add(lost, texts_of(lost));
  const event_list again = events_of(3, 1);
  kept.add(again, texts_of(again, "new "));
  CHECK(kept.find({3, "new 3"}));
  CHECK_FALSE(kept.find({3, "text 3"}));
  CHECK_FALSE(kept.find({4, "text 4"}));
}

TEST_CASE("what a cut holds is forgotten") {
  kept_events kept;
  for (std::uint64_t first = 1; first < 100; first += 2) {
    const event_list e = events_of(first, 2);
    kept.add(e, texts_of(e));
  }
  kept.forget(50);
  CHECK_FALSE(kept.find({50, "text 50"}));
  CHECK(kept.find({51, "text 51"}));
}
