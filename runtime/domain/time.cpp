#include "runtime/domain/time.hpp"

#include <chrono>

#include <fmt/format.h>

namespace bulkhead {
namespace {

constexpr std::int64_t day_ns = 86'400'000'000'000;

// The whole years that 64 bits of nanoseconds hold.
constexpr trade_date first_date = 1678'01'01;
constexpr trade_date last_date = 2261'12'31;

std::chrono::year_month_day to_ymd(trade_date date) {
  return std::chrono::year{date / 10000} / (date / 100 % 100) / (date % 100);
}

std::int64_t floor_days(std::int64_t local_ns) {
  const std::int64_t q = local_ns / day_ns;
  return local_ns % day_ns < 0 ? q - 1 : q;
}

bool all_digits(std::string_view text) {
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return !text.empty();
}

int to_int(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

/// ".123", ".123456" or ".123456789", shortest form, as nanoseconds; empty text is 0; nullopt for anything else.
std::optional<std::int64_t> parse_fraction(std::string_view text) {
  if (text.empty()) return 0;
  if (text.front() != '.' || text.size() > 10 || text.size() % 3 != 1 || !all_digits(text.substr(1))) {
    return std::nullopt;
  }
  if (text.ends_with("000")) return std::nullopt;
  std::int64_t value = to_int(text.substr(1));
  for (std::size_t i = text.size(); i < 10; ++i) value *= 10;
  return value;
}

}  // namespace

timestamp start_of_day(trade_date date) {
  const std::chrono::sys_days days{to_ymd(date)};
  return timestamp{days.time_since_epoch().count() * day_ns} - ist_offset;
}

trade_date date_of(timestamp t) {
  const std::chrono::sys_days days{std::chrono::days{floor_days((t + ist_offset).ns)}};
  const std::chrono::year_month_day ymd{days};
  return static_cast<int>(ymd.year()) * 10000 + static_cast<int>(static_cast<unsigned>(ymd.month())) * 100 +
         static_cast<int>(static_cast<unsigned>(ymd.day()));
}

duration time_of_day(timestamp t) {
  const std::int64_t local = (t + ist_offset).ns;
  return {local - floor_days(local) * day_ns};
}

int weekday(trade_date date) {
  return static_cast<int>(std::chrono::weekday{std::chrono::sys_days{to_ymd(date)}}.c_encoding());
}

std::string to_string(trade_date date) {
  return fmt::format("{:04}-{:02}-{:02}", date / 10000, date / 100 % 100, date % 100);
}

std::string to_iso_ist(timestamp t) {
  const std::int64_t ns = time_of_day(t).ns;
  const std::int64_t s = ns / 1'000'000'000;
  const std::int64_t fraction = ns % 1'000'000'000;
  std::string text = fmt::format("{}T{:02}:{:02}:{:02}", to_string(date_of(t)), s / 3600, s / 60 % 60, s % 60);
  if (fraction != 0) {
    std::string digits = fmt::format("{:09}", fraction);
    while (digits.size() > 3 && digits.ends_with("000")) digits.resize(digits.size() - 3);
    text += "." + digits;
  }
  return text + "+05:30";
}

std::optional<timestamp> parse_iso_ist(std::string_view text) {
  if (text.size() < 25 || !text.ends_with("+05:30") || text[10] != 'T' || text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  const auto date = parse_date(text.substr(0, 10));
  const auto hh = text.substr(11, 2);
  const auto mm = text.substr(14, 2);
  const auto ss = text.substr(17, 2);
  const auto fraction = parse_fraction(text.substr(19, text.size() - 25));
  if (!date || !fraction || !all_digits(hh) || !all_digits(mm) || !all_digits(ss)) return std::nullopt;
  if (to_int(hh) > 23 || to_int(mm) > 59 || to_int(ss) > 59) return std::nullopt;
  return start_of_day(*date) + seconds(to_int(hh) * 3600 + to_int(mm) * 60 + to_int(ss)) + duration{*fraction};
}

std::optional<trade_date> parse_date(std::string_view text) {
  std::string digits{text};
  if (text.size() == 10 && text[4] == '-' && text[7] == '-') {
    digits = fmt::format("{}{}{}", text.substr(0, 4), text.substr(5, 2), text.substr(8, 2));
  }
  if (digits.size() != 8 || !all_digits(digits)) return std::nullopt;
  const trade_date date = to_int(digits);
  if (date < first_date || date > last_date || !to_ymd(date).ok()) return std::nullopt;
  return date;
}

}  // namespace bulkhead
