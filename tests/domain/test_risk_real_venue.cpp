// What the risk manager does about a venue with its own clock: refused modifications, exits that rest or fail, orders
// of unknown fate, and stops where the exchange takes none without a limit.
#include "domain/risk_fixture.hpp"

#include <nlohmann/json.hpp>

namespace bulkhead::test {
namespace {

struct real_venue : risk_fixture {
  real_venue() {
    limits = {};
    settings.square_off = seconds(15 * 3600 + 10 * 60);
    venue.has_own_clock = true;
    restart();
  }
  void submit_all(const std::vector<order_request>& orders) {
    for (const order_request& o : orders) apply(order_submitted{o});
  }
  void accept(const order_request& o) { apply(order_accepted{o.client_order_id, broker_order_id{"K"}}); }
  void cancelled(const order_request& o, quantity filled = 0) { apply(order_cancelled{o.client_order_id, filled, ""}); }
  /// Stop and target of a bought position, working.
  std::vector<order_request> bracket(quantity qty) {
    signal s = buy(qty);
    s.stop_loss_offset = at_rupees(10);
    s.target_offset = at_rupees(20);
    const order_request entry = placed(s);
    accept(entry);
    fill(entry, qty);
    pass(seconds(1));
    auto orders = approvals(decide({}));
    submit_all(orders);
    for (const order_request& o : orders) accept(o);
    return orders;
  }
  /// The next frame, so much later.
  std::vector<event_body> after(std::int64_t s) {
    pass(seconds(s));
    return decide({});
  }
  /// A market exit of everything, at the broker; what made way for it is cancelled.
  order_request exit_all(const std::vector<order_request>& bracket, quantity qty) {
    pass(seconds(1));
    const auto bodies = decide({exit_long(qty)});
    CHECK(cancels(bodies).size() == bracket.size());
    order_request exit = approvals(bodies).at(0);
    apply(order_submitted{exit});
    return exit;
  }
  /// The state as a restart of the risk manager takes it up.
  void revive() {
    const nlohmann::json state = nlohmann::json::parse(engine.snapshot().dump());
    engine = fresh();
    engine.restore(state);
    CHECK(engine.snapshot() == state);
  }
};

order_modify_requested modification(const std::vector<event_body>& bodies) {
  REQUIRE(bodies.size() == 1);
  return std::get<order_modify_requested>(bodies[0]);
}

}  // namespace

TEST_CASE_FIXTURE(real_venue,
                  "a modification that the broker refuses is asked again after a while, not at frame speed") {
  const auto legs = bracket(50);
  fill(legs[1], 20);
  CHECK(modification(decide({})).terms.qty == 30);
  apply(order_modify_rejected{legs[0].client_order_id, "being processed"});
  pass({999'999'999});
  CHECK(decide({}).empty());
  revive();
  pass({1});
  CHECK(modification(decide({})).terms.qty == 30);
  apply(order_modify_rejected{legs[0].client_order_id, "being processed"});
  CHECK(after(1).empty());
  CHECK(modification(after(1)).client_order_id == legs[0].client_order_id);
}

TEST_CASE_FIXTURE(real_venue, "a stop that cannot be made smaller is cancelled and replaced by one that fits") {
  const auto legs = bracket(50);
  fill(legs[1], 20);
  for (int i = 0; i < 4; ++i) {
    CHECK(modification(after(60)).terms.qty == 30);
    apply(order_modify_rejected{legs[0].client_order_id, "Maximum allowed order modifications exceeded."});
  }
  CHECK(cancels(after(60)) == std::vector{legs[0].client_order_id});
  CHECK(after(60).empty());  // while it is on its way
  revive();
  cancelled(legs[0]);
  revive();
  const auto orders = approvals(after(1));
  REQUIRE(orders.size() == 1);
  CHECK(orders[0].qty == 30);
  CHECK(orders[0].type == order_type::stop_market);
  CHECK(orders[0].trigger_price == legs[0].trigger_price);
  CHECK(orders[0].group == legs[0].group);
  CHECK(orders[0].origin == order_origin::bracket);
  CHECK(orders[0].client_order_id != legs[0].client_order_id);
  CHECK(after(1).empty());
}

TEST_CASE_FIXTURE(real_venue, "a stop that was modified almost as often as Kite allows is replaced") {
  const auto legs = bracket(100);
  for (int i = 0; i < 20; ++i) {
    fill(legs[1], 1);
    const order_terms terms = modification(after(1)).terms;
    apply(order_modified{legs[0].client_order_id, terms, ""});
  }
  fill(legs[1], 1);
  CHECK(cancels(after(1)) == std::vector{legs[0].client_order_id});
}

TEST_CASE_FIXTURE(real_venue, "under halt a stop is not cancelled for another that could not be sent") {
  const auto legs = bracket(50);
  fill(legs[1], 20);
  apply(kill_latched{{}, "halt", "operator", ""});
  for (int i = 0; i < 6; ++i) {
    CHECK(modification(after(60)).terms.qty == 30);
    apply(order_modify_rejected{legs[0].client_order_id, "no"});
  }
}

TEST_CASE_FIXTURE(real_venue, "an exit that is refused brings the stop and the target back") {
  const auto legs = bracket(50);
  const order_request exit = exit_all(legs, 50);
  cancelled(legs[0]);
  SUBCASE("refused before the old ones are gone") {
    apply(order_rejected{exit.client_order_id, "RMS"});
    CHECK(after(1).empty());  // the target is still on its way out
    revive();
    cancelled(legs[1]);
  }
  SUBCASE("lost, then absent from the book") {
    cancelled(legs[1]);
    apply(order_unknown{exit.client_order_id, "HTTP 502"});
    CHECK(after(1).empty());
    apply(order_rejected{exit.client_order_id, "absent"});
  }
  SUBCASE("cancelled by the broker or its user, in part filled") {
    cancelled(legs[1]);
    accept(exit);
    fill(exit, 20);
    cancelled(exit, 20);
  }
  const quantity left = engine.held(strategy_id{"ema"}, nifty);
  const auto orders = approvals(after(1));
  REQUIRE(orders.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(orders[i].qty == left);
    CHECK(orders[i].group == legs[i].group);
    CHECK(orders[i].type == legs[i].type);
    CHECK(orders[i].trigger_price == legs[i].trigger_price);
    CHECK(orders[i].limit_price == legs[i].limit_price);
    CHECK(orders[i].client_order_id != legs[i].client_order_id);
  }
  submit_all(orders);
  CHECK(after(1).empty());
}

TEST_CASE_FIXTURE(real_venue,
                  "an exit that an operator cancelled brings nothing back, nor one beside a standing stop") {
  SUBCASE("cancelled by the operator") {
    const auto legs = bracket(50);
    const order_request exit = exit_all(legs, 50);
    for (const order_request& o : legs) cancelled(o);
    accept(exit);
    apply(order_cancel_requested{exit.client_order_id, "operator"});
    cancelled(exit);
    CHECK(after(1).empty());
  }
  SUBCASE("of a part: the stop stood all the while") {
    bracket(50);
    pass(seconds(1));
    const order_request exit = approvals(decide({exit_long(20)})).at(0);
    apply(order_submitted{exit});
    apply(order_rejected{exit.client_order_id, "RMS"});
    CHECK(after(1).empty());
  }
}

TEST_CASE_FIXTURE(real_venue, "a safety exit that is refused is tried again, ever more slowly") {
  const auto legs = bracket(50);
  apply(order_rejected{legs[0].client_order_id, "SL-M is not allowed"});
  std::vector<client_order_id> ids;
  for (const std::int64_t wait : {1, 5, 10, 20}) {
    if (wait > 1) CHECK(approvals(after(wait - 1)).empty());
    const auto orders = approvals(after(1));
    REQUIRE(orders.size() == 1);
    CHECK(orders[0].origin == order_origin::safety);
    CHECK(orders[0].qty == 50);
    CHECK(std::ranges::find(ids, orders[0].client_order_id) == ids.end());
    ids.push_back(orders[0].client_order_id);
    submit_all(orders);
    apply(order_rejected{orders[0].client_order_id, "RMS"});
    revive();
  }
}

TEST_CASE_FIXTURE(real_venue, "a market exit that rests in the book is cancelled and sent again") {
  SUBCASE("of a group") {
    const auto legs = bracket(50);
    const order_request exit = exit_all(legs, 50);
    for (const order_request& o : legs) cancelled(o);
    accept(exit);
    fill(exit, 10);
    CHECK(after(4).empty());
    revive();
    CHECK(cancels(after(1)) == std::vector{exit.client_order_id});
    cancelled(exit, 10);
    revive();
    const auto again = approvals(after(1));
    REQUIRE(again.size() == 1);
    CHECK(again[0].qty == 40);
    CHECK(again[0].type == order_type::market);
    CHECK(again[0].group == exit.group);
    submit_all(again);
    accept(again[0]);
    CHECK(after(9).empty());  // twice as long each time: the place in the queue is worth something
    CHECK(cancels(after(1)) == std::vector{again[0].client_order_id});
  }
  SUBCASE("without a group") {
    hold(side::buy, 100);
    const order_request exit = placed(exit_long(60));
    accept(exit);
    CHECK(cancels(after(5)) == std::vector{exit.client_order_id});
    cancelled(exit);
    const auto again = approvals(after(1));
    REQUIRE(again.size() == 1);
    CHECK(again[0].qty == 60);
    submit_all(again);
    CHECK(approved(exit_long(100)).qty == 40);
  }
  SUBCASE("filled while its cancel was on its way: nothing is sent again, now or later") {
    hold(side::buy, 100);
    const order_request exit = placed(exit_long(100));
    accept(exit);
    CHECK(cancels(after(5)).size() == 1);
    fill(exit, 100);
    CHECK(after(1).empty());
    hold(side::buy, 100);
    CHECK(after(1).empty());
  }
}

TEST_CASE_FIXTURE(real_venue, "in a rehearsal an exit rests by the venue's time, not by a feed that is faster") {
  venue.pace = 60;
  SUBCASE("sixty times") {}
  SUBCASE("as fast as it can") { venue.pace = 0; }
  restart();
  hold(side::buy, 100);
  accept(placed(exit_long(60)));
  CHECK(after(299).empty());
  CHECK(cancels(after(1)).size() == (venue.pace == 60 ? 1U : 0U));
}

TEST_CASE_FIXTURE(real_venue, "what is owed for a cancelled exit is forgotten once the position is gone") {
  hold(side::buy, 100);
  const order_request exit = placed(exit_long(100));
  accept(exit);
  CHECK(cancels(after(5)).size() == 1);
  fill(exit, 60);
  apply(kill_latched{{}, "halt", "operator", ""});
  cancelled(exit, 60);
  CHECK(after(1).empty());  // owed, not sent
  const order_request by_hand = {.client_order_id = client_order_id{"hand"},
                                 .strategy = strategy_id{"ema"},
                                 .instrument = nifty,
                                 .side = side::sell,
                                 .qty = 40};
  fill(by_hand, 40);
  apply(kill_released{{}, ""});
  hold(side::buy, 100);
  CHECK(after(1).empty());
}

TEST_CASE_FIXTURE(real_venue, "a stop that has triggered and rests is sent again as a market exit") {
  const auto legs = bracket(50);
  apply(order_triggered{legs[0].client_order_id});
  fill(legs[0], 10);
  // The target gives way to what has filled.
  const order_terms smaller = modification(after(1)).terms;
  apply(order_modified{legs[1].client_order_id, smaller, ""});
  CHECK(after(3).empty());
  CHECK(cancels(after(1)) == std::vector{legs[0].client_order_id});
  cancelled(legs[0], 10);
  const auto bodies = after(1);
  CHECK(cancels(bodies) == std::vector{legs[1].client_order_id});
  const auto orders = approvals(bodies);
  REQUIRE(orders.size() == 1);
  CHECK(orders[0].type == order_type::market);
  CHECK(orders[0].origin == order_origin::safety);
  CHECK(orders[0].qty == 40);
  CHECK(orders[0].group == legs[0].group);
}

TEST_CASE_FIXTURE(real_venue, "a stop that waits for its trigger, and a limit exit, may rest as long as they like") {
  bracket(50);
  hold(side::buy, 10, "mean");
  const order_request patient = placed(at_limit(exit_long(10, "mean"), at_rupees(1005)));
  accept(patient);
  CHECK(after(3600).empty());
}

TEST_CASE_FIXTURE(real_venue, "a kill and a cancel reach an order of unknown fate, once") {
  const order_request lost = placed(buy(100));
  apply(order_unknown{lost.client_order_id, "time-out"});
  const operator_command cancel{.what = operator_command::kind::cancel_order, .order = lost.client_order_id};
  SUBCASE("kill") {
    const operator_command kill{.mode = kill_mode::halt};
    const auto bodies = engine.command({&kill, 1}, now);
    CHECK(cancels(bodies) == std::vector{lost.client_order_id});
  }
  SUBCASE("cancel --all") {
    const operator_command all{.what = operator_command::kind::cancel_all};
    CHECK(cancels(engine.command({&all, 1}, now)) == std::vector{lost.client_order_id});
    CHECK(cancels(engine.command({&all, 1}, now)).empty());
  }
  SUBCASE("cancel") { CHECK(cancels(engine.command({&cancel, 1}, now)).size() == 1); }
  revive();
  const auto again = engine.command({&cancel, 1}, now);
  REQUIRE(again.size() == 1);
  CHECK(std::get<command_refused>(again[0]).reason ==
        "a cancel is wanted already: it leaves once the broker's order book has the order");
  apply(order_accepted{lost.client_order_id, broker_order_id{"K"}});
  CHECK(std::get<command_refused>(engine.command({&cancel, 1}, now).at(0)).reason == "a cancel is on its way already");
}

TEST_CASE_FIXTURE(real_venue, "what is of unknown fate is not modified") {
  const order_request lost = placed(at_limit(buy(10), at_rupees(999)));
  apply(order_unknown{lost.client_order_id, "time-out"});
  signal change = at_limit(make(signal_action::modify, side::buy, 20), at_rupees(999));
  CHECK(rejected(change).rule == "nothing_to_modify");
}

TEST_CASE_FIXTURE(real_venue, "a protective stop has a limit where the exchange takes none without") {
  const auto stop_on = [&](const char* key, const char* exchange, const char* segment, side s) {
    nifty = instruments.add({.key = key, .exchange = exchange, .tick_size = {500}, .segment = segment});
    restart();
    signal entry = make(signal_action::entry, s, 10);
    entry.stop_loss_offset = at_rupees(10);
    fill(placed(entry), 10);
    return approvals(after(1)).at(0);
  };
  for (const auto& [key, exchange, segment] : {std::tuple{"BSE:A", "BSE", "BSE"}, std::tuple{"BFO:A", "BFO", "BFO-FUT"},
                                               std::tuple{"NFO:A", "NFO", "NFO-OPT"}}) {
    const order_request stop = stop_on(key, exchange, segment, side::buy);
    CHECK(stop.type == order_type::stop_limit);
    CHECK(stop.trigger_price == at_rupees(990));
    CHECK(stop.limit_price == price{9'603'000});  // 3 % below
  }
  venue.stop_limit_bps = 500;
  CHECK(stop_on("BSE:B", "BSE", "BSE", side::sell).limit_price == price{10'605'000});  // 1010, 5 % above
  CHECK(stop_on("NSE:B", "NSE", "NSE", side::buy).type == order_type::stop_market);
  CHECK(stop_on("NFO:B", "NFO", "NFO-FUT", side::buy).type == order_type::stop_market);
  venue.has_own_clock = false;
  CHECK(stop_on("BSE:C", "BSE", "BSE", side::buy).type == order_type::stop_market);
}

}  // namespace bulkhead::test
