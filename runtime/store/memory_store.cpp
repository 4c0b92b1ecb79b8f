#include "runtime/store/memory_store.hpp"

#include "runtime/store/view_keys.hpp"

namespace bulkhead {

void memory_store::project(std::uint64_t projected_seq, std::vector<view_update> updates, done_fn done) {
  if (auto refusal = refuse_updates(broker_, updates); !refusal.empty()) return done({std::move(refusal)});
  {
    const std::scoped_lock lock{views_->guard};
    for (auto& update : updates) {
      if (update.fields.empty()) continue;
      auto& hash = views_->hashes[update.key];
      for (auto& [field, value] : update.fields) hash.insert_or_assign(std::move(field), std::move(value));
    }
    views_->projected_seq = projected_seq;
  }
  done({});
}

void memory_store::projected(position_fn done) {
  std::uint64_t seq = 0;
  {
    const std::scoped_lock lock{views_->guard};
    seq = views_->projected_seq;
  }
  done({}, seq);
}

void memory_store::get(std::string key, hash_fn done) {
  if (auto refusal = refuse_key(broker_, key); !refusal.empty()) return done({std::move(refusal)}, {});
  std::map<std::string, std::string> found;
  {
    const std::scoped_lock lock{views_->guard};
    if (const auto it = views_->hashes.find(key); it != views_->hashes.end()) found = it->second;
  }
  done({}, std::move(found));
}

void memory_store::clear(done_fn done) {
  {
    const std::scoped_lock lock{views_->guard};
    views_->hashes.clear();
    views_->projected_seq = 0;
  }
  done({});
}

}  // namespace bulkhead
