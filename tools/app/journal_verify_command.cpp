// journal verify: reads a journal as a stranger would, and says what is wrong where.
#include "runtime/domain/event_codec.hpp"
#include "tools/app/inspect_commands.hpp"
#include "tools/app/journal_access.hpp"
#include "tools/app/journal_source.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace bulkhead::app {
namespace {

using nlohmann::json;

constexpr std::size_t most_findings = 20;

/// One journal's check. The records' chain is checked by the reader; here is what the events say.
class journal_check {
 public:
  journal_check(const broker_id& b, const instrument_table& instruments, std::unique_ptr<journal_source> source)
      : codec_(b, instruments), history_(instruments), source_(std::move(source)) {}

  void run() {
    journal_source& reader = *source_;
    const journal_status status = reader.for_each(1, [this](const journal_record& r) { return check(r); });
    if (!status.ok()) find_whole(status.error);
    std::vector<journal_snapshot> snapshots;
    if (const auto read = reader.snapshots(snapshots); !read.ok()) find_whole(read.error);
    snapshots_ = snapshots.size();
    for (const journal_snapshot& s : snapshots) {
      if (s.seq > last_.seq && findings_.empty()) {
        find(s.seq, fmt::format("a snapshot of the state ends behind the last event {}", last_.seq));
      }
    }
  }

  [[nodiscard]] const std::vector<std::string>& findings() const noexcept { return findings_; }
  [[nodiscard]] std::uint64_t events() const noexcept { return last_.seq; }
  [[nodiscard]] std::uint64_t marks() const noexcept { return marks_; }
  [[nodiscard]] std::size_t snapshots() const noexcept { return snapshots_; }

 private:
  bool check(const journal_record& record) {
    event e;
    try {
      e = codec_.decode(record.payload);
    } catch (const codec_error& error) {
      find(record.seq, error.what());
      return false;
    }
    if (e.seq != record.seq) find(record.seq, fmt::format("the event says it is event {}", e.seq));
    if (e.feed < last_.feed) find(e.seq, fmt::format("frame {} follows frame {}", e.feed, last_.feed));
    if (e.ts < last_.ts) find(e.seq, "its time is before that of the event ahead of it");
    if (e.causation_seq >= e.seq) find(e.seq, fmt::format("its cause, event {}, is not before it", e.causation_seq));
    history_.add(e);
    if (const auto* p = std::get_if<portfolio_snapshot>(&e.body)) compare(*p, e.seq);
    last_ = {e.seq, e.feed, e.ts};
    return findings_.size() < most_findings;
  }

  /// The fills folded here against what the portfolio wrote down.
  void compare(const portfolio_snapshot& p, std::uint64_t seq) {
    ++marks_;
    std::size_t held = 0;
    for (const position_line& mine : history_.positions()) {
      for (const position_view& v : p.positions) {
        if (v.strategy != mine.strategy || v.instrument != mine.instrument || v.product != mine.product) continue;
        ++held;
        compare_position(v, mine, seq);
      }
    }
    if (held != history_.positions().size() || held != p.positions.size()) {
      find(seq, fmt::format("the snapshot has {} positions, the fills make {}, {} of them the same", p.positions.size(),
                            history_.positions().size(), held));
    }
    const money_totals t = history_.totals();
    same(seq, "cash", p.cash, history_.cash);
    same(seq, "realised", p.realised, t.realised);
    same(seq, "unrealised", p.unrealised, t.unrealised);
    same(seq, "charges", p.charges, t.charges);
    same(seq, "equity", p.equity, history_.capital + t.net());
  }

  void compare_position(const position_view& v, const position_line& mine, std::uint64_t seq) {
    const std::string whose =
        fmt::format("{} {} {}: ", v.strategy.str(), history_.instruments().key(v.instrument), to_string(v.product));
    if (v.qty != mine.held.qty) {
      find(seq, fmt::format("{}quantity: the snapshot says {}, the fills make {}", whose, v.qty, mine.held.qty));
    }
    same(seq, whose + "cost", v.cost, mine.held.cost);
    same(seq, whose + "realised", v.realised, mine.held.realised);
    same(seq, whose + "charges", v.charges, mine.held.charges);
  }

  void same(std::uint64_t seq, const std::string& what, money told, money folded) {
    if (told == folded) return;
    find(seq, fmt::format("{}: the snapshot says {}, the fills make {}", what, to_string(told), to_string(folded)));
  }

  void find(std::uint64_t seq, const std::string& what) {
    find_whole(fmt::format("{}: event {}: {}", source_->name(), seq, what));
  }
  void find_whole(std::string what) {
    if (findings_.size() < most_findings) findings_.push_back(std::move(what));
  }

  struct place {
    std::uint64_t seq = 0;
    feed_seq feed = 0;
    timestamp ts;
  };
  event_codec codec_;
  broker_history history_;
  std::unique_ptr<journal_source> source_;
  place last_;
  std::uint64_t marks_ = 0;
  std::size_t snapshots_ = 0;
  std::vector<std::string> findings_;
};

}  // namespace

int journal_verify(const journal_verify_options& options) {
  const auto s = load_or_explain(options.common);
  if (!s) return exit_usage;
  json out{{"ok", true}, {"journals", json::object()}};
  bool any = false;
  for (const config::broker_settings* b : brokers_named(*s, options.broker)) {
    if (!has_journal(*s, b->id)) {
      fmt::print(stderr, "note: {}\n", no_journal_text(*s, b->id));
      continue;
    }
    any = true;
    journal_check check{b->id, s->instruments, journal_source_of(*s, b->id)};
    check.run();
    const bool whole = check.findings().empty();
    if (!whole) out["ok"] = false;
    out["journals"][b->id.str()] = {{"events", check.events()},
                                    {"portfolio_snapshots", check.marks()},
                                    {"cuts", check.snapshots()},
                                    {"findings", check.findings()}};
    for (const std::string& f : check.findings()) fmt::print(stderr, "bulkhead: {}\n", f);
    if (options.common.json) continue;
    fmt::print("{}: {} {} events; portfolio snapshots refolded: {}; recovery snapshots: {}\n", b->id.str(),
               whole ? "whole:" : "DAMAGED: the first", check.events(), check.marks(), check.snapshots());
  }
  if (!any) throw command_error(exit_failed, fmt::format("{}: there is no journal to verify", s->data_dir.string()));
  if (options.common.json) fmt::print("{}\n", out.dump(1));
  return out["ok"].get<bool>() ? exit_done : exit_failed;
}

}  // namespace bulkhead::app
