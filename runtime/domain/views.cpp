#include "runtime/domain/views.hpp"

#include <fmt/format.h>

namespace bulkhead {
namespace {

using fields = std::vector<std::pair<std::string, std::string>>;

struct view_maker {
  const event& e;
  const broker_id& broker;
  const instrument_table& instruments;

  std::vector<view_change> order(const client_order_id& id, fields f) const {
    f.emplace_back("updated_at", to_iso_ist(e.ts));
    f.emplace_back("seq", std::to_string(e.seq));
    return {{fmt::format("{}:orders:{}", broker.str(), id.str()), std::move(f)}};
  }

  std::vector<view_change> operator()(const order_submitted& s) const {
    const order_request& r = s.request;
    return order(r.client_order_id, {{"status", std::string{to_string(order_status::submitted)}},
                                     {"strategy", r.strategy.str()},
                                     {"instrument", instruments.key(r.instrument)},
                                     {"side", std::string{to_string(r.side)}},
                                     {"type", std::string{to_string(r.type)}},
                                     {"quantity", std::to_string(r.qty)},
                                     {"limit_price", r.type == order_type::limit ? to_string(r.limit_price) : ""},
                                     {"signal_id", r.signal_id.str()},
                                     {"filled_quantity", "0"},
                                     {"submitted_at", to_iso_ist(e.ts)}});
  }
  std::vector<view_change> operator()(const order_accepted& a) const {
    return order(a.client_order_id, {{"status", std::string{to_string(order_status::open)}},
                                     {"broker_order_id", a.broker_order_id.str()}});
  }
  std::vector<view_change> operator()(const order_filled& f) const {
    const auto status = f.remaining_qty == 0 ? order_status::filled : order_status::partially_filled;
    return order(f.client_order_id, {{"status", std::string{to_string(status)}},
                                     {"filled_quantity", std::to_string(f.cumulative_qty)},
                                     {"last_fill_price", to_string(f.price)}});
  }
  std::vector<view_change> operator()(const order_cancel_requested& c) const {
    return order(c.client_order_id, {{"status", std::string{to_string(order_status::pending_cancel)}}});
  }
  std::vector<view_change> operator()(const order_cancelled& c) const {
    return ended(c.client_order_id, order_status::cancelled, c.reason);
  }
  std::vector<view_change> operator()(const order_expired& x) const {
    return ended(x.client_order_id, order_status::expired, "session close");
  }
  std::vector<view_change> operator()(const order_rejected& r) const {
    return ended(r.client_order_id, order_status::rejected, r.reason);
  }
  std::vector<view_change> operator()(const order_unknown& u) const {
    return ended(u.client_order_id, order_status::unknown, u.reason);
  }
  std::vector<view_change> ended(const client_order_id& id, order_status status, const std::string& reason) const {
    return order(id, {{"status", std::string{to_string(status)}}, {"reason", reason}});
  }

  std::vector<view_change> operator()(const portfolio_snapshot& p) const {
    std::vector<view_change> changes;
    changes.push_back({fmt::format("{}:portfolio:summary", broker.str()),
                       {{"cash", to_string(p.cash)},
                        {"realised", to_string(p.realised)},
                        {"unrealised", to_string(p.unrealised)},
                        {"charges", to_string(p.charges)},
                        {"equity", to_string(p.equity)},
                        {"updated_at", to_iso_ist(e.ts)},
                        {"seq", std::to_string(e.seq)}}});
    for (const position_view& v : p.positions) {
      changes.push_back(
          {fmt::format("{}:positions:{}:{}", broker.str(), v.strategy.str(), instruments.key(v.instrument)),
           {{"quantity", std::to_string(v.qty)},
            {"cost", to_string(v.cost)},
            {"last_price", to_string(v.last)},
            {"realised", to_string(v.realised)},
            {"unrealised", to_string(v.unrealised)},
            {"charges", to_string(v.charges)},
            {"updated_at", to_iso_ist(e.ts)},
            {"seq", std::to_string(e.seq)}}});
    }
    return changes;
  }

  template <class Other>
  std::vector<view_change> operator()(const Other&) const {
    return {};
  }
};

}  // namespace

std::vector<view_change> views_of(const event& e, const broker_id& broker, const instrument_table& instruments) {
  return std::visit(view_maker{e, broker, instruments}, e.body);
}

}  // namespace bulkhead
