#include "config/calendar_file.hpp"

#include "config/text_file.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace bulkhead::config {
namespace {

constexpr std::string_view header = "date,kind,open,close,name";
constexpr std::size_t field_count = 5;
constexpr std::size_t longest_name = 80;
using fields = std::array<std::string_view, field_count>;

/// Fills the calendar row by row. A local variable of read_calendar.
class calendar_reader {
 public:
  calendar_reader(std::string file, finding_list& findings) : file_(std::move(file)), findings_(findings) {}

  void line(std::string_view text, int number) {
    line_ = number;
    if (text.empty() || text.starts_with('#')) return;
    if (header_seen_) {
      row(text);
    } else if (text == header) {
      header_seen_ = true;
    } else if (!std::exchange(header_wrong_, true)) {
      add("", text, fmt::format("the header line {}", header), "write it above the first row");
    }
  }

  void finish() {
    if (header_seen_ || header_wrong_) return;
    line_ = 1;
    add("", "", fmt::format("a header line: {}", header), "fill the file");
  }

  [[nodiscard]] trading_calendar take() { return std::move(calendar_); }

 private:
  void add(const char* column, std::string_view given, std::string allowed, std::string hint = {}) {
    findings_.add({file_, line_, column}, given, std::move(allowed), std::move(hint));
  }

  void row(std::string_view text) {
    const auto given = static_cast<std::size_t>(std::ranges::count(text, ',')) + 1;
    if (given != field_count) {
      add("", fmt::format("{} fields", given), fmt::format("{} fields: {}", field_count, header));
      return;
    }
    fields values;
    for (std::string_view& value : values) {
      value = text.substr(0, text.find(','));
      text.remove_prefix(std::min(text.size(), value.size() + 1));
    }
    const std::size_t before = findings_.size();
    const trade_date date = read_date(values[0]);
    const auto hours = read_hours(values);
    if (values[4].empty() || values[4].size() > longest_name) {
      add("name", values[4], fmt::format("the name of the day, 1 to {} characters", longest_name));
    }
    if (findings_.size() == before) keep(date, hours, std::string{values[4]});
  }

  trade_date read_date(std::string_view text) {
    const auto date = parse_settings_date(text);
    if (!date) {
      add("date", text, std::string{date_form});
      return 0;
    }
    const auto [first, fresh] = lines_.emplace(*date, line_);
    if (!fresh) {
      add("date", text, "each date once", fmt::format("first given on line {}; remove one of the two", first->second));
    }
    return *date;
  }

  std::optional<trading_hours> read_hours(const fields& values) {
    if (values[1] == "holiday") {
      for (const std::size_t i : {2U, 3U}) {
        if (!values[i].empty()) add(i == 2 ? "open" : "close", values[i], "nothing: a holiday has no session");
      }
      return std::nullopt;
    }
    if (values[1] != "special") {
      add("kind", values[1], "one of: holiday, special");
      return std::nullopt;
    }
    const auto open = parse_clock(values[2]);
    const auto close = parse_clock(values[3]);
    if (!open) add("open", values[2], "time of day in IST, hh:mm");
    if (!close) {
      add("close", values[3], "time of day in IST, hh:mm");
    } else if (open && *close <= *open) {
      add("close", values[3], fmt::format("a time after the open, which is {}", values[2]));
    }
    return open && close ? std::optional{trading_hours{*open, *close}} : std::nullopt;
  }

  void keep(trade_date date, const std::optional<trading_hours>& hours, std::string name) {
    if (hours) {
      calendar_.add_special(date, *hours, std::move(name));
    } else {
      calendar_.add_holiday(date, std::move(name));
    }
  }

  std::string file_;
  finding_list& findings_;
  std::map<trade_date, int> lines_;
  trading_calendar calendar_;
  int line_ = 0;
  bool header_seen_ = false;
  bool header_wrong_ = false;
};

}  // namespace

std::shared_ptr<const trading_calendar> read_calendar(const std::filesystem::path& file, const origin& where,
                                                      finding_list& findings) {
  const std::size_t before = findings.size();
  const auto text = read_text_file(file, where, findings);
  if (!text) return nullptr;

  calendar_reader reader{file.string(), findings};
  std::string_view rest{*text};
  for (int number = 1; !rest.empty(); ++number) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    reader.line(line, number);
  }
  reader.finish();
  if (findings.size() != before) return nullptr;
  return std::make_shared<const trading_calendar>(reader.take());
}

}  // namespace bulkhead::config
