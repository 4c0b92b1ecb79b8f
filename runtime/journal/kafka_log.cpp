#include "runtime/journal/kafka_log.hpp"

#include "runtime/journal/append_rules.hpp"
#include "runtime/journal/crc32c.hpp"
#include "runtime/journal/log_codec.hpp"
#include "runtime/kafka/journal_topics.hpp"
#include "runtime/kafka/topic_names.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {
namespace {

constexpr std::chrono::milliseconds one_try{2000};
constexpr std::int64_t one_partition = 0;

std::uint32_t checksum(const kept_snapshot& s) {
  return crc32c_fields{}
      .add(s.snapshot.seq)
      .add(s.snapshot.feed_seq)
      .add(std::uint64_t{s.snapshot.schema})
      .add(static_cast<std::uint64_t>(s.place.offset))
      .add(s.place.epoch)
      .add(s.place.seq)
      .add(s.place.owner)
      .add(s.place.lease_ms)
      .add(s.snapshot.body)
      .value();
}

std::unique_ptr<kafka::consumer> new_reader(const kafka::connection& servers) {
  return std::make_unique<kafka::consumer>(
      servers, "",
      kafka::options{{"isolation.level", "read_uncommitted"}, {"check.crcs", "true"}, {"fetch.wait.max.ms", "20"}});
}

}  // namespace

kafka::record record_of(const kept_snapshot& s, std::uint64_t count) {
  kafka::record r;
  // As many keys as snapshots are kept, and one: compaction leaves the newest of each.
  r.key = std::to_string(count % (snapshots_kept + 1));
  r.value = s.snapshot.body;
  const auto add = [&](const char* name, std::uint64_t n) { r.headers.push_back({name, std::to_string(n)}); };
  add("seq", s.snapshot.seq);
  add("feed-seq", s.snapshot.feed_seq);
  add("schema", s.snapshot.schema);
  add("offset", static_cast<std::uint64_t>(s.place.offset));
  add("epoch", s.place.epoch);
  add("place-seq", s.place.seq);
  add("lease-ms", s.place.lease_ms);
  r.headers.push_back({"owner", s.place.owner});
  add("crc32c", checksum(s));
  return r;
}

std::optional<kept_snapshot> snapshot_of(const kafka::record& r, std::string& wrong) {
  kept_snapshot s;
  wrong.clear();
  const auto get = [&](const char* name) {
    const auto n = number_of(r.find(name));
    if (!n && wrong.empty()) wrong = fmt::format("header {} is missing or no number", name);
    return n.value_or(0);
  };
  s.snapshot.seq = get("seq");
  s.snapshot.feed_seq = get("feed-seq");
  s.snapshot.schema = static_cast<std::uint32_t>(get("schema"));
  s.place.offset = static_cast<std::int64_t>(get("offset"));
  s.place.epoch = get("epoch");
  s.place.seq = get("place-seq");
  s.place.lease_ms = get("lease-ms");
  if (const std::string* owner = r.find("owner")) s.place.owner = *owner;
  s.snapshot.body = r.value.value_or("");
  const std::uint64_t sum = get("crc32c");
  if (wrong.empty() && sum != checksum(s)) wrong = "its checksum does not hold";
  if (!wrong.empty()) return std::nullopt;
  return s;
}

kafka_log::kafka_log(kafka_log_settings settings)
    : settings_(std::move(settings)),
      events_(kafka::topic_of(settings_.broker, kafka::journal_events)),
      snapshots_(kafka::topic_of(settings_.broker, kafka::journal_snapshots)),
      name_(fmt::format("{}: {}", kafka::describe(settings_.servers), events_)),
      reader_(new_reader(settings_.servers)) {}

template <class Work>
auto kafka_log::patiently(Work&& work) {
  const auto since = std::chrono::steady_clock::now();
  for (;;) {
    if (settings_.is_over()) throw gave_up(name_ + ": closed before it was done");
    try {
      auto found = work();
      settings_.trouble("");
      return found;
    } catch (const kafka::error& e) {
      const bool is_new = std::chrono::steady_clock::now() - since < kafka_new_topic_known;
      if (e.why() == kafka::error::cause::lasting || (e.why() == kafka::error::cause::no_topic && !is_new)) throw;
      settings_.trouble(e.what());
      std::this_thread::sleep_for(std::chrono::milliseconds{100});
    }
  }
}

void kafka_log::require_topics() {
  kafka::admin servers{settings_.servers};
  std::vector<kafka::topic_spec> missing;
  for (const kafka::topic_spec& wanted : kafka::journal_topics(settings_.broker, settings_.replication)) {
    const auto found = patiently([&] { return servers.find(wanted.name, one_try); });
    if (!found) {
      missing.push_back(wanted);
      continue;
    }
    if (wanted.name != events_ && wanted.name != snapshots_) continue;
    // Another partition, or a cleaner at work, and acknowledged events are lost or out of order.
    const std::string wrong = kafka::wrong_with(wanted, *found);
    if (wrong.empty()) continue;
    throw kafka::error(fmt::format("{}: topic {}: {}: correct the topic (`bulkhead topics check` lists what is wrong)",
                                   kafka::describe(settings_.servers), wanted.name, wrong));
  }
  if (missing.empty()) return;
  const auto made = patiently([&] { return servers.create(missing, one_try * 3); });
  for (const auto& [topic, why] : made) {
    if (why.empty()) continue;
    throw kafka::error(fmt::format(
        "{}: there is no topic {}, and making it was refused: {}; run `bulkhead topics create` with a login "
        "that may",
        kafka::describe(settings_.servers), topic, why));
  }
}

