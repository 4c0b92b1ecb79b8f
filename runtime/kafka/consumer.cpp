#include "runtime/kafka/consumer.hpp"

#include "runtime/kafka/handle.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace bulkhead::kafka {
namespace {

using list = owned<rd_kafka_topic_partition_list_t>;

list list_of(const std::vector<position>& positions, bool with_metadata) {
  list out{rd_kafka_topic_partition_list_new(static_cast<int>(positions.size()))};
  for (const position& p : positions) {
    auto* at = rd_kafka_topic_partition_list_add(out.get(), p.topic.c_str(), p.partition);
    at->offset = p.offset;
    if (!with_metadata || p.metadata.empty()) continue;
    at->metadata = ::strdup(p.metadata.c_str());  // freed with the list
    at->metadata_size = p.metadata.size();
  }
  return out;
}

}  // namespace

struct consumer::state {
  connection to;
  refused_login login;
  owned<rd_kafka_t> handle;  // its callback uses the login
  bool reads = false;

  /// Throws unless a query went well.
  void require(const std::string& doing, rd_kafka_resp_err_t code) {
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return login.text.clear();
    // What came beside the answer; while it reads that could be a record.
    for (int n = 0; n < 100 && !reads; ++n) {
      if (!owned<rd_kafka_message_t>{rd_kafka_consumer_poll(handle.get(), 0)}) break;
    }
    fail(doing, code, login);
  }
};

consumer::consumer(const connection& c, const std::string& group, const options& more)
    : state_(std::make_unique<state>()) {
  state_->to = c;
  options all{{"group.id", group.empty() ? "bulkhead.none" : group},
              {"enable.auto.commit", "false"},
              {"enable.auto.offset.store", "false"},
              {"auto.offset.reset", "error"},
              {"enable.partition.eof", "true"},
              {"isolation.level", "read_committed"},
              {"fetch.wait.max.ms", "100"}};
  all.insert(all.end(), more.begin(), more.end());
  auto conf = make_conf(c, all);
  watch_login(conf.get(), state_->login);
  state_->handle = make_handle(RD_KAFKA_CONSUMER, std::move(conf), c);
  rd_kafka_poll_set_consumer(state_->handle.get());
}

consumer::~consumer() = default;

void consumer::assign(const std::vector<position>& from) {
  const auto code = rd_kafka_assign(state_->handle.get(), list_of(from, false).get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) fail(describe(state_->to) + ": assign", code);
  state_->reads = !from.empty();
}

polled consumer::poll(std::chrono::milliseconds timeout) {
  const owned<rd_kafka_message_t> m{rd_kafka_consumer_poll(state_->handle.get(), static_cast<int>(timeout.count()))};
  if (!m) return {};
  if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) return {polled::what::record, record_of(*m), {}};
  if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return {polled::what::end, record_of(*m), {}};
  const std::string text =
      fmt::format("{}: {} ({})", describe(state_->to), rd_kafka_message_errstr(m.get()), rd_kafka_err2name(m->err));
  polled out{cause_of(m->err) == error::cause::passing ? polled::what::trouble : polled::what::failed, {}, text};
  out.record.topic = m->rkt == nullptr ? "" : rd_kafka_topic_name(m->rkt);
  out.record.partition = m->partition;
  out.is_gone = m->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || m->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE;
  return out;
}

std::int32_t consumer::partitions(const std::string& topic, std::chrono::milliseconds timeout) {
  struct done {
    void operator()(rd_kafka_topic_t* t) const noexcept { rd_kafka_topic_destroy(t); }
  };
  const std::unique_ptr<rd_kafka_topic_t, done> handle{
      rd_kafka_topic_new(state_->handle.get(), topic.c_str(), nullptr)};
  const std::string doing = fmt::format("{}: topic {}", describe(state_->to), topic);
  if (!handle) fail(doing, rd_kafka_last_error());
  const rd_kafka_metadata_t* raw = nullptr;
  const auto code = rd_kafka_metadata(state_->handle.get(), 0, handle.get(), &raw, static_cast<int>(timeout.count()));
  const owned<const rd_kafka_metadata_t> found{raw};
  state_->require(doing, code);
  if (found->topic_cnt == 0) fail(doing, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  if (found->topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR) fail(doing, found->topics[0].err);
  return found->topics[0].partition_cnt;
}

watermarks consumer::ends(const std::string& topic, std::int32_t partition, std::chrono::milliseconds timeout) {
  watermarks out;
  const auto code = rd_kafka_query_watermark_offsets(state_->handle.get(), topic.c_str(), partition, &out.low,
                                                     &out.high, static_cast<int>(timeout.count()));
  state_->require(fmt::format("{}: ends of {} partition {}", describe(state_->to), topic, partition), code);
  return out;
}

void consumer::commit(const std::vector<position>& positions) {
  const auto code = rd_kafka_commit(state_->handle.get(), list_of(positions, true).get(), 0);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) fail(describe(state_->to) + ": commit", code);
}

std::optional<position> consumer::committed(const std::string& topic, std::int32_t partition,
                                            std::chrono::milliseconds timeout) {
  const list asked = list_of({{topic, partition, 0, {}}}, false);
  const std::string doing =
      fmt::format("{}: committed offset of {} partition {}", describe(state_->to), topic, partition);
  const auto code = rd_kafka_committed(state_->handle.get(), asked.get(), static_cast<int>(timeout.count()));
  state_->require(doing, code);
  const rd_kafka_topic_partition_t& found = asked->elems[0];
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) fail(doing, found.err);
  if (found.offset < 0) return std::nullopt;
  position out{topic, partition, found.offset, {}};
  if (found.metadata != nullptr) out.metadata.assign(static_cast<const char*>(found.metadata), found.metadata_size);
  return out;
}

std::int64_t read_partition(const connection& c, const std::string& topic, std::int32_t partition, std::int64_t from,
                            std::chrono::milliseconds timeout, const std::function<bool(record&&)>& fn) {
  consumer reader{c, ""};
  const watermarks ends = reader.ends(topic, partition, timeout);
  std::int64_t next = std::max(from, ends.low);
  if (next >= ends.high) return next;
  reader.assign({{topic, partition, next, {}}});
  auto waited_from = std::chrono::steady_clock::now();
  while (next < ends.high) {
    polled got = reader.poll(std::chrono::milliseconds{100});
    if (got.kind == polled::what::failed) throw error(got.text);
    if (got.kind == polled::what::end) break;  // what follows is not ours to see (aborted, compacted)
    if (got.kind == polled::what::record) {
      if (got.record.offset >= ends.high) break;
      next = got.record.offset + 1;
      if (!fn(std::move(got.record))) return next;
      waited_from = std::chrono::steady_clock::now();
    } else if (std::chrono::steady_clock::now() - waited_from > timeout) {
      throw error(fmt::format("{}: {} partition {}: no record within {} ms at offset {} of {}{}{}", describe(c), topic,
                              partition, timeout.count(), next, ends.high, got.text.empty() ? "" : ": ", got.text));
    }
  }
  return next;
}

}  // namespace bulkhead::kafka
