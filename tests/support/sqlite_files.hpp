#pragma once
// SQLite backends over files of a test.
#include "runtime/journal/sqlite_journal.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace bulkhead::test {

/// NORMAL unless the test is about the disk: it survives the death of the process, and is faster.
inline sqlite_journal_settings journal_at(const std::filesystem::path& file, const char* broker = "paper") {
  sqlite_journal_settings settings;
  settings.file = file;
  settings.broker = broker_id{broker};
  settings.sync = sqlite::sync_mode::normal;
  return settings;
}

inline std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

inline void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream{file, std::ios::binary | std::ios::trunc}.write(bytes.data(), std::streamsize(bytes.size()));
}

/// Runs SQL on a file behind its owner's back.
inline void tamper(const std::filesystem::path& file, const char* sql) {
  sqlite::database{file, sqlite::open_mode::existing}.exec(sql);
}

}  // namespace bulkhead::test
