#include "runtime/redis/connection.hpp"

#include "runtime/secrets/secret_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/socket.h>

namespace bulkhead::redis {
namespace {

constexpr std::string_view unix_prefix = "unix:";

std::pair<std::string, int> host_and_port(const settings& s) {
  const std::size_t colon = s.address.rfind(':');
  int port = 0;
  const char* const end = s.address.data() + s.address.size();
  const char* const digits = colon == std::string::npos ? end : s.address.data() + colon + 1;
  const auto parsed = std::from_chars(digits, end, port);
  if (digits == end || parsed.ec != std::errc{} || parsed.ptr != end || port < 1 || port > 65535 || colon == 0) {
    throw error(error::kind::lost,
                fmt::format("redis.address: given \"{}\", allowed: host:port, or unix:/path of a socket", s.address));
  }
  return {s.address.substr(0, colon), port};
}

redisContext* begin_connect(const settings& s) {
  if (s.address.starts_with(unix_prefix)) return redisConnectUnixNonBlock(s.address.c_str() + unix_prefix.size());
  const auto [host, port] = host_and_port(s);
  return redisConnectNonBlock(host.c_str(), port);
}

std::string bytes_of(const command& c) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const std::string& argument : c) {
    texts.push_back(argument.data());
    sizes.push_back(argument.size());
  }
  char* formatted = nullptr;
  const int size = redisFormatCommandArgv(&formatted, static_cast<int>(c.size()), texts.data(), sizes.data());
  if (size < 0) throw std::bad_alloc{};
  const std::unique_ptr<char, decltype(&redisFreeCommand)> owner{formatted, &redisFreeCommand};
  return {formatted, static_cast<std::size_t>(size)};
}

/// Name and first key, readable whatever bytes they are; nothing of a login.
std::string shown(const command& c) {
  std::string out = c.empty() ? "" : c.front();
  if (c.size() < 2 || out == "AUTH") return out;
  constexpr std::size_t most = 80;
  out += ' ';
  for (const char byte : c[1].substr(0, most)) {
    const bool readable = byte >= ' ' && byte <= '~';
    out += readable ? std::string{byte} : fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
  }
  return out;
}

struct advice {
  std::string_view code;
  std::string_view text;
};
constexpr std::array advices{
    advice{"WRONGPASS", "check the broker's redis.username and its password file"},
    advice{"NOAUTH", "give the broker a redis.username and a redis.password_file"},
    advice{"NOPERM", "give this user its keys and commands: docs/views.md lists them"},
    advice{"READONLY", "this server is a replica: redis.address must name its master"},
    advice{"OOM", "the server's maxmemory is reached: raise it, or give it less to hold"},
    advice{"LOADING", "the server reads its data; it is asked again"},
    advice{"MISCONF", "the server cannot write to its disk: free space there, its own log says more"},
    advice{"BUSY", "a script keeps the server busy; it is asked again"},
    advice{"MASTERDOWN", "the server has lost its master; it is asked again"},
    advice{"WRONGTYPE", "another program wrote this key"},
};

}  // namespace

std::string describe(const settings& s) {
  return s.username.empty() ? fmt::format("Redis at {}", s.address)
                            : fmt::format("Redis at {} as {}", s.address, s.username);
}

std::string refusal_text(const settings& s, const command& asked, const reply& said) {
  const std::string code = said.text.substr(0, said.text.find(' '));
  const auto it = std::ranges::find(advices, std::string_view{code}, &advice::code);
  const std::string_view what_to_do = it == advices.end() ? "docs/views.md says what it must allow" : it->text;
  return fmt::format("{}: {} was refused: {}; {}", describe(s), shown(asked), said.text, what_to_do);
}

void connection::closer::operator()(redisContext* c) const noexcept { redisFree(c); }

connection::connection(settings s) : settings_(std::move(s)) {
  connect();
  log_in();
}

connection::~connection() = default;

