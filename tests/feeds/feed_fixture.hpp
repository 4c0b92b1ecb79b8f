#pragma once
// Folders of CSV files that clean up after themselves, and frames as plain values.
#include "runtime/feeds/bar_csv.hpp"
#include "runtime/feeds/replay_source.hpp"
#include "runtime/ports/feed_source.hpp"
#include "support/temp_dir.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::test {

inline instrument_table two_indices() {
  instrument_table table;
  for (const char* symbol : {"NIFTY", "BANKNIFTY"}) {
    instrument row;
    row.key = std::string{"NSE:"} + symbol;
    row.exchange = "NSE";
    row.tradingsymbol = symbol;
    row.tick_size = price{500};
    (void)table.add(row);
  }
  return table;
}

inline constexpr instrument_id nifty{0};
inline constexpr instrument_id banknifty{1};

/// 2022-01-03 is a Monday.
inline constexpr trade_date monday = 2022'01'03;

inline timestamp at(trade_date date, int hour, int minute, int second = 0) {
  return start_of_day(date) + seconds(hour * 3600 + minute * 60 + second);
}

class csv_folder {
 public:
  /// Exactly this text.
  std::filesystem::path write(const std::string& name, std::string_view text) const {
    std::ofstream(path() / name, std::ios::binary) << text;
    return path() / name;
  }
  /// The header and these rows.
  std::filesystem::path rows(const std::string& name, std::initializer_list<std::string_view> rows) const {
    std::string text = std::string{bar_csv_header} + "\n";
    for (const auto row : rows) text += std::string{row} + "\n";
    return write(name, text);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return dir_.path(); }

 private:
  temp_dir dir_;
};

struct frame {
  feed_seq seq = 0;
  timestamp ts;
  frame_kind kind = frame_kind::ticks;
  std::vector<tick> ticks;
  friend bool operator==(const frame&, const frame&) = default;
};

/// Every frame from where the source stands to its end, at most `most`.
inline std::vector<frame> rest_of(feed_source& source, std::size_t most = SIZE_MAX) {
  std::vector<frame> result;
  frame_batch batch;
  while (result.size() < most && source.next(batch)) {
    const frame_view view = batch[0];
    result.push_back({view.seq, view.ts, view.kind, {view.ticks.begin(), view.ticks.end()}});
    batch.clear();
  }
  return result;
}

inline feed_result replay(const std::filesystem::path& path, std::optional<trade_date> from = {},
                          std::optional<trade_date> to = {}) {
  static const instrument_table table = two_indices();
  return make_replay_source(path, from, to, table, trading_session{});
}

/// The shipped session of two indices, apart from whatever else is in tests/data.
inline feed_result real_session() {
  const csv_folder folder;
  for (const char* name : {"nifty_1min.csv", "banknifty_1min.csv"}) {
    std::filesystem::copy_file(std::filesystem::path{BULKHEAD_SOURCE_DIR} / "tests/data" / name, folder.path() / name);
  }
  return replay(folder.path());
}

}  // namespace bulkhead::test
