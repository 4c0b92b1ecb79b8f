#pragma once
// One connection to a Redis server, for one thread: commands go out together, and each gets its answer before a
// deadline. hiredis connects, writes and reads the protocol; the waiting is ours, since its time-outs begin anew with
// every byte that a slow server sends, and since it would end the process on a closed connection (SIGPIPE).
#include "runtime/redis/reply.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

struct redisContext;

namespace bulkhead::redis {

struct settings {
  std::string address;                  ///< host:port, or unix:/path
  std::string username;                 ///< empty: the server's default user
  std::filesystem::path password_file;  ///< read at each connection; empty: none
  std::chrono::milliseconds connect_timeout{1000};
  std::chrono::milliseconds command_timeout{2000};  ///< for all commands of one exchange together
};

/// The text names server, command and what to do; never a password.
class error : public std::runtime_error {
 public:
  enum class kind : std::uint8_t {
    lost,    ///< the connection ended: what was sent may have happened or not
    silent,  ///< likewise, since no answer came in time
    refused  ///< the server said no; the connection is good
  };
  error(kind what, const std::string& text) : std::runtime_error(text), what_(what) {}
  [[nodiscard]] kind why() const noexcept { return what_; }

 private:
  kind what_;
};

using command = std::vector<std::string>;  ///< name and arguments: any bytes

/// "Redis at unix:/path as paper".
[[nodiscard]] std::string describe(const settings& s);
/// What the server's error reply to a command means, in a sentence with what to do.
[[nodiscard]] std::string refusal_text(const settings& s, const command& asked, const reply& said);

class connection {
 public:
  /// Connects and logs in. Throws `error`.
  explicit connection(settings s);
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection();

  /// As many replies as commands, in their order; an error reply is a reply. Throws `error` (lost or silent): then the
  /// connection is of no more use.
  [[nodiscard]] std::vector<reply> exchange(const std::vector<command>& commands);
  /// One command whose error reply is thrown as `error` (refused).
  [[nodiscard]] reply ask(const command& one);

 private:
  using clock = std::chrono::steady_clock;
  void connect();
  void log_in();
  /// Waits until one of `events` holds; throws where none does in time.
  short wait(short events, clock::time_point deadline, std::chrono::milliseconds allowed) const;
  void send_some(std::string_view& rest) const;
  void receive_some();
  [[noreturn]] void lose(const std::string& why) const;

  struct closer {
    void operator()(redisContext* c) const noexcept;
  };
  const settings settings_;
  std::unique_ptr<redisContext, closer> context_;
  reply_reader reader_;
  bool broken_ = false;
};

}  // namespace bulkhead::redis
