#pragma once
// What building a feed source gives.
#include "runtime/ports/feed_source.hpp"

#include <memory>
#include <string>
#include <vector>

namespace bulkhead {

/// Either a source, or why there is none.
struct feed_result {
  std::unique_ptr<feed_source> source;  ///< nullptr: see `error`
  std::string error;                    ///< what was found, what is allowed, what next; empty with a source
};

}  // namespace bulkhead
