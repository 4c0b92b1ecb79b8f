#include "config/resolve.hpp"

#include "config/environment.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead::config {
namespace {

class resolver {
 public:
  resolver(const load_request& request, std::span<const source_values> sources, finding_list& findings)
      : request_(request), findings_(findings) {
    for (const source_values& source : sources) {
      for (const auto& [path, value] : source.values) winners_.insert_or_assign(path, value);
      for (const auto& [id, where] : source.brokers) mentioned_.emplace(id, where);
      for (const std::string& path : source.given) {
        if (!source.values.contains(path)) out_.bad.insert(path);
      }
    }
  }

  resolved run() {
    broker_settings unused;
    for (const option& row : schema()) {
      if (row.type == value_type::brokers) {
        active_brokers(row);
        every_broker();
      } else if (!is_broker_option(row)) {
        take(row, std::string{row.path}, row.fallback, row.at(out_.node, unused));
      }
    }
    default_socket();
    return std::move(out_);
  }

 private:
  const raw_value& winner(const option& row, const std::string& path, std::string_view fallback) {
    const auto found = winners_.find(path);
    if (found != winners_.end()) return found->second;
    const origin where{request_.file.string(), 0, path};
    return winners_.emplace(path, from_text(row, fallback, where, "default", request_.file.parent_path()))
        .first->second;
  }

  void take(const option& row, const std::string& path, std::string_view fallback, const field& target) {
    const raw_value& value = winner(row, path, fallback);
    store(row, value, target, findings_);
    out_.origins.emplace(path, value.where);
    out_.effective.push_back({path, show(target), value.source});
  }

  /// Its default depends on another option.
  void default_socket() {
    if (!out_.node.control_socket.empty()) return;
    out_.node.control_socket = out_.node.data_dir / "control.sock";
    const auto shown = std::ranges::find(out_.effective, "control.socket", &effective_option::key);
    shown->value = out_.node.control_socket.string();
  }

  void active_brokers(const option& row) {
    const std::string path{row.path};
    std::vector<std::string> ids;
    take(row, path, row.fallback, &ids);
    for (const std::string& id : ids) {
      mentioned_.emplace(id, origin{out_.origins.at(path).file, out_.origins.at(path).line, "trading." + id});
      active_.push_back(id);
    }
  }

  void every_broker() {
    for (const auto& [id, where] : mentioned_) out_.brokers.emplace(id, broker(id, where));
    for (const std::string& id : active_) out_.node.brokers.push_back(out_.brokers.at(id));
  }

  broker_settings broker(const std::string& id, const origin& where) {
    broker_settings b{.id = broker_id{id}};
    const std::string kind_path = fmt::format("trading.{}.kind", id);
    const bool id_is_kind = request_.broker_kinds.contains(id);
    if (!winners_.contains(kind_path) && !id_is_kind) {
      if (!out_.bad.contains(kind_path)) missing_kind(id, kind_path, where);
      out_.bad.insert(kind_path);
      return b;
    }
    for (const option& row : schema()) {
      if (!is_broker_option(row)) continue;
      const std::string path = path_for(row, id);
      if (!applies(row, b.kind)) {
        refuse_foreign(b, path);
        continue;
      }
      take(row, path, fallback(row, b, id), row.at(out_.node, b));
      if (row.type == value_type::kind) check_kind(b, path);
    }
    return b;
  }

  /// An option of another kind's, as of the paper exchange, at a broker that is not of that kind.
  void refuse_foreign(const broker_settings& b, const std::string& path) {
    const auto given = winners_.find(path);
    if (given == winners_.end() || out_.bad.contains(fmt::format("trading.{}.kind", b.id.str()))) return;
    const bool of_kite = path.find(".kite.") != std::string::npos;
    findings_.add(given->second.where, given->second.text,
                  of_kite ? fmt::format("nothing: only kind {} speaks to Kite Connect", zerodha_kind)
                          : fmt::format("nothing: only kind {} fills on paper", paper_kind),
                  fmt::format("remove it: trading.{} is of kind {}", b.id.str(), b.kind));
  }

  /// `kind` comes first in the schema, so it is known when `enabled` asks.
  static std::string_view fallback(const option& row, const broker_settings& b, std::string_view id) {
    if (row.type == value_type::kind) return id;
    // `enabled` has no fixed default: an account with money at risk waits for a word.
    if (row.type == value_type::flag && row.fallback.empty()) return b.kind == paper_kind ? "true" : "false";
    // A fault that ends a process must not reach an account with money at risk, nor come from it.
    if (row.type == value_type::choice && row.fallback.empty()) return b.kind == paper_kind ? "node" : "process";
    return row.fallback;
  }

  void missing_kind(const std::string& id, const std::string& path, const origin& where) {
    findings_.add({where.file, where.line, path}, "", kinds(),
                  fmt::format("add trading.{}.kind, or set {}", id, variable_name(path)));
  }

  void check_kind(const broker_settings& b, const std::string& path) {
    if (request_.broker_kinds.contains(b.kind)) return;
    std::vector<std::string> names;
    for (const auto& [kind, places] : request_.broker_kinds) names.push_back(kind);
    findings_.add(out_.origins.at(path), b.kind, kinds(), unknown_word(b.kind, names));
    out_.bad.insert(path);
  }

  [[nodiscard]] std::string kinds() const {
    std::vector<std::string> names;
    for (const auto& [kind, places] : request_.broker_kinds) names.push_back(kind);
    return "one of: " + join(names);
  }

  const load_request& request_;
  finding_list& findings_;
  layer winners_;
  std::map<std::string, origin> mentioned_;
  std::vector<std::string> active_;
  resolved out_;
};

}  // namespace

bool resolved::sound(std::initializer_list<std::string> paths) const {
  return std::ranges::none_of(paths, [&](const std::string& path) { return bad.contains(path); });
}

resolved resolve(const load_request& request, std::span<const source_values> sources, finding_list& findings) {
  return resolver{request, sources, findings}.run();
}

}  // namespace bulkhead::config
