// journal tail.
#include "runtime/domain/event_codec.hpp"
#include "tools/app/event_line.hpp"
#include "tools/app/inspect_commands.hpp"
#include "tools/app/journal_access.hpp"
#include "tools/app/journal_source.hpp"
#include "tools/app/table.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <thread>

#include <fmt/core.h>

namespace bulkhead::app {
namespace {

constexpr std::chrono::milliseconds look_again{200};

struct tailed_line {
  timestamp ts;
  std::uint64_t seq = 0;
  std::string text;
};

/// The journal of one broker, read on from where the last look ended.
class tailed_journal {
 public:
  tailed_journal(const config::settings& s, broker_id b, const journal_tail_options& options)
      : settings_(&s), broker_(std::move(b)), options_(&options) {}

  /// What is new and wanted; at most the newest `most` of it.
  [[nodiscard]] std::deque<tailed_line> look(std::size_t most) {
    std::deque<tailed_line> lines;
    if (!has_journal(*settings_, broker_)) return lines;
    skip_ahead(most);
    read_events(*settings_, broker_, next_, [&](const event& e, const journal_record& record) {
      next_ = e.seq + 1;
      if (!is_wanted(e, record.payload)) return true;
      lines.push_back({e.ts, e.seq, line_of(e, record.payload)});
      if (lines.size() > most) lines.pop_front();
      return true;
    });
    return lines;
  }

 private:
  /// Without a filter the newest lines are the last records: no need to read what comes before.
  void skip_ahead(std::size_t most) {
    if (next_ != 1 || !options_->type.empty() || !options_->grep.empty()) return;
    journal_header header;
    if (const auto status = journal_source_of(*settings_, broker_)->header(header); !status.ok()) {
      throw command_error(exit_failed, status.error);
    }
    if (header.head_seq > most) next_ = header.head_seq - most + 1;
  }

  [[nodiscard]] bool is_wanted(const event& e, const std::string& raw) const {
    const std::string_view type = event_codec::type_name(e.body);
    const std::string& asked = options_->type;
    const bool of_type = asked.empty() || type == asked || type.starts_with(asked + ".");
    return of_type && (options_->grep.empty() || raw.find(options_->grep) != std::string::npos);
  }

  [[nodiscard]] std::string line_of(const event& e, const std::string& raw) const {
    if (options_->common.json) return raw;
    return fit(fmt::format("{} {} #{} {} {}", ist(e.ts), broker_.str(), e.seq, event_codec::type_name(e.body),
                           event_words(e.body, settings_->instruments)));
  }

  const config::settings* settings_;
  broker_id broker_;
  const journal_tail_options* options_;
  std::uint64_t next_ = 1;
};

/// By event time, each broker's own order kept. False: nobody reads any more.
bool print_merged(std::vector<std::deque<tailed_line>> found, std::size_t most) {
  std::vector<tailed_line> lines;
  for (auto& of_broker : found) std::ranges::move(of_broker, std::back_inserter(lines));
  std::ranges::stable_sort(lines, {}, &tailed_line::ts);
  const std::size_t skip = lines.size() > most ? lines.size() - most : 0;
  for (std::size_t i = skip; i < lines.size(); ++i) fmt::print("{}\n", lines[i].text);
  return std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
}

/// The known types are what is in the journals' codec; a type that no event has is most likely mistyped.
void explain_nothing(const journal_tail_options& options) {
  if (options.follow) return;
  fmt::print(stderr, "note: no event{}{}; types are like order.filled, signal.rejected, portfolio.snapshot\n",
             options.type.empty() ? "" : " of type " + options.type,
             options.grep.empty() ? "" : " that holds \"" + options.grep + "\"");
}

}  // namespace

int journal_tail(const journal_tail_options& options) {
  const auto s = load_or_explain(options.common);
  if (!s) return exit_usage;
  std::vector<tailed_journal> journals;
  for (const config::broker_settings* b : brokers_named(*s, options.broker)) {
    if (!has_journal(*s, b->id)) fmt::print(stderr, "note: {}\n", no_journal_text(*s, b->id));
    journals.emplace_back(*s, b->id, options);
  }
  std::size_t most = options.lines;
  for (bool first = true;; first = false) {
    std::vector<std::deque<tailed_line>> found;
    for (tailed_journal& j : journals) found.push_back(j.look(most));
    const bool nothing = std::ranges::all_of(found, [](const auto& lines) { return lines.empty(); });
    if (first && nothing) explain_nothing(options);
    if (!print_merged(std::move(found), most) || !options.follow) return exit_done;
    most = std::numeric_limits<std::size_t>::max();
    std::this_thread::sleep_for(look_again);
  }
}

}  // namespace bulkhead::app
