#pragma once
// Replays 1-minute bars as frames. Exact rules: docs/kernel.md, "From bars to frames".
#include "runtime/domain/session.hpp"
#include "runtime/feeds/feed_result.hpp"

#include <filesystem>
#include <optional>
#include <vector>

namespace bulkhead {

/// Reads everything at once (blocking; about 56 bytes a bar stay in memory). `from` and `to` are inclusive. An error
/// when the path has no readable file with a good row in range; everything else that was refused is in problems().
/// `clock_times`: times of day at which every trading day has a clock frame. `instruments` is used here only. The
/// source has one owner; next() does not allocate once the batch has grown.
[[nodiscard]] feed_result make_replay_source(const std::filesystem::path& path, std::optional<trade_date> from,
                                             std::optional<trade_date> to, const instrument_table& instruments,
                                             const trading_session& session,
                                             const std::vector<duration>& clock_times = {});

}  // namespace bulkhead
