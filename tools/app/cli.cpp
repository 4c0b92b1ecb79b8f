#include "tools/app/cli.hpp"

#include "tools/app/cli_options.hpp"
#include "tools/app/commands.hpp"
#include "tools/app/journal_access.hpp"
#include "tools/app/login_command.hpp"

#include <functional>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

namespace bulkhead::app {
namespace {

void add_feed_options(CLI::App& command, common_options& options) {
  override_option(command, options, "--data", "feed.path", "Folder (or one file) of 1-minute CSV");
  override_option(command, options, "--from", "feed.from", "First day, yyyy-mm-dd");
  override_option(command, options, "--to", "feed.to", "Last day, yyyy-mm-dd, inclusive");
  override_option(command, options, "--strategies", "files.strategies", "Folder of strategy YAML files");
  override_option(command, options, "--brokers", "active_brokers", "Active brokers, separated by commas");
}

void add_run(CLI::App& app, run_options& options, std::function<int()>& chosen) {
  CLI::App* command = app.add_subcommand("run", "Run the node: feed, strategies and every active broker");
  add_common(*command, options.common);
  add_feed_options(*command, options.common);
  override_option(*command, options.common, "--data-dir", "data_dir", "Folder of journals and views");
  override_option(*command, options.common, "--speed", "feed.speed", "Times real time, 1 to 1000; 0: full speed");
  auto* resume = command->add_flag("--resume", options.resume, "Go on where the journals in the data folder end");
  command->add_flag("--fresh", options.fresh, "Move earlier journals aside and start from nothing")->excludes(resume);
  command->callback([&] { chosen = [&options] { return run_node(options); }; });
}

/// How a node starts a broker's own process: not for people.
void add_compartment(CLI::App& app, compartment_options& options, std::function<int()>& chosen) {
  CLI::App* command = app.add_subcommand("compartment", "A broker's own process; started by a node");
  command->group("");
  add_common(*command, options.common);
  command->add_option("--broker", options.broker, "Broker")->required();
  command->add_option("--link", options.link, "Descriptor of the link to the node")->required();
  command->add_option("--page", options.page, "Descriptor of the shared page")->required();
  command->add_option("--parent", options.parent, "Process id of the node")->required();
  command->callback([&] { chosen = [&options] { return run_compartment(options); }; });
}

void add_backtest(CLI::App& app, backtest_options& options, std::function<int()>& chosen) {
  CLI::App* command = app.add_subcommand("backtest", "Run the strategies over history, without actors or journals");
  add_common(*command, options.common);
  add_feed_options(*command, options.common);
  command->add_option("--report", options.report,
                      "Folder for report.html, summary.json, trades.csv, fills.csv and equity.csv");
  command->callback([&] { chosen = [&options] { return run_backtest(options); }; });
}

void add_validate(CLI::App& app, common_options& options, std::function<int()>& chosen) {
  CLI::App* command = app.add_subcommand("validate", "Check the configuration and show what counts, and why");
  add_common(*command, options);
  command->callback([&] { chosen = [&options] { return validate(options); }; });
}

void add_config(CLI::App& app, config_options& options, std::function<int()>& chosen) {
  CLI::App* command = app.add_subcommand("config", "Look into the configuration");
  command->require_subcommand(1);
  CLI::App* show = command->add_subcommand("show", "Print every option, its value and where that came from");
  add_common(*show, options.common);
  show->add_flag("--all", options.all, "Also the brokers that are mentioned but do not run");
  show->callback([&] { chosen = [&options] { return config_show(options); }; });
}

void add_journal(CLI::App& app, dump_options& options, std::function<int()>& chosen) {
  CLI::App* journal = app.add_subcommand("journal", "Look into a broker's journal");
  journal->require_subcommand(1);
  CLI::App* dump = journal->add_subcommand("dump", "Print every event in order: the form in which runs are compared");
  dump->add_option("--config", options.common.config, "Configuration file")->capture_default_str();
  override_option(*dump, options.common, "--data-dir", "data_dir", "Folder of journals and views");
  auto* broker = dump->add_option("--broker", options.broker, "Broker whose journal to print");
  dump->add_option("--file", options.file, "Journal file, instead of the one in the data folder")->excludes(broker);
  dump->add_option("--from-seq", options.from, "First event")->capture_default_str();
  dump->callback([&] { chosen = [&options] { return journal_dump(options); }; });
}

void add_version(CLI::App& app, bool& json, std::function<int()>& chosen) {
  CLI::App* command = app.add_subcommand("version", "Print the version");
  command->add_flag("--json", json, "Print JSON");
  command->callback([&] {
    chosen = [&json] {
      fmt::print(fmt::runtime(json ? "{{\"version\":\"{}\"}}\n" : "bulkhead {}\n"), BULKHEAD_VERSION);
      return exit_done;
    };
  });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Bulkhead: one deployment, several brokers, each watertight against the others."};
  app.name("bulkhead");
  app.require_subcommand(1);
  app.footer("Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.");
  std::function<int()> chosen;
  run_options run;
  compartment_options compartment;
  backtest_options backtest;
  common_options check;
  config_options shown;
  dump_options dump;
  bool version_json = false;
  add_run(app, run, chosen);
  add_compartment(app, compartment, chosen);
  add_backtest(app, backtest, chosen);
  add_validate(app, check, chosen);
  add_config(app, shown, chosen);
  add_journal(app, dump, chosen);
  add_inspect(app, chosen);
  add_dlq(app, chosen);
  add_login(app, chosen);
  add_version(app, version_json, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? exit_done : exit_usage;
  }
  try {
    return chosen();
  } catch (const command_error& e) {
    fmt::print(stderr, "bulkhead: {}\n", e.what());
    return e.code();
  } catch (const std::exception& e) {
    fmt::print(stderr, "bulkhead: {}\n", e.what());
    return exit_failed;
  }
}

}  // namespace bulkhead::app
