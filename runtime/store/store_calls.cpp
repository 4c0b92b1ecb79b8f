#include "runtime/store/store_calls.hpp"

#include <utility>

#include <fmt/format.h>

namespace bulkhead {

void refuse(store_call& call, const std::string& error) {
  struct visitor {
    const std::string& error;
    void operator()(project_call& c) const { c.done({error}); }
    void operator()(projected_call& c) const { c.done({error}, 0); }
    void operator()(get_call& c) const { c.done({error}, {}); }
    void operator()(clear_call& c) const { c.done({error}); }
  };
  std::visit(visitor{error}, call);
}

store_queue::store_queue(std::string name, std::size_t capacity, std::chrono::milliseconds drain,
                         store_worker::process_fn process)
    : name_(std::move(name)), worker_(capacity, drain, std::move(process)) {}

void store_queue::push(store_call call, std::size_t weight) {
  const auto result = worker_.push(call, weight);
  if (result == sqlite::push_result::taken) return;
  refuse(call, result == sqlite::push_result::full
                   ? fmt::format("{}: the queue is full: {} more do not fit into the {} updates that may wait; nothing "
                                 "was written; wait for earlier projections",
                                 name_, weight, worker_.capacity())
                   : fmt::format("{}: the store is closing; nothing was written", name_));
}

}  // namespace bulkhead