void connection::connect() {
  context_.reset(begin_connect(settings_));
  if (!context_) throw std::bad_alloc{};
  if (context_->err != 0) lose(context_->errstr);
  (void)wait(POLLOUT, clock::now() + settings_.connect_timeout, settings_.connect_timeout);
  int failed = 0;
  socklen_t size = sizeof failed;
  if (::getsockopt(context_->fd, SOL_SOCKET, SO_ERROR, &failed, &size) != 0) failed = errno;
  if (failed != 0) lose(std::strerror(failed));
}

void connection::log_in() {
  if (settings_.password_file.empty()) {
    if (settings_.username.empty()) return;
    throw error(error::kind::refused,
                fmt::format("{}: a user without a password; give redis.password_file", describe(settings_)));
  }
  command login{"AUTH"};
  if (!settings_.username.empty()) login.push_back(settings_.username);
  try {
    login.emplace_back(read_secret_line(settings_.password_file).reveal());
  } catch (const secret_file_error& e) {
    throw error(error::kind::refused, fmt::format("{}: {}", describe(settings_), e.what()));
  }
  (void)ask(login);
}

reply connection::ask(const command& one) {
  auto said = exchange({one});
  if (said.front().is_error()) throw error(error::kind::refused, refusal_text(settings_, one, said.front()));
  return std::move(said.front());
}

std::vector<reply> connection::exchange(const std::vector<command>& commands) {
  if (broken_) lose("the connection is broken");
  broken_ = true;  // until every answer is here
  std::string bytes;
  for (const command& c : commands) bytes += bytes_of(c);
  std::string_view rest = bytes;
  std::vector<reply> replies;
  const auto deadline = clock::now() + settings_.command_timeout;
  try {
    while (replies.size() < commands.size()) {
      const short events = wait(rest.empty() ? POLLIN : POLLIN | POLLOUT, deadline, settings_.command_timeout);
      if ((events & POLLOUT) != 0) send_some(rest);
      if ((events & ~POLLOUT) == 0) continue;
      receive_some();
      while (replies.size() < commands.size()) {
        auto one = reader_.next();
        if (!one) break;
        replies.push_back(std::move(*one));
      }
    }
  } catch (const protocol_error& e) {
    lose(fmt::format("it does not speak Redis' protocol: {}; is redis.address right?", e.what()));
  }
  if (reader_.has_rest()) lose("it answered more than it was asked; is redis.address right?");
  broken_ = false;
  return replies;
}

short connection::wait(short events, clock::time_point deadline, std::chrono::milliseconds allowed) const {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now()).count();
    pollfd one{context_->fd, events, 0};
    const int ready = ::poll(&one, 1, static_cast<int>(std::max<long long>(0, left)));
    if (ready > 0) return one.revents;
    if (ready < 0 && errno != EINTR) lose(std::strerror(errno));
    if (ready == 0 && left <= 0) {
      throw error(error::kind::silent, fmt::format("{}: no answer within {} ms; is the server stopped or overloaded?",
                                                   describe(settings_), allowed.count()));
    }
  }
}

void connection::send_some(std::string_view& rest) const {
  const ssize_t sent = ::send(context_->fd, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent >= 0) {
    rest.remove_prefix(static_cast<std::size_t>(sent));
  } else if (errno != EAGAIN && errno != EINTR && errno != EPIPE && errno != ECONNRESET) {
    lose(std::strerror(errno));
  }
  // A server that closed may have said why before: the next read has it, or the end.
}

void connection::receive_some() {
  std::array<char, 65536> buffer;
  const ssize_t got = ::recv(context_->fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got > 0) {
    reader_.feed({buffer.data(), static_cast<std::size_t>(got)});
  } else if (got == 0) {
    lose("it closed the connection");
  } else if (errno != EAGAIN && errno != EINTR) {
    lose(std::strerror(errno));
  }
}

void connection::lose(const std::string& why) const {
  throw error(error::kind::lost,
              fmt::format("{}: {}; check that it runs and that redis.address is right", describe(settings_), why));
}

}  // namespace bulkhead::redis
