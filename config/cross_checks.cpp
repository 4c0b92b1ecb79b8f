#include "config/cross_checks.hpp"

#include "config/limit_fields.hpp"
#include "config/redaction.hpp"
#include "config/values.hpp"

#include <map>

#include <fmt/format.h>

namespace bulkhead::config {
namespace {

/// The checks of one broker; a local variable of check_options.
class broker_check {
 public:
  broker_check(const std::string& id, const broker_settings& b, const resolved& r, finding_list& findings)
      : at_(fmt::format("trading.{}.", id)), b_(b), r_(r), findings_(findings) {}

  void run(const load_request& request) {
    if (!r_.sound({at_ + "kind"})) return;
    placing(request);
    reserves("risk.", b_.risk.broker);
    reserves("strategy_risk.", b_.risk.each_strategy);
    square_off();
    if (b_.kind == zerodha_kind) kite_fields();
    if (b_.kind == zerodha_kind && b_.enabled) kite_files();
    if (b_.kind != paper_kind) return;
    slippage("bps", "slippage_bps", b_.paper.slippage == slippage_mode::bps, b_.paper.slippage_bps);
    slippage("ticks", "slippage_ticks", b_.paper.slippage == slippage_mode::ticks, b_.paper.slippage_ticks);
    latency();
  }

 private:
  void placing(const load_request& request) {
    if (!r_.sound({at_ + "enabled"}) || !b_.enabled || request.broker_kinds.at(b_.kind)) return;
    findings_.add(r_.origins.at(at_ + "enabled"), "true", "false",
                  fmt::format("placing orders at kind {} is not available; set {}enabled: false", b_.kind, at_));
  }

  /// What orders at Zerodha cannot do without.
  void kite_files() {
    const auto need = [&](const std::string& name, const std::filesystem::path& file, std::string_view what) {
      const std::string path = at_ + "kite." + name;
      if (!r_.sound({path}) || !file.empty()) return;
      findings_.add(r_.origins.at(path), "", std::string{what},
                    fmt::format("give it, or set {}enabled: false to validate signals and withhold the orders", at_));
    };
    if (!b_.kite.api_key) need("api_key_file", b_.kite.api_key_file, "a file whose first line is the app's api_key");
    need("session_file", b_.kite.session_file, "the file that `bulkhead login zerodha` writes");
  }

  /// What the exchanges ask of faster accounts, and what one option asks of another.
  void kite_ca_file() {
    const std::string path = at_ + "kite.ca_file";
    std::error_code error;
    if (!r_.sound({path}) || b_.kite.ca_file.empty() || std::filesystem::exists(b_.kite.ca_file, error)) return;
    findings_.add(r_.origins.at(path), b_.kite.ca_file.string(),
                  "a PEM file of those who may sign Kite's certificate, or nothing for whom the system trusts",
                  "create it, or correct the path");
  }

  /// A request may be under way for its whole time-out, also one of a process that is gone: a book read before that
  /// proves nothing. On this machine a rehearsal may cut it short.
  void kite_absence() {
    constexpr std::int64_t beyond = 1'000;
    const std::string path = at_ + "kite.absence_after_ms";
    const std::int64_t least = b_.kite.total_timeout_ms + beyond;
    if (!r_.sound({path, at_ + "kite.total_timeout_ms", at_ + "kite.url"})) return;
    if (is_rehearsal(b_.kite) || b_.kite.absence_after_ms >= least) return;
    findings_.add(r_.origins.at(path), std::to_string(b_.kite.absence_after_ms),
                  fmt::format("at least {} milliseconds: {}kite.total_timeout_ms and a second", least, at_),
                  "raise it, or lower the time-out: an order that is on its way is not absent");
  }

  /// While the feed is stale the age of the last price is all that keeps a strategy from trading on it.
  void kite_price_age() {
    const std::string path = at_ + "risk.max_price_age_ms";
    if (!r_.sound({path, at_ + "kite.url", at_ + "enabled", "feed.kind"}) || r_.node.feed.kind != "kite") return;
    if (!b_.enabled || is_rehearsal(b_.kite)) return;
    if (b_.risk.broker.max_price_age_ms > 0) return;
    findings_.add(r_.origins.at(path), "0", "1 to 86400000 milliseconds while orders go to Zerodha",
                  "say how old a price may be that an order is sized and placed by, such as 5000");
  }

