#include "scenarios/words.hpp"

#include "runtime/domain/event_codec.hpp"

#include <sstream>
#include <stdexcept>

#include <fmt/format.h>

namespace bulkhead::test {
namespace {

[[noreturn]] void cannot_read(const std::string& words, const std::string& what) {
  throw std::runtime_error(fmt::format("\"{}\": {}", words, what));
}

template <class T>
T next(std::istringstream& in, const std::string& words, const char* what) {
  T value{};
  if (!(in >> value)) cannot_read(words, fmt::format("expected {}", what));
  return value;
}

price next_price(std::istringstream& in, const std::string& words) {
  const auto p = parse_price(next<std::string>(in, words, "a price"));
  if (!p) cannot_read(words, "expected a price above 0");
  return *p;
}

const std::map<std::string, signal_action>& verbs() {
  static const std::map<std::string, signal_action> all{{"enters", signal_action::entry},
                                                        {"exits", signal_action::exit},
                                                        {"cancels", signal_action::cancel},
                                                        {"modifies", signal_action::modify}};
  return all;
}

std::string reason_of(const std::string& words, std::string& head) {
  const std::size_t colon = words.find(": ");
  head = words.substr(0, colon);
  return colon == std::string::npos ? "" : words.substr(colon + 2);
}

std::string terms_text(const order_terms& t) {
  std::string out = std::to_string(t.qty);
  if (t.limit_price.raw != 0) out += " at " + to_string(t.limit_price);
  if (t.trigger_price.raw != 0) out += " trigger " + to_string(t.trigger_price);
  return out;
}

std::string because(const std::string& reason) { return reason.empty() ? "" : ": " + reason; }

}  // namespace

told_signal signal_of(const std::string& words, const instrument_table& instruments) {
  std::istringstream in{words};
  told_signal told;
  signal& s = told.said;
  s.strategy = strategy_id{next<std::string>(in, words, "a strategy")};
  const auto verb = verbs().find(next<std::string>(in, words, "enters, exits, cancels or modifies"));
  if (verb == verbs().end()) cannot_read(words, "allowed after the strategy: enters, exits, cancels, modifies");
  s.action = verb->second;
  const auto side_word = next<std::string>(in, words, "BUY or SELL");
  if (side_word != "BUY" && side_word != "SELL") cannot_read(words, "allowed: BUY, SELL");
  s.side = side_word == "BUY" ? side::buy : side::sell;
  s.qty = next<quantity>(in, words, "a quantity");
  const auto symbol = next<std::string>(in, words, "a trading symbol");
  const auto found = instruments.find_symbol(symbol);
  if (!found) cannot_read(words, "no such instrument: " + symbol);
  s.instrument = *found;
  bool limit = false;
  bool trigger = false;
  for (std::string word; in >> word;) {
    if (word == "at") {
      limit = true;
      s.limit_price = next_price(in, words);
    } else if (word == "trigger") {
      trigger = true;
      s.trigger_price = next_price(in, words);
    } else if (word == "IOC") {
      s.validity = validity::ioc;
    } else if (word == "CNC") {
      s.product = product::cnc;
    } else if (word == "NRML") {
      s.product = product::nrml;
    } else if (word == "stop") {
      s.stop_loss_offset = next_price(in, words);
    } else if (word == "target") {
      s.target_offset = next_price(in, words);
    } else if (word == "aged") {
      told.aged_ms = next<std::int64_t>(in, words, "milliseconds");
    } else if (word == "again") {
      told.again = true;
    } else if (word != "MIS") {
      cannot_read(words,
                  "what is \"" + word + "\"? allowed: at, trigger, IOC, MIS, CNC, NRML, stop, target, aged, again");
    }
  }
  s.type = limit ? (trigger ? order_type::stop_limit : order_type::limit)
                 : (trigger ? order_type::stop_market : order_type::market);
  s.reason = "told";
  return told;
}

told_command command_of(const std::string& words) {
  using kind = operator_command::kind;
  told_command told;
  std::string head;
  told.command.reason = reason_of(words, head);
  std::istringstream in{head};
  auto word = next<std::string>(in, words, "kill, release or cancel");
  if (word.starts_with('[') && word.ends_with(']')) {
    told.broker = word.substr(1, word.size() - 2);
    word = next<std::string>(in, words, "kill, release or cancel");
  }
  std::string of;
  if (word == "kill") {
    told.command.what = kind::kill;
    told.command.mode = kill_mode_of(next<std::string>(in, words, "halt or reduce-only"));
    in >> of;
    told.command.strategy = strategy_id{of};
  } else if (word == "release") {
    told.command.what = kind::release;
    in >> of;
    told.command.strategy = strategy_id{of};
  } else if (word == "cancel") {
    of = next<std::string>(in, words, "#n, all or a strategy");
    told.command.what = of.starts_with('#') ? kind::cancel_order : kind::cancel_all;
    if (of.starts_with('#')) told.order_number = std::stoul(of.substr(1));
    if (!of.starts_with('#') && of != "all") told.command.strategy = strategy_id{of};
  } else {
    cannot_read(words, "allowed: kill, release, cancel");
  }
  return told;
}

std::string teller::number(const client_order_id& id) {
  const auto [it, is_new] = numbers_.try_emplace(id, numbers_.size() + 1);
  return fmt::format("#{}", it->second);
}

client_order_id teller::order(std::size_t number) const {
  for (const auto& [id, n] : numbers_) {
    if (n == number) return id;
  }
  return client_order_id{fmt::format("no-order-{}", number)};
}

std::string teller::approval(const order_request& r) {
  std::string out = fmt::format("{} {} {} {} {}", number(r.client_order_id), r.strategy.str(), to_string(r.side), r.qty,
                                instruments_->at(r.instrument).tradingsymbol);
  out += fmt::format(" {}", to_string(r.type));
  if (has_limit(r.type)) out += " at " + to_string(r.limit_price);
  if (has_trigger(r.type)) out += " trigger " + to_string(r.trigger_price);
  if (r.validity != validity::day) out += " IOC";
  if (r.product != product::mis) out += fmt::format(" {}", to_string(r.product));
  if (r.reduces) out += " exit";
  if (r.origin != order_origin::signal) out += fmt::format(" ({})", to_string(r.origin));
  if (!r.group.empty()) out += " in a group";
  return out;
}

std::string teller::tell(const event& e) {
  struct words_of {
    teller& t;
    const instrument_table& instruments;
    std::string symbol(instrument_id id) const { return instruments.at(id).tradingsymbol; }
    std::string whom(const strategy_id& s) const { return s.empty() ? "" : " " + s.str(); }

    std::string operator()(const account_opened& b) const { return "account opened with " + to_string(b.capital); }
    std::string operator()(const signal_received& b) const {
      return fmt::format("signal of {}: {} {} {} {}", b.signal.strategy.str(), to_string(b.signal.action),
                         to_string(b.signal.side), b.signal.qty, symbol(b.signal.instrument));
    }
    std::string operator()(const signal_validated& b) const { return "approved " + t.approval(b.order.get()); }
    std::string operator()(const signal_rejected& b) const {
      return fmt::format("refused {} {}: {} {} {}, limit {}", b.strategy.str(), symbol(b.instrument), b.rule,
                         b.observed, b.unit, b.limit);
    }
    std::string operator()(const order_submitted& b) const {
      return t.number(b.request.client_order_id) + " submitted";
    }
    std::string operator()(const order_withheld& b) const {
      return t.number(b.client_order_id) + " withheld" + because(b.reason);
    }
    std::string operator()(const order_accepted& b) const { return t.number(b.client_order_id) + " accepted"; }
    std::string operator()(const order_cancel_requested& b) const {
      return t.number(b.client_order_id) + " cancel requested";
    }
    std::string operator()(const order_cancelled& b) const {
      return fmt::format("{} cancelled, {} filled{}", t.number(b.client_order_id), b.filled, because(b.reason));
    }
    std::string operator()(const order_expired& b) const {
      return fmt::format("{} expired, {} filled", t.number(b.client_order_id), b.filled);
    }
    std::string operator()(const order_rejected& b) const {
      return t.number(b.client_order_id) + (b.at_gate ? " stopped at the gate" : " rejected") + because(b.reason);
    }
    std::string operator()(const order_unknown& b) const {
      return t.number(b.client_order_id) + " unknown" + because(b.reason);
    }
    std::string operator()(const order_filled& b) const {
      return fmt::format("{} filled {} at {}, {} left", t.number(b.client_order_id), b.qty, to_string(b.price),
                         b.remaining_qty);
    }
    std::string operator()(const broker_update_refused& b) const {
      return fmt::format("update refused: {}: {}", b.update, b.reason);
    }
    std::string operator()(const portfolio_snapshot& b) const {
      return fmt::format("portfolio: net {}, equity {}", to_string(b.performance.net), to_string(b.equity));
    }
    std::string operator()(const kill_latched& b) const {
      return fmt::format("latched{} {} by {}{}", whom(b.strategy), b.mode, b.cause, because(b.reason));
    }
    std::string operator()(const kill_released& b) const {
      return fmt::format("released{}{}", whom(b.strategy), because(b.reason));
    }
    std::string operator()(const order_modify_requested& b) const {
      return fmt::format("{} modification requested: {}", t.number(b.client_order_id), terms_text(b.terms));
    }
    std::string operator()(const order_modified& b) const {
      return fmt::format("{} modified: {}{}", t.number(b.client_order_id), terms_text(b.terms), because(b.reason));
    }
    std::string operator()(const order_modify_rejected& b) const {
      return fmt::format("{} modification refused{}", t.number(b.client_order_id), because(b.reason));
    }
    std::string operator()(const order_triggered& b) const { return t.number(b.client_order_id) + " triggered"; }
    std::string operator()(const command_refused& b) const {
      return fmt::format("command refused{}", because(b.reason));
    }
    std::string operator()(const strategy_changed& b) const {
      return fmt::format("strategy {} {}{}", b.strategy.str(), b.change, because(b.reason));
    }
    std::string operator()(const account_difference& b) const {
      return fmt::format("{} {} {}: ours {}, theirs {}{}", b.action, b.subject, b.key, b.ours, b.theirs,
                         because(b.reason));
    }
    std::string operator()(const account_reconciled& b) const { return fmt::format("reconciled at {}", b.occasion); }
    std::string operator()(const inbox_positioned& b) const {
      return fmt::format("inbox {} {} {}", b.topic, b.partition, b.offset);
    }
    std::string operator()(const feed_noticed& b) const {
      return fmt::format("feed {} {} {}", symbol(b.instrument), b.what, b.count);
    }
  };
  return std::visit(words_of{*this, *instruments_}, e.body);
}

}  // namespace bulkhead::test
