#pragma once
// How the views of one broker are, for people: what the last calls to its store said. Views are not the truth, so
// trading goes on whatever it says here.
#include "runtime/domain/ids.hpp"
#include "runtime/ports/state_store.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace bulkhead::app {

/// Any thread.
class views_watch {
 public:
  /// `tell`: a line for the log when views fall behind for an error, and when they are complete again; may be empty.
  explicit views_watch(std::function<void(const std::string&)> tell) : tell_(std::move(tell)) {}

  void wants(std::uint64_t seq);
  void has(std::uint64_t seq);
  void failed(const std::string& why);

  /// "complete up to event 41", "at event 12 of 41", with the error if there is one.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool complete() const;

 private:
  [[nodiscard]] std::string text_locked() const;

  const std::function<void(const std::string&)> tell_;
  mutable std::mutex guard_;
  std::uint64_t wanted_ = 0;  ///< the newest event whose views were to be written
  std::uint64_t has_ = 0;
  std::string error_;  ///< of the last call; empty: none
  std::string since_;  ///< wall time of the first error, ISO 8601 in IST; empty: none since it was complete
};

/// The same store, with each answer told to `watch`.
[[nodiscard]] std::shared_ptr<state_store> watched(std::shared_ptr<state_store> store,
                                                   std::shared_ptr<views_watch> watch);

}  // namespace bulkhead::app
