#include "runtime/domain/our_tag.hpp"

#include <algorithm>

namespace bulkhead {

bool is_our_tag(std::string_view tag) {
  constexpr std::size_t tag_size = 20;
  return tag.size() == tag_size &&
         std::ranges::all_of(tag, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); });
}

}  // namespace bulkhead
