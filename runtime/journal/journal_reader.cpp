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
  return with_file([&](const sqlite::database& db) {
    const auto header = read_header(db);
    if (from_seq > header.head_seq) return;
    scan_records(db, header, start_before(db, from_seq), std::numeric_limits<std::uint64_t>::max(), fn);
  });
}

journal_status journal_reader::for_each_ops(const std::function<bool(std::string_view payload)>& fn) const {
  return with_file([&](const sqlite::database& db) { scan_ops(db, fn); });
}

}  // namespace bulkhead
