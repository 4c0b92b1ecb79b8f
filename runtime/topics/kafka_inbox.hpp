#pragma once
// A broker's inbox in Kafka: one topic read by manual assignment, its dead letters written to "<topic>.dlq". Two
// threads of its own, one that reads and one that writes letters, so that neither waits for the other. Servers that are
// away are waited for; nothing is given up.
#include "runtime/kafka/connection.hpp"
#include "runtime/ports/inbox.hpp"

#include <memory>
#include <string>

namespace bulkhead::topics {

struct kafka_inbox_settings {
  kafka::connection to;
  std::string topic;
  /// Names the journal that signals go to. Where that journal knows no position yet, reading begins where its first
  /// start found the topic's end: kept under this name as an offset of a group of its own.
  std::string run;
  std::chrono::milliseconds patience{5000};  ///< for one question to the servers
  std::chrono::milliseconds retry{1000};     ///< after a failure
};

class kafka_inbox final : public inbox {
 public:
  explicit kafka_inbox(kafka_inbox_settings settings);
  kafka_inbox(const kafka_inbox&) = delete;
  kafka_inbox& operator=(const kafka_inbox&) = delete;
  /// Ends both threads. Letters that are not kept by then are given up: their records come again.
  ~kafka_inbox() override;

  void open(std::map<std::int32_t, std::int64_t> positions, inbox_listener listener) override;
  void allow(std::size_t records) override;
  void bury(dead_letter letter, std::function<void(std::string error)> done) override;

 private:
  class reader;
  class letter_writer;
  std::unique_ptr<reader> reader_;
  std::unique_ptr<letter_writer> letters_;
};

}  // namespace bulkhead::topics
