#pragma once
// The topics that keep one broker's journal, and what each must be set to: whoever makes them and whoever writes them
// ask here.
#include "runtime/domain/ids.hpp"
#include "runtime/kafka/admin.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace bulkhead::kafka {

/// Events, snapshots, facts about running. Another partition or a cleaner among the events, and acknowledged ones are
/// lost or out of order; of the snapshots compaction keeps the newest few.
[[nodiscard]] std::vector<topic_spec> journal_topics(const broker_id& b, std::int32_t replication);

/// Why a journal must not be written to the topic that was found; empty: it may. What only costs time or space is none
/// of it.
[[nodiscard]] std::string wrong_with(const topic_spec& wanted, const topic_spec& found);

}  // namespace bulkhead::kafka
