#pragma once
// Commands for people: what the brokers of a data folder did, from their journals, and orders to a running node. Each
// returns the process's exit code: 0 done; 1 not found, refused, damaged; 2 wrong usage or configuration.
#include "tools/app/commands.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace bulkhead::app {

/// Commands on one broker or strategy, named as an argument.
struct named_options {
  common_options common;
  std::string name;
};

struct latch_options {
  common_options common;
  std::string broker;
  std::string mode;      ///< kill: "reduce-only" or "halt"
  std::string confirm;   ///< release: the broker's name once more
  std::string strategy;  ///< empty: the whole broker
  std::string reason;
};

struct order_list_options {
  common_options common;
  std::string broker;  ///< empty: every broker
  std::string strategy;
  std::string status = "all";  ///< "all", "working", "withheld" or a status
  std::string date;            ///< yyyy-mm-dd of the submission
  std::uint64_t limit = 50;    ///< the newest so many of each broker; 0: all
};

struct order_show_options {
  common_options common;
  std::string order;   ///< id, or as much of it as is unique
  std::string broker;  ///< empty: any
};

struct order_cancel_options {
  common_options common;
  std::string order;   ///< id, or as much of it as is unique
  std::string broker;  ///< with `strategy` or `all`
  std::string strategy;
  bool all = false;
  std::string reason;
};

struct order_resolve_options {
  common_options common;
  std::string order;       ///< id, or as much of it as is unique
  std::string broker;      ///< empty: any
  std::string outcome;     ///< "absent" or "filled"
  std::int64_t units = 0;  ///< filled: so many in all; 0: the whole order
  std::string price;       ///< filled: of what is not known yet
  std::string reason;
};

struct position_options {
  common_options common;
  std::string broker;
  std::string strategy;
  bool all = false;  ///< flat ones too
};

struct journal_tail_options {
  common_options common;
  std::string broker;  ///< empty: every broker
  std::uint64_t lines = 20;
  bool follow = false;
  std::string type;  ///< "order.filled", or a group: "order"
  std::string grep;  ///< text that the raw event holds
};

struct journal_verify_options {
  common_options common;
  std::string broker;  ///< empty: every broker
};

struct replay_options {
  common_options common;
  std::string broker;  ///< empty: the only one
};

struct chaos_options {
  common_options common;
  std::string broker;
  std::string actor;
  std::string length;       ///< --for, "2s"; empty: what the node takes
  std::string delay;        ///< slow: "20ms"; empty: what the node takes
  std::uint64_t times = 0;  ///< 0: what the node takes
  std::uint64_t rate = 0;   ///< 0: what the node takes
};

int brokers_list(const common_options& options);
int brokers_show(const named_options& options);
/// How the actors of a running node stand: what waits, what they are at.
int brokers_vitals(const common_options& options);
int broker_kill(const latch_options& options);
int broker_release(const latch_options& options);
int broker_restart(const named_options& options);

int strategies_list(const common_options& options);
int strategies_show(const named_options& options);
/// `what`: "pause", "resume"; `reload` takes no name.
int strategies_tell(const std::string& what, const named_options& options);

int orders_list(const order_list_options& options);
int orders_show(const order_show_options& options);
int orders_cancel(const order_cancel_options& options);
int orders_resolve(const order_resolve_options& options);

int positions_list(const position_options& options);

int journal_list(const common_options& options);
int journal_tail(const journal_tail_options& options);
int journal_verify(const journal_verify_options& options);
int replay_journal(const replay_options& options);
/// `what`: "crash", "hang", "slow", "flood".
int chaos(const std::string& what, const chaos_options& options);

}  // namespace bulkhead::app
