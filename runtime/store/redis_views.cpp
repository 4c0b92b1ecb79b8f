#include "runtime/store/redis_views.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace bulkhead {
namespace {

using redis::command;
using redis::reply;

constexpr std::size_t portion = 500;  ///< keys removed at a time: other clients are served in between

std::uint64_t number_in(const std::string& text) {
  std::uint64_t out = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out);
  return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size() ? out : 0;
}

}  // namespace

redis_views::redis_views(broker_id broker, std::string source, redis::settings server)
    : broker_(std::move(broker)),
      source_(std::move(source)),
      server_(std::move(server)),
      projected_key_(broker_.str() + ":projected"),
      source_key_(broker_.str() + ":source"),
      index_key_(broker_.str() + ":keys") {}

std::string redis_views::refuse_own(const std::string& key) const {
  if (key != projected_key_ && key != source_key_ && key != index_key_) return {};
  return fmt::format("state store of \"{}\": key \"{}\" given, which is the store's own; nothing was written",
                     broker_.str(), key);
}

views_lost redis_views::lost(const std::string& how) const {
  return views_lost{fmt::format("{}: {}; ask projected() and project from there", redis::describe(server_), how)};
}

void redis_views::refuse_errors(const std::vector<command>& asked, const std::vector<reply>& said) const {
  for (std::size_t i = 0; i < said.size(); ++i) {
    if (!said[i].is_error()) continue;
    throw redis::error(redis::error::kind::refused, redis::refusal_text(server_, asked[i], said[i]));
  }
}

redis_views::found redis_views::look(redis::connection& link) const {
  // UNWATCH: what an earlier look watched may have changed since, and would fail this one's transaction.
  const std::vector<command> asked{{"UNWATCH"},
                                   {"WATCH", projected_key_, source_key_},
                                   {"MGET", projected_key_, source_key_},
                                   {"EXISTS", projected_key_, source_key_, index_key_}};
  const auto said = link.exchange(asked);
  refuse_errors(asked, said);
  if (said[2].elements.size() != 2) {
    throw redis::error(redis::error::kind::lost,
                       redis::describe(server_) + ": MGET of two keys gave no two values; is it a Redis server?");
  }
  const reply& seq = said[2].elements[0];
  const reply& source = said[2].elements[1];
  found out;
  out.any = said[3].integer > 0;
  out.whole = !seq.is_nil() && !source.is_nil() && source.text == source_;
  if (out.whole) out.seq = number_in(seq.text);
  return out;
}

std::vector<command> redis_views::transaction(std::uint64_t seq, const std::vector<view_update>& updates) const {
  std::vector<command> out{{"MULTI"}};
  command index{"SADD", index_key_};
  std::set<std::string_view> indexed;
  for (const view_update& update : updates) {
    if (update.fields.empty()) continue;
    command& set = out.emplace_back();
    set.reserve(2 + 2 * update.fields.size());
    set.emplace_back("HSET");
    set.push_back(update.key);
    for (const auto& [field, value] : update.fields) {
      set.push_back(field);
      set.push_back(value);
    }
    if (indexed.insert(update.key).second) index.push_back(update.key);
  }
  if (index.size() > 2) out.push_back(std::move(index));
  out.push_back({"SET", projected_key_, std::to_string(seq)});
  out.push_back({"SET", source_key_, source_});
  out.push_back({"EXEC"});
  return out;
}

void redis_views::project(redis::connection& link, std::uint64_t seq, const std::vector<view_update>& updates) {
  const found there = look(link);
  if (there.any && !there.whole) throw lost("the views are of another journal, or half removed");
  if (unsure_ == seq && there.whole && there.seq == seq) {  // it happened, only its answer was lost
    believed_ = seq;
    unsure_.reset();
    return;
  }
  if (believed_ && *believed_ != there.seq) {
    throw lost(fmt::format("the views are at event {}, not at {} (FLUSHALL, another server, or another writer)",
                           there.seq, *believed_));
  }
  const auto asked = transaction(seq, updates);
  unsure_ = seq;
  const auto said = link.exchange(asked);
  unsure_.reset();
  const reply& outcome = said.back();
  if (outcome.is_error()) refuse_errors(asked, said);  // the first refusal says why the whole was
  if (outcome.is_nil()) throw lost("the position changed while it was written");
  if (outcome.type != reply::kind::array || outcome.elements.size() + 2 != asked.size()) {
    throw redis::error(redis::error::kind::lost, redis::describe(server_) + ": EXEC gave no answer to each command");
  }
  for (std::size_t i = 0; i < outcome.elements.size(); ++i) {
    if (!outcome.elements[i].is_error()) continue;
    // Redis does not roll back: the others of the transaction are written. Without their source the views count as
    // half removed, so they are written anew.
    (void)link.ask({"UNLINK", source_key_, projected_key_});
    throw lost(redis::refusal_text(server_, asked[i + 1], outcome.elements[i]) + "; all views are written again");
  }
  believed_ = seq;
}

std::uint64_t redis_views::projected(redis::connection& link) {
  const found there = look(link);
  if (there.any && !there.whole) remove_views(link);
  believed_ = there.seq;
  unsure_.reset();
  return there.seq;
}

std::map<std::string, std::string> redis_views::get(redis::connection& link, const std::string& key) {
  reply said = link.ask({"HGETALL", key});
  std::map<std::string, std::string> out;
  for (std::size_t i = 0; i + 1 < said.elements.size(); i += 2) {
    out.insert_or_assign(std::move(said.elements[i].text), std::move(said.elements[i + 1].text));
  }
  return out;
}

void redis_views::clear(redis::connection& link) {
  remove_views(link);
  believed_ = 0;
  unsure_.reset();
}

void redis_views::remove_views(redis::connection& link) {
  // First: a crash from here on leaves position 0 and an index without a source, which the next look removes.
  (void)link.ask({"UNLINK", source_key_, projected_key_});
  while (remove_some(link)) {
  }
}

bool redis_views::remove_some(redis::connection& link) {
  const std::vector<command> look_first{{"UNWATCH"},
                                        {"WATCH", source_key_},
                                        {"EXISTS", source_key_},
                                        {"SRANDMEMBER", index_key_, std::to_string(portion)}};
  const auto said = link.exchange(look_first);
  if (said[3].is_error() && said[3].text.starts_with("WRONGTYPE")) {  // not our index: nothing can be learnt from it
    (void)link.ask({"UNLINK", index_key_});
    return true;
  }
  refuse_errors(look_first, said);
  if (said[2].integer != 0) throw lost("another writer projects while the views are removed");
  if (said[3].elements.empty()) return false;
  command views{"UNLINK"};
  command from_index{"SREM", index_key_};
  for (const reply& key : said[3].elements) {
    // A stranger's entry must not take another's key, nor the index that the rest is found by.
    if (key.text.starts_with(broker_.str() + ":") && refuse_own(key.text).empty()) views.push_back(key.text);
    from_index.push_back(key.text);
  }
  std::vector<command> asked{{"MULTI"}};
  if (views.size() > 1) asked.push_back(std::move(views));
  asked.push_back(std::move(from_index));
  asked.push_back({"EXEC"});
  const auto done = link.exchange(asked);
  if (done.back().is_error()) refuse_errors(asked, done);
  if (done.back().is_nil()) throw lost("another writer projects while the views are removed");
  return true;
}

}  // namespace bulkhead
