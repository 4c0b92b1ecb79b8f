// What a broker's book says of the whole account, on its way to the sequencer.
#include "actors/bridge.hpp"
#include "runtime/fault/failpoint.hpp"

namespace bulkhead::actors {

/// One that waits is replaced by the next, so that reports alone bound the queue.
void bridge_host::take_statement(const account_stated& message) {
  if (session_ == 0) return;  // as reports: the next client reads the account anew
  fault::hit(scope_, "statement.before");
  sequencer_->offer_statement(message.statement);
  after_handler();
}

}  // namespace bulkhead::actors
