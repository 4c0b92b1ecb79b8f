#pragma once
// A venue with a clock of its own: takes orders, answers when it likes, loses answers, repeats and reorders them. It
// keeps a record of every request that reached it. It outlives the nodes, as a real one does.
#include "runtime/ports/broker_client.hpp"
#include "simulation/findings.hpp"
#include "simulation/seeded.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace bulkhead::simulation {

class sim_venue {
 public:
  struct fill {
    fill_id id;
    quantity qty = 0;
    bulkhead::price price;
  };
  struct book_entry {
    order_request request;
    broker_order_id id;
    std::vector<fill> fills;
    quantity filled = 0;
    std::string end;           ///< "cancelled", "rejected"; empty: it works or is filled
    bool answer_lost = false;  ///< nothing that it says of this order arrives any more
    std::uint64_t requests = 0;
  };

  sim_venue(chance& draw, findings& found) : draw_(&draw), found_(&found) {}

  // From a client.
  void listen(unsigned node, broker_client::report_fn to);
  void send(const order_request& request);
  void ask_cancel(const client_order_id& id) { events_.push_back({act::cancel, id, {}}); }
  void ask_modify(const client_order_id& id) { events_.push_back({act::modify, id, {}}); }
  /// What a client that starts anew reads of the orders that it knows are there.
  void report_again(const client_order_id& id);

  // From the harness.
  [[nodiscard]] bool has_work() const { return !events_.empty(); }
  /// One of what is due, in any order.
  void work();
  /// A node has crashed: what was on the wire to it is lost; what was on the wire from it may arrive or not.
  void cut_off(unsigned node);
  void send_report(broker_update update);

  [[nodiscard]] const std::map<client_order_id, book_entry>& book() const { return book_; }
  [[nodiscard]] std::uint64_t faults() const { return faults_; }

 private:
  enum class act : std::uint8_t { arrive, trade, cancel, modify, report };
  struct happening {
    act what = act::arrive;
    client_order_id id;
    std::vector<broker_update> reports;  ///< report
    order_request request{};             ///< arrive
  };
  void arrive(const happening& h);
  void trade(book_entry& e);
  void cancel(book_entry& e);
  void tell(const book_entry& e, broker_update update);
  void deliver(const happening& h);
  void add_fill(book_entry& e, quantity qty);
  [[nodiscard]] bool has_report_of(const client_order_id& id) const;

  chance* draw_;
  findings* found_;
  unsigned node_ = 0;
  broker_client::report_fn report_;
  std::deque<happening> events_;
  std::map<client_order_id, book_entry> book_;
  std::uint64_t faults_ = 0;
};

/// A node's connection to it.
class sim_client final : public broker_client {
 public:
  using watch_fn = std::function<void(const order&)>;
  /// `line_is_up` turns false when the node crashes: nothing leaves it any more.
  sim_client(std::shared_ptr<sim_venue> venue, unsigned node, std::shared_ptr<const bool> line_is_up, watch_fn watch)
      : venue_(std::move(venue)), node_(node), line_is_up_(std::move(line_is_up)), watch_(std::move(watch)) {}
  [[nodiscard]] venue_clock clock() const override { return venue_clock::own; }
  void report_to(report_fn to) override {
    if (*line_is_up_) venue_->listen(node_, std::move(to));
  }
  void restore(std::span<const order* const> live) override {
    for (const order* o : live) {
      if (is_terminal(o->status)) continue;
      if (*line_is_up_ && !o->broker_order_id.empty()) venue_->report_again(o->request.client_order_id);
    }
  }
  void submit(const order& o) override {
    if (!*line_is_up_) return;
    watch_(o);
    venue_->send(o.request);
  }
  void cancel(const order& o) override {
    if (*line_is_up_) venue_->ask_cancel(o.request.client_order_id);
  }
  void modify(const order& o) override {
    if (*line_is_up_) venue_->ask_modify(o.request.client_order_id);
  }
  std::vector<broker_update> on_frame(const frame_view&) override { return {}; }

 private:
  std::shared_ptr<sim_venue> venue_;
  unsigned node_;
  std::shared_ptr<const bool> line_is_up_;
  watch_fn watch_;
};

/// The client of a paper broker, with a watcher at the door.
class watched_client final : public broker_client {
 public:
  watched_client(std::unique_ptr<broker_client> inner, sim_client::watch_fn watch)
      : inner_(std::move(inner)), watch_(std::move(watch)) {}
  [[nodiscard]] venue_clock clock() const override { return inner_->clock(); }
  void restore(std::span<const order* const> live) override { inner_->restore(live); }
  void submit(const order& o) override {
    watch_(o);
    inner_->submit(o);
  }
  void cancel(const order& o) override { inner_->cancel(o); }
  void modify(const order& o) override { inner_->modify(o); }
  std::vector<broker_update> on_frame(const frame_view& f) override { return inner_->on_frame(f); }

 private:
  std::unique_ptr<broker_client> inner_;
  sim_client::watch_fn watch_;
};

}  // namespace bulkhead::simulation
