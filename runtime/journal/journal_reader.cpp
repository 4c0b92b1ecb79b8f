#include "runtime/journal/journal_reader.hpp"

#include <limits>
#include <utility>

namespace bulkhead {

journal_status journal_reader::with_file(const std::function<void(const sqlite::database&)>& work) const {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file_, ignored)) {
    return {file_.string() + ": there is no such file; give the path of a broker's journal"};
  }
  try {
    const auto db = connect_journal(file_, sqlite::open_mode::read_only);
    const sqlite::transaction view{*db, sqlite::transaction::kind::read};
    work(*db);
    return {};
  } catch (const sqlite::error& e) {
    return {e.what()};
  }
}

journal_status journal_reader::header(journal_header& found) const {
  return with_file([&](const sqlite::database& db) { found = read_header(db); });
}

journal_status journal_reader::for_each(std::uint64_t from_seq,
                                        const std::function<bool(const journal_record&)>& fn) const {
  const auto noted = end_mark::read(file_);
  return with_file([&](const sqlite::database& db) {
    const auto header = read_header(db);
    bool stopped = false;
    const auto give = [&](const journal_record& record) {
      stopped = !fn(record);
      return !stopped;
    };
    if (from_seq <= header.head_seq) {
      scan_records(db, header, start_before(db, from_seq), std::numeric_limits<std::uint64_t>::max(), give);
    }
    if (!stopped) require_end(db, header, noted);
  });
}

journal_status journal_reader::snapshots(std::vector<journal_snapshot>& found) const {
  std::vector<std::string> damaged;
  journal_status status = with_file([&](const sqlite::database& db) {
    scan_snapshots(db, read_header(db), damaged, [&](verified_snapshot s) {
      found.push_back(std::move(s.snapshot));
      return true;
    });
  });
  for (const std::string& text : damaged) status.error += (status.error.empty() ? "" : "; ") + text;
  return status;
}

journal_status journal_reader::for_each_ops(const std::function<bool(std::string_view payload)>& fn) const {
  return with_file([&](const sqlite::database& db) { scan_ops(db, fn); });
}

}  // namespace bulkhead
