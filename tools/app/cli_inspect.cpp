// The commands that look into what brokers did, and those that tell a running node what to do.
#include "tools/app/cli_options.hpp"
#include "tools/app/inspect_commands.hpp"
#include "tools/app/topics_command.hpp"

#include <memory>

namespace bulkhead::app {
namespace {

using chosen_command = std::function<int()>;

/// What every command here takes: where the journals are and whose they are.
void add_place(CLI::App& command, common_options& options) {
  add_common(command, options);
  override_option(command, options, "--data-dir", "data_dir", "Folder of journals and views");
  override_option(command, options, "--brokers", "active_brokers", "Active brokers, separated by commas");
}

/// A subcommand with options of its own, which live as long as it does.
template <class Options>
struct subcommand {
  CLI::App* app;
  std::shared_ptr<Options> options = std::make_shared<Options>();

  subcommand(CLI::App& parent, const std::string& name, const std::string& doc)
      : app(parent.add_subcommand(name, doc)) {
    if constexpr (std::is_same_v<Options, common_options>) {
      add_place(*app, *options);
    } else {
      add_place(*app, options->common);
    }
  }

  void runs(chosen_command& chosen, int (*run)(const Options&)) {
    app->callback([&chosen, run, kept = options] { chosen = [run, kept] { return run(*kept); }; });
  }
};

CLI::App& group(CLI::App& app, const std::string& name, const std::string& doc) {
  CLI::App* sub = app.add_subcommand(name, doc);
  sub->require_subcommand(1);
  return *sub;
}

void add_brokers(CLI::App& app, chosen_command& chosen) {
  CLI::App& brokers = group(app, "brokers", "The brokers: how they stand, and their kill switch");
  subcommand<common_options> ls{brokers, "ls", "One line a broker"};
  ls.runs(chosen, brokers_list);
  subcommand<named_options> show{brokers, "show", "One broker: state, latches, money, counts"};
  show.app->add_option("broker", show.options->name, "Broker")->required();
  show.runs(chosen, brokers_show);
  subcommand<common_options> vitals{brokers, "vitals", "The actors of a running node: what waits, what they are at"};
  vitals.runs(chosen, brokers_vitals);
  subcommand<latch_options> kill{brokers, "kill", "Close the broker's gate, or one strategy's, until released"};
  kill.app->add_option("broker", kill.options->broker, "Broker")->required();
  kill.app->add_option("--mode", kill.options->mode, "reduce-only: exits still pass; halt: nothing passes")->required();
  kill.app->add_option("--strategy", kill.options->strategy, "Only this strategy at that broker");
  kill.app->add_option("--reason", kill.options->reason, "Why; kept in the journal")->required();
  kill.runs(chosen, broker_kill);
  subcommand<latch_options> release{brokers, "release", "Open it again"};
  release.app->add_option("broker", release.options->broker, "Broker")->required();
  release.app->add_option("--confirm", release.options->confirm, "The broker's name once more")->required();
  release.app->add_option("--strategy", release.options->strategy, "Only this strategy's latch");
  release.app->add_option("--reason", release.options->reason, "Why; kept in the journal")->required();
  release.runs(chosen, broker_release);
  subcommand<named_options> restart{brokers, "restart", "Start the subtree of an isolated broker again"};
  restart.app->add_option("broker", restart.options->name, "Broker")->required();
  restart.runs(chosen, broker_restart);
}

void add_strategies(CLI::App& app, chosen_command& chosen) {
  CLI::App& strategies = group(app, "strategies", "The strategies: what they did at each broker; pause and reload");
  subcommand<common_options> ls{strategies, "ls", "One line for a strategy at a broker"};
  ls.runs(chosen, strategies_list);
  subcommand<named_options> show{strategies, "show", "One strategy: settings, state, figures"};
  show.app->add_option("strategy", show.options->name, "Strategy")->required();
  show.runs(chosen, strategies_show);
  subcommand<named_options> pause{strategies, "pause", "No more entries from it; exits and cancels go on"};
  pause.app->add_option("strategy", pause.options->name, "Strategy")->required();
  pause.runs(chosen, [](const named_options& o) { return strategies_tell("pause", o); });
  subcommand<named_options> resume{strategies, "resume", "Entries again"};
  resume.app->add_option("strategy", resume.options->name, "Strategy")->required();
  resume.runs(chosen, [](const named_options& o) { return strategies_tell("resume", o); });
  subcommand<named_options> reload{strategies, "reload", "Read the strategy files again: all of them, or none"};
  reload.runs(chosen, [](const named_options& o) { return strategies_tell("reload", o); });
}

void add_orders(CLI::App& app, chosen_command& chosen) {
  CLI::App& orders = group(app, "orders", "The orders of each broker");
  subcommand<order_list_options> ls{orders, "ls", "The newest orders, one line each"};
  ls.app->add_option("--broker", ls.options->broker, "Only this broker's");
  ls.app->add_option("--strategy", ls.options->strategy, "Only this strategy's");
  ls.app->add_option("--status", ls.options->status, "all, working, withheld, or one status")->capture_default_str();
  ls.app->add_option("--date", ls.options->date, "Submitted on this date, yyyy-mm-dd");
  ls.app->add_option("--limit", ls.options->limit, "At most so many of each broker; 0: all")->capture_default_str();
  ls.runs(chosen, orders_list);
  subcommand<order_show_options> show{orders, "show", "An order's life, from the tick to the profit and loss"};
  show.app->add_option("order", show.options->order, "Its id, or as much of it as is unique")->required();
  show.app->add_option("--broker", show.options->broker, "Where the same signal went to several");
  show.runs(chosen, orders_show);
  subcommand<order_cancel_options> cancel{orders, "cancel", "Ask to cancel working orders"};
  auto* id = cancel.app->add_option("order", cancel.options->order, "Its id, or as much of it as is unique");
  cancel.app->add_option("--broker", cancel.options->broker, "At this broker");
  auto* of = cancel.app->add_option("--strategy", cancel.options->strategy, "All of this strategy; needs --broker");
  cancel.app->add_flag("--all", cancel.options->all, "All of them; needs --broker")->excludes(id)->excludes(of);
  of->excludes(id);
  cancel.app->add_option("--reason", cancel.options->reason, "Why; kept in the journal");
  cancel.runs(chosen, orders_cancel);
  subcommand<order_resolve_options> resolve{orders, "resolve", "Decide an order that stays unknown after its session"};
  resolve.app->add_option("order", resolve.options->order, "Its id, or as much of it as is unique")->required();
  resolve.app->add_option("outcome", resolve.options->outcome, "absent, or filled with --price")->required();
  resolve.app->add_option("--broker", resolve.options->broker, "Where the same signal went to several");
  resolve.app->add_option("--units", resolve.options->units, "filled: so many in all; the whole order if not given");
  resolve.app->add_option("--price", resolve.options->price, "filled: at this price, in rupees");
  resolve.app->add_option("--reason", resolve.options->reason, "Why; kept in the journal")->required();
  resolve.runs(chosen, orders_resolve);
}

void add_positions(CLI::App& app, chosen_command& chosen) {
  CLI::App& positions = group(app, "positions", "The positions of each broker");
  subcommand<position_options> ls{positions, "ls", "By strategy, instrument and product, with a total for each broker"};
  ls.app->add_option("--broker", ls.options->broker, "Only this broker's");
  ls.app->add_option("--strategy", ls.options->strategy, "Only this strategy's");
  ls.app->add_flag("--all", ls.options->all, "Flat ones too: what they made");
  ls.runs(chosen, positions_list);
}

void add_journal_views(CLI::App& journal, chosen_command& chosen) {
  subcommand<common_options> ls{journal, "ls", "Every journal of the data folder"};
  ls.runs(chosen, journal_list);
  subcommand<journal_tail_options> tail{journal, "tail", "The newest events in words, a line each"};
  tail.app->add_option("--broker", tail.options->broker, "Only this broker's");
  tail.app->add_option("-n,--lines", tail.options->lines, "So many")->capture_default_str();
  tail.app->add_flag("-f,--follow", tail.options->follow, "Go on as they come; end with Ctrl-C");
  tail.app->add_option("--type", tail.options->type, "Only this type, order.filled, or its group, order");
  tail.app->add_option("--grep", tail.options->grep, "Only events whose JSON holds this text");
  tail.runs(chosen, journal_tail);
  subcommand<journal_verify_options> verify{journal, "verify", "Check every checksum, event and portfolio snapshot"};
  verify.app->add_option("--broker", verify.options->broker, "Only this broker's");
  verify.runs(chosen, journal_verify);
}

void add_replay(CLI::App& app, chosen_command& chosen) {
  subcommand<replay_options> replay{app, "replay", "Run a journaled run again and compare every event"};
  replay.app->add_option("--broker", replay.options->broker, "Broker whose journal to replay");
  override_option(*replay.app, replay.options->common, "--data", "feed.path", "The data that the run was fed");
  override_option(*replay.app, replay.options->common, "--from", "feed.from", "Its first day, yyyy-mm-dd");
  override_option(*replay.app, replay.options->common, "--to", "feed.to", "Its last day, yyyy-mm-dd, inclusive");
  override_option(*replay.app, replay.options->common, "--strategies", "files.strategies", "Folder of strategy files");
  replay.runs(chosen, replay_journal);
}

/// The options that all drills share.
subcommand<chaos_options> add_drill(CLI::App& chaos, const std::string& name, const std::string& doc) {
  subcommand<chaos_options> drill{chaos, name, doc};
  drill.app->add_option("--broker", drill.options->broker, "Broker")->required();
  drill.app
      ->add_option("--actor", drill.options->actor,
                   "bridge, trader, risk_manager, portfolio, projector; journal (not with flood)")
      ->required();
  return drill;
}

void add_chaos(CLI::App& app, chosen_command& chosen_drill) {
  CLI::App& all = group(app, "chaos", "Disturb one actor of a running node, for drills; needs chaos.enabled");
  auto crash = add_drill(all, "crash", "Its next messages throw");
  crash.app->add_option("--times", crash.options->times, "So many; 1 unless given");
  crash.runs(chosen_drill, [](const chaos_options& o) { return chaos("crash", o); });
  auto hang = add_drill(all, "hang", "Its next messages do not return for a while");
  hang.app->add_option("--for", hang.options->length, "For so long each; 2s unless given");
  hang.app->add_option("--times", hang.options->times, "So many; 1 unless given");
  hang.runs(chosen_drill, [](const chaos_options& o) { return chaos("hang", o); });
  auto slow = add_drill(all, "slow", "Every message takes longer for a while");
  slow.app->add_option("--for", slow.options->length, "For so long; 10s unless given");
  slow.app->add_option("--delay", slow.options->delay, "So much longer; 20ms unless given");
  slow.runs(chosen_drill, [](const chaos_options& o) { return chaos("slow", o); });
  auto flood = add_drill(all, "flood", "Send it stale messages for a while");
  flood.app->add_option("--for", flood.options->length, "For so long; 2s unless given");
  flood.app->add_option("--rate", flood.options->rate, "Messages a second; 1000 unless given");
  flood.runs(chosen_drill, [](const chaos_options& o) { return chaos("flood", o); });
}

void add_topics(CLI::App& app, chosen_command& chosen) {
  CLI::App& all = group(app, "topics", "The topics of the active brokers at Kafka");
  subcommand<common_options> plan{all, "plan", "What is needed; asks no server"};
  plan.runs(chosen, topics_plan);
  subcommand<common_options> create{all, "create", "Make what is missing; changes and deletes nothing"};
  create.runs(chosen, topics_create);
  subcommand<common_options> check{all, "check", "Compare with the servers; exit code 1 if something differs"};
  check.runs(chosen, topics_check);
  subcommand<common_options> lag{all, "lag", "How far each service's group is behind"};
  lag.runs(chosen, topics_lag);
}

}  // namespace

void add_inspect(CLI::App& app, std::function<int()>& chosen) {
  add_brokers(app, chosen);
  add_strategies(app, chosen);
  add_orders(app, chosen);
  add_positions(app, chosen);
  add_journal_views(*app.get_subcommand("journal"), chosen);
  add_replay(app, chosen);
  add_chaos(app, chosen);
  add_topics(app, chosen);
}

}  // namespace bulkhead::app
