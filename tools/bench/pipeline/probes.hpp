#pragma once
// Where the clock is read: as the feed reads its first frame, as the bridge hands events to the journal, and as the
// journal says that they are durable. Decorators of ports; the programs under test do not know of them.
#include "runtime/ports/feed_source.hpp"
#include "runtime/ports/journal.hpp"

#include <atomic>
#include <charconv>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::bench {

using bench_clock = std::chrono::steady_clock;
using time_point = bench_clock::time_point;

/// When the feed asked for the first frame. Written by the feed alone.
struct feed_log {
  std::atomic<time_point> first_read{time_point{}};
};

struct stamp {
  feed_seq feed = 0;
  time_point at;
};

/// One broker's measurements. `sequenced` is written on the bridge's thread, `durable` on the journal's; read after the
/// run.
struct broker_log {
  struct series {
    std::vector<stamp> intents;  ///< appends that hold an order.submitted
    std::vector<stamp> fills;    ///< appends that hold an order.filled
    void note(feed_seq feed, bool intent, bool fill, time_point at) {
      if (intent) intents.push_back({feed, at});
      if (fill) fills.push_back({feed, at});
    }
  };
  broker_log() {
    for (auto* list : {&sequenced.intents, &sequenced.fills, &durable.intents, &durable.fills}) list->reserve(200'000);
  }
  series sequenced;
  series durable;
};

class timed_source final : public feed_source {
 public:
  timed_source(std::unique_ptr<feed_source> inner, std::shared_ptr<feed_log> log)
      : inner_(std::move(inner)), log_(std::move(log)) {}

  bool next(frame_batch& batch) override {
    if (log_->first_read.load() == time_point{}) log_->first_read = bench_clock::now();
    return inner_->next(batch);
  }
  void seek(feed_seq seq) override { inner_->seek(seq); }
  [[nodiscard]] std::uint64_t size() const override { return inner_->size(); }
  [[nodiscard]] const std::vector<feed_problem>& problems() const override { return inner_->problems(); }
  [[nodiscard]] std::string fingerprint() const override { return inner_->fingerprint(); }

 private:
  std::unique_ptr<feed_source> inner_;
  std::shared_ptr<feed_log> log_;
};

class timed_journal final : public journal {
 public:
  timed_journal(std::shared_ptr<journal> inner, std::shared_ptr<broker_log> log)
      : inner_(std::move(inner)), log_(std::move(log)) {}

  void open(recovered_fn done) override { inner_->open(std::move(done)); }

  void append(std::uint64_t epoch, std::vector<journal_record> batch, durable_fn done) override {
    const time_point now = bench_clock::now();
    bool intent = false;
    bool fill = false;
    for (const journal_record& r : batch) {
      intent = intent || holds(r.payload, R"("type":"order.submitted")");
      fill = fill || holds(r.payload, R"("type":"order.filled")");
    }
    if (!intent && !fill) return inner_->append(epoch, std::move(batch), std::move(done));
    const feed_seq feed = feed_of(batch.front().payload);
    log_->sequenced.note(feed, intent, fill, now);
    inner_->append(epoch, std::move(batch),
                   [log = log_, feed, intent, fill, done = std::move(done)](journal_status status, std::uint64_t seq) {
                     log->durable.note(feed, intent, fill, bench_clock::now());
                     done(std::move(status), seq);
                   });
  }

  void write_snapshot(std::uint64_t epoch, journal_snapshot snapshot, done_fn done) override {
    inner_->write_snapshot(epoch, std::move(snapshot), std::move(done));
  }
  void read(std::uint64_t from_seq, std::size_t limit, records_fn done) override {
    inner_->read(from_seq, limit, std::move(done));
  }
  void append_ops(std::string payload) override { inner_->append_ops(std::move(payload)); }

 private:
  /// "type" is the last but one key of the envelope: searching from the end costs some tens of nanoseconds.
  static bool holds(std::string_view payload, std::string_view what) {
    return payload.rfind(what) != std::string_view::npos;
  }
  static feed_seq feed_of(std::string_view payload) {
    constexpr std::string_view key = R"("feed_seq":)";
    const std::size_t at = payload.rfind(key);
    feed_seq value = 0;
    if (at != std::string_view::npos) std::from_chars(payload.data() + at + key.size(), payload.end(), value);
    return value;
  }

  std::shared_ptr<journal> inner_;
  std::shared_ptr<broker_log> log_;
};

}  // namespace bulkhead::bench
