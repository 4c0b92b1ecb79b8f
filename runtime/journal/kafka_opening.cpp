// Taking a Kafka journal, and giving it back.
#include "runtime/fault/failpoint.hpp"
#include "runtime/journal/append_rules.hpp"
#include "runtime/journal/kafka_writer.hpp"
#include "runtime/journal/log_codec.hpp"

#include <algorithm>
#include <exception>
#include <random>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead {
namespace {

using namespace std::chrono_literals;

std::string drawn_owner() {
  std::random_device draw;
  const auto half = [&] { return static_cast<std::uint64_t>(draw()) & 0xffffffffU; };
  // 15 characters: std::string keeps them without allocating, and every event carries them.
  return fmt::format("{:016x}", half() << 32U | half()).substr(0, 15);
}

}  // namespace

void kafka_writer::connect() {
  if (producer_failed_ || !broken_.empty()) {
    calls_.waits_in(nullptr);
    producer_.reset();
    producer_failed_ = false;
    snapshots_.clear();
    ops_in_flight_ = 0;
    reports_.clear();
  }
  if (!log_) {
    auto log = std::make_unique<kafka_log>(kafka_log_settings{
        settings_.servers, settings_.broker, settings_.replication, [c = condition_] { return c->is_over(); },
        [this](const std::string& text) {
          condition_->set_outage(text.empty() ? doing_ : fmt::format("{}: {}; it goes on by itself", name_, text));
        },
        [this](const std::string& topic, std::int64_t at, std::int64_t until) { while_reading(topic, at, until); }});
    log->require_topics();
    log_ = std::move(log);
  }
  if (producer_) return;
  kafka::options more{{"message.max.bytes", "8388608"},
                      {"queue.buffering.max.messages", std::to_string(settings_.queue_records + 4096)},
                      {"queue.buffering.max.kbytes", "2097151"},
                      {"socket.nagle.disable", "true"},
                      {"retry.backoff.ms", "20"},
                      {"statistics.interval.ms", "1000"}};
  more.insert(more.end(), settings_.more.begin(), settings_.more.end());
  producer_ = std::make_unique<kafka::producer>(
      settings_.servers, more,
      kafka::producer_calls{[this](const kafka::delivery& d) { reports_.push_back(d); },
                            [c = condition_](const std::string& json) { c->set_figures(json); },
                            [this](const std::string& what, bool fatal) {
                              trouble_ = what;
                              if (!fatal) return;
                              producer_failed_ = true;
                              if (broken_.empty()) broken_ = fmt::format("{}: {}; open the journal again", name_, what);
                            }});
  calls_.waits_in(producer_.get());
  for (const std::string& topic : {log_->events_topic(), log_->snapshots_topic()}) {
    const auto since = clock::now();
    for (bool ready = false; !ready;) {
      if (condition_->is_over()) throw gave_up(name_ + ": closed before it was open");
      try {
        producer_->prepare(topic, 2000ms);
        ready = true;
      } catch (const kafka::error& e) {
        const bool is_new = clock::now() - since < kafka_new_topic_known;
        if (e.why() == kafka::error::cause::lasting || (e.why() == kafka::error::cause::no_topic && !is_new)) throw;
        producer_->poll(0ms);  // learns of a refused login
        condition_->set_outage(fmt::format("{}; it goes on by itself", e.what()));
      }
    }
  }
}

void kafka_writer::open(open_call& call) {
  journal_status status;
  journal_recovery found;
  try {
    is_opening_ = true;
    if (producer_) await_everything();
    connect();
    status = take(found);
    open_ = true;  // a fenced owner may still read
    if (status.ok()) {
      for (ops_call& early : std::exchange(early_ops_, {})) send_ops(std::move(early));
    } else {
      found = {};
    }
  } catch (const std::exception& e) {
    status = {e.what()};
    found = {};
    // What the log holds by now is not known: nothing may follow it.
    if (broken_.empty()) broken_ = fmt::format("{}: it was not opened again: {}", name_, e.what());
  }
  if (!status.ok()) condition_->end_lease();
  is_opening_ = false;
  if (!doing_.empty()) say("");
  calls_.answered(1);
  call.done(std::move(status), std::move(found));
}

