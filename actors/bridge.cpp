#include "actors/bridge.hpp"

#include "actors/supervisor.hpp"
#include "actors/vitals.hpp"
#include "runtime/fault/failpoint.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace bulkhead::actors {
namespace {

constexpr std::size_t most_waiting_reports = 65'536;  ///< messages of a venue's client, behind the frame at work

}  // namespace

bridge_host::bridge_host(bridge_actor::pointer self, bridge_config config)
    : self_(self),
      config_(std::move(config)),
      scope_(fmt::format("{}.bridge", config_.broker.str())),
      codec_(config_.broker, *config_.instruments),
      watch_(config_.broker.str(), config_.journal_deadline) {}

void bridge_host::open_journal() {
  fault::hit(scope_, "start");
  watch_.opening(self_->clock().now());
  config_.journal->open([to = caf::actor_cast<bridge_actor>(self_)](journal_status status, journal_recovery recovery) {
    caf::anon_send(to, journal_opened{std::move(status), std::move(recovery)});
  });
}

void bridge_host::opened(const journal_opened& message) {
  watch_.opened();
  succeed(message.status);
  const journal_recovery& recovery = message.recovery;
  std::vector<event> tail;
  tail.reserve(recovery.tail.size());
  if (recovery.snapshot && recovery.snapshot->schema != snapshot_schema) {
    throw std::runtime_error(fmt::format(
        "the journal's snapshot has schema {}, this version reads {}; resume with the version that wrote it",
        recovery.snapshot->schema, snapshot_schema));
  }
  for (const journal_record& record : recovery.tail) {
    auto kept = config_.kept->find(record);
    tail.push_back(kept ? std::move(*kept) : codec_.decode(record.payload));
  }
  sequencer_.emplace(config_.sequencer, *config_.instruments, *this);
  sequencer_->recover(recovery.snapshot ? recovery.snapshot->body : std::string{}, std::move(tail));
  session_ = recovery.epoch;
  resume_ = sequencer_->last_processed();
  config_.gate->set_durable(sequencer_->last_seq());
  config_.gate->latch(sequencer_->kill());
  config_.gate->own(session_);
  config_.gate->set_compared(false);
  for (const role r : {role::trader, role::risk_manager, role::portfolio}) {
    if (at(r).handle) start_session(r);
  }
  if (runner_) subscribe_to(runner_, resume_ + 1);
  if (feed_) subscribe_to(feed_, sequencer_->needed_from());
  tell_followers(sequencer_->last_seq());
  if (inbox_) open_inbox();
  if (config_.gate->held() > sequencer_->kill()) {
    // Closed by an operator, and the node ended before the journal had it.
    operator_command kill;
    kill.mode = config_.gate->held();
    kill.reason = "found closed at the start";
    sequencer_->offer_command(next_ticket_++, std::move(kill));
  }
  after_handler();
}

void bridge_host::tell_followers(std::uint64_t durable) {
  for (const caf::actor& follower : {projector_, publisher_}) {
    if (follower) caf::anon_send(follower, project_up_to{durable});
  }
}

void bridge_host::succeed(const journal_status& status) {
  if (status.outcome() == journal_outcome::fenced)
    session_ == 0 ? config_.gate->fence() : config_.gate->fence(session_);
  require(status);
}

void bridge_host::subscribe_to(const caf::actor& source, feed_seq from) {
  caf::anon_send(
      source, subscribe{config_.broker.str(), from, sequencer_->last_processed(), caf::actor_cast<caf::actor>(self_)});
}

