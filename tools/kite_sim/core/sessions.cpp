#include "tools/kite_sim/core/sessions.hpp"

#include "tools/kite_sim/core/kite_error.hpp"
#include "tools/kite_sim/core/kite_text.hpp"

#include <utility>

#include <fmt/format.h>

namespace bulkhead::kite_sim {
namespace {

constexpr duration request_token_life = seconds(300);
constexpr duration token_end = seconds(6 * 3600);
constexpr std::size_t token_length = 32;

}  // namespace

timestamp next_token_end(timestamp t) {
  const timestamp today = start_of_day(date_of(t)) + token_end;
  return t < today ? today : today + seconds(86'400);
}

bool sessions::add(app_registration app) {
  std::string key = app.api_key;
  return apps_.emplace(std::move(key), std::move(app)).second;
}

const app_registration* sessions::app(std::string_view api_key) const {
  const auto found = apps_.find(api_key);
  return found == apps_.end() ? nullptr : &found->second;
}

std::string sessions::made_up(std::string_view purpose, const std::string& api_key) {
  return sha256_hex(fmt::format("{}|{}|{}|{}", purpose, api_key, seed_, ++made_)).substr(0, token_length);
}

std::string sessions::log_in(const std::string& api_key, timestamp wall) {
  std::erase_if(requests_, [&](const auto& entry) { return entry.second.ends <= wall; });
  std::string token = made_up("request", api_key);
  requests_[token] = {api_key, wall + request_token_life};
  return token;
}

access sessions::exchange_token(const std::string& api_key, const std::string& request_token,
                                const std::string& checksum, timestamp market, timestamp wall) {
  const app_registration* of = app(api_key);
  if (of == nullptr) throw token_error("Invalid `api_key`.");
  const auto found = requests_.find(request_token);
  if (found == requests_.end() || found->second.api_key != api_key || found->second.ends <= wall) {
    throw token_error("Token is invalid or has expired.");
  }
  if (checksum != sha256_hex(api_key + request_token + of->api_secret)) throw token_error("Invalid `checksum`.");
  requests_.erase(found);
  access fresh{api_key, of->user_id, made_up("access", api_key), market, next_token_end(market)};
  open_[api_key] = fresh;
  return fresh;
}

const access* sessions::find(std::string_view api_key, std::string_view token, timestamp market) const {
  const auto found = open_.find(api_key);
  if (found == open_.end() || found->second.token != token || found->second.ends <= market) return nullptr;
  return &found->second;
}

bool sessions::log_out(const std::string& api_key, const std::string& token) {
  const auto found = open_.find(api_key);
  if (found == open_.end() || found->second.token != token) return false;
  open_.erase(found);
  return true;
}

void sessions::revoke(std::string_view user_id) {
  std::erase_if(open_, [&](const auto& entry) { return user_id.empty() || entry.second.user_id == user_id; });
}

}  // namespace bulkhead::kite_sim
