#pragma once
// The journals of a configuration as commands read them, wherever they lie. Nothing here takes an epoch.
#include "config/settings.hpp"
#include "runtime/journal/journal_rows.hpp"
#include "runtime/ports/journal.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::app {

/// One broker's journal. One thread.
class journal_source {
 public:
  virtual ~journal_source() = default;
  /// The file, or servers and topic.
  [[nodiscard]] virtual std::string name() const = 0;
  /// Whether there is one. The error: it cannot be told.
  [[nodiscard]] virtual journal_status exists(bool& found) = 0;
  [[nodiscard]] virtual journal_status header(journal_header& found) = 0;
  [[nodiscard]] virtual journal_status for_each(std::uint64_t from_seq,
                                                const std::function<bool(const journal_record&)>& fn) = 0;
  [[nodiscard]] virtual journal_status snapshots(std::vector<journal_snapshot>& found) = 0;
  [[nodiscard]] virtual journal_status for_each_ops(const std::function<bool(std::string_view payload)>& fn) = 0;
};

[[nodiscard]] std::unique_ptr<journal_source> journal_source_of(const config::settings& s, const broker_id& b);
/// Of a SQLite journal, of any broker.
[[nodiscard]] std::unique_ptr<journal_source> file_source(std::filesystem::path file);

}  // namespace bulkhead::app
