#pragma once
// The SQLite file of one broker's views, synchronous. Not thread-safe: the store's thread owns it. Throws
// std::runtime_error whose text names the file.
//
//   meta(id = 1, broker, projected_seq)     views(key, field, value)
#include "runtime/domain/ids.hpp"
#include "runtime/ports/state_store.hpp"
#include "runtime/sqlite/database.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace bulkhead {

class store_file {
 public:
  /// Opens, or creates where there is no file. Refuses another broker's store and a file that is none; throws a
  /// sqlite::error with damaged() where the content is broken.
  store_file(const std::filesystem::path& file, const broker_id& broker);

  /// Into the open transaction, beginning one if there is none.
  void project(std::uint64_t projected_seq, const std::vector<view_update>& updates);
  void clear();
  void commit();
  void rollback() noexcept { db_.rollback(); }
  [[nodiscard]] bool in_transaction() const noexcept { return !db_.idle(); }

  [[nodiscard]] std::uint64_t projected() const;
  [[nodiscard]] std::map<std::string, std::string> get(const std::string& key) const;

 private:
  void begin();
  void set_projected(std::uint64_t seq);

  sqlite::database db_;
  sqlite::statement upsert_;
  sqlite::statement set_projected_;
};

/// Renames a damaged store's file (with its log) to "{file}.damaged", over an earlier one; returns the new name.
std::filesystem::path move_aside(const std::filesystem::path& file);

}  // namespace bulkhead
