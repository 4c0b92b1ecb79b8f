#include "runtime/feeds/ticks_recorder.hpp"

#include "runtime/domain/event_codec.hpp"

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {
namespace {

namespace fs = std::filesystem;

/// The end of a file: its last whole line, and where that line ends.
struct file_end {
  std::string last_line;
  std::uintmax_t whole = 0;  ///< bytes up to the end of the last whole line
};

/// Reads backwards, so that a long recording is taken up as fast as a short one.
file_end end_of(std::istream& in, std::uintmax_t size) {
  std::string tail;
  for (std::uintmax_t length = std::min<std::uintmax_t>(size, 65'536);; length = std::min(size, length * 2)) {
    tail.resize(length);
    in.seekg(static_cast<std::streamoff>(size - length));
    in.read(tail.data(), static_cast<std::streamsize>(length));
    if (!in) throw std::runtime_error("it cannot be read");
    const std::size_t end = tail.rfind('\n');
    const std::size_t before = end == std::string::npos || end == 0 ? std::string::npos : tail.rfind('\n', end - 1);
    if (before == std::string::npos && length < size) continue;
    if (end == std::string::npos) return {};
    const std::size_t first = before == std::string::npos ? 0 : before + 1;
    return {tail.substr(first, end - first), size - length + end + 1};
  }
}

}  // namespace

ticks_recorder::ticks_recorder(fs::path file, const instrument_table& instruments)
    : file_(std::move(file)), codec_(instruments) {
  try {
    if (fs::exists(file_) && fs::file_size(file_) > 0) take_up();
  } catch (const std::exception& e) {
    throw std::runtime_error(
        fmt::format("{}: a recording cannot go on in it: {}; allowed: a new file, or one of "
                    "market.ticks records",
                    file_.string(), e.what()));
  }
  out_.open(file_, std::ios::binary | std::ios::app);
  if (!out_) throw std::runtime_error(fmt::format("{}: the recording cannot be written", file_.string()));
}

void ticks_recorder::take_up() {
  std::ifstream in(file_, std::ios::binary);
  const std::uintmax_t size = fs::file_size(file_);
  const file_end end = end_of(in, size);
  if (end.whole > 0) last_seq_ = codec_.decode(end.last_line).seq;
  if (end.whole < size) fs::resize_file(file_, end.whole);
}

void ticks_recorder::append(const frame_batch& frames) {
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const frame_view frame = frames[i];
    if (frame.seq <= last_seq_) continue;
    out_ << codec_.encode(frame) << '\n';
    last_seq_ = frame.seq;
  }
  out_.flush();
  if (!out_) throw std::runtime_error(fmt::format("{}: the recording cannot be written", file_.string()));
}

}  // namespace bulkhead
