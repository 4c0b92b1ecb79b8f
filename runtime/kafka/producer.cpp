#include "runtime/kafka/producer.hpp"

#include "runtime/kafka/handle.hpp"

#include <fmt/format.h>

namespace bulkhead::kafka {

namespace {

struct told {
  producer_calls calls;
  refused_login login;
};

}  // namespace

struct producer::state {
  connection to;
  told tells;
  owned<rd_kafka_t> handle;  // its callbacks use the others
  owned<rd_kafka_queue_t> main;
};

namespace {

struct callbacks {
  static producer_calls& of(void* opaque) { return static_cast<told*>(opaque)->calls; }

  static void delivered(rd_kafka_t*, const rd_kafka_message_t* m, void* opaque) {
    const auto& call = of(opaque).on_delivery;
    if (!call) return;
    delivery d;
    d.token = reinterpret_cast<std::uintptr_t>(m->_private);
    d.partition = m->partition;
    d.offset = m->offset;
    if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      d.error = rd_kafka_err2str(m->err);
      d.is_too_large = m->err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
      d.maybe_written = rd_kafka_message_status(m) != RD_KAFKA_MSG_STATUS_NOT_PERSISTED;
    }
    call(d);
  }

  static int statistics(rd_kafka_t*, char* json, std::size_t size, void* opaque) {
    if (const auto& call = of(opaque).on_statistics) call(std::string{json, size});
    return 0;
  }

  static void trouble(rd_kafka_t* handle, int code, const char* text, void* opaque) {
    static_cast<told*>(opaque)->login.take(code, text);
    const auto& call = of(opaque).on_trouble;
    if (!call) return;
    if (code != RD_KAFKA_RESP_ERR__FATAL) return call(text, false);
    char why[512] = "";
    rd_kafka_fatal_error(handle, why, sizeof why);
    call(why, true);
  }
};

owned<rd_kafka_headers_t> headers_of(const record& r) {
  owned<rd_kafka_headers_t> out{rd_kafka_headers_new(r.headers.size())};
  for (const header& h : r.headers) {
    rd_kafka_header_add(out.get(), h.name.data(), static_cast<std::ptrdiff_t>(h.name.size()), h.value.data(),
                        static_cast<std::ptrdiff_t>(h.value.size()));
  }
  return out;
}

}  // namespace

producer::producer(const connection& c, const options& more, producer_calls calls) : state_(std::make_unique<state>()) {
  state_->to = c;
  state_->tells.calls = std::move(calls);
  options all{{"enable.idempotence", "true"}, {"acks", "all"}, {"linger.ms", "0"}, {"message.timeout.ms", "0"}};
  all.insert(all.end(), more.begin(), more.end());
  auto conf = make_conf(c, all);
  rd_kafka_conf_set_opaque(conf.get(), &state_->tells);
  rd_kafka_conf_set_dr_msg_cb(conf.get(), callbacks::delivered);
  rd_kafka_conf_set_stats_cb(conf.get(), callbacks::statistics);
  rd_kafka_conf_set_error_cb(conf.get(), callbacks::trouble);
  state_->handle = make_handle(RD_KAFKA_PRODUCER, std::move(conf), c);
  state_->main.reset(rd_kafka_queue_get_main(state_->handle.get()));
}

producer::~producer() = default;

send_result producer::send(const record& r, std::uint64_t token, std::string* why) {
  owned<rd_kafka_headers_t> headers = r.headers.empty() ? nullptr : headers_of(r);
  // An empty text is not the same as none: librdkafka tells them apart by the pointer.
  const char* key = r.key ? r.key->c_str() : nullptr;
  const char* value = r.value ? r.value->c_str() : nullptr;
  const std::size_t key_size = r.key ? r.key->size() : 0;
  const std::size_t value_size = r.value ? r.value->size() : 0;
  const auto code =
      rd_kafka_producev(state_->handle.get(), RD_KAFKA_V_TOPIC(r.topic.c_str()), RD_KAFKA_V_PARTITION(r.partition),
                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(const_cast<char*>(key), key_size),
                        RD_KAFKA_V_VALUE(const_cast<char*>(value), value_size), RD_KAFKA_V_TIMESTAMP(r.timestamp_ms),
                        RD_KAFKA_V_HEADERS(headers.get()),
                        RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(static_cast<std::uintptr_t>(token))), RD_KAFKA_V_END);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    (void)headers.release();  // the library owns them now
    return send_result::taken;
  }
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) return send_result::full;
  if (why != nullptr) *why = fmt::format("topic {}: {}", r.topic, rd_kafka_err2str(code));
  return send_result::refused;
}

send_result producer::send(const std::string& topic, std::string_view value,
                           std::span<const std::pair<std::string_view, std::string_view>> headers, std::uint64_t token,
                           std::string* why) {
  owned<rd_kafka_headers_t> list{rd_kafka_headers_new(headers.size())};
  for (const auto& [name, text] : headers) {
    rd_kafka_header_add(list.get(), name.data(), static_cast<std::ptrdiff_t>(name.size()), text.data(),
                        static_cast<std::ptrdiff_t>(text.size()));
  }
  const char* bytes = value.empty() ? "" : value.data();
  const auto code =
      rd_kafka_producev(state_->handle.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(0),
                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                        RD_KAFKA_V_VALUE(const_cast<char*>(bytes), value.size()), RD_KAFKA_V_HEADERS(list.get()),
                        RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(static_cast<std::uintptr_t>(token))), RD_KAFKA_V_END);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    (void)list.release();  // the library owns them now
    return send_result::taken;
  }
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) return send_result::full;
  if (why != nullptr) *why = fmt::format("topic {}: {}", topic, rd_kafka_err2str(code));
  return send_result::refused;
}

int producer::poll(std::chrono::milliseconds timeout) {
  return rd_kafka_poll(state_->handle.get(), static_cast<int>(timeout.count()));
}

void producer::wake() { rd_kafka_queue_yield(state_->main.get()); }

bool producer::flush(std::chrono::milliseconds timeout) {
  return rd_kafka_flush(state_->handle.get(), static_cast<int>(timeout.count())) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

void producer::purge() { rd_kafka_purge(state_->handle.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT); }

std::size_t producer::in_flight() const { return static_cast<std::size_t>(rd_kafka_outq_len(state_->handle.get())); }

void producer::prepare(const std::string& topic, std::chrono::milliseconds timeout) {
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
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) fail(doing, code, state_->tells.login);
  state_->tells.login.text.clear();
  if (found->topic_cnt > 0 && found->topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR) fail(doing, found->topics[0].err);
}

}  // namespace bulkhead::kafka
