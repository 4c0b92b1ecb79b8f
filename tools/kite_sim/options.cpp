#include "tools/kite_sim/options.hpp"

#include "tools/kite_sim/postback_sender.hpp"

#include <iostream>
#include <map>
#include <stdexcept>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace bulkhead::kite_sim {
namespace {

[[noreturn]] void refuse(std::string_view option, std::string_view given, std::string_view allowed) {
  throw std::invalid_argument(fmt::format("{}: given \"{}\", allowed: {}", option, given, allowed));
}

/// "name=value,name=value"; a value ends at the comma before the next known name, so a URL may hold commas.
app_registration read_app(const std::string& text) {
  app_registration app;
  const std::map<std::string, std::string*> fields = {{"api_key", &app.api_key},
                                                      {"api_secret", &app.api_secret},
                                                      {"user_id", &app.user_id},
                                                      {"redirect", &app.redirect_url},
                                                      {"postback", &app.postback_url}};
  std::string* last = nullptr;
  std::istringstream parts{text};
  for (std::string part; std::getline(parts, part, ',');) {
    const std::size_t equals = std::min(part.find('='), part.size());
    if (const auto found = fields.find(part.substr(0, equals)); found != fields.end()) {
      last = found->second;
      *last = part.substr(std::min(equals + 1, part.size()));
    } else if (last != nullptr) {
      *last += "," + part;
    }
  }
  if (app.api_key.empty() || app.api_secret.empty() || app.user_id.empty()) {
    refuse("--app", text, "api_key=K,api_secret=S,user_id=U[,redirect=URL][,postback=http://host:port/path]");
  }
  if (!app.postback_url.empty()) (void)read_postback_url(app.postback_url);
  return app;
}

void set_limit(const std::string& text, rate_settings& rates) {
  const std::map<std::string, std::int64_t*> names = {
      {"quote", &rates.quote_per_second},        {"historical", &rates.historical_per_second},
      {"orders", &rates.orders_per_second},      {"orders_per_minute", &rates.orders_per_minute},
      {"orders_per_day", &rates.orders_per_day}, {"other", &rates.other_per_second}};
  const std::size_t equals = std::min(text.find('='), text.size());
  const auto found = names.find(text.substr(0, equals));
  const auto value = read_integer(text.substr(std::min(equals + 1, text.size())));
  if (found == names.end() || !value || *value < 0) {
    refuse("--limit", text,
           "quote, historical, orders, orders_per_minute, orders_per_day or other, then = and a number; 0: no limit");
  }
  *found->second = *value;
}

trade_date read_date(const std::string& option, const std::string& text) {
  const auto date = parse_date(text);
  if (!date) refuse(option, text, "a date, yyyy-mm-dd");
  return *date;
}

/// Texts of the command line that become something else.
struct texts {
  std::string from;
  std::string to;
  std::string cash = "1000000.00";
  std::string funds = "error";
  std::vector<std::string> apps;
  std::vector<std::string> limits;
  std::vector<std::string> faults;
  bool no_limits = false;
  bool allow_naked = false;
};

void add_market_options(CLI::App& app, run_options& o, texts& t) {
  app.add_option("--instruments", o.instruments, "Kite's instrument list, twelve columns of CSV")->required();
  app.add_option("--freeze", o.freeze, "CSV key,quantity of freeze quantities");
  app.add_option("--market", o.market, "where prices come from")
      ->check(CLI::IsMember({"synthetic", "replay", "ticks"}))
      ->capture_default_str();
  app.add_option("--path", o.market_path, "replay: 1-minute bars; ticks: recorded ticks; a file or a folder");
  app.add_option("--from", t.from, "first day, yyyy-mm-dd");
  app.add_option("--to", t.to, "last day of replay and ticks, yyyy-mm-dd");
  app.add_option("--days", o.days, "trading days of the synthetic market")->capture_default_str();
  app.add_option("--ticks-per-second", o.ticks_per_second, "synthetic: of each instrument")->capture_default_str();
  app.add_option("--speed", o.speed, "market seconds a second; 0: only POST /admin/advance moves it")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  app.add_flag("--skip-closed", o.skip_closed, "jump over the hours in which the market is closed");
  app.add_option("--start", o.start, "market time to begin at, hh:mm:ss of the first day or yyyy-mm-dd hh:mm:ss");
  market_settings& market = o.settings.exchange.market;
  app.add_option("--spread-ticks", market.spread_ticks, "bid and ask beside the last price, in tick sizes")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  app.add_option("--level-quantity", market.level_quantity, "units at the best level; level n has n times as many")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--circuit-percent", market.circuit_percent, "the day's price limits around the close before")
      ->check(CLI::Range(1, 90))
      ->capture_default_str();
}

void add_broker_options(CLI::App& app, run_options& o, texts& t) {
  app.add_option("--app", t.apps, "api_key=K,api_secret=S,user_id=U[,redirect=URL][,postback=URL]; may be given again");
  app.add_option("--cash", t.cash, "rupees of each account at the start")->capture_default_str();
  app.add_option("--holding", o.holdings, "key,units,average price, for each account; may be given again");
  app.add_option("--funds-refusal", t.funds, "error: MarginException beside the REJECTED row; row: the row alone")
      ->check(CLI::IsMember({"error", "row"}))
      ->capture_default_str();
  app.add_option("--mis-percent", o.settings.exchange.margins.mis_percent, "margin of MIS, percent of value")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--nrml-percent", o.settings.exchange.margins.nrml_percent, "margin of NRML, percent of value")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_flag("--trade-indices", o.settings.exchange.rules.trade_indices, "take orders on indices");
  app.add_flag("--allow-naked-market", t.allow_naked, "take market orders without market_protection");
  app.add_option("--limit", t.limits, "a rate limit, name=number; 0: none; may be given again");
  app.add_flag("--no-limits", t.no_limits, "no rate limits at all");
  app.add_flag("--auto-login", o.settings.auto_login, "the login page redirects without a click");
  app.add_option("--fault", t.faults, "kind[:name=value,...], see docs/kite-simulator.md; may be given again");
  app.add_option("--seed", o.settings.seed, "of the synthetic market, the faults' draws, the tokens")
      ->capture_default_str();
}

void finish(run_options& o, const texts& t) {
  if (!t.from.empty()) o.from = read_date("--from", t.from);
  if (!t.to.empty()) o.to = read_date("--to", t.to);
  const auto cash = parse_money(t.cash);
  if (!cash || cash->raw < 0) refuse("--cash", t.cash, "rupees, 0 or more");
  o.cash = *cash;
  for (const std::string& one : t.apps) o.apps.push_back(read_app(one));
  if (o.apps.empty()) o.apps.push_back({"simkey", "simsecret", "SIM001", "http://127.0.0.1:5010/", {}});
  if (t.no_limits) o.settings.rates = {0, 0, 0, 0, 0, 0};
  for (const std::string& one : t.limits) set_limit(one, o.settings.rates);
  for (const std::string& one : t.faults) o.faults.push_back(read_fault(std::string_view{one}));
  o.settings.exchange.refuse_funds_by_error = t.funds == "error";
  o.settings.exchange.rules.require_market_protection = !t.allow_naked;
  if (o.market != "synthetic" && o.market_path.empty()) refuse("--path", "", "the market's file or folder");
}

}  // namespace

int read_options(int argc, char** argv, run_options& options) {
  CLI::App app{"bulkhead-kite-sim: a local Kite Connect to rehearse on. See docs/kite-simulator.md."};
  texts given;
  app.add_option("--address", options.address, "address to bind; admin routes answer loopback peers alone")
      ->capture_default_str();
  app.add_option("--port", options.port, "0: a free one, printed and written to --port-file")->capture_default_str();
  app.add_option("--port-file", options.port_file, "file that gets the port once it is bound");
  auto* certificate =
      app.add_option("--tls-cert", options.tls_cert, "PEM, the server's certificate first: HTTPS and WSS on the port");
  app.add_option("--tls-key", options.tls_key, "PEM, its private key")->needs(certificate);
  certificate->needs("--tls-key");
  add_market_options(app, options, given);
  add_broker_options(app, options, given);
  try {
    app.parse(argc, argv);
    finish(options, given);
  } catch (const CLI::ParseError& e) {
    const int status = app.exit(e);
    return status == 0 ? 0 : 2;
  } catch (const std::invalid_argument& e) {
    std::cerr << "bulkhead-kite-sim: " << e.what() << "\n";
    return 2;
  }
  return -1;
}

}  // namespace bulkhead::kite_sim
