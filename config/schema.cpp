#include "config/schema.hpp"

#include "config/finding.hpp"
#include "config/schema_rows.hpp"
#include "config/values.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead::config {
using sv = std::string_view;
using vt = value_type;

std::span<const option> schema() {
  static const std::vector<option> rows = schema_rows();
  return rows;
}

std::string path_for(const option& o, std::string_view broker) {
  if (!is_broker_option(o)) return std::string{o.path};
  return fmt::format("trading.{}.{}", broker, sv{o.path}.substr(sv{"trading.*."}.size()));
}

std::string broker_of(std::string_view path) {
  path.remove_prefix(sv{"trading."}.size());
  return std::string{path.substr(0, path.find('.'))};
}

const option* find_option(std::string_view path) {
  std::string pattern{path};
  if (path.starts_with("trading.")) {
    const std::size_t id = sv{"trading."}.size();
    const std::size_t end = path.find('.', id);
    if (end == sv::npos || !is_broker_id(path.substr(id, end - id))) return nullptr;
    pattern.replace(id, end - id, "*");
  }
  const auto found = std::ranges::find(schema(), pattern, &option::path);
  return found == schema().end() ? nullptr : &*found;
}

std::vector<std::string> children(std::string_view prefix) {
  const std::string start = prefix.empty() ? "" : std::string{prefix} + ".";
  std::vector<std::string> names;
  for (const option& row : schema()) {
    if (!row.path.starts_with(start)) continue;
    const sv rest = sv{row.path}.substr(start.size());
    const std::string name{rest.substr(0, rest.find('.'))};
    if (name != "*" && std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

std::string generic(const std::string& prefix) {
  if (!prefix.starts_with("trading.")) return prefix;
  const std::size_t id = sv{"trading."}.size();
  const std::size_t end = std::min(prefix.find('.', id), prefix.size());
  return "trading.*" + prefix.substr(end);
}

std::string nearest(const std::string& prefix, const std::string& name) {
  std::string hint = did_you_mean(name, children(generic(prefix)));
  if (!hint.empty()) return hint;
  const std::string end = "." + name;
  for (const option& row : schema()) {
    if (!row.path.ends_with(end)) continue;
    const std::string broker = prefix.starts_with("trading.") ? broker_of(prefix) : "<broker>";
    return fmt::format("did you mean {}?", path_for(row, broker));
  }
  return unknown_word(name, children(generic(prefix)));
}

namespace {

std::string zero_text(const option& o) { return o.zero.empty() ? "" : fmt::format(" (0: {})", o.zero); }

}  // namespace

std::string allowed_text(const option& o) {
  switch (o.type) {
    case vt::integer:
      return fmt::format("integer, {} to {}{}{}{}", o.min, o.max, o.unit.empty() ? "" : " ", o.unit, zero_text(o));
    case vt::money:
      return fmt::format("amount in rupees, {} to {}, at most four decimals{}", to_string(money{o.min}),
                         to_string(money{o.max}), zero_text(o));
    case vt::percent:
      return fmt::format("percent, {} to {}, at most seven decimals, without a % sign", percent_text(rate{o.min}),
                         percent_text(rate{o.max}));
    case vt::flag:
      return "true or false";
    case vt::choice:
      return fmt::format("one of: {}", fmt::join(o.choices, ", "));
    case vt::kind:
      return "a broker kind";
    case vt::path:
      return "a path";
    case vt::optional_path:
      return "a path, or nothing";
    case vt::optional_text:
      return "a text on one line, or nothing";
    case vt::secret:
      return "nothing: a secret comes from a variable of the environment, or from the file of its option ..._file";
    case vt::date:
      return std::string{date_form} + ", or nothing";
    case vt::clock:
      return "time of day, hh:mm, 00:00 to 23:59 IST";
    case vt::clock_or_off:
      return "time of day, hh:mm, 00:00 to 23:59 IST, or off";
    case vt::brokers:
      return fmt::format("list of {} to {} broker ids, each once", o.min, o.max);
    case vt::keys:
      return fmt::format("list of at most {} instrument keys (NSE:NIFTY), each once", o.max);
  }
  return {};
}

}  // namespace bulkhead::config
