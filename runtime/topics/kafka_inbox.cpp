#include "runtime/topics/kafka_inbox.hpp"

#include "runtime/kafka/consumer.hpp"
#include "runtime/kafka/producer.hpp"
#include "runtime/topics/dead_letters.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include <fmt/format.h>

namespace bulkhead::topics {
namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// Whose offsets say where the first start of a journal found the end.
constexpr std::string_view first_start_group = "bulkhead.inbox";
constexpr milliseconds poll_time{100};
constexpr std::size_t most_at_once = 64;
/// Of an original that does not fit into a letter: Kafka's default limit of a record is twice that.
constexpr std::size_t kept_of_too_large = 512UL * 1024;

timestamp wall_now() {
  return {std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
              .count()};
}

inbox_record inbox_record_of(kafka::record&& r) {
  inbox_record out{std::move(r.topic), r.partition, r.offset, r.timestamp_ms, std::move(r.key), std::move(r.value), {}};
  for (kafka::header& h : r.headers) out.headers.push_back({std::move(h.name), std::move(h.value)});
  return out;
}

}  // namespace

class kafka_inbox::reader {
 public:
  explicit reader(kafka_inbox_settings settings) : settings_(std::move(settings)), thread_([this] { run(); }) {}
  reader(const reader&) = delete;
  reader& operator=(const reader&) = delete;
  ~reader() {
    {
      const std::lock_guard lock{mutex_};
      stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  void open(std::map<std::int32_t, std::int64_t> positions, inbox_listener listener) {
    const std::lock_guard lock{mutex_};
    order_ = {std::move(positions), std::move(listener)};
    allowed_ = 0;
    changed_.notify_all();
  }

  void allow(std::size_t records) {
    const std::lock_guard lock{mutex_};
    allowed_ += records;
    changed_.notify_all();
  }

 private:
  using order = std::pair<std::map<std::int32_t, std::int64_t>, inbox_listener>;

  void run() {
    while (wait()) {
      try {
        if (!consumer_) connect();
        if (troubled_) ask_again();
        deliver();
      } catch (const std::exception& e) {
        consumer_.reset();
        tell(e.what());
        rest();
      }
    }
  }

  /// For something to do. False: the end.
  bool wait() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return stop_ || order_ || (listener_ && (allowed_ > 0 || !consumer_)); });
    if (stop_) return false;
    if (order_) {
      next_ = std::move(order_->first);
      listener_ = std::move(order_->second);
      order_.reset();
      consumer_.reset();
      troubled_ = false;
    }
    return true;
  }

  void rest() {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, settings_.retry, [this] { return stop_ || order_.has_value(); });
  }

  void connect() {
    auto made = std::make_unique<kafka::consumer>(
        settings_.to, std::string{first_start_group},
        kafka::options{{"queued.max.messages.kbytes", "4096"}, {"isolation.level", "read_committed"}});
    const std::int32_t count = made->partitions(settings_.topic, settings_.patience);
    if (next_.empty()) begin(*made, count);
    for (std::int32_t p = 0; p < count; ++p) {
      if (next_.contains(p)) continue;
      const std::int64_t oldest = made->ends(settings_.topic, p, settings_.patience).low;
      move(p, oldest, "a partition that was added since: from its first record");
    }
    consumer_ = std::move(made);
    assign();
    tell({});
  }

  /// The journal knows of no record: from the end, as the first start of this journal found it.
  void begin(kafka::consumer& servers, std::int32_t partitions) {
    for (std::int32_t p = 0; p < partitions; ++p) {
      const auto known = servers.committed(settings_.topic, p, settings_.patience);
      if (known && known->metadata == settings_.run) next_[p] = known->offset;
    }
    if (!next_.empty()) return;
    std::vector<kafka::position> ends;
    for (std::int32_t p = 0; p < partitions; ++p) {
      ends.push_back({settings_.topic, p, servers.ends(settings_.topic, p, settings_.patience).high, settings_.run});
    }
    servers.commit(ends);
    for (const kafka::position& at : ends) {
      next_[at.partition] = at.offset;
      listener_->noted(fmt::format("{} partition {} is read from offset {}: what was there before is not traded",
                                   at.topic, at.partition, at.offset));
    }
  }

  void assign() {
    std::vector<kafka::position> from;
    for (const auto& [partition, offset] : next_) from.push_back({settings_.topic, partition, offset, {}});
    consumer_->assign(from);
  }

  void move(std::int32_t partition, std::int64_t to, std::string why) {
    next_[partition] = to;
    listener_->moved({settings_.topic, partition, to, std::move(why)});
  }

  void deliver() {
    std::size_t most = 0;
    {
      const std::lock_guard lock{mutex_};
      if (order_) return;
      most = std::min(allowed_, most_at_once);
    }
    std::vector<inbox_record> records;
    std::size_t weight = 0;
    for (milliseconds patience = poll_time; weight < most; patience = milliseconds{0}) {
      kafka::polled got = consumer_->poll(patience);
      if (got.kind == kafka::polled::what::record) {
        next_[got.record.partition] = got.record.offset + 1;
        records.push_back(inbox_record_of(std::move(got.record)));
        weight += weight_of(records.back());
        continue;
      }
      hand_over(std::move(records));
      return take(got);
    }
    hand_over(std::move(records));
  }

  void hand_over(std::vector<inbox_record> records) {
    if (records.empty()) return;
    {
      const std::lock_guard lock{mutex_};
      if (order_) return;  // read again from where the new order says
      for (const inbox_record& r : records) allowed_ -= std::min(allowed_, weight_of(r));
    }
    tell({});
    listener_->records(std::move(records));
  }

  void take(const kafka::polled& got) {
    if (got.kind == kafka::polled::what::trouble) return tell(got.text);
    if (got.kind != kafka::polled::what::failed) return;
    if (!got.is_gone) throw kafka::error(got.text);
    const std::int32_t p = got.record.partition;
    const std::int64_t oldest = consumer_->ends(settings_.topic, p, settings_.patience).low;
    move(p, oldest,
         fmt::format("offset {} is gone (retention, or the topic was made anew); the oldest there is", next_[p]));
    assign();
  }

  /// A reconnection is silent until the next record: ask, so that the trouble is told to be over.
  void ask_again() {
    if (next_.empty() || clock::now() < ask_at_) return;
    ask_at_ = clock::now() + settings_.retry;
    (void)consumer_->ends(settings_.topic, next_.begin()->first, settings_.retry);
    tell({});
  }

  void tell(const std::string& text) {
    if (text.empty() && !troubled_) return;
    troubled_ = !text.empty();
    ask_at_ = clock::now() + settings_.retry;
    if (listener_) listener_->trouble(text);
  }

  kafka_inbox_settings settings_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  std::optional<order> order_;  ///< not taken by the thread yet
  std::size_t allowed_ = 0;

  // The thread's own.
  std::optional<inbox_listener> listener_;
  std::map<std::int32_t, std::int64_t> next_;
  std::unique_ptr<kafka::consumer> consumer_;
  bool troubled_ = false;
  clock::time_point ask_at_;

  std::thread thread_;  // last: it uses the others
};

