#pragma once
// Messages to and from bytes, and the cutting of a stream of bytes into messages. Pure; one owner.
//
// A message on the wire: "BHLK", version, type, two bytes of zero, length of the body, CRC-32C over those twelve bytes
// and the body, the body. Whatever does not fit ends the link with an error that names the message and the byte: a
// process that sends it is not one to listen to.
#include "runtime/link/link_messages.hpp"
#include "runtime/link/wire.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace bulkhead::link {

inline constexpr std::uint8_t protocol_version = 1;
/// Bytes of one message's body, at most.
inline constexpr std::size_t longest_body = 64UL * 1024 * 1024;

/// One message, whole. Throws link_error for a body above longest_body.
[[nodiscard]] std::string encode(const to_process& m);
[[nodiscard]] std::string encode(const to_node& m);

/// Cuts what arrives into messages. `Message`: to_process or to_node; one of the other direction is an error.
template <class Message>
class link_stream {
 public:
  /// `instruments`: how many the list has; an index beyond it is an error.
  explicit link_stream(std::size_t instruments) : instruments_(instruments) {}

  void add(std::string_view bytes) { waiting_ += bytes; }
  /// The next whole message; nullopt: its end has not arrived. Throws link_error, after which the stream is of no use.
  [[nodiscard]] std::optional<Message> next();
  /// Held back: the start of a message.
  [[nodiscard]] std::size_t held() const noexcept { return waiting_.size(); }

 private:
  std::size_t instruments_;
  std::string waiting_;
  std::uint64_t offset_ = 0;  ///< in the stream, of what waits
};

extern template class link_stream<to_process>;
extern template class link_stream<to_node>;

/// At most about `bytes` of body each, in order, the notices with the first and `end` with the last: the bridge takes
/// them as it would take the whole.
[[nodiscard]] std::vector<frame_part> split(const frame_part& whole, std::size_t bytes);
/// Cuts between frames, `most` signals a part and what else is of the last frame in it; each part is the whole answer
/// up to its `through`.
[[nodiscard]] std::vector<signal_part> split(const signal_part& whole, std::size_t most);

}  // namespace bulkhead::link
