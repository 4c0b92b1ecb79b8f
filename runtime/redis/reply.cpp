#include "runtime/redis/reply.hpp"

#include <algorithm>
#include <new>

#include <fmt/format.h>
#include <hiredis/hiredis.h>

namespace bulkhead::redis {
namespace {

// hiredis calls these for each value that it has read; an element of an array goes into the array. A null answer ends
// the reading with an error: nothing may be thrown through a C library.

reply* place_for(const redisReadTask* task) noexcept {
  try {
    if (task->parent == nullptr) return new reply;
    return &static_cast<reply*>(task->parent->obj)->elements.emplace_back();
  } catch (const std::exception&) {
    return nullptr;
  }
}

reply::kind kind_of(int type) noexcept {
  if (type == REDIS_REPLY_ERROR) return reply::kind::error;
  return type == REDIS_REPLY_STATUS ? reply::kind::status : reply::kind::text;
}

void* make_text(const redisReadTask* task, char* bytes, std::size_t size) {
  reply* const out = place_for(task);
  if (out == nullptr) return nullptr;
  out->type = kind_of(task->type);
  try {
    out->text.assign(bytes, size);
  } catch (const std::exception&) {
    if (task->parent == nullptr) delete out;
    return nullptr;
  }
  return out;
}

void* make_array(const redisReadTask* task, int elements) {
  if (elements < 0 || elements > reply_reader::most_elements) return nullptr;
  reply* const out = place_for(task);
  if (out == nullptr) return nullptr;
  out->type = reply::kind::array;
  try {
    // The reader keeps the addresses of nested arrays: the elements must not move while they are filled.
    out->elements.reserve(static_cast<std::size_t>(elements));
  } catch (const std::exception&) {
    if (task->parent == nullptr) delete out;
    return nullptr;
  }
  return out;
}

void* make_integer(const redisReadTask* task, long long value) {
  reply* const out = place_for(task);
  if (out == nullptr) return nullptr;
  out->type = reply::kind::integer;
  out->integer = value;
  return out;
}

void* make_nil(const redisReadTask* task) { return place_for(task); }

void free_root(void* root) { delete static_cast<reply*>(root); }

redisReplyObjectFunctions makers{make_text, make_array, make_integer, make_nil, free_root};

}  // namespace

void reply_reader::closer::operator()(redisReader* r) const noexcept { redisReaderFree(r); }

reply_reader::reply_reader() : reader_(redisReaderCreateWithFunctions(&makers)) {
  if (!reader_) throw std::bad_alloc{};
}

void reply_reader::feed(std::string_view bytes) {
  fed_ += bytes.size();
  if (fed_ > most_bytes) throw protocol_error(fmt::format("an answer of more than {} bytes", most_bytes));
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK) throw protocol_error(reader_->errstr);
}

std::optional<reply> reply_reader::next() {
  void* raw = nullptr;
  if (redisReaderGetReply(reader_.get(), &raw) != REDIS_OK) throw protocol_error(reader_->errstr);
  if (raw == nullptr) return std::nullopt;
  const std::unique_ptr<reply> root{static_cast<reply*>(raw)};
  fed_ = 0;
  return std::move(*root);
}

bool reply_reader::has_rest() const noexcept { return reader_->pos < reader_->len || reader_->ridx >= 0; }

}  // namespace bulkhead::redis
