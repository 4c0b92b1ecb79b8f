#pragma once
// Sends batches of records and waits until each is acknowledged. One owner, one thread.
#include "runtime/kafka/producer.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace bulkhead::topics {

class record_sender {
 public:
  /// `notice`: for people, when a batch waits for the servers; called on the sender's thread.
  record_sender(kafka::connection to, std::function<void(const std::string&)> notice)
      : to_(std::move(to)), notice_(std::move(notice)) {}

  /// In order. Waits for servers that are away, until `stop`. Empty text: all are acknowledged; otherwise what went
  /// wrong, and then any of them may be in the log or not. `deliveries`: of each record.
  std::string send(const std::vector<kafka::record>& batch, const std::atomic<bool>& stop,
                   std::vector<kafka::delivery>& deliveries);

  /// Why a batch has been waiting for a while; empty: none does. Any thread.
  [[nodiscard]] std::string outage() const;

 private:
  void make_producer();
  void note_wait(std::chrono::steady_clock::time_point since);
  void set_outage(std::string text);

  kafka::connection to_;
  std::function<void(const std::string&)> notice_;
  std::unique_ptr<kafka::producer> producer_;
  std::vector<kafka::delivery>* into_ = nullptr;
  std::size_t answered_ = 0;
  std::string error_;
  std::string trouble_;
  mutable std::mutex guard_;
  std::string outage_;  ///< guarded
};

}  // namespace bulkhead::topics
