#include "runtime/topics/record_sender.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace bulkhead::topics {
namespace {

constexpr std::chrono::milliseconds turn{50};
constexpr std::chrono::seconds patience{3};  // then a wait is told of

}  // namespace

void record_sender::make_producer() {
  kafka::producer_calls calls;
  calls.on_delivery = [this](const kafka::delivery& d) {
    if (into_ == nullptr || d.token >= into_->size()) return;
    (*into_)[d.token] = d;
    ++answered_;
    if (!d.error.empty() && error_.empty()) error_ = d.error;
  };
  calls.on_trouble = [this](const std::string& what, bool fatal) {
    trouble_ = what;
    if (fatal && error_.empty()) error_ = what;
  };
  // Keys to partitions as Java's clients do it; an event that the journal took fits.
  producer_ = std::make_unique<kafka::producer>(
      to_, kafka::options{{"partitioner", "murmur2_random"}, {"message.max.bytes", "8388608"}}, std::move(calls));
}

std::string record_sender::send(const std::vector<kafka::record>& batch, const std::atomic<bool>& stop,
                                std::vector<kafka::delivery>& deliveries) {
  deliveries.assign(batch.size(), {});
  if (batch.empty()) return {};
  error_.clear();
  answered_ = 0;
  if (!producer_) make_producer();
  into_ = &deliveries;
  const auto began = std::chrono::steady_clock::now();
  std::size_t sent = 0;
  while (answered_ < batch.size() && error_.empty() && !stop) {
    auto took = kafka::send_result::taken;
    while (sent < batch.size() && took == kafka::send_result::taken && error_.empty()) {
      std::string why;
      took = producer_->send(batch[sent], sent, &why);
      if (took == kafka::send_result::taken) ++sent;
      if (took == kafka::send_result::refused) error_ = why;
    }
    if (error_.empty()) producer_->poll(turn);
    note_wait(began);
  }
  into_ = nullptr;
  if (stop) error_ = "the node is ending";
  // One that failed a record may have others on their way: a new one begins with nothing.
  if (!error_.empty()) producer_.reset();
  if (error_.empty()) set_outage({});
  return std::exchange(error_, {});
}

void record_sender::note_wait(std::chrono::steady_clock::time_point since) {
  if (std::chrono::steady_clock::now() - since < patience || !outage().empty()) return;
  set_outage(fmt::format("{}: waiting for an acknowledgement{}{}", kafka::describe(to_), trouble_.empty() ? "" : ": ",
                         trouble_));
  notice_(outage());
}

std::string record_sender::outage() const {
  const std::scoped_lock lock{guard_};
  return outage_;
}

void record_sender::set_outage(std::string text) {
  const std::scoped_lock lock{guard_};
  outage_ = std::move(text);
}

}  // namespace bulkhead::topics
