#pragma once
// From one statement of the account to the next: what is said, once. Pure; a fold over events plus what the last
// statement left open, which a restart forgets: then two more are needed.
#include "runtime/domain/account_compare.hpp"
#include "runtime/domain/order_manager.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace bulkhead {

class reconciler {
 public:
  explicit reconciler(const instrument_table& instruments) : ledger_(instruments) {}

  void apply(const event& e);

  struct verdict {
    std::vector<event_body> events;      ///< to be journaled as they stand
    std::vector<broker_update> updates;  ///< what the broker's book proves of our orders
    bool is_known = false;  ///< the account fits, or nothing does not that was not said and acted on before
  };
  /// A difference counts when two statements in a row have it, the same to the letter: what is on its way changes in
  /// between. It is said once, again when it changes, and when it is over.
  [[nodiscard]] verdict judge(const account_statement& statement);

  [[nodiscard]] const account_ledger& ledger() const noexcept { return ledger_; }
  /// Unexplained differences that are not over.
  [[nodiscard]] std::size_t standing() const;
  /// Lines of which the broker holds less than the journal says: an exit there would open the opposite position.
  [[nodiscard]] std::set<account_line> short_lines() const;

  [[nodiscard]] nlohmann::json snapshot() const;
  /// Throws on anything that snapshot() did not write.
  void restore(const nlohmann::json& state);

 private:
  using name = std::pair<std::string, std::string>;  ///< subject and key
  using said = std::map<name, account_difference>;

  /// Keeps what the last statement had, too, or what needs no second look.
  [[nodiscard]] said confirmed(const account_comparison& c);
  void say_ends(const account_statement& s, verdict& out) const;

  account_ledger ledger_;
  said standing_;
  said pending_;  ///< of the last statement
  trade_date date_ = 0;
  std::optional<std::uint64_t> reconciled_changes_;  ///< of the ledger, when it was last found to fit in this life
};

}  // namespace bulkhead
