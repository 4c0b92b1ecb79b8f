#pragma once
// A SQLite VFS over the real one that remembers, per file, what was synced and what was only written. A test takes
// images of the moment when the power fails: what was synced is there; of what was written since, any part may be.
// One test at a time; it follows the files of one folder.
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include <sqlite3.h>

namespace bulkhead::test {

class power_loss_vfs {
 public:
  explicit power_loss_vfs(std::string folder);  ///< becomes SQLite's default
  ~power_loss_vfs();                            ///< and no longer is
  power_loss_vfs(const power_loss_vfs&) = delete;
  power_loss_vfs& operator=(const power_loss_vfs&) = delete;

  /// What an unsynced write may come to.
  enum class fate : std::uint8_t { lost, kept, drawn };
  /// Every file's content, by path, if the power fails now. drawn: each unsynced write is kept, lost, or torn at a
  /// sector's border, in any combination, as a disk that reorders may leave it.
  [[nodiscard]] std::map<std::string, std::string> image(fate unsynced, std::mt19937& random);
  /// Writes that were never synced, of all files.
  [[nodiscard]] std::size_t unsynced();
  [[nodiscard]] std::uint64_t syncs();
  /// Makes every sync from now on a lie, to see that a test can fail.
  void ignore_syncs(bool ignored);

  struct write {
    std::int64_t at = 0;
    std::string bytes;  ///< empty: truncated to `at`
    bool truncates = false;
  };
  struct file_state {
    std::string synced;
    std::vector<write> since;
  };
  // For the VFS's functions.
  /// nullptr: of another folder.
  std::shared_ptr<file_state> state_of(const std::string& path);
  void note(file_state& f, write w);
  void sync(file_state& f);
  void remove(const std::string& path);

 private:
  static std::string image_of(const file_state& f, fate unsynced, std::mt19937& random);

  const std::string folder_;
  std::mutex guard_;
  std::map<std::string, std::shared_ptr<file_state>> files_;
  std::uint64_t syncs_ = 0;
  bool ignores_syncs_ = false;
  std::unique_ptr<sqlite3_vfs> vfs_;
};

}  // namespace bulkhead::test
