#include "actors/watched.hpp"

namespace bulkhead::actors {
namespace {

/// Of the handler that this thread runs; CAF runs one actor at a time on a thread.
thread_local const vitals* at_work = nullptr;

}  // namespace

void stop_if_revoked() {
  if (at_work != nullptr && at_work->revoked()) throw std::runtime_error("revoked while it was at work");
}

namespace detail {

noted_handler::noted_handler(vitals& of, const std::type_info& message) noexcept : of_(&of) {
  of.begin(message);
  at_work = &of;
}

noted_handler::~noted_handler() {
  at_work = nullptr;
  of_->end();
}

}  // namespace detail
}  // namespace bulkhead::actors
