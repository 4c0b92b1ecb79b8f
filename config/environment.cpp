#include "config/environment.hpp"

#include "config/text_file.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include <fmt/format.h>

namespace bulkhead::config {
namespace {

constexpr std::string_view trading = "TRADING__";

std::string upper(std::string_view text) {
  std::string out{text};
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// The option's name behind the broker id, with the separator: "__RISK__MAX_ORDER_VALUE".
std::string broker_suffix(const option& row) {
  return variable_name(row.path.substr(std::string_view{"trading.*"}.size()));
}

/// Dotted path of a variable; nullopt: none of ours. A broker's option is found by its end, because an id may hold
/// single underscores.
std::optional<std::string> path_of(std::string_view name) {
  for (const option& row : schema()) {
    if (!is_broker_option(row)) {
      if (name == variable_name(row.path)) return std::string{row.path};
      continue;
    }
    const std::string suffix = broker_suffix(row);
    if (!name.starts_with(trading) || !name.ends_with(suffix) || name.size() <= trading.size() + suffix.size())
      continue;
    const std::string_view id = name.substr(trading.size(), name.size() - trading.size() - suffix.size());
    if (upper(id) == id && is_broker_id(lower(id))) return path_for(row, lower(id));
  }
  return std::nullopt;
}

/// True for FEED__ANYTHING in upper or lower case: meant for us.
bool begins_with_section(std::string_view name) {
  const std::size_t end = name.find("__");
  if (end == std::string_view::npos) return false;
  const std::string first = lower(name.substr(0, end));
  const std::vector<std::string> sections = children("");
  return std::ranges::find(sections, first) != sections.end() && find_option(first) == nullptr;
}

std::vector<std::string> known_variables(std::string_view name) {
  std::string id = "<BROKER>";
  if (upper(name).starts_with(trading)) {
    const std::string_view rest = name.substr(trading.size());
    const std::string_view named = rest.substr(0, rest.find("__"));
    if (is_broker_id(lower(named))) id = upper(named);
  }
  std::vector<std::string> names;
  for (const option& row : schema()) names.push_back(variable_name(path_for(row, id)));
  return names;
}

void refuse_variable(std::string_view name, const origin& where, finding_list& findings) {
  const std::string section = upper(name.substr(0, name.find("__") + 2));
  std::vector<std::string> names = known_variables(name);
  std::string hint = did_you_mean(upper(name), names);
  std::erase_if(names, [&](const std::string& n) { return !n.starts_with(section); });
  findings.add(where, name, "one of: " + join(names), hint.empty() ? "correct or unset the variable" : hint);
}

void collect_variable(std::string_view name, std::string_view text, const origin& where, const std::string& source,
                      source_values& out, finding_list& findings) {
  const auto path = path_of(name);
  if (!path) {
    if (begins_with_section(name)) refuse_variable(name, where, findings);
    return;
  }
  const option& row = *find_option(*path);
  if (is_broker_option(row)) out.brokers.emplace(broker_of(*path), where);
  out.given.insert(*path);
  raw_value value = from_text(row, text, where, source, {});
  if (check(row, value, findings)) out.values.insert_or_assign(*path, std::move(value));
}

struct assignment {
  std::string name;
  std::string value;
};

bool is_variable_name(std::string_view name) {
  const auto letter = [](char c) { return c == '_' || std::isalpha(static_cast<unsigned char>(c)) != 0; };
  return !name.empty() && letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

std::string_view without_spaces(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// The value of a .env line; nullopt: a quote that does not close, or text behind the closing one.
std::optional<std::string> env_value(std::string_view text) {
  if (text.starts_with('"') || text.starts_with('\'')) {
    const std::size_t end = text.find(text.front(), 1);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view rest = without_spaces(text.substr(end + 1));
    if (!rest.empty() && !rest.starts_with('#')) return std::nullopt;
    return std::string{text.substr(1, end - 1)};
  }
  if (text.starts_with('#')) return std::string{};
  return std::string{without_spaces(text.substr(0, text.find(" #")))};
}

std::optional<assignment> parse_assignment(std::string_view line) {
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string_view name = without_spaces(line.substr(0, equals));
  const auto value = env_value(without_spaces(line.substr(equals + 1)));
  if (!is_variable_name(name) || !value) return std::nullopt;
  return assignment{std::string{name}, *value};
}

}  // namespace

std::string variable_name(std::string_view path) {
  std::string name;
  for (const char c : upper(path)) name += c == '.' ? "__" : std::string{c};
  return name;
}

void collect_environment(const std::map<std::string, std::string>& variables, source_values& out,
                         finding_list& findings) {
  for (const auto& [name, text] : variables) {
    collect_variable(name, text, {std::string{environment_origin}, 0, name}, "environment " + name, out, findings);
  }
}

void collect_env_file(const std::filesystem::path& file, source_values& out, finding_list& findings) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return;
  const auto text = read_text_file(file, {file.string(), 0, ""}, findings);
  if (!text) return;
  std::map<std::string, int> first;
  std::string_view rest = *text;
  for (int number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = without_spaces(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty() || line.starts_with('#')) continue;
    const auto assigned = parse_assignment(line);
    if (!assigned) {
      // The line itself is not shown: a .env may hold secrets of other programs.
      findings.add({file.string(), number, ""}, "a line of another form", "KEY=VALUE, or a # comment",
                   "write nothing but that on the line, a comment aside, and close the quotes");
      continue;
    }
    const origin where{file.string(), number, assigned->name};
    if (const auto [it, fresh] = first.emplace(assigned->name, number); !fresh) {
      findings.add(where, assigned->name, "each variable once", fmt::format("first given on line {}", it->second));
    }
    collect_variable(assigned->name, assigned->value, where, fmt::format("{}:{}", file.string(), number), out,
                     findings);
  }
}

void collect_overrides(const std::map<std::string, std::string>& overrides, source_values& out,
                       finding_list& findings) {
  for (const auto& [path, text] : overrides) {
    const origin where{"command line", 0, path};
    const option* row = find_option(path);
    if (row == nullptr) {
      std::vector<std::string> names;
      for (const option& o : schema()) names.push_back(path_for(o, "paper"));
      findings.add(where, path, "a dotted option name, as in bulkhead.yaml", unknown_word(path, names));
      continue;
    }
    if (is_broker_option(*row)) out.brokers.emplace(broker_of(path), where);
    out.given.insert(path);
    raw_value value = from_text(*row, text, where, "command line", {});
    if (check(*row, value, findings)) out.values.insert_or_assign(path, std::move(value));
  }
}

}  // namespace bulkhead::config
