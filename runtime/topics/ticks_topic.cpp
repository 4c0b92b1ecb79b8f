#include "runtime/topics/ticks_topic.hpp"

#include "runtime/kafka/consumer.hpp"
#include "runtime/kafka/topic_names.hpp"

#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace bulkhead::topics {
namespace {

constexpr std::string_view feed_header = "bulkhead-feed";
constexpr std::string_view seq_header = "bulkhead-seq";

/// 0: it has none.
std::uint64_t seq_of(const kafka::record& r) {
  const std::string* text = r.find(seq_header);
  std::uint64_t seq = 0;
  if (text != nullptr) std::from_chars(text->data(), text->data() + text->size(), seq);
  return seq;
}

}  // namespace

ticks_topic::ticks_topic(ticks_topic_settings settings)
    : settings_(std::move(settings)),
      sender_(settings_.to, settings_.notice),
      worker_(std::chrono::seconds{1}, [] {}) {}

void ticks_topic::position(position_fn done) {
  worker_.run([this, done = std::move(done)] {
    try {
      done({}, read_position());
    } catch (const kafka::error& e) {
      done(e.what(), {});
    }
  });
}

publish_mark ticks_topic::read_position() const {
  const std::string topic{kafka::market_ticks_topic};
  kafka::watermarks ends;
  {
    kafka::consumer asker{settings_.to, ""};
    ends = asker.ends(topic, 0, settings_.timeout);
  }
  publish_mark at;
  kafka::read_partition(settings_.to, topic, 0, std::max(ends.low, ends.high - 1), settings_.timeout,
                        [&](kafka::record&& r) {
                          const std::string* feed = r.find(feed_header);
                          at.seq = feed != nullptr && *feed == settings_.feed ? seq_of(r) : 0;
                          return true;
                        });
  return at;
}

void ticks_topic::publish(std::vector<published_record> batch, publish_mark, done_fn done) {
  worker_.run([this, batch = std::move(batch), done = std::move(done)] {
    std::vector<kafka::record> records;
    records.reserve(batch.size());
    for (const published_record& r : batch) {
      kafka::record out;
      out.topic = r.topic;
      out.key = r.key;
      out.value = r.payload;
      out.headers = {{std::string{feed_header}, settings_.feed}, {std::string{seq_header}, fmt::format("{}", r.seq)}};
      records.push_back(std::move(out));
    }
    std::vector<kafka::delivery> deliveries;
    std::string error;
    try {
      error = sender_.send(records, worker_.stopping(), deliveries);
    } catch (const kafka::error& e) {
      error = e.what();
    }
    done(std::move(error));
  });
}

void read_newest_feed(const kafka::connection& from, std::chrono::milliseconds timeout,
                      const std::function<void()>& begin,
                      const std::function<void(const std::string& text, std::int64_t offset)>& take) {
  std::optional<std::string> feed;
  kafka::read_partition(from, std::string{kafka::market_ticks_topic}, 0, 0, timeout, [&](kafka::record&& r) {
    const std::string* of = r.find(feed_header);
    if (of == nullptr || !r.value) return true;  // somebody else's
    if (!feed || *feed != *of || seq_of(r) == 1) {
      feed = *of;
      begin();
    }
    take(*r.value, r.offset);
    return true;
  });
}

}  // namespace bulkhead::topics
