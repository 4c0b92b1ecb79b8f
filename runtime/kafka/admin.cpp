#include "runtime/kafka/admin.hpp"

#include "runtime/kafka/handle.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace bulkhead::kafka {

struct admin::state {
  connection to;
  refused_login login;
  owned<rd_kafka_t> handle;  // its callback uses the login

  /// The list of all topics.
  owned<const rd_kafka_metadata_t> metadata(std::chrono::milliseconds timeout) {
    const rd_kafka_metadata_t* raw = nullptr;
    const auto code = rd_kafka_metadata(handle.get(), 1, nullptr, &raw, static_cast<int>(timeout.count()));
    owned<const rd_kafka_metadata_t> all{raw};
    rd_kafka_poll(handle.get(), 0);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) fail(describe(to), code, login);
    login.text.clear();
    return all;
  }
};

namespace {

/// Waits for the answer to one admin request.
owned<rd_kafka_event_t> answer_of(rd_kafka_queue_t* queue, const std::string& doing,
                                  std::chrono::milliseconds timeout) {
  owned<rd_kafka_event_t> answer{rd_kafka_queue_poll(queue, static_cast<int>(timeout.count()) + 1000)};
  if (!answer) fail(doing, RD_KAFKA_RESP_ERR__TIMED_OUT);
  const auto code = rd_kafka_event_error(answer.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw error(fmt::format("{}: {}", doing, rd_kafka_event_error_string(answer.get())), cause_of(code));
  }
  return answer;
}

owned<rd_kafka_AdminOptions_t> admin_options(rd_kafka_t* handle, rd_kafka_admin_op_t what,
                                             std::chrono::milliseconds timeout) {
  owned<rd_kafka_AdminOptions_t> out{rd_kafka_AdminOptions_new(handle, what)};
  std::array<char, 256> why{};
  rd_kafka_AdminOptions_set_request_timeout(out.get(), static_cast<int>(timeout.count()), why.data(), why.size());
  return out;
}

std::map<std::string, std::string> config_of(rd_kafka_t* handle, const std::string& topic,
                                             std::chrono::milliseconds timeout) {
  const owned<rd_kafka_queue_t> queue{rd_kafka_queue_new(handle)};
  const auto options = admin_options(handle, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout);
  const owned<rd_kafka_ConfigResource_t> asked{rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str())};
  std::array<rd_kafka_ConfigResource_t*, 1> all{asked.get()};
  rd_kafka_DescribeConfigs(handle, all.data(), all.size(), options.get(), queue.get());
  const auto answer = answer_of(queue.get(), "configuration of topic " + topic, timeout);
  std::size_t count = 0;
  const auto* const* found =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(answer.get()), &count);
  std::map<std::string, std::string> out;
  if (count == 0) return out;
  if (rd_kafka_ConfigResource_error(found[0]) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw error(fmt::format("configuration of topic {}: {}", topic, rd_kafka_ConfigResource_error_string(found[0])),
                cause_of(rd_kafka_ConfigResource_error(found[0])));
  }
  const auto* const* entries = rd_kafka_ConfigResource_configs(found[0], &count);
  for (std::size_t i = 0; i < count; ++i) {
    const char* value = rd_kafka_ConfigEntry_value(entries[i]);
    out[rd_kafka_ConfigEntry_name(entries[i])] = value == nullptr ? "" : value;
  }
  return out;
}

}  // namespace

admin::admin(const connection& c) : state_(std::make_unique<state>()) {
  state_->to = c;
  auto conf = make_conf(c, {});
  watch_login(conf.get(), state_->login);
  state_->handle = make_handle(RD_KAFKA_PRODUCER, std::move(conf), c);
}

admin::~admin() = default;

std::optional<topic_spec> admin::find(const std::string& topic, std::chrono::milliseconds timeout) {
  // Through the whole list: asking for one topic by name may make the servers create it.
  const auto all = state_->metadata(timeout);
  for (int i = 0; i < all->topic_cnt; ++i) {
    const rd_kafka_metadata_topic& t = all->topics[i];
    if (topic != t.topic || t.partition_cnt == 0) continue;
    topic_spec out{topic, t.partition_cnt, t.partitions[0].replica_cnt, {}};
    out.config = config_of(state_->handle.get(), topic, timeout);
    return out;
  }
  return std::nullopt;
}

