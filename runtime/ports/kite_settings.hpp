#pragma once
// How a broker of kind zerodha speaks to Kite Connect: trading.<broker>.kite. docs/zerodha.md.
#include "runtime/secrets/secret.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace bulkhead {

struct kite_settings {
  std::string url;                             ///< REST: https://HOST, or http://127.0.0.1:PORT of a simulator
  std::string socket_url;                      ///< order updates and ticks: wss://HOST, or ws://127.0.0.1:PORT
  std::shared_ptr<const secret_text> api_key;  ///< of the environment alone; nullptr: the file has it
  std::filesystem::path api_key_file;
  std::shared_ptr<const secret_text> api_secret;  ///< likewise
  std::filesystem::path api_secret_file;  ///< checksums of order updates are verified with it; empty: postbacks are off
  std::filesystem::path session_file;     ///< written by `bulkhead login`
  std::string user_id;                    ///< whose account it must be ("AB1234"); empty: whoever logs in
  std::filesystem::path ca_file;  ///< PEM: who may sign the certificates of url and socket_url; empty: the system's
  std::int64_t market_protection_bps = 200;  ///< of MARKET and SL-M: 1/100 %; 0: Kite decides
  std::string algo_id;                       ///< what the exchange registered; empty: none is sent
  std::int64_t connect_timeout_ms = 3'000;
  std::int64_t total_timeout_ms = 7'000;
  std::int64_t orders_per_second = 10;  ///< of placements, modifications and cancels together, steady clock
  std::int64_t orders_per_minute = 400;
  std::int64_t orders_per_day = 5'000;
  std::int64_t exit_reserve_percent = 20;  ///< of each of the three, kept for cancels and exits
  std::int64_t poll_ms = 1'000;            ///< between two reads of the order book while updates are quiet
  std::int64_t reconcile_s = 30;           ///< between two comparisons with the broker's book
  std::int64_t absence_after_ms = 15'000;  ///< reads of the book that begin earlier do not prove an order absent
  std::int64_t between_absences_ms = 5'000;
  std::int64_t postback_port = 0;  ///< on 127.0.0.1; 0: none
};

/// Whether a simulator on this machine is meant, and no real market. Plain http goes nowhere else (is_safe_url).
[[nodiscard]] inline bool is_rehearsal(const kite_settings& s) {
  return s.url.starts_with("http://") || s.url.starts_with("https://127.0.0.1:") ||
         s.url.starts_with("https://localhost:");
}

}  // namespace bulkhead