  void kite_fields() {
    kite_ca_file();
    kite_absence();
    kite_price_age();
    const std::string at = at_ + "kite.";
    constexpr std::int64_t most_without_id = 10;
    if (r_.sound({at + "orders_per_second", at + "algo_id"}) && b_.kite.orders_per_second > most_without_id &&
        b_.kite.algo_id.empty()) {
      findings_.add(r_.origins.at(at + "orders_per_second"), std::to_string(b_.kite.orders_per_second),
                    fmt::format("at most {} requests without {}algo_id", most_without_id, at),
                    "give the id under which the exchange registered the algorithm, or lower it");
    }
    both(at, "api_key", b_.kite.api_key != nullptr, b_.kite.api_key_file);
    both(at, "api_secret", b_.kite.api_secret != nullptr, b_.kite.api_secret_file);
    if (r_.sound({at + "postback_port", at + "api_secret_file"}) && b_.kite.postback_port != 0 && !b_.kite.api_secret &&
        b_.kite.api_secret_file.empty()) {
      findings_.add(r_.origins.at(at + "postback_port"), std::to_string(b_.kite.postback_port),
                    fmt::format("0 without {}api_secret_file", at),
                    "give that file: the checksum of a postback is verified with it, and anybody can post");
    }
  }

  void both(const std::string& at, const std::string& name, bool is_given, const std::filesystem::path& file) {
    if (!is_given || file.empty() || !r_.sound({at + name, at + name + "_file"})) return;
    findings_.add(r_.origins.at(at + name), std::string{redacted_text},
                  fmt::format("nothing beside {}{}_file", at, name), "unset the variable, or leave the file out");
  }

  void reserves(const std::string& section, const risk_limits& limits) {
    for (const wrong_reserve& w : wrong_reserves(limits)) {
      const std::string start = at_ + section;
      const std::string reserve = start + std::string{w.reserve};
      if (!r_.sound({reserve, start + std::string{w.limit}})) continue;
      findings_.add(
          r_.origins.at(reserve), std::to_string(w.reserved),
          fmt::format("integer, 0 to {} orders: less than {}{} ({})", w.limited - 1, start, w.limit, w.limited),
          "lower the reserve or raise the maximum, or no entry can ever pass");
    }
  }

  void square_off() {
    const std::string path = at_ + "square_off";
    const trading_session& session = r_.node.session;
    if (!r_.sound({path, "session.open", "session.close"}) || session.open >= session.close) return;
    const auto& time = b_.risk.square_off;
    if (!time) return;
    if (*time > session.open && *time < session.close) return before_zerodha(path, *time);
    findings_.add(r_.origins.at(path), clock_text(*time),
                  fmt::format("a time after session.open ({}) and before session.close ({}), or off",
                              clock_text(session.open), clock_text(session.close)),
                  "move it into the session, or write off");
  }

  /// From 15:20 on Zerodha takes MIS positions out itself, for a fee, and takes no new MIS order: an exit of ours
  /// beside its own would turn the position. A rehearsal has nobody there who does.
  void before_zerodha(const std::string& path, duration time) {
    constexpr duration ahead = seconds(15 * 60);
    const duration latest{r_.node.session.close.ns - ahead.ns};
    if (b_.kind != zerodha_kind || !b_.enabled || time <= latest || !r_.sound({at_ + "kite.url"})) return;
    if (is_rehearsal(b_.kite)) return;
    findings_.add(r_.origins.at(path), clock_text(time),
                  fmt::format("a time up to {} at kind {} with enabled: true, or off", clock_text(latest), b_.kind),
                  fmt::format("write {}: \"15:10\": from 15:20 on Zerodha closes MIS positions itself", path));
  }

  /// `name` is the amount of that mode of slippage, `chosen` whether the mode counts.
  void slippage(std::string_view mode, std::string_view name, bool chosen, std::int64_t amount) {
    const std::string path = fmt::format("{}paper.{}", at_, name);
    const std::string mode_path = at_ + "paper.slippage";
    if (!r_.sound({path, mode_path}) || chosen == (amount > 0)) return;
    if (chosen) {
      findings_.add(r_.origins.at(mode_path), mode, fmt::format("{} with {} of 1 or more", mode, path),
                    fmt::format("give {}, or choose another mode", path));
    } else {
      findings_.add(r_.origins.at(path), std::to_string(amount), fmt::format("0 unless {} is {}", mode_path, mode),
                    fmt::format("set {}: {}, or remove the amount", mode_path, mode));
    }
  }

