#include "runtime/journal/journal_call.hpp"

namespace bulkhead {

void refuse(journal_call& call, const std::string& error, std::uint64_t durable_seq) {
  struct visitor {
    const std::string& error;
    std::uint64_t durable_seq;
    void operator()(open_call& c) const { c.done({error}, {}); }
    void operator()(append_call& c) const { c.done({error}, durable_seq); }
    void operator()(snapshot_call& c) const { c.done({error}); }
    void operator()(read_call& c) const { c.done({error}, {}); }
    void operator()(ops_call&) const {}
  };
  std::visit(visitor{error, durable_seq}, call);
}

}  // namespace bulkhead
