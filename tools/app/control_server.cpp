#include "tools/app/control_server.hpp"

#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>

#include <boost/asio.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bulkhead::app {
namespace {

namespace asio = boost::asio;
using local = asio::local::stream_protocol;
using nlohmann::json;

constexpr std::size_t longest_request = 64UL * 1024;
constexpr std::size_t longest_answer = 64UL * 1024 * 1024;
// Many and impatient: who connects and says nothing must not keep a kill waiting.
constexpr std::size_t threads = 16;
constexpr std::chrono::seconds patience_for_a_peer{1};
constexpr std::chrono::seconds patience_for_a_node{30};

/// Runs one asynchronous operation on a socket with an end: when time is up the socket is closed, which ends it.
template <class Start>
auto within(std::chrono::seconds patience, local::socket& socket, asio::io_context& io, Start start) {
  auto done = start();
  if (done.wait_for(patience) != std::future_status::ready) {
    // Waited for: the operation may have ended meanwhile, and the socket with it.
    asio::post(io, asio::use_future([&socket] {
                 boost::system::error_code ignored;
                 socket.close(ignored);
               }))
        .get();
  }
  return done.get();
}

std::string read_line(local::socket& socket, asio::io_context& io, std::chrono::seconds patience, std::size_t most) {
  std::string text;
  const std::size_t length = within(patience, socket, io, [&] {
    return asio::async_read_until(socket, asio::dynamic_buffer(text, most), '\n', asio::use_future);
  });
  text.resize(length);
  return text;
}

void write_line(local::socket& socket, asio::io_context& io, std::chrono::seconds patience, const json& message) {
  const std::string text = message.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  within(patience, socket, io, [&] { return asio::async_write(socket, asio::buffer(text), asio::use_future); });
}

bool is_same_user(local::socket& socket) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == ::geteuid() || peer.uid == 0;
}

local::endpoint endpoint_of(const std::filesystem::path& path) {
  constexpr std::size_t longest_path = 107;  // sockaddr_un::sun_path less its end
  if (path.string().size() > longest_path) {
    throw std::runtime_error(
        fmt::format("control.socket: given \"{}\" ({} characters), allowed: at most {}; set a "
                    "shorter path",
                    path.string(), path.string().size(), longest_path));
  }
  return local::endpoint{path.string()};
}

/// The descriptor is made owner-only before the path exists for anybody.
local::acceptor listen_on(asio::io_context& io, const std::filesystem::path& path) {
  const local::endpoint endpoint = endpoint_of(path);
  if (node_listens(path)) throw std::runtime_error(path.string() + ": another node answers there; stop it first");
  const auto there = std::filesystem::symlink_status(path);
  if (std::filesystem::exists(there) && !std::filesystem::is_socket(there)) {
    throw std::runtime_error(path.string() +
                             ": control.socket: a file that is no socket stands there; move it away, or "
                             "set another path");
  }
  std::filesystem::remove(path);
  local::acceptor acceptor{io};
  acceptor.open();
  const mode_t before = ::umask(0177);
  boost::system::error_code error;
  acceptor.bind(endpoint, error);
  ::umask(before);
  if (error) throw std::runtime_error(fmt::format("{}: {}", path.string(), error.message()));
  acceptor.listen();
  return acceptor;
}

json refused(std::string why) { return {{"ok", false}, {"error", std::move(why)}}; }

}  // namespace

struct control_server::impl {
  impl(std::filesystem::path where, handler a)
      : path(std::move(where)), answer(std::move(a)), acceptor(listen_on(io, path)) {}

  void accept() {
    auto socket = std::make_shared<local::socket>(io);
    acceptor.async_accept(*socket, [this, socket](const boost::system::error_code& error) {
      if (error == asio::error::operation_aborted) return;
      if (!error) asio::post(workers, [this, socket] { serve(*socket); });
      accept();
    });
  }

  void serve(local::socket& socket) {
    try {
      if (!is_same_user(socket)) return;
      const std::string line = read_line(socket, io, patience_for_a_peer, longest_request);
      const json request = json::parse(line, nullptr, false);
      json reply;
      if (request.is_object()) {
        reply = answered(request);
      } else {
        reply = refused("a request is one JSON object on one line");
      }
      write_line(socket, io, patience_for_a_peer, reply);
    } catch (const std::exception&) {
      // The peer left or said nothing in time: nobody is there to be told.
    }
  }

  json answered(const json& request) {
    try {
      return answer(request);
    } catch (const std::exception& e) {
      return refused(e.what());
    }
  }

  std::filesystem::path path;
  handler answer;
  asio::io_context io;
  local::acceptor acceptor;
  asio::thread_pool workers{threads};
  std::thread loop;
};

control_server::control_server(std::filesystem::path path, handler answer)
    : impl_(std::make_unique<impl>(std::move(path), std::move(answer))) {
  impl_->accept();
  impl_->loop = std::thread{[this] {
    const auto busy = asio::make_work_guard(impl_->io);
    impl_->io.run();
  }};
}

control_server::~control_server() {
  asio::post(impl_->io, [this] { impl_->acceptor.close(); });
  impl_->workers.join();
  impl_->io.stop();
  impl_->loop.join();
  std::error_code ignored;
  std::filesystem::remove(impl_->path, ignored);
}

json ask_node(const std::filesystem::path& path, const json& request) {
  asio::io_context io;
  local::socket socket{io};
  boost::system::error_code error;
  socket.connect(endpoint_of(path), error);
  if (error) {
    throw std::runtime_error(
        fmt::format("no node listens on {} ({}); start one with `bulkhead run`, or name its folder with --data-dir",
                    path.string(), error.message()));
  }
  const auto busy = asio::make_work_guard(io);
  std::thread loop{[&io] { io.run(); }};
  json reply;
  std::string failure;
  try {
    write_line(socket, io, patience_for_a_node, request);
    reply = json::parse(read_line(socket, io, patience_for_a_node, longest_answer));
  } catch (const std::exception& e) {
    failure = e.what();
  }
  io.stop();
  loop.join();
  if (!failure.empty()) {
    throw std::runtime_error(
        fmt::format("{}: no whole answer ({}); what was asked may have been done: look with "
                    "`bulkhead brokers show`",
                    path.string(), failure));
  }
  return reply;
}

bool node_listens(const std::filesystem::path& path) {
  asio::io_context io;
  local::socket socket{io};
  boost::system::error_code error;
  socket.connect(endpoint_of(path), error);
  return !error;
}

}  // namespace bulkhead::app
