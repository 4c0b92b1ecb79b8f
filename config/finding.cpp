#include "config/finding.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include <fmt/format.h>

namespace bulkhead::config {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

std::string finding::text() const {
  std::string out = file;
  if (line > 0) out += fmt::format(":{}", line);
  if (!key.empty()) out += ": " + key;
  out += given.empty() ? ": given nothing" : fmt::format(": given \"{}\"", given);
  out += ", allowed: " + allowed;
  if (!hint.empty()) out += "; " + hint;
  return out;
}

void finding_list::add(const origin& where, std::string_view given, std::string allowed, std::string hint) {
  findings_.push_back({where.file, where.line, shown(where.key), shown(given), std::move(allowed), std::move(hint)});
}

std::vector<finding> finding_list::take() {
  std::vector<finding> all = std::move(findings_);
  findings_.clear();
  std::map<std::string, std::size_t> rank;
  for (const finding& f : all) rank.emplace(f.file, rank.size());
  std::ranges::stable_sort(all, {}, [&](const finding& f) { return std::pair{rank.at(f.file), f.line}; });

  std::map<std::string, std::size_t> count;
  std::vector<finding> kept;
  std::set<std::string> seen;  // a value is checked where it is read and again where it counts
  for (finding& f : all) {
    if (!seen.insert(f.text()).second) continue;
    if (++count[f.file] <= per_file) kept.push_back(std::move(f));
  }
  for (const auto& [file, n] : count) {
    if (n <= per_file) continue;
    kept.push_back({file, 0, "", fmt::format("{} wrong places", n), "none",
                    fmt::format("the first {} are listed; mend them and run again", per_file)});
  }
  return kept;
}

std::string shown(std::string_view given) {
  constexpr std::size_t longest = 80;
  std::string out;
  for (const char c : given) {
    if (out.size() >= longest) return out + "...";
    if (c == '\n') {
      out += "\\n";
    } else if (c < ' ' || c == 127) {  // char is signed here: bytes above 127 are negative
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
}

std::string did_you_mean(std::string_view given, std::span<const std::string> known) {
  constexpr std::size_t longest_name = 100;
  if (given.size() > longest_name) return {};
  std::size_t nearest = std::max<std::size_t>(2, given.size() / 3) + 1;
  std::string best;
  for (const std::string& name : known) {
    const std::size_t distance = edit_distance(given, name);
    if (distance < nearest && distance < name.size()) {
      nearest = distance;
      best = name;
    }
  }
  return best.empty() ? std::string{} : fmt::format("did you mean {}?", best);
}

std::string unknown_word(std::string_view given, std::span<const std::string> known) {
  std::string hint = did_you_mean(given, known);
  return hint.empty() ? "write one of these, or remove it" : hint;
}

std::string join(std::span<const std::string> names) { return fmt::format("{}", fmt::join(names, ", ")); }

}  // namespace bulkhead::config
