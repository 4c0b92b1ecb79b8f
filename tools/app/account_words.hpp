#pragma once
// What a broker's own book says of the account beside the journal, as far as the journal has heard it. Only that says
// "flat" for a broker with real money: the journal alone does not know what it was not told.
#include "runtime/domain/events.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace bulkhead::app {

/// A fold over the broker's events.
class account_words {
 public:
  void add(const event& e);

  /// One line: not read yet; differs; agrees as of when, flat or not, and what is newer than that.
  [[nodiscard]] std::string summary() const;
  /// Unexplained, one text each with both sides.
  [[nodiscard]] std::vector<std::string> differences() const;
  /// Not ours: orders placed by hand, positions of others.
  [[nodiscard]] std::vector<std::string> foreign() const { return texts("noted"); }
  [[nodiscard]] nlohmann::json json() const;

 private:
  [[nodiscard]] std::vector<std::string> texts(std::string_view action) const;
  [[nodiscard]] bool is_flat() const;

  std::optional<account_reconciled> fits_;  ///< the newest
  timestamp fits_at_;
  bool is_newer_ = false;           ///< orders or fills came after it
  std::set<client_order_id> live_;  ///< ours, not ended: a statement may be older than they are
  std::map<std::pair<std::string, std::string>, account_difference> standing_;
};

}  // namespace bulkhead::app
