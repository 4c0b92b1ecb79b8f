#pragma once
// Every option of bulkhead.yaml, one row each: the loader, the environment overlay, the rendering and the tests read
// this table and nothing else knows an option's name.
#include "config/settings.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bulkhead::config {

enum class value_type {
  integer,  ///< min to max, in `unit`
  money,    ///< rupees; min and max in 1/10000 rupee
  percent,  ///< min and max in parts per thousand million
  flag,     ///< true or false
  choice,   ///< one of `choices`
  kind,     ///< a broker kind: the list comes with the load_request
  path,     ///< relative to the file that holds it; from the environment or command line: to the working directory
  optional_path,  ///< the same, or nothing
  optional_text,  ///< anything on one line, or nothing
  secret,         ///< the same, from a variable of the environment alone; shown nowhere
  date,           ///< yyyy-mm-dd, or nothing
  clock,          ///< hh:mm IST
  clock_or_off,   ///< hh:mm IST; nothing and "off" are the same
  brokers,        ///< list of broker ids, at least one
  keys,           ///< list of instrument keys
};

/// The place in the settings that an option fills. monostate: the loader handles the value itself.
using field = std::variant<std::monostate, std::int64_t*, std::uint64_t*, bool*, std::string*, std::filesystem::path*,
                           money*, rate*, std::optional<trade_date>*, duration*, std::optional<duration>*,
                           slippage_mode*, std::vector<std::string>*, std::shared_ptr<const secret_text>*>;

struct option {
  std::string path;  ///< dotted; the `*` in trading.* stands for a broker id
  value_type type = value_type::integer;
  std::string_view fallback;  ///< value where nobody gives one, as text; lists by comma
  std::string_view doc;
  std::string_view unit = {};
  std::int64_t min = 0;
  std::int64_t max = 0;  ///< inclusive
  std::span<const std::string_view> choices = {};
  std::string_view zero = {};  ///< what 0 means, where it means something of its own: "no limit"
  /// The place in the settings; empty where the loader or a caller knows it.
  std::function<field(settings&, broker_settings&)> at = nullptr;
};

/// The kind of broker that is simulated: it places orders unless told not to, and it alone has trading.<broker>.paper.
inline constexpr std::string_view paper_kind = "paper";
/// The kind that alone has trading.<broker>.kite.
inline constexpr std::string_view zerodha_kind = "zerodha";

/// All options in the order of the shipped file.
[[nodiscard]] std::span<const option> schema();

/// The row of a dotted path with a broker id in it (trading.paper.kind), or nullptr.
[[nodiscard]] const option* find_option(std::string_view path);

/// Names that may follow `prefix` ("" or a dotted path of a section), in file order; empty: `prefix` is no section.
/// `trading` has none: its keys are broker ids.
[[nodiscard]] std::vector<std::string> children(std::string_view prefix);

[[nodiscard]] inline bool is_broker_option(const option& o) { return o.path.starts_with("trading.*."); }
/// Whether a broker of that kind has the option.
[[nodiscard]] inline bool applies(const option& o, std::string_view kind) {
  return (kind == paper_kind || !o.path.starts_with("trading.*.paper.")) &&
         (kind == zerodha_kind || !o.path.starts_with("trading.*.kite."));
}
/// "trading.paper.kind" for ("trading.*.kind", "paper"); any other path as it is.
[[nodiscard]] std::string path_for(const option& o, std::string_view broker);

/// "paper" of "trading.paper.kind".
[[nodiscard]] std::string broker_of(std::string_view path);

/// What to do about an unknown key `name` of a section: "did you mean speed?" for the nearest name of the section, else
/// the full path of an option that bears this name elsewhere, else general advice. `prefix` may hold a broker id.
[[nodiscard]] std::string nearest(const std::string& prefix, const std::string& name);

/// "trading.paper.risk" as the schema writes it: "trading.*.risk".
[[nodiscard]] std::string generic(const std::string& prefix);

/// For error texts: "integer, 0 to 1000 times real time", "true or false", "one of: full, normal", ...
[[nodiscard]] std::string allowed_text(const option& o);

}  // namespace bulkhead::config