void bridge_host::role_changed(const role_up& up) {
  const std::string own = config_.broker.str() + "/";
  if (up.path == "feed") {
    feed_ = up.handle;
    if (session_ != 0) subscribe_to(feed_, sequencer_->needed_from());
  } else if (up.path == "runner") {
    runner_ = up.handle;
    if (session_ != 0) subscribe_to(runner_, resume_ + 1);
  } else if (up.path == own + "projector" || up.path == own + "publisher") {
    (up.path == own + "projector" ? projector_ : publisher_) = up.handle;
    if (session_ != 0) caf::anon_send(up.handle, project_up_to{sequencer_->durable_seq()});
  } else if (up.path == own + "inbox") {
    inbox_ = up.handle;
    if (session_ != 0) open_inbox();
  } else {
    for (const role r : {role::trader, role::risk_manager, role::portfolio}) {
      if (up.path != own + std::string{to_string(r)}) continue;
      at(r) = {caf::actor_cast<role_actor>(up.handle), up.number};
      if (session_ != 0) start_session(r);
    }
  }
  after_handler();
}

void bridge_host::open_inbox() {
  inbox_base_ = inbox_told_ = sequencer_->inbox_taken();
  caf::anon_send(inbox_, inbox_open{session_, sequencer_->inbox_wanted(), caf::actor_cast<caf::actor>(self_)});
}

void bridge_host::take_inbox(const inbox_items& message) {
  if (message.in != session_) return;  // of an earlier life: it is asked for again
  const auto is_signal = [](const inbox_item& i) { return std::holds_alternative<external_signal>(i); };
  if (std::ranges::any_of(message.items, is_signal)) fault::hit(scope_, fmt::format("inbox.of{}", config_.number));
  sequencer_->offer_inbox(message.items);
  after_handler();
}

void bridge_host::start_session(role r) {
  stop_if_revoked();
  if (r == role::trader) config_.gate->admit(at(r).number);
  self_->send(at(r).handle, recover_role{session_, sequencer_->recovery_of(r), caf::actor_cast<caf::actor>(self_)});
  sequencer_->resume(r);
}

std::optional<step_result> bridge_host::request(const step_request& step) {
  if (!at(step.to).handle) return std::nullopt;  // sent again by resume() once the role is back
  fault::hit(scope_, fmt::format("{}.request", to_string(step.kind)));
  self_->send(at(step.to).handle, work{session_, step});
  return std::nullopt;
}

std::optional<place_result> bridge_host::place(const place_request& intents) {
  if (at(role::trader).handle) self_->send(at(role::trader).handle, place_work{session_, intents});
  return std::nullopt;
}

std::uint64_t bridge_host::append(const event_list& events) {
  stop_if_revoked();  // the next incarnation's epoch would refuse it, and the refusal fence the gate that both share
  fault::hit(scope_, "append.before");
  std::vector<journal_record> batch;
  batch.reserve(events->size());
  for (const event& e : *events) batch.push_back({e.seq, codec_.encode(e)});
  config_.kept->add(events, batch);
  const event& last = events->back();
  const bool whole = last.step == step_kind::mark || last.step == step_kind::input;
  appended_.emplace_back(last.seq, whole ? last.feed : last.feed - 1);
  watch_.appended(last.seq, self_->clock().now());
  config_.journal->append(session_, std::move(batch),
                          [to = caf::actor_cast<bridge_actor>(self_), gate = config_.gate, in = session_](
                              journal_status status, std::uint64_t seq) {
                            if (status.ok()) {
                              gate->set_durable(seq);
                            } else {
                              gate->fence(in);
                            }
                            caf::anon_send(to, journal_durable{in, std::move(status), seq});
                          });
  config_.counters->events.store(last.seq, std::memory_order_relaxed);
  raise_to(config_.counters->most_undurable, last.seq - sequencer_->durable_seq());
  close_gate();
  fault::hit(scope_, "append.after");
  return 0;
}

void bridge_host::close_gate() { config_.gate->latch(std::max(config_.gate->latched(), sequencer_->kill())); }

void bridge_host::forward(role to, const event_list& events) {
  if (at(to).handle) self_->send(at(to).handle, apply_events{session_, events});
}

