// Random histories of several owners against a model of ten lines.
#include "runtime/journal/append_rules.hpp"
#include "runtime/journal/memory_journal.hpp"
#include "support/journal_calls.hpp"
#include "support/sqlite_files.hpp"
#include "support/temp_dir.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <rapidcheck.h>

namespace bulkhead {
namespace {

struct model {
  std::uint64_t epoch = 0;
  std::vector<journal_record> records;
  std::optional<journal_snapshot> newest;
};

struct owner {
  std::unique_ptr<journal> client;
  std::uint64_t epoch = 0;  ///< 0: not open
};

class history {
 public:
  template <class MakeClient>
  explicit history(MakeClient make) : make_(std::move(make)) {
    for (auto& o : owners_) o.client = make_();
  }

  void step() {
    auto& who = owners_[*rc::gen::inRange<std::size_t>(0, owners_.size())];
    switch (*rc::gen::weightedElement<int>({{6, 0}, {2, 1}, {2, 2}, {2, 3}, {1, 4}})) {
      case 0:
        return append(who);
      case 1:
        return snapshot(who);
      case 2:
        return open(who);
      case 3:
        return read(who);
      default:
        who = {make_(), 0};
    }
  }

 private:
  void open(owner& who) {
    const auto [status, found] = test::try_open(*who.client);
    if (who.epoch != 0 && who.epoch != model_.epoch) {
      RC_ASSERT(status.outcome() == journal_outcome::fenced);
      return;
    }
    RC_ASSERT(status.ok());
    RC_ASSERT(found.epoch == ++model_.epoch);
    who.epoch = found.epoch;
    RC_ASSERT(found.snapshot == model_.newest);
    const auto cut = model_.newest ? model_.newest->seq : 0;
    RC_ASSERT(found.tail == slice(cut + 1, model_.records.size()));
  }

  void append(owner& who) {
    const auto end = model_.records.size();
    // Mostly right; now and then a gap or a repeat.
    const auto first = *rc::gen::weightedElement<std::uint64_t>({{8, end + 1}, {1, end + 2}, {1, end}});
    const auto payloads = *rc::gen::container<std::vector<std::string>>(rc::gen::arbitrary<std::string>());
    std::vector<journal_record> batch;
    for (const auto& p : payloads) batch.push_back({first + batch.size(), p});
    const bool allowed = who.epoch != 0 && who.epoch == model_.epoch && (batch.empty() || first == end + 1);
    const auto [status, durable] = test::append(*who.client, who.epoch, batch);
    RC_ASSERT(status.ok() == allowed);
    if (!allowed) return;
    model_.records.insert(model_.records.end(), batch.begin(), batch.end());
    RC_ASSERT(durable == model_.records.size());
  }

  void snapshot(owner& who) {
    const auto seq = *rc::gen::inRange<std::uint64_t>(0, model_.records.size() + 2);
    const journal_snapshot s{seq, *rc::gen::arbitrary<std::uint64_t>(), *rc::gen::arbitrary<std::uint32_t>(),
                             *rc::gen::arbitrary<std::string>()};
    const bool allowed = who.epoch != 0 && who.epoch == model_.epoch && seq <= model_.records.size();
    RC_ASSERT(test::snapshot(*who.client, who.epoch, s).ok() == allowed);
    if (allowed) model_.newest = s;
  }

  void read(owner& who) {
    const auto from = *rc::gen::inRange<std::uint64_t>(0, model_.records.size() + 3);
    const auto limit = *rc::gen::inRange<std::size_t>(0, 12);
    const auto [status, found] = test::read(*who.client, from, limit);
    RC_ASSERT(status.ok() == (who.epoch != 0));
    const auto first = std::max<std::uint64_t>(from, 1);
    if (status.ok())
      RC_ASSERT(found == slice(first, std::min<std::uint64_t>(first + limit - 1, model_.records.size())));
  }

  [[nodiscard]] std::vector<journal_record> slice(std::uint64_t first, std::uint64_t last) const {
    if (first > last) return {};
    return {model_.records.begin() + std::ptrdiff_t(first - 1), model_.records.begin() + std::ptrdiff_t(last)};
  }

  std::function<std::unique_ptr<journal>()> make_;
  std::array<owner, 3> owners_;
  model model_;
};

}  // namespace

TEST_CASE("any history of owners on the memory journal matches the model") {
  CHECK(rc::check([] {
    const auto log = std::make_shared<memory_log>();
    history h{[&] { return std::make_unique<memory_journal>(log); }};
    const auto steps = *rc::gen::inRange(1, 60);
    for (int i = 0; i < steps; ++i) h.step();
  }));
}

TEST_CASE("any history of owners on the embedded journal matches the model") {
  CHECK(rc::check([] {
    const test::temp_dir dir{test::temp_place::memory};
    history h{[&] { return std::make_unique<sqlite_journal>(test::journal_at(dir.path() / "j.db")); }};
    const auto steps = *rc::gen::inRange(1, 60);
    for (int i = 0; i < steps; ++i) h.step();
  }));
}

}  // namespace bulkhead
