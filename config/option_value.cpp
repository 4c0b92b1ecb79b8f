#include "config/option_value.hpp"

#include "config/redaction.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace bulkhead::config {
namespace {

constexpr std::string_view off = "off";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Writes if there is a target; the check alone runs without one.
template <class T, class V>
void put(const field& target, V&& value) {
  if (T* const* place = std::get_if<T*>(&target)) **place = std::forward<V>(value);
}

bool is_list(const option& o) { return o.type == value_type::brokers || o.type == value_type::keys; }

bool store_integer(const option& o, const raw_value& value, const field& target) {
  const auto number = parse_integer(value.text);
  if (!number || *number < o.min || *number > o.max) return false;
  put<std::int64_t>(target, *number);
  put<std::uint64_t>(target, static_cast<std::uint64_t>(*number));
  return true;
}

bool store_money(const option& o, const raw_value& value, const field& target) {
  const auto amount = parse_money(value.text);
  if (!amount || amount->raw < o.min || amount->raw > o.max) return false;
  put<money>(target, *amount);
  return true;
}

bool store_percent(const option& o, const raw_value& value, const field& target) {
  const auto share = parse_percent(value.text);
  if (!share || share->ppb < o.min || share->ppb > o.max) return false;
  put<rate>(target, *share);
  return true;
}

bool store_choice(const option& o, const raw_value& value, const field& target) {
  const auto found = std::ranges::find(o.choices, value.text);
  if (found == o.choices.end()) return false;
  put<std::string>(target, value.text);
  put<slippage_mode>(target, static_cast<slippage_mode>(found - o.choices.begin()));
  return true;
}

bool store_clock_or_off(const raw_value& value, const field& target) {
  const auto time = parse_clock(value.text);
  if (!time && value.text != off) return false;
  put<std::optional<duration>>(target, time);
  return true;
}

bool store_flag(const raw_value& value, const field& target) {
  const auto flag = parse_flag(value.text);
  if (flag) put<bool>(target, *flag);
  return flag.has_value();
}

bool store_clock(const raw_value& value, const field& target) {
  const auto time = parse_clock(value.text);
  if (time) put<duration>(target, *time);
  return time.has_value();
}

bool store_date(const raw_value& value, const field& target) {
  const auto date = parse_settings_date(value.text);
  if (date) put<std::optional<trade_date>>(target, *date);
  return date.has_value();
}

bool store_path(const raw_value& value, const field& target) {
  put<std::filesystem::path>(target, (value.base / value.text).lexically_normal());
  return !value.text.empty();
}

/// The place that the value came from counts: files that others read and command lines are no place for a secret.
bool store_secret(const raw_value& value, const field& target) {
  if (value.where.file != environment_origin) return false;
  put<std::shared_ptr<const secret_text>>(target, std::make_shared<const secret_text>(std::string{value.text}));
  return true;
}

bool store_scalar(const option& o, const raw_value& value, const field& target) {
  switch (o.type) {
    case value_type::integer:
      return store_integer(o, value, target);
    case value_type::money:
      return store_money(o, value, target);
    case value_type::flag:
      return store_flag(value, target);
    case value_type::percent:
      return store_percent(o, value, target);
    case value_type::choice:
      return store_choice(o, value, target);
    case value_type::path:
    case value_type::optional_path:
      return store_path(value, target);
    case value_type::date:
      return store_date(value, target);
    case value_type::clock:
      return store_clock(value, target);
    case value_type::clock_or_off:
      return store_clock_or_off(value, target);
    case value_type::secret:
      return store_secret(value, target);
    default:
      break;
  }
  put<std::string>(target, value.text);
  return !value.text.empty();
}

bool check_item(const option& o, const raw_item& item) {
  return o.type == value_type::brokers ? is_broker_id(item.text) : !item.text.empty();
}

std::string correct_it(const option& o) {
  if (o.fallback.empty()) return "correct the value";
  return fmt::format("correct it, or leave it out for the default, {}", o.fallback);
}

bool store_list(const option& o, const raw_value& value, const field& target, finding_list& findings) {
  const auto count = static_cast<std::int64_t>(value.items.size());
  if (count < o.min || count > o.max) {
    findings.add(value.where, count == 0 ? "" : fmt::format("{} entries", count), allowed_text(o), correct_it(o));
    return false;
  }
  bool well_formed = true;
  std::vector<std::string> names;
  for (const raw_item& item : value.items) {
    const origin where{value.where.file, item.line, value.where.key};
    if (!check_item(o, item)) {
      findings.add(where, item.text, o.type == value_type::brokers ? std::string{broker_id_form} : allowed_text(o),
                   "correct the entry");
      well_formed = false;
    } else if (std::ranges::find(names, item.text) != names.end()) {
      // The rest of the list is still checked: all findings come at once.
      findings.add(where, item.text, "each entry once", "remove the repeated one");
    } else {
      names.push_back(item.text);
    }
  }
  if (!well_formed) return false;
  put<std::vector<std::string>>(target, std::move(names));
  return true;
}

/// What to do about a value that is refused.
std::string mend(const option& o, const raw_value& value) {
  const bool list = is_list(o);
  if (list && value.form == raw_value::shape::text) return "write a list: [a, b]";
  if (!list && (value.form == raw_value::shape::list || value.form == raw_value::shape::map)) return "write one value";
  if (o.type == value_type::flag) return "write true or false, in lower case";
  if (o.type == value_type::secret) return "remove it from here, and have a new one made if others could see it";
  if (value.form == raw_value::shape::nothing) return "give a value or remove the key";
  return correct_it(o);
}

/// Types whose `nothing` is a value.
bool store_nothing(const option& o, const field& target) {
  if (o.type != value_type::date && o.type != value_type::clock_or_off && o.type != value_type::optional_path &&
      o.type != value_type::optional_text && o.type != value_type::secret) {
    return false;
  }
  put<std::string>(target, std::string{});
  put<std::optional<trade_date>>(target, std::nullopt);
  put<std::optional<duration>>(target, std::nullopt);
  put<std::filesystem::path>(target, std::filesystem::path{});
  put<std::shared_ptr<const secret_text>>(target, nullptr);
  return true;
}

}  // namespace