void bridge_host::cut(std::uint64_t seq, feed_seq feed, const std::string& body) {
  stop_if_revoked();
  fault::hit(scope_, "cut.before");
  cut_pending_ = true;
  cut_seq_ = seq;
  watch_.cutting(self_->clock().now());
  config_.journal->write_snapshot(
      session_, {seq, feed, snapshot_schema, body},
      [to = caf::actor_cast<bridge_actor>(self_), gate = config_.gate, in = session_, feed](journal_status status) {
        if (status.outcome() == journal_outcome::fenced) gate->fence(in);
        caf::anon_send(to, cut_written{in, std::move(status), feed});
      });
  fault::hit(scope_, "cut.after");
}

void bridge_host::processed(feed_seq feed) { processed_ = feed; }

void bridge_host::tell_status(const ask_status& message) {
  bridge_status status;
  status.ticket = message.ticket;
  status.broker = config_.broker;
  status.is_open = session_ != 0;
  status.outage = config_.journal->outage();
  if (sequencer_) {
    status.last_seq = sequencer_->last_seq();
    status.durable_seq = sequencer_->durable_seq();
    status.event_time = sequencer_->last_ts();
  }
  status.processed = processed_;
  status.kill = config_.gate->effective();
  for (std::size_t i = 0; i < role_count; ++i) status.incarnations[i] = peers_[i].number;
  caf::anon_send(message.who, status);
}

bool bridge_host::can_append() const {
  return sequencer_->last_seq() - sequencer_->durable_seq() <= config_.max_undurable;
}

void bridge_host::durable(const journal_durable& message) {
  if (message.in != session_) return;
  succeed(message.status);
  watch_.durable(message.seq);
  fault::hit(scope_, "durable.before");
  while (!appended_.empty() && appended_.front().first <= message.seq) {
    resume_ = std::max(resume_, appended_.front().second);
    appended_.pop_front();
  }
  config_.counters->durable.store(message.seq, std::memory_order_relaxed);
  if (message.seq >= sequencer_->kill_changed_seq()) config_.gate->latch(sequencer_->kill());
  sequencer_->on_durable(message.seq);
  tell_followers(message.seq);
  after_handler();
}

void bridge_host::cut_kept(const cut_written& message) {
  if (message.in != session_) return;
  succeed(message.status);
  cut_pending_ = false;
  watch_.cut_kept();
  if (message.status.left_out) return after_handler();  // a restart begins at an older one
  config_.kept->forget(cut_seq_);
  resume_ = std::max(resume_, message.feed);
  after_handler();
}

void bridge_host::take_frames(const frames& message) {
  if (session_ == 0) return;  // for an earlier incarnation: subscribed again, they come again
  fault::hit(scope_, "frames.before");
  if (message.batch && !message.batch->empty()) sequencer_->offer_frames(message.batch, message.notices);
  if (message.end) ended_ = true;
  after_handler();
}

void bridge_host::take_signals(const frame_signals& message) {
  if (session_ == 0) return;
  fault::hit(scope_, "signals.before");
  sequencer_->offer_signals(message.through, message.signals, message.notices, message.refuse_entries_through);
  after_handler();
}

bool bridge_host::current(session in, incarnation by, role from) const {
  return in == session_ && by == peers_[static_cast<std::size_t>(from)].number;
}

void bridge_host::take_result(const work_done& message) {
  if (!current(message.in, message.by, message.result.from)) return;
  const step_request* step = sequencer_->in_flight(message.result.from);
  const std::string kind{step == nullptr ? "stale" : to_string(step->kind)};
  fault::hit(scope_, kind + ".result.before");
  sequencer_->on_result(message.result);
  fault::hit(scope_, kind + ".result.after");
  after_handler();
}

void bridge_host::take_placed(const place_done& message) {
  if (!current(message.in, message.by, role::trader)) return;
  fault::hit(scope_, "placed.before");
  sequencer_->on_placed(message.result);
  after_handler();
}

