#pragma once
// `bulkhead login`: a day's session with a broker whose tokens a person must renew.
#include "tools/app/commands.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include <CLI/CLI.hpp>

namespace bulkhead::app {

/// What is not given comes from the broker's kite options in the configuration.
struct login_options {
  common_options common;
  std::string broker;
  std::filesystem::path api_key_file, api_secret_file;  ///< mode 0600, first line
  std::filesystem::path session_file;                   ///< written, mode 0600; given: the configuration is not read
  std::string user_id;                                  ///< whose login it must be; empty: anybody's
  std::uint16_t port = 5010;                            ///< the app's redirect URL at Zerodha is http://127.0.0.1:PORT/
  bool paste = false;                                   ///< read the redirect from the standard input
  std::int64_t wait_s = 300;
  std::string login_page;         ///< empty: Zerodha's, or that of a simulator in `kite`
  std::string kite;               ///< empty: Zerodha
  std::filesystem::path ca_file;  ///< who may sign Kite's certificate; empty: whom the system trusts
};

int broker_login(login_options options);

void add_login(CLI::App& app, std::function<int()>& chosen);

}  // namespace bulkhead::app
