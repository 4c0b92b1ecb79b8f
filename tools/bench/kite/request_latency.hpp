#pragma once
// From a tick to the order's request at the broker's door: the whole node with one broker of kind zerodha, against a
// server of the benchmark's own in the same process; and a plain loop that sends the same request over the same client.
#include "actors/system_config.hpp"
#include "runtime/brokers/zerodha/kite_session.hpp"
#include "runtime/http/http_client.hpp"
#include "runtime/secrets/secret_file.hpp"
#include "tools/app/node_builder.hpp"
#include "tools/bench/kite/order_sink.hpp"
#include "tools/bench/pipeline/run_result.hpp"

#include <deque>
#include <filesystem>
#include <map>

namespace bulkhead::bench {

/// Placements that the bridge handed to the journal. `sequenced` is written on the bridge's thread, `durable` on the
/// journal's.
struct intent_log {
  struct intent {
    std::string payload;
    time_point sequenced;
    time_point durable;
  };
  std::mutex guard;
  std::deque<intent> intents;  ///< a deque: an entry keeps its place
};

class intent_journal final : public journal {
 public:
  intent_journal(std::shared_ptr<journal> inner, std::shared_ptr<intent_log> log)
      : inner_(std::move(inner)), log_(std::move(log)) {}

  void open(recovered_fn done) override { inner_->open(std::move(done)); }
  void append(std::uint64_t epoch, std::vector<journal_record> batch, durable_fn done) override {
    const time_point now = bench_clock::now();
    std::vector<intent_log::intent*> placed;
    for (const journal_record& r : batch) {
      if (r.payload.rfind(R"("type":"order.submitted")") == std::string::npos) continue;
      const std::scoped_lock lock{log_->guard};
      placed.push_back(&log_->intents.emplace_back(intent_log::intent{r.payload, now, {}}));
    }
    if (placed.empty()) return inner_->append(epoch, std::move(batch), std::move(done));
    inner_->append(epoch, std::move(batch),
                   [placed, log = log_, done = std::move(done)](journal_status status, std::uint64_t seq) {
                     const time_point at = bench_clock::now();
                     for (intent_log::intent* one : placed) one->durable = at;
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
  std::shared_ptr<journal> inner_;
  std::shared_ptr<intent_log> log_;
};

/// Microseconds, in no order.
struct request_times {
  std::vector<double>
      sequenced;                ///< from the time at which the tick's frame is due to the order in the journal's hands
  std::vector<double> durable;  ///< from there until it is durable
  std::vector<double> sent;     ///< from there until the request has arrived
  std::vector<double> whole;    ///< from the tick to the request's arrival
};

/// What follows a key of an event's text, up to the next quote, comma or brace.
inline std::string field_of(const std::string& payload, std::string_view key) {
  const std::size_t at = payload.rfind(key);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + key.size();
  return payload.substr(begin, payload.find_first_of("\",}", begin) - begin);
}

inline void write_login(const std::filesystem::path& dir) {
  write_secret_file(dir / "api_key", "benchkey\n");
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  kite_session session{"benchkey", "BENCH1", "bench", secret_text{"benchtoken"}, timestamp{now}, {}};
  session.expires_at = timestamp{now} + seconds(24 * 3600);
  write_session(dir / "session", session);
}

/// The workload's strategies at one broker of kind zerodha, whose limits are out of the way.
inline config::settings zerodha_settings(config::settings s, const std::filesystem::path& dir, const std::string& url) {
  config::broker_settings& b = s.brokers.front();
  b.kind = "zerodha";
  b.enabled = true;
  b.kite = {};
  b.kite.url = url;
  b.kite.socket_url = "ws" + url.substr(url.find(':'));
  b.kite.api_key_file = dir / "api_key";
  b.kite.session_file = dir / "session";
  b.kite.orders_per_second = 1000;
  b.kite.orders_per_minute = 100'000;
  b.kite.orders_per_day = 10'000'000;
  b.kite.poll_ms = 600'000;
  b.kite.reconcile_s = 86'400;
  b.risk.broker.max_consecutive_rejects = 0;  // the server refuses every order
  return s;
}

inline request_times times_of(const intent_log& log, const std::vector<order_sink::arrival>& arrivals,
                              const feed_log& feed, const run_plan& plan) {
  std::map<std::string, time_point> at_server;
  for (const auto& a : arrivals) at_server.emplace(a.tag, a.at);
  const auto us = [](auto from, auto to) { return std::chrono::duration<double, std::micro>(to - from).count(); };
  request_times out;
  for (const intent_log::intent& one : log.intents) {
    const auto found = at_server.find(field_of(one.payload, R"("client_order_id":")"));
    const auto seq = static_cast<std::int64_t>(std::stoull("0" + field_of(one.payload, R"("feed_seq":)")));
    // The first frames carry what starting up costs; entries before the first comparison of the account never leave.
    if (found == at_server.end() || seq < 50) continue;
    const time_point due = feed.first_read.load() + plan.gap() * (seq - 1);
    out.sequenced.push_back(us(due, one.sequenced));
    out.durable.push_back(us(one.sequenced, one.durable));
    out.sent.push_back(us(one.durable, found->second));
    out.whole.push_back(us(due, found->second));
  }
  return out;
}

/// `journal`: "full" (SQLite) or "memory".
inline request_times run_requests(const config::settings& workload, const std::string& journal_kind,
                                  const std::filesystem::path& dir, const run_plan& plan) {
  std::filesystem::create_directories(dir);
  write_login(dir);
  order_sink server;
  config::settings s = zerodha_settings(workload, dir, server.url());
  s.data_dir = dir / "data";
  s.feed.speed = plan.speed;
  s.journal.backend = journal_kind == "memory" ? "memory" : "sqlite";
  s.journal.sync = "full";
  std::filesystem::create_directories(s.data_dir);
  const auto settings = std::make_shared<const config::settings>(std::move(s));
  const auto feed = std::make_shared<feed_log>();
  const auto log = std::make_shared<intent_log>();
  app::backends backends = app::file_backends(*settings);
  backends.make_journal = [log, plain = backends.make_journal](const broker_id& id) -> std::shared_ptr<journal> {
    if (id == app::shared_id) return plain(id);
    return std::make_shared<intent_journal>(plain(id), log);
  };
  std::string failure;
  {
    actors::system_config system_config{settings->brokers.size() + 2};
    caf::actor_system system{system_config};
    caf::scoped_actor self{system};
    app::node_parts parts = app::make_node_parts(settings, backends);
    parts.open_feed = [feed, plan] {
      return std::make_unique<timed_source>(std::make_unique<bench_source>(plan.frames, plan.market), feed);
    };
    parts.on_supervision = [&failure](const actors::supervision_event& e) {
      if (e.what == "failed" || e.what == "gave_up") failure = e.path + ": " + e.reason;
    };
    system.spawn(actors::node, app::make_node_config(parts, caf::actor_cast<caf::actor>(self)));
    self->receive([](actors::node_finished&) {});
    parts = {};
  }
  request_times out = times_of(*log, server.arrivals(), *feed, plan);
  std::filesystem::remove_all(dir);
  if (!failure.empty()) throw std::runtime_error("the node failed: " + failure);
  if (out.whole.empty()) throw std::runtime_error("no order reached the benchmark's server");
  return out;
}

/// The floor: the same request over the same HTTP client, nothing else in the program; microseconds from the call to
/// the request's arrival. So far apart that the caches and the sleeping threads are as the node's.
inline std::vector<double> run_plain_requests(std::size_t count, std::chrono::milliseconds apart) {
  order_sink server;
  http_client http{{}};
  const kite_rest rest{[&](const http_request& r) { return http.perform(r); },
                       {server.url(), [] {
                          return kite_credentials{"benchkey", secret_text{"benchtoken"}};
                        }}};
  std::vector<double> out;
  time_point due = bench_clock::now();
  for (std::size_t i = 0; i < count; ++i) {
    due += apart;
    std::this_thread::sleep_until(due);
    const std::string form =
        "exchange=NSE&tradingsymbol=BENCH01&transaction_type=BUY&order_type=LIMIT&quantity=10&product=MIS&validity=DAY&"
        "price=1000.05&tag=" +
        std::to_string(i);
    const time_point begin = bench_clock::now();
    (void)rest.place(form);
    const auto arrived = server.arrivals();
    if (arrived.size() != i + 1) throw std::runtime_error("a request of the plain loop did not arrive");
    if (i >= 5) out.push_back(std::chrono::duration<double, std::micro>(arrived.back().at - begin).count());
  }
  return out;
}

}  // namespace bulkhead::bench
