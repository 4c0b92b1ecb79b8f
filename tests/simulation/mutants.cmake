# Planted bugs: name, promise that it breaks, file, exact text, replacement.

# One broker's isolation ends the node.
bulkhead_mutant(isolation_stops_all 1 actors/node.cpp
  [[it->second.down = true;]]
  [[it->second.down = true;
  stop_all();]])

# An append counts as durable before the disk has it.
bulkhead_mutant(effect_before_disk 2 actors/bridge.cpp
  [[  return 0;
}]]
  [[  config_.gate->set_durable(last.seq);
  self_->send(self_, journal_durable{session_, {}, last.seq});
  return 0;
}]])

# A restarted trader sends again what was on its way.
bulkhead_mutant(resent_on_resume 3 runtime/domain/sequencer_recovery.cpp
  [[if (!settings_.feed_clocked_venue) lose_answers([](const unplaced& u) { return u.sent; });]]
  [[]])

# An order of unknown fate is no longer reserved in risk.
bulkhead_mutant(unknown_is_released 3 runtime/domain/risk/risk_fold.cpp
  [[exposure.advance(o.client_order_id, order_trigger::lose_answer);]]
  [[exposure.release(o.client_order_id);]])

# A restarted role does not take up the last step.
bulkhead_mutant(tail_cut_short 4 runtime/roles/role_logic.cpp
  [[for (const event_list& events : from.tail) {]]
  [[for (const event_list& events : from.tail) {
    if (&events == &from.tail.back()) break;]])

# The journal takes what an earlier owner writes.
bulkhead_mutant(stale_owner_writes 5 runtime/journal/append_rules.cpp
  [[if (epoch == now.epoch) return {}]]
  [[if (epoch <= now.epoch) return {}]])

# Every signal goes to every broker.
bulkhead_mutant(signals_to_all 6 strategies/hosted_strategy.cpp
  [[if (names(s.to, broker)) mine.push_back(s.signal)]]
  [[mine.push_back(s.signal)]])

# What follows a frame carries the time of the one that waits.
bulkhead_mutant(time_of_next_frame 7 runtime/domain/sequencer_stages.cpp
  [[frame_ = next;]]
  [[frame_ = next;
  last_ts_ = next.ts;]])

# A cancel of an order that nobody knows is taken.
bulkhead_mutant(unknown_order_cancelled 8 runtime/domain/risk/risk_guard.cpp
  [[if (refusal.empty()) return emit(r, order_cancel_requested{c.order, c.reason});]]
  [[if (refusal != "?") return emit(r, order_cancel_requested{c.order, c.reason});]])

# A fill of less than nothing is taken.
bulkhead_mutant(negative_fill 8 runtime/domain/order_report.cpp
  [[if (u.qty < 1) return]]
  [[if (u.qty < -100) return]])

# The runner forgets a signal for a broker that is behind.
bulkhead_mutant(full_queue_drops 9 actors/runner.cpp
  [[raise_to(config.counters->most_retained, b.signals.size() + b.notices.size());]]
  [[if (b.signals.size() > 3 && !signals.empty()) signals.pop_back();]])

# The operator's hand on the kill switch does not count before the journal has it.
bulkhead_mutant(kill_waits_for_journal 10 runtime/roles/effect_gate.cpp
  [[const kill_mode kill = effective();]]
  [[const kill_mode kill = latched();]])
