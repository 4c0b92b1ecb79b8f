#include "runtime/kafka/handle.hpp"

#include <array>

#include <fmt/format.h>

namespace bulkhead::kafka {
namespace {

std::string bytes_of(const void* data, std::size_t size) {
  return data == nullptr ? std::string{} : std::string{static_cast<const char*>(data), size};
}

}  // namespace

owned<rd_kafka_conf_t> make_conf(const connection& c, const options& more) {
  owned<rd_kafka_conf_t> conf{rd_kafka_conf_new()};
  std::array<char, 512> why{};
  options all = options_of(c);
  all.insert(all.end(), more.begin(), more.end());
  for (const auto& [key, value] : all) {
    if (rd_kafka_conf_set(conf.get(), key.c_str(), value.c_str(), why.data(), why.size()) == RD_KAFKA_CONF_OK) continue;
    throw error(fmt::format("{}: option {}: {}", describe(c), key, why.data()));  // the value may be a password
  }
  return conf;
}

owned<rd_kafka_t> make_handle(rd_kafka_type_t type, owned<rd_kafka_conf_t> conf, const connection& c) {
  std::array<char, 512> why{};
  owned<rd_kafka_t> handle{rd_kafka_new(type, conf.get(), why.data(), why.size())};
  if (!handle) throw error(fmt::format("{}: {}", describe(c), why.data()));
  (void)conf.release();
  return handle;
}

record record_of(const rd_kafka_message_t& m) {
  record out;
  out.topic = m.rkt == nullptr ? "" : rd_kafka_topic_name(m.rkt);
  out.partition = m.partition;
  out.offset = m.offset;
  out.timestamp_ms = rd_kafka_message_timestamp(&m, nullptr);
  if (m.key != nullptr) out.key = bytes_of(m.key, m.key_len);
  if (m.payload != nullptr) out.value = bytes_of(m.payload, m.len);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&m, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return out;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    out.headers.push_back({name, bytes_of(value, size)});
  }
  return out;
}

void refused_login::take(int code, const char* reason) {
  if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL) text = reason;
}

void watch_login(rd_kafka_conf_t* conf, refused_login& to) {
  rd_kafka_conf_set_opaque(conf, &to);
  rd_kafka_conf_set_error_cb(conf, [](rd_kafka_t*, int code, const char* reason, void* opaque) {
    static_cast<refused_login*>(opaque)->take(code, reason);
  });
}

error::cause cause_of(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR__RETRY:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED:
      return error::cause::passing;
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      return error::cause::no_topic;
    default:
      return error::cause::lasting;
  }
}

void fail(std::string_view doing, rd_kafka_resp_err_t code) {
  throw error(fmt::format("{}: {} ({})", doing, rd_kafka_err2str(code), rd_kafka_err2name(code)), cause_of(code));
}

void fail(std::string_view doing, rd_kafka_resp_err_t code, const refused_login& login) {
  if (login.text.empty() || cause_of(code) != error::cause::passing) fail(doing, code);
  throw error(
      fmt::format("{}: the login is refused: {}; correct the user's name, its password file or, with sasl_ssl, "
                  "ca_file",
                  doing, login.text));
}

}  // namespace bulkhead::kafka
