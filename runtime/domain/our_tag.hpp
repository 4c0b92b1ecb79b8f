#pragma once
// The form of our client order ids, which travel to brokers as tags. By itself, for readers of a broker's rows.
#include <string_view>

namespace bulkhead {

/// A tag that only Bulkhead makes: 20 characters of [a-z2-7].
[[nodiscard]] bool is_our_tag(std::string_view tag);

}  // namespace bulkhead