void bridge_host::take_reports(const venue_reports& message) {
  if (session_ == 0) return;  // the client of an earlier life: the next one asks the venue what it missed
  fault::hit(scope_, "reports.before");
  // Reports are never dropped: a bridge that cannot take more starts again, and the trader's client asks the venue for
  // all that it missed.
  if (sequencer_->waiting_updates() >= most_waiting_reports) {
    throw std::runtime_error(fmt::format("{} reports of the venue wait, no more are taken", most_waiting_reports));
  }
  last_news_ = self_->clock().now();
  sequencer_->offer_updates(message.updates);
  after_handler();
}

void bridge_host::check_deadlines() {
  const auto now = self_->clock().now();
  if (now < next_check_) return;  // an earlier one came in between
  for (const role r : {role::trader, role::risk_manager, role::portfolio}) {
    peer& p = at(r);
    const std::uint64_t awaited = sequencer_ ? sequencer_->awaited(r) : 0;
    if (awaited == 0 || !p.handle || awaited != p.watched_step) {
      p.watched_step = awaited;
      p.watched_since = now;
    } else if (now - p.watched_since >= config_.step_deadline) {
      sequencer_->abandon_entries(r);
      self_->send(config_.supervisor, revoke_child{std::string{to_string(r)}, p.number});
      // Nothing that the revoked incarnation still says or tries counts from here on.
      if (r == role::trader) config_.gate->admit(0);
      p = {};
    }
  }
  if (!config_.journal->outage().empty()) watch_.excuse(now);
  watch_.check(now);
  constexpr std::chrono::milliseconds often{50};
  const bool settles = settling_since_ && !is_draining_;
  check_after(settles ? often : std::min(config_.step_deadline, config_.journal_deadline) / 4);
  if (settles) after_handler();
}

void bridge_host::after_handler() {
  if (session_ == 0) return;
  settle();
  if (sequencer_->is_account_compared()) config_.gate->set_compared(true);
  config_.counters->frames.store(processed_, std::memory_order_relaxed);
  config_.counters->event_ns.store(sequencer_->last_ts().ns, std::memory_order_relaxed);
  if ((processed_ > credited_ || resume_ > credited_resume_) && can_append()) {
    credited_ = processed_;
    credited_resume_ = resume_;
    const credit c{config_.broker.str(), processed_, resume_};
    if (feed_) caf::anon_send(feed_, c);
    if (runner_) caf::anon_send(runner_, c);
  }
  if (inbox_ && sequencer_->inbox_taken() > inbox_told_) {
    inbox_told_ = sequencer_->inbox_taken();
    caf::anon_send(inbox_, inbox_taken{session_, inbox_told_ - inbox_base_});
  }
  answer_commands();
  const bool all_kept = sequencer_->drained() && !cut_pending_ && sequencer_->durable_seq() == sequencer_->last_seq();
  if (ended_ && all_kept && !std::exchange(reported_, true)) {
    self_->send(config_.node, broker_drained{config_.broker, sequencer_->last_seq()});
  }
}

bridge_actor::behavior_type bridge(bridge_actor::stateful_pointer<bridge_state> self, bridge_config config) {
  end_with_exception_text(self);
  self->state.host = std::make_unique<bridge_host>(self, std::move(config));
  bridge_host* host = self->state.host.get();
  host->open_journal();
  host->check_deadlines();
  return {
      [host](const role_up& m) { host->role_changed(m); },
      [host](const journal_opened& m) { host->opened(m); },
      [host](const journal_durable& m) { host->durable(m); },
      [host](const cut_written& m) { host->cut_kept(m); },
      [host](const frames& m) { host->take_frames(m); },
      [host](const frame_signals& m) { host->take_signals(m); },
      [host](const work_done& m) { host->take_result(m); },
      [host](const place_done& m) { host->take_placed(m); },
      [host](const venue_reports& m) { host->take_reports(m); },
      [host](const account_stated& m) { host->take_statement(m); },
      [host](const inbox_items& m) { host->take_inbox(m); },
      [host](const operate& m) { host->take_command(m); },
      [host](const ask_status& m) { host->tell_status(m); },
      [host](const check_steps&) { host->check_deadlines(); },
  };
}

}  // namespace bulkhead::actors
