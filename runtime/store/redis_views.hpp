#pragma once
// One broker's views in Redis, over one connection: which keys there are, and which commands make a step atomic.
//
//   {broker}:projected   seq of the last event whose views are there
//   {broker}:source      the journal that they are made of; there only while they are whole
//   {broker}:keys        the key of every view: what a clear removes, without KEYS or SCAN
#include "runtime/domain/ids.hpp"
#include "runtime/ports/state_store.hpp"
#include "runtime/redis/connection.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace bulkhead {

/// The server has not what its client believes, or not any more: ask for the position.
class views_lost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Calls throw redis::error, views_lost, or std::exception; then `link` may be replaced and the call made again.
class redis_views {
 public:
  redis_views(broker_id broker, std::string source, redis::settings server);

  /// Where the position is the believed one: all updates and the new position, in one transaction.
  void project(redis::connection& link, std::uint64_t seq, const std::vector<view_update>& updates);
  /// Removes first what is of another journal, or half removed.
  [[nodiscard]] std::uint64_t projected(redis::connection& link);
  [[nodiscard]] std::map<std::string, std::string> get(redis::connection& link, const std::string& key);
  void clear(redis::connection& link);
  /// Empty, or which key is not a view's.
  [[nodiscard]] std::string refuse_own(const std::string& key) const;

 private:
  struct found {
    bool whole = false;  ///< views of our journal, none being removed
    bool any = false;    ///< anything at all
    std::uint64_t seq = 0;
  };
  /// Watches what it reads: a transaction on this connection then fails when another changes it.
  [[nodiscard]] found look(redis::connection& link) const;
  [[nodiscard]] std::vector<redis::command> transaction(std::uint64_t seq,
                                                        const std::vector<view_update>& updates) const;
  void remove_views(redis::connection& link);
  /// One bounded portion; false: none is left.
  [[nodiscard]] bool remove_some(redis::connection& link);
  [[nodiscard]] views_lost lost(const std::string& how) const;
  void refuse_errors(const std::vector<redis::command>& asked, const std::vector<redis::reply>& said) const;

  const broker_id broker_;
  const std::string source_;
  const redis::settings server_;  ///< for texts
  const std::string projected_key_;
  const std::string source_key_;
  const std::string index_key_;
  std::optional<std::uint64_t> believed_;  ///< the position that the caller was told last; none: not yet
  std::optional<std::uint64_t> unsure_;    ///< a projection that was sent and not answered
};

}  // namespace bulkhead
