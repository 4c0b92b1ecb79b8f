#pragma once
// Cancels that are wanted until their orders have ended: Kite refuses one while the order "is being processed", an
// answer may be lost, and the id of an order may not be known yet. Pure; one owner at a time.
#include "runtime/domain/orders.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace bulkhead {

/// Times are of a steady clock, since any fixed moment.
class kite_cancels {
 public:
  using ms = std::chrono::milliseconds;

  /// Wanted from now on. `due`: nobody is about to ask for it (a restart).
  void want(const order& o, ms now, bool due = false);
  /// It is being asked for.
  void tried(const client_order_id& id, ms now);
  /// Kite took it: there is time for the order to end.
  void taken(const client_order_id& id, ms now);
  /// A read of the book, which began then, is over.
  void on_book(ms began) { book_ = began; }

  struct findings {
    std::vector<order> due;
    std::vector<order> stubborn;  ///< asked for so often: said once; people should look
  };
  /// What to ask for (again). Those whose orders have ended, or are of an earlier day than `wall`, are forgotten; an
  /// order whose id is not known waits. It is never given up: after many_tries it is asked for every rare_wait. Nothing
  /// is asked for twice without a read of the book in between.
  [[nodiscard]] findings due(ms now, timestamp wall, const std::function<bool(const client_order_id&)>& has_ended,
                             const std::function<bool(const client_order_id&)>& is_known);
  [[nodiscard]] bool empty() const noexcept { return wanted_.empty(); }

  static constexpr int many_tries = 30;
  static constexpr ms first_wait{200};  ///< doubles
  static constexpr ms longest_wait{5'000};
  static constexpr ms rare_wait{30'000};

 private:
  struct wanted;
  [[nodiscard]] static ms wait_of(const wanted& w);
  struct wanted {
    order what;
    int tries = 0;
    bool is_told = false;
    ms not_before{0};
    ms asked_at{0};  ///< a book that began earlier says nothing about it
  };

  std::map<client_order_id, wanted> wanted_;
  ms book_ = ms::min();
};

}  // namespace bulkhead
