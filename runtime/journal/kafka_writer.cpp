#include "runtime/journal/kafka_writer.hpp"

#include "runtime/fault/chaos.hpp"
#include "runtime/fault/failpoint.hpp"
#include "runtime/journal/append_rules.hpp"
#include "runtime/journal/log_codec.hpp"
#include "runtime/kafka/topic_names.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {
namespace {

using namespace std::chrono_literals;

constexpr auto unanswered_for = 1000ms;  ///< then it is an outage

}  // namespace

kafka_writer::kafka_writer(kafka_journal_settings settings, std::shared_ptr<kafka_condition> condition, calls c)
    : settings_(std::move(settings)),
      scope_(settings_.broker.str() + ".journal"),
      name_(fmt::format("{}: {}", kafka::describe(settings_.servers),
                        kafka::topic_of(settings_.broker, kafka::journal_events))),
      condition_(std::move(condition)),
      calls_(std::move(c)) {}

kafka_writer::~kafka_writer() { calls_.waits_in(nullptr); }

void kafka_writer::handle(journal_call& call) {
  struct visitor {
    kafka_writer& w;
    void operator()(open_call& c) const { w.open(c); }
    void operator()(append_call& c) const { w.append(c); }
    void operator()(snapshot_call& c) const { w.snapshot(c); }
    void operator()(read_call& c) const { w.read(c); }
    void operator()(ops_call& c) const { w.ops(c); }
  };
  std::visit(visitor{*this}, call);
}

journal_status kafka_writer::standing() const {
  if (!open_) return {refuse_unopened(name_)};
  if (!broken_.empty()) return {broken_};
  return {};
}

void kafka_writer::append(append_call& call) {
  sent what;
  what.done = std::move(call.done);
  what.weight = std::max<std::size_t>(1, call.batch.size());
  what.status = refusal_of(call);
  if (!what.status.ok()) {
    sent_.push_back(std::move(what));
    return settle();
  }
  what.first = next_seq_;
  what.count = call.batch.size();
  next_seq_ += what.count;
  what.batch = std::move(call.batch);
  // Nothing to write is a question: is the journal still ours?
  if (what.count == 0) {
    send_own(log_kind::mark, std::move(what));
  } else {
    send(std::move(what));
  }
  try {
    fault::hit(scope_, "append.after");
  } catch (const std::exception&) {
    // It is on its way: nothing can be taken back.
  }
}

journal_status kafka_writer::refusal_of(const append_call& call) {
  try {
    fault::meet_chaos(scope_);
    fault::hit(scope_, "append.before");
  } catch (const std::exception& e) {
    return {e.what()};
  }
  if (!open_) return standing();
  if (auto refusal = refuse_append(name_, position(), call.epoch, call.batch); !refusal.ok()) return refusal;
  for (const journal_record& r : call.batch) {
    if (r.payload.size() <= kafka_largest_record) continue;
    return {fmt::format("{}: record {} has {} bytes, at most {} fit; nothing of the batch was written", name_, r.seq,
                        r.payload.size(), kafka_largest_record)};
  }
  return standing();
}

void kafka_writer::send(sent what) {
  what.at = last_sent_ = clock::now();
  sent_.push_back(std::move(what));
  sent& here = sent_.back();
  for (std::size_t i = 0; i < here.count; ++i) {
    std::string why;
    kafka::send_result result = broken_.empty() ? send_record(here, i, why) : kafka::send_result::refused;
    while (result == kafka::send_result::full && !condition_->is_over()) {
      producer_->poll(10ms);
      result = send_record(here, i, why);
    }
    if (result == kafka::send_result::taken) continue;
    // Nothing after it may count: what is sent already gets its report, the rest of this call never will.
    if (broken_.empty()) broken_ = fmt::format("{}: {}; open the journal again to learn what is there", name_, why);
    here.error = broken_;
    here.count = i;
    break;
  }
}

kafka::send_result kafka_writer::send_record(const sent& what, std::size_t number, std::string& why) {
  using header = std::pair<std::string_view, std::string_view>;
  if (what.kind != log_kind::event) {
    log_entry e;
    e.kind = what.kind;
    e.owner = mine_;
    kafka::record r = record_of(std::move(e));
    r.topic = log_->events_topic();
    return producer_->send(r, event_token, &why);
  }
  // As record_of(log_entry) writes it, without a copy of anything: this is the path of every event.
  const fmt::format_int seq{what.first + number};
  const fmt::format_int end{what.first + what.batch.size() - 1};
  const std::array<header, 4> headers{header{"kind", "event"}, header{"owner", mine_},
                                      header{"seq", {seq.data(), seq.size()}},
                                      header{"batch-end", {end.data(), end.size()}}};
  const bool is_alone = what.batch.size() == 1;  // a batch of its own says no end
  return producer_->send(log_->events_topic(), what.batch[number].payload, std::span{headers}.first(is_alone ? 3 : 4),
                         event_token, &why);
}

void kafka_writer::send_own(log_kind kind) { send_own(kind, sent{}); }