  void latency() {
    const std::string least = at_ + "paper.latency_min_ms";
    const std::string most = at_ + "paper.latency_max_ms";
    if (!r_.sound({least, most}) || b_.paper.latency_min_ms <= b_.paper.latency_max_ms) return;
    findings_.add(r_.origins.at(least), std::to_string(b_.paper.latency_min_ms),
                  fmt::format("at most {} ({} milliseconds)", most, b_.paper.latency_max_ms),
                  "lower it, or raise the maximum");
  }

  std::string at_;
  const broker_settings& b_;
  const resolved& r_;
  finding_list& findings_;
};

void check_ranges(const resolved& r, finding_list& findings) {
  const settings& n = r.node;
  if (r.sound({"supervisor.backoff_min_ms", "supervisor.backoff_max_ms"}) &&
      n.supervisor.backoff_min_ms > n.supervisor.backoff_max_ms) {
    findings.add(r.origins.at("supervisor.backoff_max_ms"), std::to_string(n.supervisor.backoff_max_ms),
                 fmt::format("at least supervisor.backoff_min_ms ({} milliseconds)", n.supervisor.backoff_min_ms),
                 "raise it, or lower the minimum");
  }
  if (r.sound({"process.heartbeat_ms", "process.silence_ms"}) && n.process.heartbeat_ms >= n.process.silence_ms) {
    findings.add(r.origins.at("process.heartbeat_ms"), std::to_string(n.process.heartbeat_ms),
                 fmt::format("less than process.silence_ms ({} milliseconds)", n.process.silence_ms),
                 "lower it, or raise process.silence_ms");
  }
  if (r.sound({"session.open", "session.close"}) && n.session.open >= n.session.close) {
    findings.add(r.origins.at("session.close"), clock_text(n.session.close),
                 fmt::format("a time after session.open ({})", clock_text(n.session.open)),
                 "exchange the two, or correct one");
  }
  if (r.sound({"feed.from", "feed.to"}) && n.feed.from && n.feed.to && *n.feed.from > *n.feed.to) {
    findings.add(r.origins.at("feed.to"), to_string(*n.feed.to),
                 fmt::format("feed.from ({}) or a later date", to_string(*n.feed.from)),
                 "exchange the two, or correct one");
  }
  if (r.sound({"feed.batch", "feed.max_in_flight"}) && n.feed.batch > n.feed.max_in_flight) {
    findings.add(r.origins.at("feed.batch"), std::to_string(n.feed.batch),
                 fmt::format("at most feed.max_in_flight ({} frames)", n.feed.max_in_flight),
                 "a batch larger than that could never be sent");
  }
}

/// sun_path of sockaddr_un (man 7 unix) has 108 bytes, the last one zero.
void check_socket(const resolved& r, finding_list& findings) {
  constexpr std::size_t longest = 107;
  const std::string path = r.node.control_socket.string();
  if (!r.sound({"control.socket", "data_dir"}) || path.size() <= longest) return;
  findings.add(r.origins.at("control.socket"), path,
               fmt::format("a path of at most {} bytes, as the system's sockets need", longest),
               "give control.socket a shorter path, such as one relative to the working directory");
}

void check_keys(const resolved& r, const std::string& path, const std::vector<std::string>& keys,
                finding_list& findings) {
  for (const std::string& key : keys) {
    if (r.node.instruments.find(key)) continue;
    findings.add(r.origins.at(path), key, "an instrument of " + r.node.instruments_file.string(),
                 "add its row, or correct the key");
  }
}

void check_synthetic(const resolved& r, finding_list& findings) {
  if (r.sound({"feed.from"}) && !r.node.feed.from) {
    findings.add(r.origins.at("feed.from"), "", std::string{date_form}, "feed.kind synthetic needs its first day");
  }
  if (r.sound({"feed.instruments"}) && r.node.feed.instruments.empty()) {
    findings.add(r.origins.at("feed.instruments"), "", "list of instrument keys (NSE:NIFTY), at least one",
                 "feed.kind synthetic needs instruments to tick");
  }
}

/// Whose login a feed from Kite uses.
void check_kite_feed(const resolved& r, finding_list& findings) {
  constexpr std::string_view allowed = "an active broker of kind zerodha";
  const auto& active = r.node.brokers;
  const auto account = std::ranges::find(active, r.node.feed.account, [](const auto& b) { return b.id.str(); });
  if (!r.sound({"feed.account"})) return;
  if (account == active.end() || account->kind != zerodha_kind) {
    findings.add(r.origins.at("feed.account"), r.node.feed.account, std::string{allowed},
                 "feed.kind kite uses a login: name its broker, and list it in active_brokers; with "
                 "trading.<broker>.enabled: false it places nothing");
    return;
  }
  const auto need = [&](std::string_view name, const std::filesystem::path& file, std::string_view what) {
    const std::string path = fmt::format("trading.{}.kite.{}", account->id.str(), name);
    if (!r.sound({path}) || !file.empty()) return;
    findings.add(r.origins.at(path), "", std::string{what}, "feed.kind kite needs it");
  };
  if (!account->kite.api_key) {
    need("api_key_file", account->kite.api_key_file, "a file whose first line is the app's api_key");
  }
  need("session_file", account->kite.session_file, "the file that `bulkhead login zerodha` writes");
  constexpr std::int64_t beside_updates = 2;
  if (account->enabled && r.sound({"feed.connections"}) && r.node.feed.connections > beside_updates) {
    findings.add(r.origins.at("feed.connections"), std::to_string(r.node.feed.connections),
                 fmt::format("at most {} while {} places orders", beside_updates, account->id.str()),
                 "an app may have three connections, and the updates of its orders take one");
  }
}

/// A price that may be of the day before must not reach an order.
void check_kite_mode(const resolved& r, finding_list& findings) {
  if (!r.sound({"feed.mode"}) || r.node.feed.mode == "full") return;
  const auto placing =
      std::ranges::find_if(r.node.brokers, [](const broker_settings& b) { return b.kind != paper_kind && b.enabled; });
  if (placing == r.node.brokers.end()) return;
  findings.add(r.origins.at("feed.mode"), r.node.feed.mode,
               fmt::format("full while {} places orders", placing->id.str()),
               "only full says of which day a price is: a subscription brings the last one of the day before");
}

/// Two brokers on one account would each take the other's orders for foreign ones, or for its own; two on one app would
/// end each other's sessions.
void check_accounts(const resolved& r, finding_list& findings) {
  std::map<std::filesystem::path, std::string> used;
  const auto check = [&](const broker_settings& b, std::string_view name, const std::filesystem::path& file,
                         std::string_view why) {
    if (b.kind != zerodha_kind || !b.enabled || file.empty()) return;
    const auto [first, is_new] = used.emplace(file, b.id.str());
    if (is_new) return;
    findings.add(r.origins.at(fmt::format("trading.{}.kite.{}", b.id.str(), name)), file.string(),
                 fmt::format("another file than that of {}", first->second), std::string{why});
  };
  for (const broker_settings& b : r.node.brokers) {
    check(b, "session_file", b.kite.session_file, "each broker that places orders needs an account of its own");
    check(b, "api_key_file", b.kite.api_key_file,
          "a login ends the session before it of the same app: make another app");
  }
}

/// Kite takes 3000 instruments a connection.
void check_kite_instruments(const resolved& r, finding_list& findings) {
  constexpr std::int64_t most_tokens = 3'000;
  if (!r.sound({"feed.kind", "feed.connections"}) || r.node.feed.kind != "kite") return;
  const auto count = std::ranges::count_if(r.node.instruments.rows(), [](const instrument& i) { return i.token != 0; });
  if (count == 0) {
    findings.add(r.origins.at("feed.kind"), "kite", "an instrument_token in the rows of the instruments file",
                 "Kite names instruments by their token: take the rows from its instrument list");
  }
  if (count <= most_tokens * r.node.feed.connections) return;
  findings.add(
      r.origins.at("feed.connections"), std::to_string(r.node.feed.connections),
      fmt::format("at least {} connections for the {} instruments of {}, {} each, and at most 3",
                  (count + most_tokens - 1) / most_tokens, count, r.node.instruments_file.string(), most_tokens),
      "raise it, or list fewer instruments");
}

/// An open that meets a takeover under way waits up to three leases, and must end before its deadline.
void check_lease(const resolved& r, finding_list& findings) {
  const std::int64_t lease = r.node.kafka.lease_ms;
  const std::int64_t deadline = r.node.journal.deadline_s;
  if (!r.sound({"kafka.lease_ms", "journal.deadline_s"}) || 3 * lease < 1000 * deadline) return;
  findings.add(r.origins.at("kafka.lease_ms"), std::to_string(lease),
               fmt::format("milliseconds, less than a third of journal.deadline_s ({} s)", deadline),
               "a takeover waits up to three leases; shorten the lease, or raise journal.deadline_s");
}

/// What a server's clients cannot do without.
void check_servers(const resolved& r, finding_list& findings) {
  const settings& n = r.node;
  const auto need = [&](const std::string& path, const std::string& value, std::string_view allowed,
                        std::string_view why) {
    if (r.sound({path}) && value.empty()) findings.add(r.origins.at(path), "", std::string{allowed}, std::string{why});
  };
  if (n.store.backend == "redis") {
    need("redis.address", n.redis.address, "host:port, or unix:/path of a socket", "store.backend is redis");
  }
  if (n.feed.kind == "kafka") {
    need("kafka.bootstrap_servers", n.kafka.bootstrap_servers, "host:port[,host:port...]", "feed.kind is kafka");
  } else if (n.journal.backend == "kafka") {
    need("kafka.bootstrap_servers", n.kafka.bootstrap_servers, "host:port[,host:port...]", "journal.backend is kafka");
  }
  if (n.journal.backend != "kafka") return;
  check_lease(r, findings);
  if (n.kafka.security == "plaintext") return;
  const std::string why = fmt::format("kafka.security is {}", n.kafka.security);
  need("kafka.username", n.kafka.login.username, "the name of a user at Kafka", why);
  need("kafka.password_file", n.kafka.login.password_file.string(), "a file with that user's password", why);
  for (const auto& [id, b] : r.brokers) {
    if (std::ranges::find(n.brokers, b.id, &broker_settings::id) == n.brokers.end()) continue;
    const std::string at = fmt::format("trading.{}.kafka.", id);
    need(at + "username", b.kafka.username, "the name of this broker's user at Kafka", why);
    need(at + "password_file", b.kafka.password_file.string(), "a file with that user's password", why);
  }
}

}  // namespace

void check_options(const resolved& r, const load_request& request, finding_list& findings) {
  for (const auto& [id, b] : r.brokers) broker_check{id, b, r, findings}.run(request);
  check_ranges(r, findings);
  check_socket(r, findings);
  check_servers(r, findings);
  if (r.sound({"feed.kind"}) && r.node.feed.kind == "synthetic") check_synthetic(r, findings);
  // A broker's own process knows nothing of the others, and reads no feed.
  if (r.sound({"feed.kind"}) && r.node.feed.kind == "kite" && !request.only_broker) {
    check_kite_feed(r, findings);
    check_kite_mode(r, findings);
  }
  check_accounts(r, findings);
}

void check_feed(const resolved& r, std::optional<trade_date> charges_from, bool instruments_known,
                finding_list& findings) {
  const feed_settings& feed = r.node.feed;
  std::error_code error;
  const bool has_path = feed.kind == "replay" || feed.kind == "ticks";
  if (has_path && r.sound({"feed.kind", "feed.path"}) && !std::filesystem::exists(feed.path, error)) {
    findings.add(r.origins.at("feed.path"), feed.path.string(),
                 feed.kind == "replay" ? "a folder of 1-minute CSV files, or one such file"
                                       : "a folder of recorded ticks (*.csv), or one such file",
                 "create it, or correct the path");
  }
  if (charges_from && feed.from && r.sound({"feed.from"}) && *feed.from < *charges_from) {
    findings.add(r.origins.at("feed.from"), to_string(*feed.from),
                 fmt::format("{} or later: {} begins there", to_string(*charges_from), r.node.charges_file.string()),
                 "add a schedule for the earlier dates, or start later");
  }
  if (!instruments_known) return;
  check_kite_instruments(r, findings);
  check_keys(r, "feed.instruments", feed.instruments, findings);
  for (const auto& [id, b] : r.brokers) {
    check_keys(r, fmt::format("trading.{}.instruments", id), b.instruments, findings);
  }
}

}  // namespace bulkhead::config
