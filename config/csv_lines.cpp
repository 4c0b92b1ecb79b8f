#include "config/csv_lines.hpp"

#include <algorithm>

namespace bulkhead::config {
namespace {

/// Takes a field in quotes off the front of `rest`.
bool take_quoted(std::string_view& rest, std::string& value) {
  rest.remove_prefix(1);
  for (;;) {
    const std::size_t quote = rest.find('"');
    if (quote == std::string_view::npos) return false;
    value += rest.substr(0, quote);
    rest.remove_prefix(quote + 1);
    if (!rest.starts_with('"')) return rest.empty() || rest.front() == ',';
    value += '"';
    rest.remove_prefix(1);
  }
}

}  // namespace

std::optional<std::vector<std::string>> split_fields(std::string_view line) {
  std::vector<std::string> out;
  for (;;) {
    std::string value;
    if (line.starts_with('"')) {
      if (!take_quoted(line, value)) return std::nullopt;
    } else {
      value = line.substr(0, line.find(','));
      if (value.find('"') != std::string::npos) return std::nullopt;
      line.remove_prefix(value.size());
    }
    out.push_back(std::move(value));
    if (line.empty()) return out;
    line.remove_prefix(1);
  }
}

void for_each_line(std::string_view text, const std::function<bool(std::string_view line, int number)>& visit) {
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty() && !visit(line, number)) return;
  }
}

}  // namespace bulkhead::config
