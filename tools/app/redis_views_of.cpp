#include "tools/app/redis_views_of.hpp"

#include "runtime/store/redis_store.hpp"
#include "tools/app/data_dir.hpp"

#include <algorithm>
#include <random>

namespace bulkhead::app {
std::shared_ptr<state_store> make_redis_store(const config::settings& s, const broker_id& broker) {
  redis_store_settings out;
  out.server.address = s.redis.address;
  const auto own = std::ranges::find(s.brokers, broker, &config::broker_settings::id);
  if (own != s.brokers.end()) {
    out.server.username = own->redis.username;
    out.server.password_file = own->redis.password_file;
  }
  out.broker = broker;
  out.source = journals_name(s);
  out.jitter_seed = std::random_device{}();
  return std::make_shared<redis_store>(out);
}

}  // namespace bulkhead::app
