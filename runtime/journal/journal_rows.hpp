#pragma once
// How a journal lies in SQLite, and reading it with every checksum verified. Works on a read-only connection. Throws
// std::runtime_error whose text names file and record.
//
//   meta(id = 1, broker, epoch, head_seq, head_crc, crc)   one row, rewritten with every commit
//   events(seq, epoch, payload, crc)                       crc = CRC-32C(crc of seq - 1, seq, epoch, payload)
//   snapshots(id, epoch, seq, feed_seq, schema, chain, body, crc)   chain = crc of event seq
//   ops(id, epoch, payload)
//
// meta's head says where the chain ends, so a lost last row is seen. Loss of the end of the write-ahead log takes the
// head with it: what is left is a whole, verified, older state; end_mark.hpp tells.
#include "runtime/journal/end_mark.hpp"
#include "runtime/ports/journal.hpp"
#include "runtime/sqlite/database.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead {

struct journal_header {
  std::string broker;
  std::uint64_t epoch = 0;
  std::uint64_t head_seq = 0;  ///< last record; 0: none
  std::uint32_t head_crc = 0;  ///< its link of the chain

  [[nodiscard]] std::uint32_t checksum() const;
};

/// The link of one record in the chain; `previous` is 0 for the first.
[[nodiscard]] std::uint32_t chain_link(std::uint32_t previous, std::uint64_t seq, std::uint64_t epoch,
                                       std::string_view payload);
[[nodiscard]] std::uint32_t snapshot_checksum(std::uint64_t epoch, std::uint32_t chain, const journal_snapshot& s);

/// Damage to a journal's content; the text names file and record and says what to do.
class journal_damage : public sqlite::error {
 public:
  using sqlite::error::error;
};
[[noreturn]] void fail_damaged(const sqlite::database& db, std::string_view record, std::string_view what);
/// Passes on what SQLite reported while it worked on that record: as damage where the content is to blame.
[[noreturn]] void fail_at(const sqlite::database& db, std::string_view record, const sqlite::error& e);

/// Runs `work`; its failures name `record`.
template <class Work>
auto naming(const sqlite::database& db, std::string_view record, Work&& work) {
  try {
    return work();
  } catch (const journal_damage&) {
    throw;
  } catch (const sqlite::error& e) {
    fail_at(db, record, e);
  }
}
[[nodiscard]] std::string record_name(std::uint64_t seq);

/// Makes the file whole under another name and links it into place, so that a journal's file is never half made: an
/// empty or headless file under this name is damage, not a new journal. Keeps a file that is there.
void create_journal(const std::filesystem::path& file, std::string_view broker);

/// The connection to a file that is a journal of this format, of any broker.
[[nodiscard]] std::unique_ptr<sqlite::database> connect_journal(const std::filesystem::path& file,
                                                                sqlite::open_mode mode);
[[nodiscard]] journal_header read_header(const sqlite::database& db);
/// What is wrong where the journal ends before a record that was acknowledged; empty: nothing.
[[nodiscard]] std::string lost_end(const sqlite::database& db, const journal_header& header,
                                   const std::optional<end_noted>& noted);
/// Refuses a journal that has lost records that were on the disk.
void require_end(const sqlite::database& db, const journal_header& header, const std::optional<end_noted>& noted);

/// A snapshot and the link of the chain that it follows.
struct verified_snapshot {
  journal_snapshot snapshot;
  std::uint32_t chain = 0;
};
/// Gives `fn` each snapshot whose checksum holds, the newest first, until it returns false. `damaged` gets one text for
/// each that it passed over.
void scan_snapshots(const sqlite::database& db, const journal_header& header, std::vector<std::string>& damaged,
                    const std::function<bool(verified_snapshot)>& fn);
/// The newest snapshot whose checksum holds. `damaged` gets one text for each that it passed over.
[[nodiscard]] std::optional<verified_snapshot> newest_snapshot(const sqlite::database& db, const journal_header& header,
                                                               std::vector<std::string>& damaged);

/// Where a scan begins: the record after this link.
struct chain_start {
  std::uint64_t seq = 0;
  std::uint32_t crc = 0;
};
/// The start from which record `from_seq` comes next, as its predecessor's row says; the row of `from_seq` proves it.
[[nodiscard]] chain_start start_before(const sqlite::database& db, std::uint64_t from_seq);

/// Gives `fn` each verified record after `start` up to `until`, or until it returns false. Call inside a transaction,
/// with the header read in it.
void scan_records(const sqlite::database& db, const journal_header& header, chain_start start, std::uint64_t until,
                  const std::function<bool(journal_record)>& fn);

/// Every fact of append_ops(), in order. Not checksummed: best effort.
void scan_ops(const sqlite::database& db, const std::function<bool(std::string_view payload)>& fn);

}  // namespace bulkhead
