#pragma once
// dlq ls|show|replay|purge: the records that nobody could act on.
#include "tools/app/commands.hpp"

#include <string>
#include <vector>

namespace bulkhead::app {

struct dlq_options {
  common_options common;
  std::string topic;             ///< of the originals, or "<topic>.dlq"; empty: every one of the active brokers
  std::string broker;            ///< only its topics
  std::string reason;            ///< only these letters
  std::vector<std::string> ids;  ///< "<topic>-<partition>-<offset>" of the original
  bool all = false;
  bool dry_run = false;
  bool yes = false;
  std::string before;  ///< purge: letters written earlier; yyyy-mm-dd, or a time as `ls` prints it
};

int dlq_list(const dlq_options& options);
int dlq_show(const dlq_options& options);
int dlq_replay(const dlq_options& options);
int dlq_purge(const dlq_options& options);

}  // namespace bulkhead::app
