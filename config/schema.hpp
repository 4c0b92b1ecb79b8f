#pragma once
// Every option of bulkhead.yaml, one row each: the loader, the environment overlay, the rendering and the tests read
// this table and nothing else knows an option's name.
#include "config/settings.hpp"

#include <filesystem>
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
  flag,     ///< true or false
  choice,   ///< one of `choices`
  kind,     ///< a broker kind: the list comes with the load_request
  path,     ///< relative to the file that holds it; from the environment or command line: to the working directory
  date,     ///< yyyy-mm-dd, or nothing
  clock,    ///< hh:mm IST
  brokers,  ///< list of broker ids, at least one
  keys,     ///< list of instrument keys
};

/// The place in the settings that an option fills. monostate: the loader handles the value itself.
using field = std::variant<std::monostate, std::int64_t*, std::uint64_t*, bool*, std::string*, std::filesystem::path*,
                           money*, std::optional<trade_date>*, duration*, std::vector<std::string>*>;

struct option {
  std::string_view path;  ///< dotted; the `*` in trading.* stands for a broker id
  value_type type;
  std::string_view fallback;  ///< value where nobody gives one, as text; lists by comma
  std::string_view doc;
  std::string_view unit = {};
  std::int64_t min = 0;
  std::int64_t max = 0;  ///< inclusive
  std::span<const std::string_view> choices = {};
  field (*at)(settings&, broker_settings&) = nullptr;
};

/// All options in the order of the shipped file.
[[nodiscard]] std::span<const option> schema();

/// The row of a dotted path with a broker id in it (trading.paper.kind), or nullptr.
[[nodiscard]] const option* find_option(std::string_view path);

/// Names that may follow `prefix` ("" or a dotted path of a section), in file order; empty: `prefix` is no section.
/// `trading` has none: its keys are broker ids.
[[nodiscard]] std::vector<std::string> children(std::string_view prefix);

[[nodiscard]] inline bool is_broker_option(const option& o) { return o.path.starts_with("trading.*."); }
/// "trading.paper.kind" for ("trading.*.kind", "paper"); any other path as it is.
[[nodiscard]] std::string path_for(const option& o, std::string_view broker);

/// "paper" of "trading.paper.kind".
[[nodiscard]] std::string broker_of(std::string_view path);

/// For error texts: "integer, 0 to 1000 times real time", "true or false", "one of: full, normal", ...
[[nodiscard]] std::string allowed_text(const option& o);

}  // namespace bulkhead::config
