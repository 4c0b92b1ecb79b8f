#pragma once
// Why the node does not start: every reason, with the place to look at and what to write there instead.
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::config {

/// Where a value came from: what a finding about it points at.
struct origin {
  std::string file;  ///< path as given, "environment" or "command line"
  int line = 0;      ///< 1-based; 0: not from a line of a file
  std::string key;   ///< dotted path (trading.paper.capital), the variable's name, or a column
};

/// One reason why the node does not start.
struct finding {
  std::string file;  ///< path as given, "environment" or "command line"
  int line = 0;      ///< 1-based; 0: not from a file
  std::string key;   ///< dotted path (trading.paper.capital) or the variable's name
  std::string given;
  std::string allowed;  ///< type, range, unit or the list of names
  std::string hint;     ///< what to do next; may be empty

  /// "config/bulkhead.yaml:12: trading.paper.capital: given "-5", allowed: amount in rupees, 0.01 to ...; hint".
  /// An empty `given` reads "given nothing".
  [[nodiscard]] std::string text() const;
};

/// Collects findings. A file that is wrong all over is reported by its first hundred places and a count of the rest.
class finding_list {
 public:
  static constexpr std::size_t per_file = 100;

  void add(const origin& where, std::string_view given, std::string allowed, std::string hint = {});
  [[nodiscard]] bool empty() const noexcept { return findings_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return findings_.size(); }
  /// Files in the order they were first named, lines ascending within a file. Leaves this list empty.
  [[nodiscard]] std::vector<finding> take();

 private:
  std::vector<finding> findings_;
};

/// Printable excerpt of what a person wrote: one line, at most 80 bytes, control and non-ASCII bytes as \xNN.
[[nodiscard]] std::string shown(std::string_view given);
/// "did you mean {name}?" for the known name nearest to `given` by edit distance; empty if none is near.
[[nodiscard]] std::string did_you_mean(std::string_view given, std::span<const std::string> known);
/// The same for a word that must be one of `known`; where none is near, what to do instead.
[[nodiscard]] std::string unknown_word(std::string_view given, std::span<const std::string> known);
/// "a, b, c"
[[nodiscard]] std::string join(std::span<const std::string> names);

}  // namespace bulkhead::config
