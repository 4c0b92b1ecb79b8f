#include "tools/app/login_command.hpp"

#include "runtime/brokers/zerodha/kite_session.hpp"
#include "runtime/http/http_client.hpp"
#include "runtime/http/loopback_receiver.hpp"
#include "runtime/secrets/secret_file.hpp"
#include "tools/app/cli_options.hpp"
#include "tools/app/journal_access.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

namespace bulkhead::app {
namespace {

constexpr const char* zerodha_url = "https://api.kite.trade";
constexpr const char* zerodha_login_page = "https://kite.zerodha.com/connect/login";
constexpr std::string_view page =
    "<!doctype html><title>Bulkhead</title><p>Zerodha has sent you back to Bulkhead. Look at the terminal: it says "
    "whether the login succeeded. You can close this page.</p>";

std::string pasted_target() {
  fmt::print("log in there, then paste the address that the browser was sent to, or its request_token:\n");
  std::fflush(stdout);
  std::string line;
  if (!std::getline(std::cin, line)) throw command_error(exit_failed, "nothing was pasted");
  return line;
}

std::string received_target(loopback_receiver& receiver, std::int64_t wait_s) {
  fmt::print("log in there; waiting {} s for the redirect to http://127.0.0.1:{}/ (from another machine: --paste)\n",
             wait_s, receiver.port());
  std::fflush(stdout);
  const auto is_redirect = [](std::string_view target) {
    return target.find("request_token=") != std::string_view::npos || target.find("status=") != std::string_view::npos;
  };
  auto target = receiver.wait(is_redirect, page, std::chrono::seconds{wait_s});
  if (target) return std::move(*target);
  throw command_error(exit_failed,
                      fmt::format("no redirect came within {} s; is http://127.0.0.1:{}/ the redirect URL of your app "
                                  "at developers.kite.trade? Else use --paste",
                                  wait_s, receiver.port()));
}

/// From the file that the option names, else from the variable that the node reads it from, too.
secret_text secret_of(const login_options& o, const std::string& option, const std::string& variable,
                      const std::filesystem::path& file) {
  if (!file.empty()) return read_secret_line(file);
  std::string broker = o.broker;
  std::ranges::transform(broker, broker.begin(), [](unsigned char c) { return std::toupper(c); });
  const std::string name = fmt::format("TRADING__{}__KITE__{}", broker, variable);
  const char* given = std::getenv(name.c_str());
  if (given != nullptr && *given != '\0') return secret_text{std::string{given}};
  throw command_error(
      exit_usage, fmt::format("give --{}-file FILE (mode 0600), or the variable {} of the environment", option, name));
}

/// What the command line leaves open, out of the broker's settings. False: they are wrong, and that was said.
bool add_settings(login_options& o) {
  const auto s = load_or_explain(o.common);
  if (!s) return false;
  const config::broker_settings& b = broker_named(*s, o.broker);
  if (b.kind != "zerodha") {
    throw command_error(exit_usage,
                        fmt::format("broker: given \"{}\" of kind {}, which needs no login; allowed: a broker "
                                    "of kind zerodha",
                                    o.broker, b.kind));
  }
  const kite_settings& kite = b.kite;
  if (kite.session_file.empty()) {
    throw command_error(exit_usage, fmt::format("trading.{}.kite.session_file: given nothing; say where the session is "
                                                "kept, there or by --session-file",
                                                o.broker));
  }
  o.session_file = kite.session_file;
  if (o.api_key_file.empty()) o.api_key_file = kite.api_key_file;
  if (o.api_secret_file.empty()) o.api_secret_file = kite.api_secret_file;
  if (o.ca_file.empty()) o.ca_file = kite.ca_file;
  if (o.user_id.empty()) o.user_id = kite.user_id;
  if (o.kite.empty()) o.kite = kite.url;
  return true;
}

void add_defaults(login_options& o) {
  if (o.kite.empty()) o.kite = zerodha_url;
  if (o.login_page.empty()) o.login_page = o.kite == zerodha_url ? zerodha_login_page : o.kite + "/connect/login";
}

/// Before the user logs in: a request token works once.
void need_writable(const std::filesystem::path& session_file) {
  const std::filesystem::path folder = session_file.has_parent_path() ? session_file.parent_path() : ".";
  if (::access(folder.c_str(), W_OK | X_OK) == 0) return;
  throw command_error(
      exit_failed, fmt::format("{}: no file can be written in {} ({}); run: mkdir -p -m 700 {}", session_file.string(),
                               folder.string(), std::generic_category().message(errno), folder.string()));
}

}  // namespace

int broker_login(login_options options) {
  if (options.session_file.empty() && !add_settings(options)) return exit_usage;
  add_defaults(options);
  const std::string api_key{secret_of(options, "api-key", "API_KEY", options.api_key_file).reveal()};
  const secret_text api_secret = secret_of(options, "api-secret", "API_SECRET", options.api_secret_file);
  need_writable(options.session_file);
  std::unique_ptr<loopback_receiver> receiver;  // listens before the user can come back
  if (!options.paste) receiver = std::make_unique<loopback_receiver>(options.port);
  const std::string state = new_login_state();
  fmt::print("{}\n", login_url(options.login_page, api_key, state));
  const std::string target = receiver ? received_target(*receiver, options.wait_s) : pasted_target();
  const std::string token = request_token_of(target, state);
  http_client_settings settings;
  settings.ca_file = options.ca_file;
  http_client http{settings};
  const auto call = [&http](const http_request& r) { return http.perform(r); };
  const kite_session session = exchange_token(call, options.kite, api_key, api_secret, token);
  if (!options.user_id.empty() && session.user_id != options.user_id) {
    throw command_error(
        exit_failed,
        fmt::format("the browser was logged in as {}, allowed: {} (kite.user_id); nothing was written: log "
                    "out there, and begin the login again",
                    session.user_id, options.user_id));
  }
  write_session(options.session_file, session);
  fmt::print("logged in as {} ({}); the session is in {}, mode 0600, until {}\n", session.user_id, session.user_name,
             options.session_file.string(), to_iso_ist(session.expires_at));
  return exit_done;
}

void add_login(CLI::App& app, std::function<int()>& chosen) {
  CLI::App* command = app.add_subcommand(
      "login", "Print the broker's login page, take the redirect, keep the day's session; a running node picks it up");
  const auto options = std::make_shared<login_options>();
  add_common(*command, options->common);
  command
      ->add_option("broker", options->broker, "Broker of kind zerodha; what is not given here is in its kite options")
      ->required();
  command->add_option("--api-key-file", options->api_key_file,
                      "File with the app's api_key, mode 0600; else TRADING__<BROKER>__KITE__API_KEY");
  command->add_option("--api-secret-file", options->api_secret_file,
                      "File with the app's api_secret, mode 0600; else TRADING__<BROKER>__KITE__API_SECRET");
  command->add_option("--session-file", options->session_file,
                      "Where the session is kept, mode 0600; with it the configuration is not read");
  command->add_option("--user-id", options->user_id, "Whose login it must be, such as AB1234");
  auto* port = command->add_option("--port", options->port, "Port of the redirect URL http://127.0.0.1:PORT/; 0: any")
                   ->capture_default_str();
  command->add_flag("--paste", options->paste, "Paste the redirect instead of receiving it")->excludes(port);
  command->add_option("--wait", options->wait_s, "Seconds to wait for the redirect")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  command->add_option("--login-page", options->login_page, "Login page; else Zerodha's, or the simulator's");
  command
      ->add_option("--ca-file", options->ca_file, "PEM file of those who may sign Kite's certificate, for a simulator")
      ->check(CLI::ExistingFile);
  command->add_option("--kite", options->kite, "Kite Connect, or a simulator on this machine; else as configured")
      ->check([](const std::string& url) {
        return is_safe_url(url) ? std::string{} : "allowed: https://HOST, or http://127.0.0.1:PORT";
      });
  command->callback([&chosen, options] { chosen = [options] { return broker_login(*options); }; });
}

}  // namespace bulkhead::app
