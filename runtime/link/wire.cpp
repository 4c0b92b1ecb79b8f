#include "runtime/link/wire.hpp"

#include <fmt/format.h>

namespace bulkhead::link {

void wire_reader::need(std::size_t count) const {
  if (bytes_.size() - at_ >= count) return;
  throw link_error(fmt::format("{}, byte {}: ends early: {} bytes are needed, {} are there", what_, at_, count,
                               bytes_.size() - at_));
}

void wire_reader::end() const {
  if (at_ == bytes_.size()) return;
  throw link_error(fmt::format("{}, byte {}: {} bytes too many", what_, at_, bytes_.size() - at_));
}

void wire_reader::refuse(std::string_view allowed) const {
  throw link_error(fmt::format("{}, before byte {}: allowed: {}", what_, at_, allowed));
}

}  // namespace bulkhead::link
