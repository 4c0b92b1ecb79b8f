#pragma once
// A role of a broker without its actor: the step requests of the sequencer over one domain object. Hosted by an actor
// in a node and called directly by a backtest. One owner; a fresh object takes up its state with recover().
#include "runtime/domain/order_manager.hpp"
#include "runtime/domain/portfolio.hpp"
#include "runtime/domain/risk/risk_engine.hpp"
#include "runtime/domain/steps.hpp"
#include "runtime/ports/broker_client.hpp"
#include "runtime/roles/effect_gate.hpp"

#include <memory>

namespace bulkhead {

class role_logic {
 public:
  virtual ~role_logic() = default;
  /// Where the reports of a broker with its own clock go; called once, before recover().
  virtual void report_to(broker_client::report_fn /*to*/) {}
  /// Where its statements of the account go; called once, before report_to().
  virtual void state_to(broker_client::statement_fn /*to*/) {}
  virtual void recover(const role_recovery& from) = 0;
  /// Answers with the request's id and this role. Throws std::logic_error for work that is not this role's.
  virtual step_result handle(const step_request& step) = 0;
  /// Sequenced events made by another role.
  virtual void apply(const event_list& events) = 0;
};

class risk_logic final : public role_logic {
 public:
  explicit risk_logic(risk_engine engine) : engine_(std::move(engine)) {}
  void recover(const role_recovery& from) override;
  step_result handle(const step_request& step) override;
  void apply(const event_list& events) override;

 private:
  risk_engine engine_;
};

class portfolio_logic final : public role_logic {
 public:
  explicit portfolio_logic(portfolio p) : portfolio_(std::move(p)) {}
  void recover(const role_recovery& from) override;
  step_result handle(const step_request& step) override;
  void apply(const event_list& events) override;

 private:
  portfolio portfolio_;
};

/// The trader's book, and its broker behind the effect gate.
class trader_logic final : public role_logic {
 public:
  trader_logic(order_manager orders, std::unique_ptr<broker_client> client, std::shared_ptr<const effect_gate> gate,
               std::uint64_t incarnation);
  void report_to(broker_client::report_fn to) override;
  void state_to(broker_client::statement_fn to) override;
  void recover(const role_recovery& from) override;
  step_result handle(const step_request& step) override;
  /// A requested cancel goes to the broker at once: cancels do not wait for the journal.
  void apply(const event_list& events) override;
  /// Sends what the gate lets pass.
  place_result place(const place_request& request);

 private:
  order_manager orders_;
  std::unique_ptr<broker_client> client_;
  std::shared_ptr<const effect_gate> gate_;
  std::uint64_t incarnation_;
};

}  // namespace bulkhead
