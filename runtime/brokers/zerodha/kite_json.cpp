#include "runtime/brokers/zerodha/kite_json.hpp"

#include "runtime/brokers/zerodha/kite_decimal.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead {

/// Takes nlohmann's events and builds the tree.
class kite_json_builder {
 public:
  using type = kite_value::type;
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  bool null() { return add({}); }
  bool boolean(bool value) { return add({type::boolean, value ? "true" : "false"}); }
  bool number_integer(number_integer_t value) { return add({type::number, std::to_string(value)}); }
  bool number_unsigned(number_unsigned_t value) { return add({type::number, std::to_string(value)}); }
  bool number_float(number_float_t /*value*/, const string_t& written) { return add({type::number, written}); }
  bool string(string_t& value) { return add({type::text, std::move(value)}); }
  bool binary(binary_t& /*value*/) { return false; }
  bool start_object(std::size_t /*size*/) { return open(type::object); }
  bool start_array(std::size_t /*size*/) { return open(type::list); }
  bool key(string_t& value) {
    open_.back().keys_.push_back(std::move(value));
    return true;
  }
  bool end_object() {
    check_keys(open_.back().keys_);
    return end_array();
  }
  bool end_array() {
    kite_value done = std::move(open_.back());
    open_.pop_back();
    --count_;  // it was counted when it began
    return add(std::move(done));
  }
  bool parse_error(std::size_t at, const std::string& /*token*/, const nlohmann::json::exception& /*why*/) {
    throw kite_error(fmt::format("not JSON from byte {} on, allowed: one JSON value", at));
  }

  [[nodiscard]] kite_value take() { return std::move(root_); }

 private:
  bool add(kite_value value) {
    count();
    if (open_.empty()) {
      root_ = std::move(value);
    } else {
      open_.back().items_.push_back(std::move(value));
    }
    return true;
  }

  bool open(type what) {
    count();
    if (open_.size() == max_kite_json_depth) {
      throw kite_error(fmt::format("JSON nested deeper than the allowed {} levels", max_kite_json_depth));
    }
    open_.emplace_back(what, std::string{});
    return true;
  }

  void count() {
    if (++count_ > max_kite_json_values) {
      throw kite_error(fmt::format("JSON of more than the allowed {} values", max_kite_json_values));
    }
  }

  static void check_keys(const std::vector<std::string>& keys) {
    std::set<std::string_view> seen;
    for (const std::string& k : keys) {
      if (!seen.insert(k).second) {
        throw kite_error(fmt::format("key \"{}\": given twice in one object, allowed: once", k.substr(0, 60)));
      }
    }
  }

  kite_value root_;
  std::vector<kite_value> open_;  ///< from the outermost on
  std::size_t count_ = 0;
};

kite_value kite_value::parse(std::string_view json) {
  if (json.size() > max_kite_json_bytes) {
    throw kite_error(fmt::format("JSON of {} bytes, allowed: up to {}", json.size(), max_kite_json_bytes));
  }
  kite_json_builder builder;
  nlohmann::json::sax_parse(json.begin(), json.end(), &builder);
  return builder.take();
}

const kite_value* kite_value::find(std::string_view key) const noexcept {
  const auto it = std::ranges::find(keys_, key);
  return it == keys_.end() ? nullptr : &items_[static_cast<std::size_t>(it - keys_.begin())];
}

std::string kite_value::shown() const {
  if (is(type::list)) return fmt::format("a list of {}", items_.size());
  if (is(type::object)) return "an object";
  if (is(type::null)) return "null";
  const std::string start = written_.size() > 60 ? written_.substr(0, 57) + "..." : written_;
  return is(type::text) ? "\"" + start + "\"" : start;
}

kite_fields::kite_fields(const kite_value& object, std::string where) : object_(&object), where_(std::move(where)) {
  if (!object.is(kite_value::type::object)) {
    throw kite_error(fmt::format("{}: found {}, allowed: an object", where_, object.shown()));
  }
}

const kite_value* kite_fields::find(std::string_view key) const {
  const kite_value* found = object_->find(key);
  return found == nullptr || found->is(kite_value::type::null) ? nullptr : found;
}

void kite_fields::refuse(std::string_view key, std::string_view allowed) const {
  const kite_value* found = find(key);
  throw kite_error(
      fmt::format("{}: key \"{}\": found {}, allowed: {}", where_, key, found ? found->shown() : "nothing", allowed));
}

std::string kite_fields::text(std::string_view key) const {
  const kite_value* found = find(key);
  if (found == nullptr) return {};
  if (!found->is(kite_value::type::text)) refuse(key, "a text");
  return found->written();
}

std::string kite_fields::id(std::string_view key) const {
  const kite_value* found = find(key);
  const auto fits = [](const std::string& s) {
    return !s.empty() && s.size() <= 64 && std::ranges::all_of(s, [](unsigned char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    });
  };
  const bool is_written = found && (found->is(kite_value::type::text) || found->is(kite_value::type::number));
  if (!is_written || !fits(found->written())) refuse(key, "an id of 1 to 64 letters, digits, '-' and '_'");
  return found->written();
}

std::int64_t kite_fields::integer(std::string_view key, std::int64_t min, std::int64_t max) const {
  const kite_value* found = find(key);
  const auto value = found && found->is(kite_value::type::number) ? scaled_decimal(found->written(), 0, true)
                                                                  : std::optional<std::int64_t>{};
  if (!value || *value < min || *value > max) refuse(key, fmt::format("a whole number, {} to {}", min, max));
  return *value;
}

std::int64_t kite_fields::integer_or(std::string_view key, std::int64_t missing, std::int64_t min,
                                     std::int64_t max) const {
  return has(key) ? integer(key, min, max) : missing;
}

price kite_fields::price_or_zero(std::string_view key) const {
  const price found{amount(key).raw};
  if (found.raw < 0 || found > price::max()) refuse(key, "a price, 0 to " + to_string(price::max()));
  return found;
}

money kite_fields::amount(std::string_view key) const {
  const kite_value* found = find(key);
  if (found == nullptr) return {};
  const auto value = found->is(kite_value::type::number) ? scaled_decimal(found->written(), 4) : std::nullopt;
  if (!value) refuse(key, "a number of at most 14 digits before the point");
  return {*value};
}

bool kite_fields::flag(std::string_view key) const {
  const kite_value* found = find(key);
  if (found == nullptr) return false;
  if (!found->is(kite_value::type::boolean)) refuse(key, "true or false");
  return found->written() == "true";
}

std::vector<std::string> kite_fields::texts(std::string_view key) const {
  const kite_value* found = find(key);
  if (found == nullptr) return {};
  std::vector<std::string> out;
  if (!found->is(kite_value::type::list)) refuse(key, "a list of texts");
  for (const kite_value& item : found->items()) {
    if (!item.is(kite_value::type::text)) refuse(key, "a list of texts");
    out.push_back(item.written());
  }
  return out;
}

kite_fields kite_fields::object(std::string_view key) const {
  const kite_value* found = find(key);
  if (found == nullptr) refuse(key, "an object");
  return {*found, fmt::format("{}.{}", where_, key)};
}

}  // namespace bulkhead
