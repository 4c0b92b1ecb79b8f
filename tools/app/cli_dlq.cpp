// The options of the dlq commands.
#include "tools/app/cli_options.hpp"
#include "tools/app/dlq_command.hpp"

#include <memory>

#include <CLI/CLI.hpp>

namespace bulkhead::app {
namespace {

using run_dlq = int (*)(const dlq_options&);

CLI::App& add(CLI::App& dlq, const std::string& name, const std::string& doc, run_dlq run, std::function<int()>& chosen,
              const std::shared_ptr<dlq_options>& options) {
  CLI::App* command = dlq.add_subcommand(name, doc);
  add_common(*command, options->common);
  override_option(*command, options->common, "--brokers", "active_brokers", "Active brokers, separated by commas");
  command->add_option("--topic", options->topic, "Only letters of this topic");
  command->add_option("--broker", options->broker, "Only letters of this broker's topics");
  command->callback([run, options, &chosen] { chosen = [run, options] { return run(*options); }; });
  return *command;
}

}  // namespace

void add_dlq(CLI::App& app, std::function<int()>& chosen) {
  CLI::App* dlq = app.add_subcommand("dlq", "Dead letters: records that nobody could act on");
  dlq->require_subcommand(1);
  auto listed = std::make_shared<dlq_options>();
  CLI::App& ls = add(*dlq, "ls", "One line a letter", dlq_list, chosen, listed);
  ls.add_option("--reason", listed->reason, "Only letters with this reason");
  auto shown = std::make_shared<dlq_options>();
  CLI::App& show = add(*dlq, "show", "One letter, whole", dlq_show, chosen, shown);
  show.add_option("id", shown->ids, "Letter, as ls prints it")->required()->expected(1);
  auto again = std::make_shared<dlq_options>();
  CLI::App& replay = add(*dlq, "replay", "Put originals back into their topic", dlq_replay, chosen, again);
  replay.add_option("ids", again->ids, "Letters, as ls prints them");
  replay.add_flag("--all", again->all, "Every letter that the other options leave");
  replay.add_option("--reason", again->reason, "Only letters with this reason");
  replay.add_flag("--dry-run", again->dry_run, "Say what would be done, and do nothing");
  auto purged = std::make_shared<dlq_options>();
  CLI::App& purge = add(*dlq, "purge", "Remove letters for good", dlq_purge, chosen, purged);
  purge.add_option("--before", purged->before, "Letters written before this day or time");
  purge.add_flag("--all", purged->all, "Every letter");
  purge.add_flag("--yes", purged->yes, "Do it: nothing brings them back");
}

}  // namespace bulkhead::app