raw_value from_text(const option& o, std::string_view text, origin where, std::string source,
                    std::filesystem::path base) {
  raw_value value{.text = std::string{trimmed(text)},
                  .where = std::move(where),
                  .source = std::move(source),
                  .base = std::move(base)};
  if (is_list(o)) {
    value.form = raw_value::shape::list;
    std::string_view rest = value.text;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      value.items.push_back({std::string{trimmed(rest.substr(0, comma))}, value.where.line});
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  } else if (!value.text.empty()) {
    value.form = raw_value::shape::text;
  }
  return value;
}

bool store(const option& o, const raw_value& value, const field& target, finding_list& findings) {
  if (is_list(o)) {
    if (value.form == raw_value::shape::list) return store_list(o, value, target, findings);
    if (value.form == raw_value::shape::nothing) return store_list(o, {.where = value.where}, target, findings);
    findings.add(value.where, value.text, allowed_text(o), mend(o, value));
    return false;
  }
  if (value.form == raw_value::shape::nothing && store_nothing(o, target)) return true;
  if (value.form == raw_value::shape::text && store_scalar(o, value, target)) return true;
  findings.add(value.where, shown_value(o.path, value.text), allowed_text(o), mend(o, value));
  return false;
}

bool check(const option& o, const raw_value& value, finding_list& findings) {
  return store(o, value, std::monostate{}, findings);
}

std::string show(const field& source) {
  struct visitor {
    std::string operator()(std::monostate) const { return {}; }
    std::string operator()(const std::int64_t* v) const { return std::to_string(*v); }
    std::string operator()(const std::uint64_t* v) const { return std::to_string(*v); }
    std::string operator()(const bool* v) const { return *v ? "true" : "false"; }
    std::string operator()(const std::string* v) const { return *v; }
    std::string operator()(const std::filesystem::path* v) const { return v->string(); }
    std::string operator()(const money* v) const { return to_string(*v); }
    std::string operator()(const rate* v) const { return percent_text(*v); }
    std::string operator()(const std::optional<duration>* v) const { return *v ? clock_text(**v) : std::string{off}; }
    std::string operator()(const slippage_mode* v) const {
      return std::string{slippage_names[static_cast<std::size_t>(*v)]};
    }
    std::string operator()(const std::optional<trade_date>* v) const { return *v ? to_string(**v) : std::string{}; }
    std::string operator()(const duration* v) const { return clock_text(*v); }
    std::string operator()(const std::vector<std::string>* v) const { return join(*v); }
    std::string operator()(const std::shared_ptr<const secret_text>* v) const {
      return *v ? std::string{redacted_text} : std::string{};
    }
  };
  return std::visit(visitor{}, source);
}

}  // namespace bulkhead::config
