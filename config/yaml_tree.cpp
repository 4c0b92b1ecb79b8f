#include "config/yaml_tree.hpp"

#include <map>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace bulkhead::config {
namespace {

/// Stops the parse at a construct that YAML allows and this program does not.
struct refusal {
  int line = 0;
  std::string given;
  std::string hint;
};

int line_of(const YAML::Mark& mark) { return mark.line + 1; }

/// Builds the tree from yaml-cpp's events; its own node type keeps neither repeated keys nor the lines of keys.
class tree_builder : public YAML::EventHandler {
 public:
  [[nodiscard]] yaml_node take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) throw refusal{line_of(mark), "a second document", "one file is one document: remove the ---"};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    place(yaml_node{.type = yaml_node::kind::null, .line = line_of(mark)});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw refusal{line_of(mark), "an alias (*)", "write the value out"};
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(mark, tag);
    refuse_anchor(mark, anchor);
    place(yaml_node{.type = yaml_node::kind::scalar, .line = line_of(mark), .text = value});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, yaml_node::kind::sequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, yaml_node::kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  /// A container being filled; a map waits for a value while `key` is set.
  struct level {
    yaml_node node;
    std::optional<yaml_entry> key;
  };

  static void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) throw refusal{line_of(mark), "an anchor (&)", "write the value out where it is used"};
  }
  static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") throw refusal{line_of(mark), tag, "remove the tag"};
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, yaml_node::kind type) {
    refuse_tag(mark, tag);
    refuse_anchor(mark, anchor);
    if (!levels_.empty() && levels_.back().node.is_map() && !levels_.back().key) {
      throw refusal{line_of(mark), "a key that is not text", "write a name before the colon"};
    }
    levels_.push_back({yaml_node{.type = type, .line = line_of(mark)}, std::nullopt});
  }

  void close() {
    yaml_node done = std::move(levels_.back().node);
    levels_.pop_back();
    place(std::move(done));
  }

  void place(yaml_node node) {
    if (levels_.empty()) {
      root_ = std::move(node);
      return;
    }
    level& top = levels_.back();
    if (top.node.is_sequence()) {
      top.node.items.push_back(std::move(node));
    } else if (top.key) {
      top.key->value = std::move(node);
      top.node.entries.push_back(std::move(*top.key));
      top.key.reset();
    } else {
      if (!node.is_scalar()) throw refusal{node.line, "an empty key", "write a name before the colon"};
      top.key = yaml_entry{std::move(node.text), node.line, {}};
    }
  }

  yaml_node root_;
  std::vector<level> levels_;
  int documents_ = 0;
};

void check_repeated_keys(const yaml_node& node, const std::string& path, const std::string& file,
                         finding_list& findings) {
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    check_repeated_keys(node.items[i], fmt::format("{}[{}]", path, i), file, findings);
  }
  std::map<std::string_view, int> first;
  for (const yaml_entry& entry : node.entries) {
    const std::string key = path.empty() ? entry.key : path + "." + entry.key;
    const auto [it, fresh] = first.emplace(entry.key, entry.line);
    if (!fresh) {
      findings.add({file, entry.line, key}, entry.key, "each key once",
                   fmt::format("first given on line {}; keep one of the two", it->second));
    }
    check_repeated_keys(entry.value, key, file, findings);
  }
}

/// Every document of the stream goes to the builder, which refuses a second one.
void run_parser(std::string_view text, tree_builder& builder) {
  std::istringstream in{std::string{text}};
  YAML::Parser parser{in};
  while (parser.HandleNextDocument(builder)) {
  }
}

}  // namespace

std::string_view yaml_node::given() const {
  if (is_sequence()) return "a list";
  if (is_map()) return "a map";
  return text;
}

std::optional<yaml_node> parse_yaml(std::string_view text, const std::string& file, finding_list& findings) {
  tree_builder builder;
  try {
    run_parser(text, builder);
  } catch (const refusal& r) {
    findings.add({file, r.line, ""}, r.given, "plain maps, lists and values", r.hint);
    return std::nullopt;
  } catch (const YAML::Exception& e) {
    const int line = e.mark.is_null() ? 0 : line_of(e.mark);
    findings.add({file, line, ""}, e.msg, "well-formed YAML", "look at this line and the one before");
    return std::nullopt;
  }
  yaml_node root = builder.take_root();
  if (root.is_null()) root.type = yaml_node::kind::map;
  if (!root.is_map()) {
    findings.add({file, root.line, ""}, root.given(), "a map of keys at the top", "write key: value lines");
    return std::nullopt;
  }
  check_repeated_keys(root, "", file, findings);
  return root;
}

}  // namespace bulkhead::config
