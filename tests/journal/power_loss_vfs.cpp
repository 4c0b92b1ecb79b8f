#include "support/power_loss_vfs.hpp"

#include "support/sqlite_files.hpp"

#include <algorithm>
#include <new>

namespace bulkhead::test {
namespace {

constexpr std::size_t sector = 512;

/// Lies in the memory that SQLite gives for a file; the real file follows it.
struct shim_file {
  sqlite3_file base;
  power_loss_vfs* owner;
  std::shared_ptr<power_loss_vfs::file_state>* state;  ///< null: a temporary file
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

shim_file& shim(sqlite3_file* f) { return *reinterpret_cast<shim_file*>(f); }
sqlite3_file* real(sqlite3_file* f) { return shim(f).real(); }
sqlite3_vfs* real_vfs() { return sqlite3_vfs_find("unix"); }

int close_file(sqlite3_file* f) {
  const int code = real(f)->pMethods->xClose(real(f));
  delete shim(f).state;
  return code;
}

int write_file(sqlite3_file* f, const void* data, int size, sqlite3_int64 at) {
  const int code = real(f)->pMethods->xWrite(real(f), data, size, at);
  if (code == SQLITE_OK && shim(f).state != nullptr) {
    shim(f).owner->note(**shim(f).state, {at, {static_cast<const char*>(data), std::size_t(size)}, false});
  }
  return code;
}

int truncate_file(sqlite3_file* f, sqlite3_int64 size) {
  const int code = real(f)->pMethods->xTruncate(real(f), size);
  if (code == SQLITE_OK && shim(f).state != nullptr) shim(f).owner->note(**shim(f).state, {size, {}, true});
  return code;
}

int sync_file(sqlite3_file* f, int flags) {
  const int code = real(f)->pMethods->xSync(real(f), flags);
  if (code == SQLITE_OK && shim(f).state != nullptr) shim(f).owner->sync(**shim(f).state);
  return code;
}

template <auto Method, class... Args>
auto pass_on(sqlite3_file* f, Args... args) {
  return (real(f)->pMethods->*Method)(real(f), args...);
}

const sqlite3_io_methods methods = [] {
  sqlite3_io_methods m{};
  m.iVersion = 2;  // shared memory, but no memory-mapped pages: those would bypass xWrite
  m.xClose = close_file;
  m.xRead = pass_on<&sqlite3_io_methods::xRead, void*, int, sqlite3_int64>;
  m.xWrite = write_file;
  m.xTruncate = truncate_file;
  m.xSync = sync_file;
  m.xFileSize = pass_on<&sqlite3_io_methods::xFileSize, sqlite3_int64*>;
  m.xLock = pass_on<&sqlite3_io_methods::xLock, int>;
  m.xUnlock = pass_on<&sqlite3_io_methods::xUnlock, int>;
  m.xCheckReservedLock = pass_on<&sqlite3_io_methods::xCheckReservedLock, int*>;
  m.xFileControl = pass_on<&sqlite3_io_methods::xFileControl, int, void*>;
  m.xSectorSize = pass_on<&sqlite3_io_methods::xSectorSize>;
  m.xDeviceCharacteristics = pass_on<&sqlite3_io_methods::xDeviceCharacteristics>;
  m.xShmMap = pass_on<&sqlite3_io_methods::xShmMap, int, int, int, void volatile**>;
  m.xShmLock = pass_on<&sqlite3_io_methods::xShmLock, int, int, int>;
  m.xShmBarrier = pass_on<&sqlite3_io_methods::xShmBarrier>;
  m.xShmUnmap = pass_on<&sqlite3_io_methods::xShmUnmap, int>;
  return m;
}();

int open_file(sqlite3_vfs* v, sqlite3_filename name, sqlite3_file* f, int flags, int* out_flags) {
  auto& file = *new (f) shim_file{};
  file.owner = static_cast<power_loss_vfs*>(v->pAppData);
  const int code = real_vfs()->xOpen(real_vfs(), name, file.real(), flags, out_flags);
  if (code != SQLITE_OK) return code;
  file.base.pMethods = &methods;
  if (name == nullptr) return code;
  if (auto state = file.owner->state_of(name)) file.state = new std::shared_ptr(std::move(state));
  return code;
}

int delete_file(sqlite3_vfs* v, const char* name, int sync_folder) {
  const int code = real_vfs()->xDelete(real_vfs(), name, sync_folder);
  if (code == SQLITE_OK) static_cast<power_loss_vfs*>(v->pAppData)->remove(name);
  return code;
}

void apply(std::string& content, const power_loss_vfs::write& w, std::size_t begin, std::size_t end) {
  const auto at = static_cast<std::size_t>(w.at);
  if (w.truncates) {
    content.resize(at);
    return;
  }
  if (content.size() < at + end) content.resize(at + end);
  content.replace(at + begin, end - begin, w.bytes, begin, end - begin);
}

}  // namespace

power_loss_vfs::power_loss_vfs(std::string folder)
    : folder_(std::move(folder)), vfs_(std::make_unique<sqlite3_vfs>(*sqlite3_vfs_find("unix"))) {
  vfs_->pNext = nullptr;
  vfs_->zName = "power-loss";
  vfs_->pAppData = this;
  vfs_->szOsFile += static_cast<int>(sizeof(shim_file));
  vfs_->xOpen = open_file;
  vfs_->xDelete = delete_file;
  sqlite3_vfs_register(vfs_.get(), 1);
}

power_loss_vfs::~power_loss_vfs() {
  sqlite3_vfs_unregister(vfs_.get());
  sqlite3_vfs_register(sqlite3_vfs_find("unix"), 1);
}

std::shared_ptr<power_loss_vfs::file_state> power_loss_vfs::state_of(const std::string& path) {
  if (!path.starts_with(folder_)) return nullptr;
  const std::scoped_lock lock{guard_};
  auto& state = files_[path];
  if (!state) {
    // Made under another name and linked into place, synced.
    state = std::make_shared<file_state>();
    state->synced = bytes_of(path);
  }
  return state;
}

void power_loss_vfs::note(file_state& f, write w) {
  const std::scoped_lock lock{guard_};
  f.since.push_back(std::move(w));
}

void power_loss_vfs::sync(file_state& f) {
  const std::scoped_lock lock{guard_};
  if (ignores_syncs_) return;
  ++syncs_;
  for (const write& w : f.since) apply(f.synced, w, 0, w.bytes.size());
  f.since.clear();
}

void power_loss_vfs::remove(const std::string& path) {
  const std::scoped_lock lock{guard_};
  files_.erase(path);
}

std::map<std::string, std::string> power_loss_vfs::image(fate unsynced, std::mt19937& random) {
  const std::scoped_lock lock{guard_};
  std::map<std::string, std::string> contents;
  for (const auto& [path, state] : files_) contents[path] = image_of(*state, unsynced, random);
  return contents;
}

std::string power_loss_vfs::image_of(const file_state& f, fate unsynced, std::mt19937& random) {
  std::string content = f.synced;
  for (const write& w : f.since) {
    const auto draw = unsynced == fate::drawn ? random() % 3 : unsynced == fate::kept ? 1U : 0U;
    if (draw == 0) continue;
    std::size_t begin = 0;
    std::size_t end = w.bytes.size();
    if (draw == 2 && end > sector) {
      const std::size_t cut = (random() % (end / sector)) * sector;
      (random() % 2 == 0 ? begin : end) = cut;
    }
    apply(content, w, begin, end);
  }
  return content;
}

std::size_t power_loss_vfs::unsynced() {
  const std::scoped_lock lock{guard_};
  std::size_t count = 0;
  for (const auto& [path, state] : files_) count += state->since.size();
  return count;
}

std::uint64_t power_loss_vfs::syncs() {
  const std::scoped_lock lock{guard_};
  return syncs_;
}

void power_loss_vfs::ignore_syncs(bool ignored) {
  const std::scoped_lock lock{guard_};
  ignores_syncs_ = ignored;
}

}  // namespace bulkhead::test