std::map<std::string, std::string> admin::create(const std::vector<topic_spec>& topics,
                                                 std::chrono::milliseconds timeout) {
  std::map<std::string, std::string> out;
  std::vector<owned<rd_kafka_NewTopic_t>> owners;
  std::vector<rd_kafka_NewTopic_t*> asked;
  std::array<char, 512> why{};
  for (const topic_spec& t : topics) {
    owners.emplace_back(rd_kafka_NewTopic_new(t.name.c_str(), t.partitions, t.replication, why.data(), why.size()));
    if (!owners.back()) throw error(fmt::format("topic {}: {}", t.name, why.data()));
    for (const auto& [key, value] : t.config) {
      rd_kafka_NewTopic_set_config(owners.back().get(), key.c_str(), value.c_str());
    }
    asked.push_back(owners.back().get());
  }
  if (asked.empty()) return out;
  const owned<rd_kafka_queue_t> queue{rd_kafka_queue_new(state_->handle.get())};
  const auto options = admin_options(state_->handle.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout);
  rd_kafka_CreateTopics(state_->handle.get(), asked.data(), asked.size(), options.get(), queue.get());
  const auto answer = answer_of(queue.get(), describe(state_->to) + ": making topics", timeout);
  std::size_t count = 0;
  const auto* const* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(answer.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_topic_result_error(results[i]);
    const bool fine = code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS;
    const char* text = rd_kafka_topic_result_error_string(results[i]);
    out[rd_kafka_topic_result_name(results[i])] = fine ? "" : (text == nullptr ? rd_kafka_err2str(code) : text);
  }
  return out;
}

void admin::commit_for(const std::string& group, const std::vector<position>& positions,
                       std::chrono::milliseconds timeout) {
  const owned<rd_kafka_topic_partition_list_t> list{
      rd_kafka_topic_partition_list_new(static_cast<int>(positions.size()))};
  for (const position& p : positions) {
    rd_kafka_topic_partition_list_add(list.get(), p.topic.c_str(), p.partition)->offset = p.offset;
  }
  const owned<rd_kafka_AlterConsumerGroupOffsets_t> asked{
      rd_kafka_AlterConsumerGroupOffsets_new(group.c_str(), list.get())};
  std::array<rd_kafka_AlterConsumerGroupOffsets_t*, 1> all{asked.get()};
  const owned<rd_kafka_queue_t> queue{rd_kafka_queue_new(state_->handle.get())};
  const auto options = admin_options(state_->handle.get(), RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS, timeout);
  rd_kafka_AlterConsumerGroupOffsets(state_->handle.get(), all.data(), all.size(), options.get(), queue.get());
  const std::string doing = fmt::format("{}: offsets of group {}", describe(state_->to), group);
  const auto answer = answer_of(queue.get(), doing, timeout);
  std::size_t count = 0;
  const auto* const* groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(
      rd_kafka_event_AlterConsumerGroupOffsets_result(answer.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    if (const rd_kafka_error_t* wrong = rd_kafka_group_result_error(groups[i])) fail(doing, rd_kafka_error_code(wrong));
    const rd_kafka_topic_partition_list_t* each = rd_kafka_group_result_partitions(groups[i]);
    for (int n = 0; each != nullptr && n < each->cnt; ++n) {
      if (each->elems[n].err != RD_KAFKA_RESP_ERR_NO_ERROR) fail(doing, each->elems[n].err);
    }
  }
}

std::vector<std::string> admin::topics(std::chrono::milliseconds timeout) {
  const auto all = state_->metadata(timeout);
  std::vector<std::string> out;
  for (int i = 0; i < all->topic_cnt; ++i) {
    if (all->topics[i].partition_cnt > 0) out.emplace_back(all->topics[i].topic);
  }
  std::ranges::sort(out);
  return out;
}

void admin::delete_records(const std::string& topic, std::int32_t partition, std::int64_t before,
                           std::chrono::milliseconds timeout) {
  const std::string doing = fmt::format("{}: removing the records of {} partition {} before offset {}",
                                        describe(state_->to), topic, partition, before);
  const owned<rd_kafka_topic_partition_list_t> list{rd_kafka_topic_partition_list_new(1)};
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = before;
  const owned<rd_kafka_DeleteRecords_t> asked{rd_kafka_DeleteRecords_new(list.get())};
  std::array<rd_kafka_DeleteRecords_t*, 1> all{asked.get()};
  const owned<rd_kafka_queue_t> queue{rd_kafka_queue_new(state_->handle.get())};
  const auto options = admin_options(state_->handle.get(), RD_KAFKA_ADMIN_OP_DELETERECORDS, timeout);
  rd_kafka_DeleteRecords(state_->handle.get(), all.data(), all.size(), options.get(), queue.get());
  const auto answer = answer_of(queue.get(), doing, timeout);
  const auto* offsets = rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(answer.get()));
  for (int i = 0; i < offsets->cnt; ++i) {
    if (offsets->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) fail(doing, offsets->elems[i].err);
  }
}

}  // namespace bulkhead::kafka
