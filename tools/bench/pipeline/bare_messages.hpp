#pragma once
// Messages of the bare program: the shapes of actors/messages.hpp without what the domain puts in them.
#include "actors/messages.hpp"

namespace bulkhead::bench {

struct bare_peers {
  std::vector<caf::actor> all;
};
struct bare_frames {
  std::shared_ptr<const frame_batch> batch;
};
struct bare_answer {
  feed_seq through = 0;
};
struct bare_credit {
  std::size_t consumer = 0;
  feed_seq processed = 0;
};
struct bare_pump {};
struct bare_work {
  std::uint64_t id = 0;
};
struct bare_done {
  std::uint64_t id = 0;
};
struct bare_apply {
  std::uint64_t id = 0;
};
struct bare_place {
  std::uint64_t id = 0;
};
struct bare_placed {
  std::uint64_t id = 0;
};
struct bare_append {
  feed_seq feed = 0;
  bool intent = false;
  bool fill = false;
};
struct bare_durable {
  feed_seq feed = 0;
  bool intent = false;
  bool fill = false;
};

}  // namespace bulkhead::bench

#define BENCH_MESSAGES(X) \
  X(bare_peers)           \
  X(bare_frames)          \
  X(bare_answer)          \
  X(bare_credit)          \
  X(bare_pump) X(bare_work) X(bare_done) X(bare_apply) X(bare_place) X(bare_placed) X(bare_append) X(bare_durable)

CAF_BEGIN_TYPE_ID_BLOCK(bench_messages, caf::id_block::bulkhead_messages::end)
#define BENCH_ADD(T) CAF_ADD_TYPE_ID(bench_messages, (bulkhead::bench::T))
BENCH_MESSAGES(BENCH_ADD)
#undef BENCH_ADD
CAF_END_TYPE_ID_BLOCK(bench_messages)

#define BENCH_LOCAL(T) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bulkhead::bench::T)
BENCH_MESSAGES(BENCH_LOCAL)
#undef BENCH_LOCAL