void kafka_writer::send_own(log_kind kind, sent what) {
  what.kind = kind;
  what.count = 1;
  send(std::move(what));
}

void kafka_writer::take_report(const kafka::delivery& report) {
  if (report.token == ops_token) {
    --ops_in_flight_;
    if (!report.error.empty()) ++condition_->ops_dropped;
  } else if (report.token == claim_token) {
    last_delivered_ = report;
  } else if (report.token >= first_snapshot_token) {
    answer_snapshot(report);
  } else {
    for (sent& s : sent_) {
      if (s.is_settled()) continue;
      settle_record(s, report);
      break;
    }
  }
}

void kafka_writer::settle_record(sent& at, const kafka::delivery& report) {
  const std::size_t number = at.reported++;
  if (report.error.empty()) trouble_.clear();
  if (!broken_.empty() && at.error.empty()) at.error = broken_;
  if (at.error.empty() && (!report.error.empty() || report.offset < fold_.next())) {
    at.error = fmt::format("{}: {}; open the journal again to learn what is there", name_,
                           report.error.empty() ? "a record without an offset" : report.error);
  }
  if (at.error.empty() && report.offset > fold_.next()) {
    try {
      log_->advance(fold_, report.offset, {});  // somebody else wrote in between: who?
    } catch (const std::exception& failed) {
      at.error = failed.what();
    }
  }
  if (!at.error.empty()) {
    if (broken_.empty()) broken_ = at.error;
    return;
  }
  const std::uint64_t before = fold_.seq();
  log_entry e;
  e.kind = at.kind;
  e.owner = mine_;
  e.seq = at.first + number;
  e.batch_end = at.first + (at.batch.empty() ? 0 : at.batch.size() - 1);
  fold_.take(report.offset, std::move(e), {});
  if (fold_.owner() != mine_) condition_->end_lease();
  if (fold_.seq() != before) places_.note(fold_);
}

void kafka_writer::settle() {
  while (!sent_.empty() && sent_.front().is_settled()) {
    sent done = std::move(sent_.front());
    sent_.pop_front();
    const bool was_sent = done.count > 0 || !done.error.empty();
    if (was_sent && !done.error.empty()) done.status = {done.error};
    if (was_sent && done.error.empty() && fold_.owner() != mine_) {
      done.status = refuse_append(name_, {fold_.epoch(), 0}, epoch_, {});
    }
    const bool is_good = was_sent && done.status.ok();
    if (is_good) {
      condition_->renew_lease(done.at + settings_.lease);
      for (journal_record& r : done.batch) {
        durable_ = r.seq;
        recent_.add(std::move(r));
      }
    }
    if (!held_.empty() && was_sent && (!is_good || done.at >= held_since_)) release_held();
    // After an outage the lease of what was sent before it is over: whoever acts on this answer needs a new one.
    const bool runs_out = condition_->lease_until() - clock::now() < settings_.lease / 3;
    if (is_good && runs_out && !done.batch.empty() && held_.empty() && is_ours()) {
      held_since_ = clock::now();
      held_.push_back(std::move(done));
      send_own(log_kind::mark);
    } else if (!held_.empty()) {
      held_.push_back(std::move(done));
    } else {
      answer(std::move(done));
    }
  }
}

void kafka_writer::release_held() {
  for (sent& s : std::exchange(held_, {})) answer(std::move(s));
}

void kafka_writer::answer(sent done) {
  if (done.snapshot) return write_after_mark(std::move(done));
  if (!done.done) return;
  calls_.answered(done.weight);
  done.done(std::move(done.status), durable_);
}

void kafka_writer::pump(std::chrono::milliseconds patience) {
  take_reports(patience);
  keep_lease();
}

void kafka_writer::take_reports(std::chrono::milliseconds patience) {
  if (!producer_) return;
  producer_->poll(patience);
  while (!reports_.empty()) {
    const kafka::delivery report = std::move(reports_.front());
    reports_.pop_front();
    take_report(report);
    settle();  // at once: the next report is looked for from the front
  }
  settle();
  tell_outage();
}

void kafka_writer::keep_lease() {
  if (!producer_ || !is_ours() || !sent_.empty() || clock::now() - last_sent_ < settings_.lease / 3) return;
  send_own(log_kind::mark);
}

void kafka_writer::tell_outage() {
  const auto oldest = sent_.empty() ? clock::now() : sent_.front().at;
  const auto waits = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - oldest);
  if (waits > unanswered_for) {
    const std::string cause = trouble_.empty() ? "" : ": " + trouble_;
    condition_->set_outage(
        fmt::format("{}: no acknowledgement for {} s{}; nothing is placed meanwhile, it goes on by "
                    "itself",
                    name_, waits.count() / 1000, cause));
  } else if (trouble_.empty()) {
    condition_->set_outage("");
  } else {
    condition_->set_outage(fmt::format("{}: {}; it goes on by itself", name_, trouble_));
  }
}

}  // namespace bulkhead
