#include "runtime/topics/dead_letters.hpp"

#include "runtime/kafka/topic_names.hpp"

#include <charconv>
#include <string>

#include <fmt/format.h>

namespace bulkhead::topics {
namespace {

constexpr std::string_view original_prefix = "original-";
constexpr std::size_t most_error = 1000;

template <class T>
std::optional<T> number_in(const kafka::record& r, std::string_view name) {
  const std::string* text = r.find(name);
  if (text == nullptr) return std::nullopt;
  T value{};
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size() || value < T{}) return std::nullopt;
  return value;
}

}  // namespace

kafka::record to_dlq_record(const dead_letter& letter, timestamp now) {
  const inbox_record& o = letter.original;
  kafka::record out;
  out.topic = kafka::dlq_of(o.topic);
  out.partition = -1;
  out.key = o.key;
  out.value = o.value;
  out.headers = {{"topic", o.topic},
                 {"partition", std::to_string(o.partition)},
                 {"offset", std::to_string(o.offset)},
                 {"reason", letter.reason},
                 {"error", letter.error.substr(0, most_error)},
                 {"attempts", std::to_string(letter.attempts)},
                 {"time", to_iso_ist(now)}};
  for (const inbox_header& h : o.headers) out.headers.push_back({std::string{original_prefix} + h.name, h.value});
  return out;
}

kafka::record truncated_to(kafka::record letter, std::size_t bytes) {
  const std::size_t whole = letter.value ? letter.value->size() : 0;
  std::size_t others = letter.key ? letter.key->size() : 0;
  for (const kafka::header& h : letter.headers) others += h.name.size() + h.value.size();
  if (whole <= bytes && others <= bytes) return letter;
  if (whole > bytes) letter.value->resize(bytes);
  if (others > bytes) {  // a key or headers of megabytes: whoever sent them is not helped by having them back
    letter.key.reset();
    std::erase_if(letter.headers, [](const kafka::header& h) { return h.name.starts_with(original_prefix); });
  }
  letter.headers.push_back({std::string{truncated_header}, std::to_string(whole)});
  return letter;
}

std::string found_letter::id() const {
  return fmt::format("{}-{}-{}", letter.original.topic, letter.original.partition, letter.original.offset);
}

std::optional<found_letter> read_dlq_record(const kafka::record& r) {
  const std::string* topic = r.find("topic");
  const std::string* reason = r.find("reason");
  const auto partition = number_in<std::int32_t>(r, "partition");
  const auto offset = number_in<std::int64_t>(r, "offset");
  if (topic == nullptr || reason == nullptr || !partition || !offset) return std::nullopt;
  // What has no other name than the topic it is in may not send its bytes anywhere else.
  if (kafka::dlq_of(*topic) != r.topic) return std::nullopt;
  found_letter out;
  out.partition = r.partition;
  out.offset = r.offset;
  out.letter.reason = *reason;
  out.letter.attempts = number_in<std::uint32_t>(r, "attempts").value_or(1);
  if (const std::string* text = r.find("error")) out.letter.error = *text;
  if (const std::string* text = r.find("time")) out.time = *text;
  if (const std::string* text = r.find(truncated_header)) out.truncated = *text;
  out.letter.original = {*topic, *partition, *offset, r.timestamp_ms, r.key, r.value, {}};
  for (const kafka::header& h : r.headers) {
    if (!h.name.starts_with(original_prefix)) continue;
    out.letter.original.headers.push_back({h.name.substr(original_prefix.size()), h.value});
  }
  return out;
}

kafka::record original_of(const found_letter& found) {
  const inbox_record& o = found.letter.original;
  kafka::record out;
  out.topic = o.topic;
  out.partition = o.key ? -1 : o.partition;
  out.key = o.key;
  out.value = o.value;
  for (const inbox_header& h : o.headers) {
    if (h.name != replayed_from_header) out.headers.push_back({h.name, h.value});
  }
  out.headers.push_back({std::string{replayed_from_header}, found.id()});
  return out;
}

}  // namespace bulkhead::topics
