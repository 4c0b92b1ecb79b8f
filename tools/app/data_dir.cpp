#include "tools/app/data_dir.hpp"

#include "tools/app/kafka_runs.hpp"
#include "tools/app/node_builder.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <unistd.h>

namespace bulkhead::app {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> kept_files(const fs::path& dir) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator{dir}) {
    const std::string name = entry.path().filename().string();
    if (name.find(".journal.db") != std::string::npos || name.find(".views.db") != std::string::npos ||
        name == "feed.frames" || name == "run.json") {
      found.push_back(entry.path());
    }
  }
  return found;
}

void move_aside(const fs::path& dir) {
  const auto files = kept_files(dir);
  if (files.empty()) return;
  int n = 1;
  while (fs::exists(dir / fmt::format("before-{}", n))) ++n;
  const fs::path aside = dir / fmt::format("before-{}", n);
  fs::create_directory(aside);
  // run.json last: until it is gone, what is left is still known as an earlier run.
  for (const fs::path& file : files) {
    if (file.filename() != "run.json") fs::rename(file, aside / file.filename());
  }
  if (fs::exists(dir / "run.json")) fs::rename(dir / "run.json", aside / "run.json");
}

std::string drawn_id() {
  std::random_device draw;
  return fmt::format("{:08x}{:08x}", draw(), draw());
}

/// Journals in Kafka are no files, and a folder that holds this alone is free for journals in files.
constexpr const char* kafka_run_file = "kafka-run.json";

nlohmann::json read_run_file(const fs::path& dir, const char* name = "run.json") {
  std::ifstream in{dir / name};
  auto known = nlohmann::json::parse(in, nullptr, false);
  return known.is_object() ? known : nlohmann::json::object();
}

/// Written whole or not at all: a crash between the two leaves the old name.
void write_fingerprint(const fs::path& file, const std::string& fingerprint) {
  const fs::path fresh = file.string() + ".new";
  std::ofstream out{fresh};
  out << nlohmann::json{{"feed", fingerprint}, {"run", drawn_id()}}.dump() << '\n';
  out.close();
  if (!out) throw std::runtime_error(fmt::format("{}: cannot be written; is the disk full?", fresh.string()));
  fs::rename(fresh, file);
}

}  // namespace

data_dir_lock::~data_dir_lock() {
  if (fd_ >= 0) ::close(fd_);
}

std::string data_dir_lock::take(const fs::path& dir) {
  std::error_code error;
  fs::create_directories(dir, error);
  if (error) return fmt::format("data_dir {}: cannot be made: {}", dir.string(), error.message());
  const fs::path file = dir / "lock";
  fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd_ < 0) return fmt::format("{}: {}; check the folder's permissions", file.string(), std::strerror(errno));
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    return fmt::format("data_dir {} is in use by another bulkhead; stop it or give another --data-dir", dir.string());
  }
  return {};
}

broker_lock::~broker_lock() {
  if (fd_ >= 0) ::close(fd_);
}

std::string broker_lock::take(const fs::path& dir, const broker_id& broker, std::chrono::milliseconds patience) {
  const fs::path file = dir / (broker.str() + ".lock");
  fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd_ < 0) return fmt::format("{}: {}; check the folder's permissions", file.string(), std::strerror(errno));
  const auto until = std::chrono::steady_clock::now() + patience;
  while (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    if (std::chrono::steady_clock::now() >= until) {
      return fmt::format("{}: another process holds the files of broker {}; end it first", file.string(), broker.str());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return {};
}

std::string run_id(const config::settings& s) {
  return read_run_file(s.data_dir, s.journal.backend == "kafka" ? kafka_run_file : "run.json").value("run", "");
}

std::string journals_name(const config::settings& s) { return fmt::format("{} run {}", s.journal.backend, run_id(s)); }

std::string prepare_data_dir(const config::settings& s, start_mode mode, const std::string& feed_fingerprint) {
  if (s.journal.backend == "memory") return {};
  if (s.journal.backend == "kafka") {
    const std::string wrong = prepare_topics(s, mode, feed_fingerprint);
    // A plain start is let through on empty journals only: whatever views there are belong to another past. So they may
    // where this folder does not know the run: they are written again then.
    const bool is_new = mode != start_mode::resume || run_id(s).empty();
    if (wrong.empty() && is_new) write_fingerprint(s.data_dir / kafka_run_file, feed_fingerprint);
    return wrong;
  }
  if (mode == start_mode::fresh) move_aside(s.data_dir);
  const fs::path run_file = s.data_dir / "run.json";
  if (!fs::exists(run_file)) {
    if (!kept_files(s.data_dir).empty()) {
      return fmt::format(
          "data_dir {} holds journals but no run.json, so the feed they followed is not known; put it back, move them "
          "aside with --fresh, or give another --data-dir",
          s.data_dir.string());
    }
    write_fingerprint(run_file, feed_fingerprint);
    return {};
  }
  if (mode == start_mode::plain) {
    return fmt::format(
        "data_dir {} holds journals of an earlier run, which this one would trade again; use --resume to go on where "
        "it "
        "ended, --fresh to move it aside, or another --data-dir",
        s.data_dir.string());
  }
  const std::string recorded = read_run_file(s.data_dir).value("feed", "");
  if (recorded == feed_fingerprint) return {};
  return fmt::format(
      "the feed is not the one that {} was recorded with (data, dates or instruments changed); a resumed run must see "
      "the same frames: restore them, or start anew with --fresh",
      s.data_dir.string());
}

}  // namespace bulkhead::app