class kafka_inbox::letter_writer {
 public:
  explicit letter_writer(kafka_inbox_settings settings) : settings_(std::move(settings)), thread_([this] { run(); }) {}
  letter_writer(const letter_writer&) = delete;
  letter_writer& operator=(const letter_writer&) = delete;
  ~letter_writer() {
    {
      const std::lock_guard lock{mutex_};
      stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  void add(dead_letter letter, std::function<void(std::string)> done) {
    const std::lock_guard lock{mutex_};
    waiting_.emplace_back(std::move(letter), std::move(done));
    changed_.notify_all();
  }

 private:
  using job = std::pair<dead_letter, std::function<void(std::string)>>;

  void run() {
    while (auto next = wait()) {
      std::string why;
      try {
        why = write(to_dlq_record(next->first, wall_now()));
        if (why.find("size too large") != std::string::npos) {
          why = write(truncated_to(to_dlq_record(next->first, wall_now()), kept_of_too_large));
        }
      } catch (const std::exception& e) {
        producer_.reset();
        why = e.what();
      }
      if (is_over()) return;
      next->second(why);
    }
  }

  std::optional<job> wait() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
    if (stop_) return std::nullopt;
    job next = std::move(waiting_.front());
    waiting_.pop_front();
    return next;
  }

  bool is_over() {
    const std::lock_guard lock{mutex_};
    return stop_;
  }

  /// Empty: acknowledged by every in-sync copy.
  std::string write(const kafka::record& letter) {
    if (!producer_) {
      kafka::producer_calls calls;
      calls.on_delivery = [this](const kafka::delivery& d) { outcome_ = d.error; };
      calls.on_trouble = [this](const std::string& what, bool fatal) {
        if (fatal) fatal_ = what;
      };
      fatal_.clear();
      producer_ = std::make_unique<kafka::producer>(settings_.to, kafka::options{{"message.max.bytes", "12500000"}},
                                                    std::move(calls));
    }
    outcome_.reset();
    std::string why;
    if (producer_->send(letter, 1, &why) != kafka::send_result::taken) {
      return why.empty() ? "the local queue is full" : why;
    }
    while (!outcome_ && fatal_.empty() && !is_over()) producer_->poll(poll_time);
    if (!fatal_.empty()) throw kafka::error(fatal_);
    return outcome_.value_or("the node ends");
  }

  kafka_inbox_settings settings_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  std::deque<job> waiting_;  ///< bounded by whoever buries: one letter at a time

  // The thread's own.
  std::optional<std::string> outcome_;
  std::string fatal_;
  std::unique_ptr<kafka::producer> producer_;

  std::thread thread_;  // last: it uses the others
};

kafka_inbox::kafka_inbox(kafka_inbox_settings settings)
    : reader_(std::make_unique<reader>(settings)), letters_(std::make_unique<letter_writer>(std::move(settings))) {}

kafka_inbox::~kafka_inbox() = default;

void kafka_inbox::open(std::map<std::int32_t, std::int64_t> positions, inbox_listener listener) {
  reader_->open(std::move(positions), std::move(listener));
}
void kafka_inbox::allow(std::size_t records) { reader_->allow(records); }
void kafka_inbox::bury(dead_letter letter, std::function<void(std::string error)> done) {
  letters_->add(std::move(letter), std::move(done));
}

}  // namespace bulkhead::topics
