#include "runtime/domain/json_fields.hpp"

#include <set>

#include <fmt/format.h>

namespace bulkhead {
namespace {

using nlohmann::json;

constexpr int max_depth = 16;

/// What was found, short enough for a log line whatever was sent.
std::string shown(const json& found) {
  std::string text = found.dump(-1, ' ', true, json::error_handler_t::replace);
  if (text.size() > 80) text = text.substr(0, 77) + "...";
  return text;
}

/// Refuses what nlohmann would let pass: a second value for one key silently replaces the first.
class strictness {
 public:
  bool operator()(int depth, json::parse_event_t event, json& parsed) {
    if (depth > max_depth) throw codec_error(fmt::format("nested deeper than the allowed {} levels", max_depth));
    if (event == json::parse_event_t::object_start) keys_.emplace_back();
    if (event == json::parse_event_t::object_end) keys_.pop_back();
    if (event == json::parse_event_t::key && !keys_.back().insert(parsed.get<std::string>()).second) {
      throw codec_error(fmt::format("key {}: given twice in one object, allowed: once", shown(parsed)));
    }
    return true;
  }

 private:
  std::vector<std::set<std::string>> keys_;
};

}  // namespace

json parse_strict(std::string_view text) {
  strictness check;
  try {
    return json::parse(
        text, [&check](int depth, json::parse_event_t event, json& parsed) { return check(depth, event, parsed); });
  } catch (const json::exception& e) {
    throw codec_error(fmt::format("not JSON: {}; allowed: one JSON object", e.what()));
  }
}

json_fields::json_fields(const json& object, std::string path) : object_(&object), path_(std::move(path)) {
  if (object.is_object()) return;
  throw codec_error(fmt::format("{}: found {}, allowed: a JSON object",
                                path_.empty() ? "whole text" : fmt::format("key \"{}\"", path_), shown(object)));
}

void json_fields::refuse(const char* key, std::string_view allowed) const {
  const auto it = object_->find(key);
  if (it == object_->end()) throw codec_error(fmt::format("key \"{}\": missing, allowed: {}", full(key), allowed));
  throw codec_error(fmt::format("key \"{}\": found {}, allowed: {}", full(key), shown(*it), allowed));
}

const json& json_fields::at(const char* key, std::string_view allowed) const {
  const auto it = object_->find(key);
  if (it == object_->end()) refuse(key, allowed);
  return *it;
}

std::string json_fields::text(const char* key) const {
  const json& found = at(key, "text");
  if (!found.is_string()) refuse(key, "text");
  return found.get<std::string>();
}

std::string json_fields::name(const char* key) const {
  std::string found = text(key);
  if (found.empty()) refuse(key, "text, not empty");
  return found;
}

bool json_fields::flag(const char* key) const {
  const json& found = at(key, "true or false");
  if (!found.is_boolean()) refuse(key, "true or false");
  return found.get<bool>();
}

std::int64_t json_fields::integer(const char* key, std::int64_t min, std::int64_t max) const {
  const std::string allowed = fmt::format("an integer, {} to {}", min, max);
  const json& found = at(key, allowed);
  // A number above the signed range is held as unsigned: read as signed it would turn negative.
  const bool fits = found.is_number_unsigned() ? found.get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX)
                                               : found.is_number_integer();
  if (!fits) refuse(key, allowed);
  const auto value = found.get<std::int64_t>();
  if (value < min || value > max) refuse(key, allowed);
  return value;
}

std::uint64_t json_fields::natural(const char* key) const {
  const json& found = at(key, "an integer, 0 or more");
  const bool fits = found.is_number_unsigned() || (found.is_number_integer() && found.get<std::int64_t>() >= 0);
  if (!fits) refuse(key, "an integer, 0 or more");
  return found.get<std::uint64_t>();
}

money json_fields::amount(const char* key) const {
  const auto value = parse_money(text(key));
  if (!value) refuse(key, "an amount as decimal text with at most four decimals, e.g. \"-17450.55\"");
  return *value;
}

price json_fields::positive_price(const char* key) const {
  const auto value = parse_price(text(key));
  if (!value) refuse(key, "a price above 0 as decimal text with at most four decimals, e.g. \"17450.55\"");
  return *value;
}

price json_fields::price_or_zero(const char* key) const {
  const auto raw = parse_fixed(text(key));
  if (!raw || *raw < 0 || *raw > price::max().raw) {
    refuse(key, "a price, 0 or more, as decimal text with at most four decimals, e.g. \"17450.55\"");
  }
  return {*raw};
}

timestamp json_fields::time(const char* key) const {
  const auto value = parse_iso_ist(text(key));
  if (!value) refuse(key, "a time in IST, e.g. \"2022-01-03T09:15:00+05:30\"");
  return *value;
}

instrument_id json_fields::instrument(const char* key, const instrument_table& instruments) const {
  const auto id = instruments.find(text(key));
  if (!id) refuse(key, "the key of an instrument in the instruments file, e.g. \"NSE:NIFTY\"");
  return *id;
}

json_fields json_fields::object(const char* key) const { return {at(key, "a JSON object"), full(key)}; }

std::vector<json_fields> json_fields::objects(const char* key) const {
  const json& found = at(key, "an array of objects");
  if (!found.is_array()) refuse(key, "an array of objects");
  std::vector<json_fields> out;
  for (std::size_t i = 0; i < found.size(); ++i) out.emplace_back(found[i], fmt::format("{}[{}]", full(key), i));
  return out;
}

std::vector<std::string> json_fields::names(const char* key) const {
  const json& found = at(key, "an array of texts");
  const bool fits = found.is_array() && std::ranges::all_of(found, [](const json& item) { return item.is_string(); });
  if (!fits) refuse(key, "an array of texts");
  return found.get<std::vector<std::string>>();
}

}  // namespace bulkhead
