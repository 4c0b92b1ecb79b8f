#pragma once
// Waits for an answer that comes through a callback, inline or on another thread.
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace bulkhead::test {

/// `start` gets a callback that takes values convertible to `Answers...`. Throws where no answer comes within half a
/// minute: a hung backend fails its test instead of hanging it.
template <class... Answers, class Start>
std::tuple<Answers...> await(Start&& start) {
  // Shared: a late answer must find its promise alive.
  auto promise = std::make_shared<std::promise<std::tuple<Answers...>>>();
  auto answer = promise->get_future();
  start([promise](Answers... values) { promise->set_value(std::tuple<Answers...>{std::move(values)...}); });
  if (answer.wait_for(std::chrono::seconds(30)) != std::future_status::ready) {
    throw std::runtime_error("no answer within 30 s");
  }
  return answer.get();
}

}  // namespace bulkhead::test