journal_status kafka_writer::take(journal_recovery& found) {
  std::vector<std::string> damaged;
  log_fold fold;
  log_place begin;
  std::uint64_t start = 0;
  const auto whole = [&](journal_record&& r) {
    if (r.seq > start) found.tail.push_back(std::move(r));
  };
  for (kept_snapshot& s : log_->snapshots(damaged)) {
    fold = log_fold{s.place};
    start = s.snapshot.seq;
    log_->advance(fold, log_->end(), whole);
    if (fold.seq() >= start) {
      begin = std::move(s.place);
      found.snapshot = std::move(s.snapshot);
      break;
    }
    damaged.push_back(fmt::format("{}: snapshot of record {}, but the log ends at record {}; it is passed over",
                                  log_->snapshots_topic(), start, fold.seq()));
  }
  if (!found.snapshot) {
    fold = {};
    start = 0;
    log_->advance(fold, log_->end(), whole);
  }
  if (mine_.empty() && !is_drawn(fold.owner())) let_a_take_over_settle(fold, whole);
  broken_.clear();
  fold_ = std::move(fold);
  if (auto status = claim(whole); !status.ok()) return status;
  found.epoch = epoch_;
  places_.clear();
  if (found.snapshot) places_.note(log_fold{begin});
  places_.note(fold_);
  recent_.clear();
  for (const journal_record& r : found.tail) recent_.add(r);
  next_seq_ = fold_.seq() + 1;
  durable_ = fold_.seq();
  for (const std::string& what : damaged) {
    early_ops_.push_back({nlohmann::json{{"type", "journal.snapshot_damaged"}, {"what", what}}.dump(
        -1, ' ', false, nlohmann::json::error_handler_t::replace)});
  }
  return {};
}

bool kafka_writer::is_drawn(const std::string& owner) const {
  return std::find(drawn_.begin(), drawn_.end(), owner) != drawn_.end();
}

journal_status kafka_writer::claim(const log_fold::record_fn& whole) {
  // A claim of ours may have gone through although the open that made it failed.
  const std::string before = is_drawn(fold_.owner()) ? fold_.owner() : mine_;
  if (!before.empty() && fold_.owner() != before) return refuse_reopen(name_, {fold_.epoch(), 0}, epoch_);
  log_entry e;
  e.kind = log_kind::claim;
  e.owner = drawn_owner();
  e.if_owner = before;
  e.lease_ms = static_cast<std::uint64_t>(settings_.lease.count());
  kafka::record r = record_of(e);
  r.topic = log_->events_topic();
  drawn_.push_back(e.owner);
  auto at = clock::now();
  const kafka::delivery report = deliver(r);
  const auto acknowledged = clock::now();
  fault::hit(scope_, "open.claimed");
  log_->advance(fold_, report.offset, whole);
  const auto wait = std::max<std::uint64_t>(e.lease_ms, fold_.former_lease_ms());
  const std::string drawn = e.owner;
  if (fold_.take(report.offset, std::move(e), whole) != log_verdict::taken) {
    if (is_drawn(fold_.owner()) || epoch_ == 0) {
      throw kafka::error(name_ + ": another claim came between; open the journal again");
    }
    return refuse_reopen(name_, {fold_.epoch(), 0}, epoch_);
  }
  mine_ = drawn;
  epoch_ = fold_.epoch();
  if (!fold_.settled()) {
    // The former owner may act until its lease is over, wherever it is: it cannot be told.
    const auto until = acknowledged + std::chrono::milliseconds{std::max(wait, fold_.former_lease_ms())};
    while (clock::now() < until) {
      say_waiting("the former owner's lease", until);
      pause(std::min(50ms, std::chrono::ceil<std::chrono::milliseconds>(until - clock::now())));
    }
    log_entry mark;
    mark.kind = log_kind::mark;
    mark.owner = mine_;
    kafka::record proof = record_of(mark);
    proof.topic = log_->events_topic();
    at = clock::now();
    const kafka::delivery marked = deliver(proof);
    log_->advance(fold_, marked.offset, {});
    fold_.take(marked.offset, std::move(mark), {});
    if (fold_.owner() != mine_) return refuse_reopen(name_, {fold_.epoch(), 0}, epoch_);
  }
  drawn_.clear();
  last_sent_ = at;
  condition_->renew_lease(at + settings_.lease);
  return {};
}

