#include "runtime/journal/log_codec.hpp"

#include <charconv>
#include <string>
#include <string_view>
#include <utility>

namespace bulkhead {
namespace {

std::string_view name_of(log_kind kind) {
  switch (kind) {
    case log_kind::event:
      return "event";
    case log_kind::claim:
      return "claim";
    case log_kind::release:
      return "release";
    case log_kind::mark:
      return "mark";
  }
  return "";
}

std::optional<log_kind> kind_of(const std::string* name) {
  if (name == nullptr) return std::nullopt;
  for (const log_kind k : {log_kind::event, log_kind::claim, log_kind::release, log_kind::mark}) {
    if (name_of(k) == *name) return k;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> number_of(const std::string* text) {
  if (text == nullptr) return std::nullopt;
  std::uint64_t n = 0;
  const char* const end = text->data() + text->size();
  const auto [stopped, failed] = std::from_chars(text->data(), end, n);
  if (failed != std::errc{} || stopped != end) return std::nullopt;
  return n;
}

kafka::record record_of(log_entry e) {
  kafka::record r;
  r.headers.reserve(4);
  r.headers.push_back({"kind", std::string{name_of(e.kind)}});
  r.headers.push_back({"owner", std::move(e.owner)});
  if (e.kind == log_kind::event) {
    r.headers.push_back({"seq", std::to_string(e.seq)});
    // A record without it is a batch of its own.
    if (e.batch_end != e.seq) r.headers.push_back({"batch-end", std::to_string(e.batch_end)});
  } else if (e.kind == log_kind::claim) {
    r.headers.push_back({"if-owner", std::move(e.if_owner)});
    r.headers.push_back({"lease-ms", std::to_string(e.lease_ms)});
  }
  r.value = std::move(e.payload);
  return r;
}

std::optional<log_entry> entry_of(kafka::record&& r) {
  const auto kind = kind_of(r.find("kind"));
  const std::string* owner = r.find("owner");
  if (!kind || owner == nullptr || owner->empty()) return std::nullopt;
  log_entry e;
  e.kind = *kind;
  e.owner = *owner;
  if (*kind == log_kind::event) {
    const auto seq = number_of(r.find("seq"));
    const std::string* end = r.find("batch-end");
    const auto batch_end = end == nullptr ? seq : number_of(end);
    if (!seq || !batch_end || !r.value) return std::nullopt;
    e.seq = *seq;
    e.batch_end = *batch_end;
    e.payload = std::move(*r.value);
  } else if (*kind == log_kind::claim) {
    if (const std::string* from = r.find("if-owner")) e.if_owner = *from;
    e.lease_ms = number_of(r.find("lease-ms")).value_or(0);
  }
  return e;
}

}  // namespace bulkhead
