#include "runtime/domain/json_text.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace bulkhead {
namespace {

/// Written as it stands.
bool is_plain(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

}  // namespace

void json_text::name(std::string_view key) {
  separate();
  out_ += '"';
  out_ += key;
  out_ += "\":";
}

void json_text::text(std::string_view key, std::string_view value) {
  name(key);
  if (!std::ranges::all_of(value, is_plain)) {
    out_ += nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return;
  }
  out_ += '"';
  out_ += value;
  out_ += '"';
}

void json_text::flag(std::string_view key, bool value) {
  name(key);
  out_ += value ? "true" : "false";
}

}  // namespace bulkhead