void kafka_writer::let_a_take_over_settle(log_fold& fold, const log_fold::record_fn& whole) {
  // Owners that claim from each other while each still waits for a lease would never begin: who is under way goes
  // first.
  const auto until = clock::now() + settings_.lease + std::chrono::milliseconds{fold.former_lease_ms()};
  const std::string under_way = fold.owner();
  while (!fold.owner().empty() && !fold.settled() && !fold.released() && clock::now() < until) {
    say_waiting("another takeover", until);
    pause(10ms);
    log_->advance(fold, log_->end(), whole);
    if (fold.owner() != under_way) return;
  }
}

kafka::delivery kafka_writer::deliver(const kafka::record& r) {
  std::string why;
  last_delivered_.reset();
  if (producer_->send(r, claim_token, &why) != kafka::send_result::taken) throw kafka::error(name_ + ": " + why);
  const auto since = clock::now();
  while (!last_delivered_) {
    pause(100ms);
    if (!trouble_.empty() || clock::now() - since > 1s) {
      condition_->set_outage(fmt::format("{}: no acknowledgement{}{}; it goes on by itself", name_,
                                         trouble_.empty() ? "" : ": ", trouble_));
    }
  }
  if (!last_delivered_->error.empty()) throw kafka::error(fmt::format("{}: {}", name_, last_delivered_->error));
  if (last_delivered_->offset < fold_.next()) throw kafka::error(name_ + ": a record without an offset; open it again");
  trouble_.clear();
  condition_->set_outage(doing_);
  return *std::exchange(last_delivered_, std::nullopt);
}

void kafka_writer::pause(std::chrono::milliseconds time) {
  if (condition_->is_over()) throw gave_up(name_ + ": closed before it was open; open the journal again");
  const auto until = clock::now() + time;
  do {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
    producer_->poll(std::max(0ms, left));
    while (!reports_.empty()) {
      const kafka::delivery report = std::move(reports_.front());
      reports_.pop_front();
      take_report(report);
    }
  } while (!last_delivered_ && clock::now() < until);
}

void kafka_writer::say(const std::string& doing) {
  doing_ = doing.empty() ? "" : fmt::format("{}: {}", name_, doing);
  condition_->set_outage(doing_);
}

void kafka_writer::say_waiting(std::string_view for_what, clock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::seconds>(until - clock::now());
  say(fmt::format("waiting out {} ({} s left)", for_what, std::max<std::int64_t>(0, left.count())));
}

void kafka_writer::await_everything() {
  while (!is_idle()) {
    if (condition_->is_over()) throw gave_up(name_ + ": closed before the call was written; open the journal again");
    if (producer_failed_) return abandon(broken_);
    // No mark for the lease: where a round trip takes longer than the marks are apart, it would never be idle.
    take_reports(100ms);
  }
}

void kafka_writer::abandon(const std::string& why) {
  release_held();
  for (sent& s : std::exchange(sent_, {})) {
    s.status = {why};
    answer(std::move(s));
  }
  for (written_snapshot& s : std::exchange(snapshots_, {})) {
    calls_.answered(1);
    s.call.done({why});
  }
}

void kafka_writer::close() {
  try {
    if (producer_) await_everything();
    if (producer_ && is_ours()) {
      send_own(log_kind::release);
      mine_.clear();  // whatever comes of it, nothing more is ours
      condition_->end_lease();
      while (!sent_.empty() && !condition_->is_over()) pump(50ms);
      sent_.clear();
    }
  } catch (const std::exception&) {
    // Over its time: the next owner waits the lease out.
  }
  open_ = false;
  abandon(name_ + ": closed before the call was written; open the journal again");
}

}  // namespace bulkhead
