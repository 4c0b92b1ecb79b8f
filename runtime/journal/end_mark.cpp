#include "runtime/journal/end_mark.hpp"

#include "runtime/journal/crc32c.hpp"

#include <array>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace bulkhead {
namespace {

// Fixed width: a shorter note over a longer one leaves nothing of it.
constexpr std::size_t note_size = 44;

std::uint32_t checksum(std::uint64_t seq, bool synced) { return crc32c_fields{}.add(seq).add(synced ? 1 : 0).value(); }

}  // namespace

std::filesystem::path end_mark::path_of(const std::filesystem::path& journal_file) {
  return journal_file.string() + "-end";
}

end_mark::end_mark(const std::filesystem::path& journal_file, sqlite::sync_mode sync)
    : fd_(::open(path_of(journal_file).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)),
      is_synced_(sync == sqlite::sync_mode::full) {}

end_mark::~end_mark() {
  if (fd_ >= 0) ::close(fd_);
}

void end_mark::note(std::uint64_t seq) noexcept {
  if (fd_ < 0) return;
  std::array<char, note_size> text{};
  fmt::format_to_n(text.begin(), text.size(), "{:<6} {:020} {:010} end\n", is_synced_ ? "full" : "normal", seq,
                   checksum(seq, is_synced_));
  if (::pwrite(fd_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size())) return;
  (void)::ftruncate(fd_, 0);
}

std::optional<end_noted> end_mark::read(const std::filesystem::path& journal_file) {
  std::ifstream in{path_of(journal_file)};
  std::string sync;
  std::uint64_t seq = 0;
  std::uint32_t crc = 0;
  std::string end;
  if (!(in >> sync >> seq >> crc >> end) || end != "end" || (sync != "full" && sync != "normal")) return std::nullopt;
  const bool synced = sync == "full";
  if (crc != checksum(seq, synced)) return std::nullopt;
  return end_noted{seq, synced};
}

}  // namespace bulkhead