bool kafka_log::has_events() {
  kafka::admin servers{settings_.servers};
  return patiently([&] { return servers.find(events_, one_try); }).has_value() && end() > 0;
}

kafka::watermarks kafka_log::ends_of(const std::string& topic) {
  return patiently([&] { return reader_->ends(topic, one_partition, one_try); });
}

std::int64_t kafka_log::end() { return ends_of(events_).high; }

void kafka_log::read_topic(const std::string& topic, std::int64_t from, std::int64_t until,
                           const std::function<bool(kafka::record&&)>& fn) {
  if (from >= until) return;
  // A read within a read has a reader of its own: the other's place must stay.
  const std::unique_ptr<kafka::consumer> own = is_reading_ ? new_reader(settings_.servers) : nullptr;
  kafka::consumer& reader = own ? *own : *reader_;
  const struct scope {
    kafka::consumer& c;
    bool& is_reading;
    bool before;
    ~scope() {
      is_reading = before;
      try {
        c.assign({});  // else it goes on fetching
      } catch (const kafka::error&) {
      }
    }
  } after{reader, is_reading_, std::exchange(is_reading_, true)};
  reader.assign({{topic, one_partition, from, {}}});
  std::chrono::steady_clock::time_point told;
  while (from < until) {
    if (settings_.is_over()) throw gave_up(name_ + ": closed before it was read");
    kafka::polled got = reader.poll(std::chrono::milliseconds{100});
    const auto now = std::chrono::steady_clock::now();
    if (now - told >= std::chrono::milliseconds{100}) {
      told = now;
      settings_.reading(topic, from, until);
    }
    if (got.kind == kafka::polled::what::failed) throw kafka::error(fmt::format("{}: {}", topic, got.text));
    if (got.kind == kafka::polled::what::trouble) settings_.trouble(got.text);
    if (got.kind == kafka::polled::what::end && got.record.offset >= until) return;
    if (got.kind != kafka::polled::what::record || got.record.topic != topic) continue;
    if (got.record.offset >= until) return;
    settings_.trouble("");
    from = got.record.offset + 1;
    if (!fn(std::move(got.record))) return;
  }
}

void kafka_log::read(std::int64_t from, std::int64_t until, const entry_fn& fn) {
  read_topic(events_, from, until, [&](kafka::record&& r) {
    const std::int64_t offset = r.offset;
    return fn(offset, entry_of(std::move(r)));
  });
}

void kafka_log::advance(log_fold& fold, std::int64_t until, const log_fold::record_fn& whole) {
  read(fold.next(), until, [&](std::int64_t offset, std::optional<log_entry>&& e) {
    if (e) {
      fold.take(offset, std::move(*e), whole);
    } else {
      fold.skip(offset);
    }
    return true;
  });
}

bool kafka_log::fits(const log_place& place) {
  if (place.offset > end()) return false;
  if (place.offset == 0) return place.seq == 0;
  bool same = false;
  read(place.offset - 1, place.offset, [&](std::int64_t, std::optional<log_entry>&& e) {
    same = e && e->owner == place.owner && (e->kind != log_kind::event || e->seq == place.seq);
    return false;
  });
  return same;
}

std::vector<kept_snapshot> kafka_log::snapshots(std::vector<std::string>& damaged) {
  const kafka::watermarks ends = ends_of(snapshots_);
  constexpr std::int64_t looked_at = snapshots_kept + 1;  // one may be the note of the run
  std::vector<kafka::record> newest;
  read_topic(snapshots_, std::max(ends.low, ends.high - looked_at), ends.high, [&](kafka::record&& r) {
    if (r.key != run_key) newest.push_back(std::move(r));
    return true;
  });
  if (newest.size() > snapshots_kept) newest.erase(newest.begin());
  std::vector<kept_snapshot> found;
  for (auto r = newest.rbegin(); r != newest.rend(); ++r) {
    std::string wrong;
    auto s = snapshot_of(*r, wrong);
    if (s && !fits(s->place)) wrong = "the log is not the one that it was taken from";
    if (wrong.empty()) {
      found.push_back(std::move(*s));
    } else {
      damaged.push_back(fmt::format("{} offset {}: snapshot: {}; it is passed over", snapshots_, r->offset, wrong));
    }
  }
  return found;
}

std::optional<std::string> kafka_log::run_note() {
  std::optional<std::string> newest;
  const kafka::watermarks ends = ends_of(snapshots_);
  // To the end: where the log was made anew, one of its run lies behind snapshots and notes of an earlier one.
  read_topic(snapshots_, ends.low, ends.high, [&](kafka::record&& r) {
    if (r.key == run_key) newest = std::move(r.value);
    return true;
  });
  return newest;
}

void kafka_log::read_ops(const std::function<bool(std::string_view)>& fn) {
  const std::string topic = kafka::topic_of(settings_.broker, kafka::ops_events);
  const kafka::watermarks ends = ends_of(topic);
  read_topic(topic, ends.low, ends.high, [&](kafka::record&& r) { return !r.value || fn(*r.value); });
}

}  // namespace bulkhead
