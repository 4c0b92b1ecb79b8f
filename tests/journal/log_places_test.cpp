#include "runtime/journal/log_places.hpp"

#include <string>

#include <doctest/doctest.h>

namespace bulkhead {
namespace {

/// A fold that stands behind the event `seq`, a record each.
log_fold at(std::uint64_t seq) { return log_fold{{static_cast<std::int64_t>(seq) + 1, 1, seq, "owner", 100}}; }

}  // namespace

TEST_CASE("log places: the next page begins where the last one ended, also far before the newest place") {
  log_places places;
  CHECK(places.before(50'000).offset == 0);
  places.note(at(100'000));
  CHECK(places.before(99'999).offset == 0);
  for (std::uint64_t seq = 1; seq <= 5'000; ++seq) places.note(at(seq));
  CHECK(places.before(0).offset == 0);
  for (std::uint64_t seq = log_places::apart; seq <= 5'000; ++seq) {
    const log_place found = places.before(seq);
    CHECK(found.seq <= seq);
    CHECK(seq - found.seq < log_places::apart);
    CHECK(found.offset == static_cast<std::int64_t>(found.seq) + 1);
  }
  CHECK(places.before(100'001).seq == 100'000);
}

TEST_CASE("log places: none is kept near another, nor where no reader may begin") {
  log_places places;
  places.note(at(1'000));
  places.note(at(1'001));
  places.note(at(999));
  CHECK(places.before(999).offset == 0);
  CHECK(places.before(1'001).seq == 1'000);

  log_fold half = at(2'000);
  half.take(2'001, {log_kind::event, "owner", 2'001, 2'002, {}, 0, {}}, {});
  places.note(half);
  CHECK(places.before(3'000).seq == 1'000);
  places.clear();
  CHECK(places.before(3'000).offset == 0);
}

}  // namespace bulkhead
