#pragma once
// Replays 1-minute bars as frames. Exact rules: docs/kernel.md, "From bars to frames".
#include "runtime/domain/session.hpp"
#include "runtime/feeds/feed_result.hpp"

#include <filesystem>
#include <optional>

namespace bulkhead {

/// Reads everything at once (blocking; about 56 bytes a bar stay in memory). `from` and `to` are inclusive. An error
/// when the path has no readable file with a good row in range; everything else that was refused is in problems().
/// `instruments` is used here only. The source has one owner; next() does not allocate once the batch has grown.
[[nodiscard]] feed_result make_replay_source(const std::filesystem::path& path, std::optional<trade_date> from,
                                             std::optional<trade_date> to, const instrument_table& instruments,
                                             trading_session session);

}  // namespace bulkhead
