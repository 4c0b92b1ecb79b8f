#include "runtime/topics/kafka_publisher.hpp"

#include "runtime/kafka/topic_names.hpp"

#include <algorithm>
#include <future>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::topics {

std::string mark_text(const publish_mark& mark) {
  return nlohmann::json{{"seq", mark.seq}, {"check", mark.check}}.dump();
}

publish_mark mark_of(const std::string& text) {
  const auto whole = nlohmann::json::parse(text, nullptr, false);
  if (whole.is_object() && whole.contains("seq") && whole["seq"].is_number_unsigned() && whole.contains("check") &&
      whole["check"].is_string()) {
    return {whole["seq"].get<std::uint64_t>(), whole["check"].get<std::string>()};
  }
  throw kafka::error(
      fmt::format("group {}: the metadata of its offset is \"{}\", and not a position of bulkhead: who "
                  "else commits there?",
                  publisher_group, text));
}

kafka_publisher::kafka_publisher(kafka_publisher_settings settings)
    : settings_(std::move(settings)),
      carrier_(kafka::topic_of(settings_.broker, kafka::signals_raw)),
      sender_(settings_.to, settings_.notice),
      worker_(settings_.commit_every, [this] { commit(); }) {}

void kafka_publisher::position(position_fn done) {
  worker_.run([this, done = std::move(done)] {
    try {
      publish_mark mark = read_position();
      done({}, std::move(mark));
    } catch (const kafka::error& e) {
      done(e.what(), {});
    }
  });
}

kafka::consumer& kafka_publisher::offsets() {
  if (!offsets_) {
    // A commit waits for so long, also at the end of the process.
    const std::string wait = fmt::format("{}", std::max<std::int64_t>(settings_.timeout.count(), 1000));
    offsets_ = std::make_unique<kafka::consumer>(
        settings_.to, std::string{publisher_group},
        kafka::options{{"session.timeout.ms", wait}, {"heartbeat.interval.ms", "500"}, {"socket.timeout.ms", wait}});
  }
  return *offsets_;
}

publish_mark kafka_publisher::read_position() {
  const auto at = offsets().committed(carrier_, 0, settings_.timeout);
  publish_mark kept;
  if (at) {
    carrier_offset_ = at->offset;
    if (!at->metadata.empty()) kept = mark_of(at->metadata);
  }
  // What this object had acknowledged and could not commit yet need not be published again.
  if (published_.seq > kept.seq) return published_;
  published_ = kept;
  return kept;
}

void kafka_publisher::publish(std::vector<published_record> batch, publish_mark through, done_fn done) {
  worker_.run([this, batch = std::move(batch), through = std::move(through), done = std::move(done)] {
    std::string error;
    try {
      error = send(batch, through);
    } catch (const kafka::error& e) {
      error = e.what();
    }
    done(std::move(error));
  });
}

std::string kafka_publisher::send(const std::vector<published_record>& batch, const publish_mark& through) {
  std::vector<kafka::record> records;
  records.reserve(batch.size());
  for (const published_record& r : batch) {
    kafka::record out;
    out.topic = kafka::topic_of(settings_.broker, r.topic);
    out.partition = -1;
    out.key = r.key;
    out.value = r.payload;
    out.headers = {{"bulkhead-seq", fmt::format("{}", r.seq)}};
    records.push_back(std::move(out));
  }
  std::vector<kafka::delivery> deliveries;
  std::string error = sender_.send(records, worker_.stopping(), deliveries);
  if (!error.empty()) return error;
  for (std::size_t i = 0; i < deliveries.size(); ++i) {
    next_[{records[i].topic, deliveries[i].partition}] = deliveries[i].offset + 1;
  }
  published_ = through;
  uncommitted_ = true;
  return {};
}

void kafka_publisher::keep_position(std::chrono::milliseconds patience) {
  const auto kept = std::make_shared<std::promise<void>>();  // the work may outlive the wait
  worker_.run([this, kept] {
    commit();
    kept->set_value();
  });
  (void)kept->get_future().wait_for(patience);
}

/// All of the publisher's in one request, so that the position is never newer than the offsets beside it.
void kafka_publisher::commit() {
  if (!uncommitted_ || !sender_.outage().empty()) return;
  try {
    const auto known = next_.find({carrier_, 0});
    if (known != next_.end()) carrier_offset_ = known->second;
    const std::string text = mark_text(published_);
    std::vector<kafka::position> own{{carrier_, 0, carrier_offset_, text}};
    for (const auto& [at, offset] : next_) {
      if (at.first != carrier_ || at.second != 0) own.push_back({at.first, at.second, offset, text});
    }
    offsets().commit(own);
    if (!admin_) admin_ = std::make_unique<kafka::admin>(settings_.to);
    for (const service_group& g : settings_.groups) {
      std::vector<kafka::position> theirs;
      for (const auto& [at, offset] : next_) {
        if (at.first == kafka::topic_of(settings_.broker, g.suffix))
          theirs.push_back({at.first, at.second, offset, {}});
      }
      if (!theirs.empty()) admin_->commit_for(g.group, theirs, settings_.timeout);
    }
    uncommitted_ = false;
    next_.clear();
    commit_trouble_.clear();
  } catch (const kafka::error& e) {
    // Tried again; until then a restart publishes more again than it would have to.
    if (std::exchange(commit_trouble_, e.what()) != e.what()) settings_.notice(e.what());
  }
}

}  // namespace bulkhead::topics
