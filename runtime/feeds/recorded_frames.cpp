#include "runtime/feeds/recorded_frames.hpp"

#include "runtime/domain/event_codec.hpp"

#include <fmt/format.h>

namespace bulkhead {

void recorded_frames::take(std::string_view text) {
  const market_frame frame = codec_.decode(text);
  if (frame.seq <= last_seq_) return;
  if (frame.seq != last_seq_ + 1) {
    throw codec_error(last_seq_ == 0
                          ? fmt::format("its first frame has seq {}, allowed: 1; the frames before are gone", frame.seq)
                          : fmt::format("seq {} follows {}: the frames between are missing", frame.seq, last_seq_));
  }
  last_seq_ = frame.seq;
  const trade_date date = date_of(frame.ts);
  if (frame.kind == frame_kind::session_close) closed_ = date;
  complete_ = closed_ == date;
  if ((from_ && date < *from_) || (to_ && date > *to_)) return;
  frames_.add(frames_.size() + 1, frame.ts, frame.kind, frame.ticks);
}

}  // namespace bulkhead
