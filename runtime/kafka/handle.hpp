#pragma once
// librdkafka's handles with owners. For the files of this folder.
#include "runtime/kafka/connection.hpp"
#include "runtime/kafka/record.hpp"

#include <memory>
#include <string>
#include <string_view>

#include <librdkafka/rdkafka.h>

namespace bulkhead::kafka {

struct destroy {
  void operator()(rd_kafka_t* h) const noexcept { rd_kafka_destroy(h); }
  void operator()(rd_kafka_conf_t* c) const noexcept { rd_kafka_conf_destroy(c); }
  void operator()(rd_kafka_message_t* m) const noexcept { rd_kafka_message_destroy(m); }
  void operator()(rd_kafka_topic_partition_list_t* l) const noexcept { rd_kafka_topic_partition_list_destroy(l); }
  void operator()(rd_kafka_headers_t* h) const noexcept { rd_kafka_headers_destroy(h); }
  void operator()(rd_kafka_queue_t* q) const noexcept { rd_kafka_queue_destroy(q); }
  void operator()(rd_kafka_event_t* e) const noexcept { rd_kafka_event_destroy(e); }
  void operator()(rd_kafka_AdminOptions_t* o) const noexcept { rd_kafka_AdminOptions_destroy(o); }
  void operator()(rd_kafka_NewTopic_t* t) const noexcept { rd_kafka_NewTopic_destroy(t); }
  void operator()(rd_kafka_DeleteRecords_t* d) const noexcept { rd_kafka_DeleteRecords_destroy(d); }
  void operator()(rd_kafka_ConfigResource_t* r) const noexcept { rd_kafka_ConfigResource_destroy(r); }
  void operator()(rd_kafka_AlterConsumerGroupOffsets_t* a) const noexcept {
    rd_kafka_AlterConsumerGroupOffsets_destroy(a);
  }
  void operator()(const rd_kafka_metadata_t* m) const noexcept { rd_kafka_metadata_destroy(m); }
};
template <class T>
using owned = std::unique_ptr<T, destroy>;

/// A configuration with the connection's options and then `more`, the later of two wins. Throws `error` with key and
/// value.
[[nodiscard]] owned<rd_kafka_conf_t> make_conf(const connection& c, const options& more);
/// Throws `error`. The handle owns the configuration from here on.
[[nodiscard]] owned<rd_kafka_t> make_handle(rd_kafka_type_t type, owned<rd_kafka_conf_t> conf, const connection& c);

/// What the servers said last of a login or certificate that they do not take; empty: nothing.
struct refused_login {
  std::string text;
  void take(int code, const char* reason);
};
/// The handle's polls tell `to` of refused logins; it must outlive the handle.
void watch_login(rd_kafka_conf_t* conf, refused_login& to);

[[nodiscard]] error::cause cause_of(rd_kafka_resp_err_t code);
[[nodiscard]] record record_of(const rd_kafka_message_t& m);
[[noreturn]] void fail(std::string_view doing, rd_kafka_resp_err_t code);
/// Where only a refused login can be why no server answers, it says that.
[[noreturn]] void fail(std::string_view doing, rd_kafka_resp_err_t code, const refused_login& login);

}  // namespace bulkhead::kafka
