#pragma once
// Replays ticks: CSV files, or a recorded feed frame for frame. Exact rules: docs/kernel.md, "Tick files".
#include "runtime/domain/session.hpp"
#include "runtime/feeds/feed_result.hpp"
#include "runtime/feeds/tick_files.hpp"

namespace bulkhead {

/// Reads everything at once (blocking). An error when the path has no usable row in range; everything else that was
/// refused is in problems(). `instruments` is used here only. The source has one owner; next() does not allocate once
/// the batch has grown.
[[nodiscard]] feed_result make_ticks_source(const tick_selection& selection, const instrument_table& instruments,
                                            const trading_session& session);

/// Frames that are there already, counted from 1.
[[nodiscard]] std::unique_ptr<feed_source> make_frames_source(frame_batch frames, const instrument_table& instruments);

}  // namespace bulkhead
