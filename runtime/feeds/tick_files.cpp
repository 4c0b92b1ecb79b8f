#include "runtime/feeds/tick_files.hpp"

#include "runtime/domain/event_codec.hpp"
#include "runtime/feeds/bar_csv.hpp"
#include "runtime/feeds/csv_files.hpp"
#include "runtime/feeds/frame_builder.hpp"
#include "runtime/feeds/market_ticks_codec.hpp"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {
namespace {

namespace fs = std::filesystem;

/// Live feeds count anew from each epoch, 2^40 apart (runtime/domain/ids.hpp).
bool same_epoch(feed_seq a, feed_seq b) { return a != 0 && b != 0 && a >> 40U == b >> 40U; }

class loader {
 public:
  loader(const tick_selection& selection, const instrument_table& instruments, const trading_session& session,
         tick_load& into)
      : selection_(&selection),
        instruments_(&instruments),
        codec_(instruments),
        builder_(session, selection.clock_times, instruments.size()),
        into_(&into) {}

  void read(const fs::path& path, bool may_be_recorded) {
    file_ = path.string();
    line_ = 0;
    first_problem_ = into_->problems.size();
    std::ifstream in(path, std::ios::binary);
    if (!in) {
      problem("the file cannot be read; left out whole");
      return;
    }
    if (may_be_recorded && in.peek() == '{') {
      recorded_ = true;
      read_lines(in, &loader::take_record);
    } else if (std::string header; next_line(in, header) && header == tick_csv_header) {
      read_lines(in, &loader::take_row);
    } else {
      line_ = 1;
      problem(fmt::format("header {}, allowed: {}, or a recorded feed; the file is left out whole", quoted_text(header),
                          tick_csv_header));
    }
    end_file(in.bad());
  }

  void finish() {
    if (!recorded_) into_->frames = builder_.take();
  }

 private:
  bool next_line(std::istream& in, std::string& line) {
    if (!std::getline(in, line)) return false;
    ++line_;
    if (line.ends_with('\r')) line.pop_back();
    return true;
  }

  void read_lines(std::istream& in, void (loader::*take)(const std::string&)) {
    std::string line;
    while (next_line(in, line)) {
      if (!line.empty()) (this->*take)(line);
    }
  }

  void take_row(const std::string& line) {
    tick_row row;
    if (std::string what = parse_tick_row(line, *instruments_, row); !what.empty()) {
      problem(std::move(what));
      return;
    }
    row.ts = never_back(row.ts);
    ++into_->good_rows;
    if (in_range(row.ts)) builder_.add(row);
  }

  void take_record(const std::string& line) {
    try {
      market_frame frame = codec_.decode(line);
      if (frame.seq <= last_seq_) {
        problem(fmt::format("seq {}, allowed: above {}, the one of the frame before", frame.seq, last_seq_));
        return;
      }
      if (frame.seq != last_seq_ + 1 && same_epoch(frame.seq, last_seq_)) {
        problem(
            fmt::format("seq {} follows {}: the frames between are missing; the rest is read", frame.seq, last_seq_));
      }
      last_seq_ = frame.seq;
      frame.ts = never_back(frame.ts);
      ++into_->good_rows;
      if (in_range(frame.ts)) into_->frames.add(into_->frames.size() + 1, frame.ts, frame.kind, frame.ticks);
    } catch (const codec_error& e) {
      problem(e.what());
    }
  }

  timestamp never_back(timestamp ts) {
    if (ts < last_ts_ && went_back_++ == 0) first_back_ = line_;
    last_ts_ = std::max(last_ts_, ts);
    return last_ts_;
  }

  void end_file(bool failed) {
    if (failed) problem("the file cannot be read to its end; the rest is left out");
    if (went_back_ > 0) {
      into_->problems.push_back({file_, first_back_,
                                 fmt::format("clock went backwards: {} rows of this file are earlier than the row "
                                             "before them and take its time; this is the first",
                                             went_back_)});
    }
    went_back_ = 0;
    const auto of_file = into_->problems.begin() + static_cast<std::ptrdiff_t>(first_problem_);
    std::ranges::stable_sort(of_file, into_->problems.end(), {}, &feed_problem::line);
  }

  [[nodiscard]] bool in_range(timestamp ts) const {
    const trade_date date = date_of(ts);
    return !(selection_->from && date < *selection_->from) && !(selection_->to && date > *selection_->to);
  }

  void problem(std::string what) { into_->problems.push_back({file_, line_, std::move(what)}); }

  const tick_selection* selection_;
  const instrument_table* instruments_;
  market_ticks_codec codec_;
  frame_builder builder_;
  tick_load* into_;
  std::string file_;
  std::uint64_t line_ = 0;
  std::size_t first_problem_ = 0;  ///< of this file
  bool recorded_ = false;
  timestamp last_ts_;
  feed_seq last_seq_ = 0;  ///< of a recorded feed
  std::uint64_t went_back_ = 0;
  std::uint64_t first_back_ = 0;
};

}  // namespace

tick_load load_ticks(const tick_selection& selection, const instrument_table& instruments,
                     const trading_session& session) {
  tick_load result;
  std::vector<fs::path> files;
  result.error = list_csv_files(selection.path, fmt::format("ticks ({})", tick_csv_header), files);
  if (!result.error.empty()) return result;
  loader load{selection, instruments, session, result};
  const bool folder = fs::is_directory(selection.path);
  for (const fs::path& file : files) load.read(file, !folder);
  load.finish();
  result.files = files.size();
  return result;
}

}  // namespace bulkhead
