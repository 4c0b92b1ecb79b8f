#include "tools/kite_sim/sim_server.hpp"

#include "tools/kite_sim/core/kite_error.hpp"
#include "tools/kite_sim/core/kite_text.hpp"
#include "tools/kite_sim/core/order_json.hpp"
#include "tools/kite_sim/http_session.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

namespace bulkhead::kite_sim {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using nlohmann::json;

constexpr std::chrono::milliseconds pace{20};
constexpr int frames_at_once = 200;
constexpr int longest_wait_ms = 2000;

timestamp wall_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return timestamp{std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()};
}

}  // namespace

sim_server::sim_server(asio::io_context& io, simulator& sim, market_driver& market, const std::string& address,
                       std::uint16_t port, asio::ssl::context* tls)
    : io_(&io),
      sim_(&sim),
      market_(&market),
      tls_(tls),
      acceptor_(io, tcp::endpoint{asio::ip::make_address(address), port}),
      pace_(io),
      heart_(io),
      advance_timer_(io),
      hub_(sim),
      postbacks_(io) {}

std::uint16_t sim_server::port() const { return acceptor_.local_endpoint().port(); }

void sim_server::start() {
  accept();
  keep_pace();
  heartbeat();
}

void sim_server::stop() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  hub_.cut_all();
  io_->stop();
}

void sim_server::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) std::make_shared<http_session>(sim_stream{std::move(socket), tls_}, *this)->start();
    accept();
  });
}

void sim_server::keep_pace() {
  int frames = 0;
  while (frames < frames_at_once && market_->keep_pace(wall_now())) {
    ++frames;
    settle();
  }
  settle();
  pace_.expires_after(frames == frames_at_once ? std::chrono::milliseconds{0} : pace);
  pace_.async_wait([this](const boost::system::error_code& error) {
    if (!error) keep_pace();
  });
}

void sim_server::heartbeat() {
  heart_.expires_after(std::chrono::seconds{1});
  heart_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    hub_.beat();
    heartbeat();
  });
}

void sim_server::settle() {
  for (const order_update& update : sim_->venue().take_updates()) {
    hub_.send(update);
    const app_registration* app = sim_->logins().app(update.api_key);
    if (app == nullptr || app->postback_url.empty()) continue;
    json body = update.fields;
    body["checksum"] = postback_checksum(body, app->api_secret);
    postbacks_.send(read_postback_url(app->postback_url), body.dump(-1, ' ', false, json::error_handler_t::replace));
  }
  hub_.market_moved();
}

void sim_server::handle(const http_request& request, const answer& reply) {
  if (own_route(request, reply)) return;
  const http_reply made = sim_->handle(request, wall_now());
  settle();
  reply(made);
}

/// Admin routes that move the market or the sockets.
bool sim_server::own_route(const http_request& request, const answer& reply) {
  if (!request.from_loopback || request.method != "POST") return false;
  const std::string path = request.target.substr(0, request.target.find('?'));
  if (path == "/admin/sockets/cut") {
    reply(success(json{{"cut", hub_.cut_all()}}));
    return true;
  }
  if (path == "/admin/speed") {
    const std::string given = form::parse(request.body).get("speed");
    const double speed = given.empty() ? -1 : std::strtod(given.c_str(), nullptr);
    if (speed < 0 || speed > 1e6) {
      reply(failure(400, "InputException", "speed: allowed: 0 (stand still) to 1000000 market seconds a second"));
    } else {
      market_->set_speed(speed);
      reply(clock_reply());
    }
    return true;
  }
  if (path != "/admin/advance") return false;
  try {
    advance(read_goal(form::parse(request.body)), reply, 0);
  } catch (const kite_error& refused) {
    reply(failure(refused.status(), refused.type(), refused.what()));
  }
  return true;
}

sim_server::advance_goal sim_server::read_goal(const form& fields) const {
  advance_goal goal;
  const timestamp now = sim_->venue().now();
  if (const auto frames = fields.find("frames")) {
    const auto count = read_integer(*frames);
    if (!count || *count < 1) throw input_error("frames: allowed: an integer from 1");
    goal.frames = static_cast<std::uint64_t>(*count);
  } else if (const auto secs = fields.find("seconds")) {
    const auto count = read_integer(*secs);
    if (!count || *count < 0 || *count > 86'400L * 366) throw input_error("seconds: allowed: an integer from 0");
    goal.until = now + seconds(*count);
  } else if (const auto to = fields.find("to")) {
    goal.until = parse_kite_time(to->size() == 8 ? to_string(date_of(now)) + " " + *to : *to);
    if (!goal.until) throw input_error("to: allowed: hh:mm:ss or yyyy-mm-dd hh:mm:ss");
  } else {
    throw input_error("allowed: one of frames, seconds, to");
  }
  return goal;
}

/// Frame by frame; goes on only when all sockets have what the last one brought, so that no tick is merged with the
/// next. A reader that takes nothing for two seconds is not waited for.
void sim_server::advance(advance_goal goal, const answer& reply, int waited_ms) {
  int frames = 0;
  while (frames < frames_at_once && (hub_.idle() || waited_ms >= longest_wait_ms)) {
    const auto next = market_->next_time();
    const bool reached = goal.frames ? *goal.frames == 0 : next && *next > *goal.until;
    if (!next || reached) {
      if (goal.until) sim_->venue().set_time(*goal.until, wall_now());
      settle();
      return reply(clock_reply());
    }
    (void)market_->step(wall_now());
    settle();
    if (goal.frames) --*goal.frames;
    ++frames;
  }
  const bool waits = frames == 0;
  advance_timer_.expires_after(std::chrono::milliseconds{waits ? 1 : 0});
  advance_timer_.async_wait(
      [this, goal, reply, waited = waits ? waited_ms + 1 : 0](const boost::system::error_code& error) {
        if (!error) advance(goal, reply, waited);
      });
}

http_reply sim_server::clock_reply() const {
  const auto next = market_->next_time();
  return success(json{{"time", kite_time(sim_->venue().now())},
                      {"frames", market_->frames()},
                      {"speed", market_->speed()},
                      {"next", next ? json(kite_time(*next)) : json(nullptr)},
                      {"sockets", hub_.size()},
                      {"postbacks", {{"sent", postbacks_.sent()}, {"lost", postbacks_.lost()}}}});
}

}  // namespace bulkhead::kite_sim
