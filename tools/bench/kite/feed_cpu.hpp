#pragma once
// What a live feed of so many instruments costs: each ticks once a second, in full packets, decoded and made frames in
// the feed's actor, through one paper broker and the runner with its strategies. Beside it the decoder alone.
#include "actors/system_config.hpp"
#include "runtime/brokers/zerodha/kite_ticks.hpp"
#include "tools/app/node_builder.hpp"
#include "tools/bench/pipeline/run_result.hpp"

#include <cstdint>
#include <filesystem>
#include <unordered_map>

#include <sys/resource.h>

namespace bulkhead::bench {

using packet_bytes = std::vector<std::uint8_t>;

inline void put(packet_bytes& to, std::uint64_t value, std::size_t size) {
  for (std::size_t i = size; i > 0; --i) to.push_back(static_cast<std::uint8_t>(value >> (8 * (i - 1))));
}

/// Seconds of processor time: of this process, or of the calling thread alone.
inline double cpu_seconds(int who) {
  rusage used{};
  ::getrusage(who, &used);
  const auto s = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return s(used.ru_utime) + s(used.ru_stime);
}

/// The benchmark's market as Kite's bytes: one message of full packets for each frame, made in advance.
class packet_market {
 public:
  packet_market(std::uint64_t frames, bench_market market) : market_(market) {
    bench_source source{frames, market};
    frame_batch batch;
    while (source.next(batch)) {
      const frame_view f = batch[0];
      packet_bytes message;
      put(message, f.ticks.size(), 2);
      for (const tick& t : f.ticks) append(message, token_of(t.instrument), t.last);
      messages_.push_back(std::move(message));
      times_.push_back(f.ts);
      batch.clear();
    }
    for (std::uint32_t i = 0; i < market.instruments; ++i) ids_.emplace(token_of({i}), instrument_id{i});
  }

  [[nodiscard]] std::uint64_t size() const { return messages_.size(); }
  [[nodiscard]] const packet_bytes& message(std::uint64_t seq) const { return messages_[seq - 1]; }
  [[nodiscard]] timestamp time(std::uint64_t seq) const { return times_[seq - 1]; }
  [[nodiscard]] instrument_id id(std::uint32_t token) const { return ids_.at(token); }

 private:
  static std::uint32_t token_of(instrument_id id) { return (id.index + 1) * 256 + 1; }
  static void append(packet_bytes& to, std::uint32_t token, price last) {
    const auto paisa = static_cast<std::uint64_t>(last.raw) / 100;
    put(to, 184, 2);
    put(to, token, 4);
    put(to, paisa, 4);
    for (std::size_t word = 2; word < 46; ++word) put(to, paisa + word, 4);
  }

  bench_market market_;
  std::vector<packet_bytes> messages_;
  std::vector<timestamp> times_;
  std::unordered_map<std::uint32_t, instrument_id> ids_;
};

/// Decodes a message into the next frame.
class packet_source final : public feed_source {
 public:
  explicit packet_source(std::shared_ptr<const packet_market> market) : market_(std::move(market)) {}

  bool next(frame_batch& batch) override {
    if (position_ >= market_->size()) return false;
    const feed_seq seq = ++position_;
    if (decode_frame(market_->message(seq), decoded_)) throw std::logic_error("a message of the benchmark is refused");
    ticks_.clear();
    for (const kite_tick& t : decoded_.ticks) {
      ticks_.push_back({market_->id(t.token), t.last, t.bids[0].price, t.offers[0].price, t.volume});
    }
    batch.add(seq, market_->time(seq), frame_kind::ticks, ticks_);
    return true;
  }
  void seek(feed_seq seq) override { position_ = seq == 0 ? 0 : seq - 1; }
  [[nodiscard]] std::uint64_t size() const override { return market_->size(); }
  [[nodiscard]] const std::vector<feed_problem>& problems() const override { return none_; }
  [[nodiscard]] std::string fingerprint() const override { return "packets"; }

 private:
  std::shared_ptr<const packet_market> market_;
  kite_frame decoded_;
  std::vector<tick> ticks_;
  std::uint64_t position_ = 0;
  std::vector<feed_problem> none_;
};

/// Percent of one core.
struct feed_cpu {
  double decode = 0;  ///< the decoder in a plain loop at the same pace
  double frames = 0;  ///< likewise, and frames made of the ticks
  double node = 0;    ///< the whole node
  std::uint64_t events = 0;
};

/// `work` once for each frame, when it is due.
template <class Work>
double paced_cpu(std::uint64_t frames, const Work& work) {
  const time_point first = bench_clock::now();
  const double before = cpu_seconds(RUSAGE_THREAD);
  for (std::uint64_t seq = 1; seq <= frames; ++seq) {
    std::this_thread::sleep_until(first + std::chrono::nanoseconds{frame_gap_ns} * static_cast<std::int64_t>(seq - 1));
    work(seq);
  }
  const double elapsed = std::chrono::duration<double>(bench_clock::now() - first).count();
  return 100 * (cpu_seconds(RUSAGE_THREAD) - before) / elapsed;
}

/// The node from its first second on: what starting up costs is not in it.
inline void run_paced_node(config::settings s, const std::filesystem::path& dir,
                           const std::shared_ptr<const packet_market>& market, feed_cpu& out) {
  s.data_dir = dir;
  s.feed.speed = 1;
  s.journal.backend = "sqlite";
  s.journal.sync = "full";
  std::filesystem::create_directories(dir);
  const auto settings = std::make_shared<const config::settings>(std::move(s));
  {
    actors::system_config system_config{settings->brokers.size() + 2};
    caf::actor_system system{system_config};
    caf::scoped_actor self{system};
    app::node_parts parts = app::make_node_parts(settings, app::file_backends(*settings));
    parts.open_feed = [market] { return std::make_unique<packet_source>(market); };
    const auto counters = parts.brokers.front()->counters;
    system.spawn(actors::node, app::make_node_config(parts, caf::actor_cast<caf::actor>(self)));
    // Looked at 20 times a second: the looking costs next to nothing.
    const auto reach = [&](std::uint64_t frames) {
      while (counters->frames.load() < frames) std::this_thread::sleep_for(std::chrono::milliseconds{50});
    };
    reach(20);
    const time_point begin = bench_clock::now();
    const double before = cpu_seconds(RUSAGE_SELF);
    reach(market->size() - 1);
    out.node =
        100 * (cpu_seconds(RUSAGE_SELF) - before) / std::chrono::duration<double>(bench_clock::now() - begin).count();
    out.events = counters->events.load();
    self->receive([](actors::node_finished&) {});
    parts = {};
  }
  std::filesystem::remove_all(dir);
}

inline feed_cpu measure_feed_cpu(const config::settings& workload, const bench_market& shape, std::uint64_t frames,
                                 const std::filesystem::path& dir, std::uint64_t& sum) {
  const auto market = std::make_shared<const packet_market>(frames, shape);
  feed_cpu out;
  kite_frame decoded;
  out.decode = paced_cpu(frames, [&](std::uint64_t seq) {
    if (decode_frame(market->message(seq), decoded)) throw std::logic_error("a message of the benchmark is refused");
    sum += static_cast<std::uint64_t>(decoded.ticks.back().last.raw);
  });
  packet_source source{market};
  frame_batch batch;
  out.frames = paced_cpu(frames, [&](std::uint64_t) {
    batch.clear();
    sum += source.next(batch) ? batch[0].ticks.size() : 0;
  });
  run_paced_node(workload, dir, market, out);
  return out;
}

}  // namespace bulkhead::bench
