#include "runtime/frame_log/frame_log.hpp"

#include "runtime/frame_log/frame_codec.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bulkhead {
namespace {

constexpr std::string_view magic = "bulkhead frames 1\n";
constexpr std::size_t read_ahead = 64UL * 1024;

}  // namespace

std::string this_boot() {
  std::ifstream in{"/proc/sys/kernel/random/boot_id"};
  std::string id;
  std::getline(in, id);
  return id;
}

frame_log::frame_log(frame_log_settings settings, const instrument_table& instruments, access how)
    : settings_(std::move(settings)), instruments_(&instruments), access_(how) {
  open();
  try {
    load();
    if (access_ == access::append) replace_lost();
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

frame_log::~frame_log() {
  try {
    if (access_ == access::append) finish();
  } catch (const std::exception&) {
    promised_ = 0;  // the promise stands: at worst, the next start makes clock frames of what nobody has seen
  }
  ::close(fd_);
}

/// All of it is on the disk, and no seq beyond is in use.
void frame_log::finish() {
  if (promised_ <= size()) return;
  sync();
  std::string bytes;
  append_record(bytes, promise_record{size(), settings_.boot});
  write(bytes);
  sync();
}

void frame_log::fail(const std::string& what) const {
  throw frame_log_error(fmt::format("{}: {}", settings_.file.string(), what));
}

void frame_log::open() {
  const int flags = access_ == access::append ? O_RDWR | O_CREAT : O_RDONLY;
  fd_ = ::open(settings_.file.c_str(), flags | O_CLOEXEC, 0600);
  if (fd_ < 0) fail(std::error_code{errno, std::generic_category()}.message());
}

void frame_log::load() {
  struct stat status {};
  if (::fstat(fd_, &status) != 0) fail(std::error_code{errno, std::generic_category()}.message());
  const auto file_end = static_cast<std::uint64_t>(status.st_size);
  place at;
  const std::string_view head = bytes_at(at, std::min<std::uint64_t>(magic.size(), file_end), file_end);
  if (head != magic.substr(0, head.size())) fail("is no log of frames; move it away, or start with --fresh");
  if (head.size() < magic.size()) {  // new, or its maker was ended before it was written
    if (access_ == access::read_only) fail("holds no frames");
    if (::ftruncate(fd_, 0) != 0) fail(std::error_code{errno, std::generic_category()}.message());
    return write(std::string{magic});
  }
  std::uint64_t offset = magic.size();
  for (at.offset = offset; offset < file_end; at.offset = offset) {
    const std::string_view record_head = bytes_at(at, record_head_bytes, file_end);
    if (record_head.size() < record_head_bytes) break;
    // Only the head is looked at: a length that cannot be is no record.
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length |= std::size_t{static_cast<unsigned char>(record_head[i])} << (8 * i);
    if (length == 0 || length > max_record_bytes || file_end - offset - record_head_bytes < length) break;
    const std::string record{bytes_at(at, record_head_bytes + length, file_end)};
    if (!read_record(record)) break;
    take(record, offset);
    offset += record.size();
  }
  end_ = offset;
  if (access_ == access::append && offset < file_end && ::ftruncate(fd_, static_cast<off_t>(offset)) != 0) {
    fail(std::error_code{errno, std::generic_category()}.message());
  }
}

void frame_log::take(const std::string& record, std::uint64_t offset) {
  const auto read = read_record(record);
  if (const auto* key = std::get_if<key_record>(&*read)) return add_key(key->key);
  if (const auto* promise = std::get_if<promise_record>(&*read)) {
    promised_ = promise->through;
    promised_by_ = promise->boot;
    return;
  }
  const auto& frame = std::get<frame_record>(*read);
  const bool known = std::ranges::all_of(frame.ticks, [&](const tick& t) { return t.instrument.index < keys_.size(); });
  if (frame.seq != size_ + 1 || frame.ts < last_ts_ || !known) {
    fail(fmt::format("is damaged: frame {} follows frame {}; restore it, or start with --fresh", frame.seq, size_));
  }
  if (size_ % index_every == 0) index_.push_back(offset);
  size_ = frame.seq;
  last_ts_ = frame.ts;
}

void frame_log::add_key(const std::string& key) {
  const auto id = instruments_->find(key);
  if (!id) fail(fmt::format("holds ticks of {}, which the instruments do not name; put its row back", key));
  numbers_[id->index] = static_cast<std::uint32_t>(keys_.size());
  keys_.push_back(*id);
}

/// The machine went down: what it had not written to the disk may have been seen by consumers.
void frame_log::replace_lost() {
  if (promised_by_ == settings_.boot || promised_ <= size_) return;
  lost_ = promised_ - size_;
  const timestamp ts = std::max(last_ts_, settings_.now);
  while (size_ < promised_) (void)append(ts, frame_kind::clock, {});
  sync();
}

/// Of its key; one that has none yet gets the next, which is in the file from write_keys() on.
std::uint32_t frame_log::number_of(instrument_id id) {
  const auto known = numbers_.find(id.index);
  if (known != numbers_.end()) return known->second;
  const auto number = static_cast<std::uint32_t>(numbers_.size());
  numbers_.emplace(id.index, number);
  unwritten_keys_.push_back(id);
  return number;
}

void frame_log::write_keys() {
  if (unwritten_keys_.empty()) return;
  std::string bytes;
  for (const instrument_id id : unwritten_keys_) append_record(bytes, key_record{instruments_->key(id)});
  write(bytes);
  const std::scoped_lock lock{guard_};
  keys_.insert(keys_.end(), unwritten_keys_.begin(), unwritten_keys_.end());
  unwritten_keys_.clear();
}

std::uint64_t frame_log::end() const {
  const std::scoped_lock lock{guard_};
  return end_;
}

void frame_log::write(const std::string& bytes) {
  const std::uint64_t end = this->end();
  for (std::size_t done = 0; done < bytes.size();) {
    const auto n = ::pwrite(fd_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(end + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      const int error = errno;
      // What was begun is written over by the next try.
      (void)!::ftruncate(fd_, static_cast<off_t>(end));
      fail(std::error_code{error, std::generic_category()}.message());
    }
    done += static_cast<std::size_t>(n);
  }
  const std::scoped_lock lock{guard_};
  end_ = end + bytes.size();
}

/// On the disk before the first frame that counts on it.
void frame_log::make_promise() {
  const feed_seq through = size() + settings_.promise;
  std::string bytes;
  append_record(bytes, promise_record{through, settings_.boot});
  write(bytes);
  sync();
  promised_ = through;
  promised_by_ = settings_.boot;
}

feed_seq frame_log::append(timestamp ts, frame_kind kind, std::span<const tick> ticks) {
  const feed_seq seq = size() + 1;
  if (ts < last_ts()) throw std::logic_error("a frame before the last one");
  if (seq > promised_) make_promise();
  buffer_.clear();
  frame_record record{seq, ts, kind, {ticks.begin(), ticks.end()}};
  for (tick& t : record.ticks) t.instrument.index = number_of(t.instrument);
  write_keys();
  const std::uint64_t offset = end();
  append_record(buffer_, record);
  write(buffer_);
  {
    const std::scoped_lock lock{guard_};
    if (size_ % index_every == 0) index_.push_back(offset);
    size_ = seq;
    last_ts_ = ts;
  }
  const std::scoped_lock lock{listeners_guard_};
  for (const auto& [number, told] : listeners_) told();
  return seq;
}

void frame_log::sync() {
  if (::fdatasync(fd_) != 0) fail(std::error_code{errno, std::generic_category()}.message());
}

feed_seq frame_log::size() const {
  const std::scoped_lock lock{guard_};
  return size_;
}

timestamp frame_log::last_ts() const {
  const std::scoped_lock lock{guard_};
  return last_ts_;
}

frame_log::place frame_log::find(feed_seq seq) const {
  place at;
  {
    const std::scoped_lock lock{guard_};
    const feed_seq wanted = std::min(seq, size_ + 1);
    const std::size_t slot = index_.empty() ? 0 : std::min<std::size_t>((wanted - 1) / index_every, index_.size() - 1);
    at.next = index_.empty() ? 1 : slot * index_every + 1;
    at.offset = index_.empty() ? magic.size() : index_[slot];
  }
  for (frame_batch passed; at.next < seq && read(at, passed);) passed.clear();
  return at;
}

bool frame_log::read(place& at, frame_batch& out) const {
  for (;;) {
    std::uint64_t end = 0;
    std::size_t keys = 0;
    {
      const std::scoped_lock lock{guard_};
      if (at.next > size_) return false;
      end = end_;
      keys = keys_.size();
    }
    const std::string_view head = bytes_at(at, record_head_bytes, end);
    std::size_t length = 0;
    for (std::size_t i = 0; i < head.size() && i < 4; ++i) {
      length |= std::size_t{static_cast<unsigned char>(head[i])} << (8 * i);
    }
    if (length > max_record_bytes) fail(fmt::format("is damaged at byte {}", at.offset));
    const auto record = read_record(bytes_at(at, record_head_bytes + length, end));
    if (!record) fail(fmt::format("is damaged at byte {}", at.offset));
    at.offset += record_head_bytes + length;
    const auto* frame = std::get_if<frame_record>(&*record);
    if (frame == nullptr) continue;
    std::vector<tick> ticks = frame->ticks;
    {
      const std::scoped_lock lock{guard_};
      for (tick& t : ticks) {
        if (t.instrument.index >= keys) fail(fmt::format("is damaged before byte {}", at.offset));
        t.instrument = keys_[t.instrument.index];
      }
    }
    out.add(frame->seq, frame->ts, frame->kind, ticks);
    at.next = frame->seq + 1;
    return true;
  }
}

/// As many of the `size` bytes at the place as there are before `end`.
std::string_view frame_log::bytes_at(place& at, std::size_t size, std::uint64_t end) const {
  const std::size_t wanted = std::min<std::uint64_t>(size, end - std::min(end, at.offset));
  const bool has = at.offset >= at.bytes_from && at.offset + wanted <= at.bytes_from + at.bytes.size();
  if (!has) {
    at.bytes.resize(std::min<std::uint64_t>(std::max(wanted, read_ahead), end - std::min(end, at.offset)));
    at.bytes_from = at.offset;
    std::size_t done = 0;
    while (done < at.bytes.size()) {
      const auto n = ::pread(fd_, at.bytes.data() + done, at.bytes.size() - done, static_cast<off_t>(at.offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail(std::error_code{errno, std::generic_category()}.message());
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    at.bytes.resize(done);
  }
  return std::string_view{at.bytes}.substr(at.offset - at.bytes_from, wanted);
}

std::uint64_t frame_log::listen(std::function<void()> told) {
  const std::scoped_lock lock{listeners_guard_};
  listeners_.emplace(next_listener_, std::move(told));
  return next_listener_++;
}

void frame_log::forget(std::uint64_t listener) {
  const std::scoped_lock lock{listeners_guard_};
  listeners_.erase(listener);
}

}  // namespace bulkhead
