#pragma once
// The same records without a journal: librdkafka's own calls with the same settings, headers and sizes; SQLite with the
// same rows in the same transactions.
#include "runtime/journal/kafka_log.hpp"
#include "runtime/kafka/handle.hpp"
#include "runtime/kafka/topic_names.hpp"
#include "runtime/sqlite/database.hpp"
#include "tools/bench/journal/measure.hpp"

namespace bulkhead::bench {

/// A producer as the journal makes it, without the journal.
class bare_producer {
 public:
  bare_producer(const kafka::connection& servers, const broker_id& b)
      : topic_(kafka::topic_of(b, kafka::journal_events)) {
    kafka_log{{servers, b}}.require_topics();
    auto conf = kafka::make_conf(servers, {{"enable.idempotence", "true"},
                                           {"acks", "all"},
                                           {"linger.ms", "0"},
                                           {"message.timeout.ms", "0"},
                                           {"message.max.bytes", "8388608"},
                                           {"queue.buffering.max.messages", "69632"},
                                           {"queue.buffering.max.kbytes", "2097151"},
                                           {"socket.nagle.disable", "true"}});
    rd_kafka_conf_set_opaque(conf.get(), &acknowledged_);
    rd_kafka_conf_set_dr_msg_cb(conf.get(), [](rd_kafka_t*, const rd_kafka_message_t* m, void* count) {
      if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) ++*static_cast<std::uint64_t*>(count);
    });
    handle_ = kafka::make_handle(RD_KAFKA_PRODUCER, std::move(conf), servers);
    send(1, std::string(1, 'w'));
    await(1);
  }

  void send(std::uint64_t seq, const std::string& payload) {
    for (;;) {
      auto* headers = rd_kafka_headers_new(4);
      const std::string number = std::to_string(seq);
      rd_kafka_header_add(headers, "kind", 4, "event", 5);
      rd_kafka_header_add(headers, "owner", 5, "0123456789abcde", 15);
      rd_kafka_header_add(headers, "seq", 3, number.data(), static_cast<std::ptrdiff_t>(number.size()));
      rd_kafka_header_add(headers, "batch-end", 9, number.data(), static_cast<std::ptrdiff_t>(number.size()));
      const auto code = rd_kafka_producev(handle_.get(), RD_KAFKA_V_TOPIC(topic_.c_str()), RD_KAFKA_V_PARTITION(0),
                                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                          RD_KAFKA_V_VALUE(const_cast<char*>(payload.data()), payload.size()),
                                          RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR) break;
      rd_kafka_headers_destroy(headers);
      if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) kafka::fail("bare librdkafka", code);
      rd_kafka_poll(handle_.get(), 10);
    }
    ++sent_;
  }
  void await(std::uint64_t at_most_open) {
    while (sent_ - acknowledged_ >= at_most_open && sent_ != acknowledged_) rd_kafka_poll(handle_.get(), 100);
  }

 private:
  std::string topic_;
  std::uint64_t sent_ = 0;
  std::uint64_t acknowledged_ = 0;
  kafka::owned<rd_kafka_t> handle_;
};

inline journal_figures measure_bare_kafka(const kafka::connection& servers, const broker_id& b,
                                          const journal_plan& plan) {
  bare_producer out{servers, b};
  const std::string payload(plan.bytes, 'e');
  std::vector<double> us;
  for (std::uint64_t n = 0; n < plan.appends; ++n) {
    const auto from = bench_clock::now();
    out.send(n, payload);
    out.await(1);
    us.push_back(us_since(from));
  }
  journal_figures f;
  add_quantiles(f, std::move(us));
  const auto from = bench_clock::now();
  for (std::uint64_t n = 0; n < plan.events; ++n) {
    const std::string one(plan.bytes, 'e');  // as the caller of a journal makes each event
    out.send(n, one);
    if (n % plan.batch == 0) out.await(plan.window * plan.batch);
  }
  out.await(1);
  f.per_second = static_cast<double>(plan.events) * 1e6 / us_since(from);
  return f;
}

inline journal_figures measure_bare_sqlite(const std::filesystem::path& file, const journal_plan& plan) {
  sqlite::database db{file, sqlite::open_mode::create};
  db.use_wal(sqlite::sync_mode::full);
  db.exec("CREATE TABLE events(seq INTEGER PRIMARY KEY, epoch INTEGER, payload TEXT, crc INTEGER)");
  sqlite::statement insert{db, "INSERT INTO events VALUES(?, ?, ?, ?)"};
  std::uint64_t next = 1;
  const auto commit = [&](std::uint64_t rows) {
    db.exec("BEGIN IMMEDIATE");
    for (const journal_record& r : batch_from(next, rows, plan.bytes)) {
      insert.bind(1, r.seq).bind(2, std::uint64_t{1}).bind(3, r.payload).bind(4, std::uint64_t{0}).run();
    }
    db.exec("COMMIT");
    next += rows;
  };
  std::vector<double> us;
  for (std::uint64_t n = 0; n < plan.appends; ++n) {
    const auto from = bench_clock::now();
    commit(1);
    us.push_back(us_since(from));
  }
  journal_figures f;
  add_quantiles(f, std::move(us));
  const auto from = bench_clock::now();
  std::uint64_t written = 0;
  for (; written < plan.events; written += plan.sqlite_batch) commit(plan.sqlite_batch);
  f.per_second = static_cast<double>(written) * 1e6 / us_since(from);
  return f;
}

}  // namespace bulkhead::bench
