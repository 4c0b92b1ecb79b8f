#include "runtime/journal/log_fold.hpp"

#include "runtime/journal/log_codec.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <rapidcheck.h>

namespace bulkhead {
namespace {

log_entry event_of(const std::string& owner, std::uint64_t seq, std::uint64_t batch_end) {
  return {log_kind::event, owner, seq, batch_end, {}, 0, fmt::format("{}{}", owner, seq)};
}
log_entry claim_of(const std::string& owner, const std::string& from = {}) {
  return {log_kind::claim, owner, 0, 0, from, 100, {}};
}
log_entry own(log_kind kind, const std::string& owner) { return {kind, owner, 0, 0, {}, 0, {}}; }

struct folded {
  log_fold fold;
  std::vector<std::string> payloads;

  log_verdict add(log_entry e) {
    return fold.take(fold.next(), std::move(e), [this](journal_record&& r) {
      CHECK(r.seq == payloads.size() + 1);
      payloads.push_back(std::move(r.payload));
    });
  }
};

/// What a log comes to, in two plain passes: who owned which stretch of it, then what counts in each.
std::vector<std::string> plain_reading(const std::vector<log_entry>& log, std::uint64_t& epoch) {
  std::vector<std::pair<std::size_t, std::string>> owners;
  for (std::size_t i = 0; i < log.size(); ++i) {
    if (log[i].kind != log_kind::claim) continue;
    const bool is_valid = log[i].if_owner.empty() || (!owners.empty() && owners.back().second == log[i].if_owner);
    if (is_valid) owners.emplace_back(i, log[i].owner);
  }
  epoch = owners.size();
  std::vector<std::string> out;
  for (std::size_t o = 0; o < owners.size(); ++o) {
    const std::size_t end = o + 1 < owners.size() ? owners[o + 1].first : log.size();
    std::vector<const log_entry*> batch;
    for (std::size_t i = owners[o].first + 1; i < end; ++i) {
      const log_entry& e = log[i];
      if (e.owner != owners[o].second || e.kind == log_kind::mark || e.kind == log_kind::claim) continue;
      if (e.kind == log_kind::release) break;
      if (e.seq != out.size() + batch.size() + 1 || e.batch_end < e.seq) break;
      if (!batch.empty() && batch.front()->batch_end != e.batch_end) break;
      batch.push_back(&e);
      if (e.seq != e.batch_end) continue;
      for (const log_entry* whole : batch) out.push_back(whole->payload);
      batch.clear();
    }
  }
  return out;
}

/// Writers that claim, write batches, lose records, stop in the middle of a batch, and go on after they lost the log.
std::vector<log_entry> random_log() {
  struct writer {
    std::string id;
    std::uint64_t next = 1;
    std::uint64_t batch_end = 0;
  };
  std::vector<log_entry> log;
  std::vector<writer> writers;
  int drawn = 0;
  const int length = *rc::gen::inRange(1, 120);
  for (int i = 0; i < length; ++i) {
    const int what = *rc::gen::inRange(0, 20);
    if (writers.empty() || what < 3) {
      const std::string from =
          !writers.empty() && what == 0 ? writers[*rc::gen::inRange<std::size_t>(0, writers.size())].id : "";
      log.push_back(claim_of(fmt::format("o{}", ++drawn), from));
      std::uint64_t epoch = 0;
      writers.push_back({log.back().owner, plain_reading(log, epoch).size() + 1, 0});
      continue;
    }
    writer& w = writers[*rc::gen::inRange<std::size_t>(writers.size() > 3 ? writers.size() - 3 : 0, writers.size())];
    if (what == 3) log.push_back(own(log_kind::release, w.id));
    if (what == 4) log.push_back(own(log_kind::mark, w.id));
    if (what == 5) ++w.next;  // a write that failed
    if (what < 6) continue;
    if (w.next > w.batch_end) w.batch_end = w.next + *rc::gen::inRange<std::uint64_t>(0, 4);
    log.push_back(event_of(w.id, w.next, w.batch_end));
    ++w.next;
  }
  return log;
}

}  // namespace

TEST_CASE("log fold: what counts is what a plain reading finds, from any place") {
  const bool held = rc::check([] {
    const std::vector<log_entry> log = random_log();
    std::uint64_t epoch = 0;
    const auto expected = plain_reading(log, epoch);
    folded all;
    std::vector<log_place> places;
    for (const log_entry& e : log) {
      all.add(e);
      if (all.fold.at_boundary()) places.push_back(all.fold.place());
    }
    RC_ASSERT(all.payloads == expected);
    RC_ASSERT(all.fold.epoch() == epoch);
    RC_ASSERT(all.fold.seq() == expected.size());
    for (const log_place& from : places) {
      folded later{log_fold{from}, {expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(from.seq)}};
      for (auto i = static_cast<std::size_t>(from.offset); i < log.size(); ++i) later.add(log[i]);
      RC_ASSERT(later.payloads == expected);
      RC_ASSERT(later.fold.owner() == all.fold.owner());
      RC_ASSERT(later.fold.epoch() == epoch);
    }
  });
  CHECK(held);
}

TEST_CASE("log fold: a claim from an owner that is not is void, one from anybody is not") {
  folded log;
  CHECK(log.add(claim_of("a")) == log_verdict::taken);
  CHECK(log.add(claim_of("b")) == log_verdict::taken);
  CHECK(log.add(claim_of("c", "a")) == log_verdict::refused);
  CHECK(log.fold.owner() == "b");
  CHECK(log.add(claim_of("d", "b")) == log_verdict::taken);
  CHECK(log.fold.epoch() == 3);
}

TEST_CASE("log fold: a batch that the claim of another cut short does not count, and what follows is stale") {
  folded log;
  log.add(claim_of("a"));
  log.add(event_of("a", 1, 1));
  log.add(event_of("a", 2, 3));
  log.add(claim_of("b"));
  CHECK(log.add(event_of("a", 3, 3)) == log_verdict::stale);
  CHECK(log.add(event_of("b", 2, 2)) == log_verdict::counts);
  CHECK(log.payloads == std::vector<std::string>{"a1", "b2"});
}

TEST_CASE("log fold: after a record that does not follow nothing of its owner counts") {
  folded log;
  log.add(claim_of("a"));
  CHECK(log.add(event_of("a", 2, 2)) == log_verdict::broken);
  CHECK(log.add(event_of("a", 1, 1)) == log_verdict::stale);
  CHECK_FALSE(log.fold.at_boundary());
  log.add(claim_of("b", "a"));
  CHECK(log.add(event_of("b", 1, 1)) == log_verdict::counts);
}

TEST_CASE("log fold: who takes the log from an owner that may still act is not settled before it acts") {
  folded log;
  log.add(claim_of("a"));
  CHECK(log.fold.settled());
  log.add(event_of("a", 1, 1));
  log.add(claim_of("b"));
  CHECK_FALSE(log.fold.settled());
  CHECK(log.fold.former_lease_ms() == 100);
  SUBCASE("its mark settles it") {
    log.add(own(log_kind::mark, "b"));
    CHECK(log.fold.settled());
  }
  SUBCASE("its release does not: the one before it may still act") {
    log.add(own(log_kind::release, "b"));
    CHECK_FALSE(log.fold.released());
    log.add(claim_of("c"));
    CHECK_FALSE(log.fold.settled());
    CHECK(log.fold.former_lease_ms() == 100);
  }
  SUBCASE("nor does taking it from itself") {
    log.add(claim_of("c", "b"));
    CHECK_FALSE(log.fold.settled());
  }
}

TEST_CASE("log fold: after a release nobody waits, and its writer writes no more") {
  folded log;
  log.add(claim_of("a"));
  log.add(own(log_kind::release, "a"));
  CHECK(log.fold.released());
  CHECK(log.add(event_of("a", 1, 1)) == log_verdict::stale);
  log.add(claim_of("b"));
  CHECK(log.fold.settled());
}

TEST_CASE("log codec: an entry comes back from its record; what is none of the journal's is known as such") {
  for (const log_entry& e : {event_of("a", 7, 9), event_of("a", 7, 7), claim_of("a", "b"), own(log_kind::mark, "a")}) {
    const auto back = entry_of(record_of(e));
    REQUIRE(back);
    CHECK(back->kind == e.kind);
    CHECK(back->owner == e.owner);
    CHECK(back->seq == e.seq);
    CHECK(back->batch_end == e.batch_end);
    CHECK(back->if_owner == e.if_owner);
    CHECK(back->lease_ms == e.lease_ms);
    CHECK(back->payload == e.payload);
  }
  CHECK_FALSE(entry_of(kafka::record{}));
  auto odd = record_of(event_of("a", 1, 1));
  odd.headers[2].value = "1x";
  CHECK_FALSE(entry_of(std::move(odd)));
}

}  // namespace bulkhead
