#include "runtime/process/process_slot.hpp"

#include "runtime/process/link_port.hpp"
#include "runtime/process/shared_page.hpp"
#include "support/temp_dir.hpp"

#include <atomic>
#include <condition_variable>
#include <fstream>
#include <iterator>
#include <mutex>
#include <sstream>
#include <thread>

#include <sys/socket.h>
#include <unistd.h>

using namespace bulkhead;
using namespace bulkhead::process;
using namespace std::chrono_literals;

namespace {

launch shell(const std::string& script) { return {"/bin/sh", {"-c", script}, {"PATH=/usr/bin:/bin"}, -1}; }

/// What a process said and how it ended, for a test to wait for.
struct witness {
  std::mutex guard;
  std::condition_variable news;
  std::string received;
  std::string reason;
  bool over = false;

  slot_listener listener() {
    slot_listener out;
    out.received = [this](std::string_view bytes) {
      const std::scoped_lock lock{guard};
      received += bytes;
      news.notify_all();
    };
    out.ended = [this](const std::string& why) {
      const std::scoped_lock lock{guard};
      reason = why;
      over = true;
      news.notify_all();
    };
    return out;
  }
  std::string wait_for_end() {
    std::unique_lock lock{guard};
    REQUIRE(news.wait_for(lock, 30s, [&] { return over; }));
    return reason;
  }
  std::string wait_for_bytes(std::size_t count) {
    std::unique_lock lock{guard};
    REQUIRE(news.wait_for(lock, 30s, [&] { return received.size() >= count; }));
    return received;
  }
};

std::string end_of(const std::string& script) {
  process_slot slot{{}, {}};
  witness w;
  slot.start(shell(script), w.listener());
  const std::string reason = w.wait_for_end();
  slot.close();
  return reason;
}

}  // namespace

TEST_CASE("process: how it ended is told in words") {
  CHECK(end_of("exit 3") == "exit status 3");
  CHECK(end_of("kill -SEGV $$") == "ended by signal 11 (SIGSEGV)");
  CHECK(end_of("kill -ABRT $$") == "ended by signal 6 (SIGABRT)");
  CHECK(end_of("kill -KILL $$") == "ended by signal 9 (SIGKILL), as by kill -9 or when memory runs out");
  CHECK(end_of("exec 3<&-; exec sleep 1000") == "it closed its link and did not end: killed");
}

TEST_CASE("process: an executable that is not there is named") {
  process_slot slot{{}, {}};
  witness w;
  slot.start({"/nonexistent/bulkhead", {}, {}, -1}, w.listener());
  CHECK(w.wait_for_end() == "cannot be started: /nonexistent/bulkhead: No such file or directory");
}

TEST_CASE("process: bytes go both ways, whatever the size") {
  process_slot slot{{}, {}};
  witness w;
  const auto ticket = slot.start(shell("exec cat <&3 >&3"), w.listener());
  std::string sent;
  for (int i = 0; i < 50; ++i) {
    const std::string part(1 + static_cast<std::size_t>(i) * 4001, static_cast<char>('a' + i % 26));
    sent += part;
    REQUIRE(slot.send(ticket, part));
  }
  CHECK(w.wait_for_bytes(sent.size()) == sent);
  CHECK(slot.most_queued() <= sent.size());
  slot.end(ticket, "enough");
  CHECK(w.wait_for_end() == "enough");
  CHECK_FALSE(slot.send(ticket, "late"));
}

TEST_CASE("process: it inherits its link, the page and nothing else, in a group of its own") {
  const auto page = shared_page::make();
  process_slot slot{{}, {}};
  witness w;
  const int leaked = ::dup(0);  // without close-on-exec
  launch how = shell("exec >&3; ls /proc/$$/fd; echo $$ $(cut -d' ' -f5 /proc/$$/stat)");
  how.page = page->fd();
  slot.start(std::move(how), w.listener());
  w.wait_for_end();
  ::close(leaked);
  INFO(w.received);
  std::istringstream said{w.received};
  std::vector<std::string> words{std::istream_iterator<std::string>{said}, {}};
  REQUIRE(words.size() == 7);
  CHECK(std::vector<std::string>{words.begin(), words.begin() + 5} ==
        std::vector<std::string>{"0", "1", "2", "3", "4"});
  CHECK(words[5] == words[6]);
}

TEST_CASE("process: bytes that nobody reads are bounded, and then it is ended") {
  slot_settings settings;
  settings.most_queued = 1'000'000;
  process_slot slot{settings, {}};
  witness w;
  const auto ticket = slot.start(shell("exec sleep 1000"), w.listener());
  while (slot.send(ticket, std::string(10'000, 'x'))) {
  }
  CHECK(w.wait_for_end().find("it does not read") == 0);
  CHECK(slot.most_queued() <= settings.most_queued);
}

/// Until a signal has stopped it.
void wait_until_stopped(pid_t pid) {
  for (int tries = 0; tries < 3'000; ++tries) {
    std::string number;
    std::string name;
    std::string state;
    std::ifstream{"/proc/" + std::to_string(pid) + "/stat"} >> number >> name >> state;
    if (state == "T") return;
    std::this_thread::sleep_for(10ms);
  }
}

TEST_CASE("process: one that is stopped, hangs or never begins is killed, its leave to act taken first") {
  const auto page = shared_page::make();
  const auto beats = shared_page::make_in<std::atomic<std::uint64_t>>(page, false);
  std::atomic<bool> revoked{false};
  slot_settings settings;
  settings.tick = 20ms;
  settings.silence = 200ms;
  slot_hooks hooks;
  hooks.before_start = [&] {
    beats->store(0);
    revoked = false;
  };
  hooks.before_kill = [&] { revoked = true; };
  hooks.heartbeat = [&] { return beats->load(); };
  const auto watch = [&](const std::string& script, bool begins, bool stops = false) {
    // One that is to begin has all the time that a busy machine needs; the other is killed for not using its own.
    settings.start_timeout = begins ? 30'000ms : 1'000ms;
    process_slot slot{settings, hooks};
    witness w;
    slot.start(shell("echo up >&3; " + script), w.listener());
    w.wait_for_bytes(3);
    if (begins) {
      CHECK_FALSE(revoked.load());
      if (stops) wait_until_stopped(slot.pid());
      beats->fetch_add(1);
    }
    const std::string reason = w.wait_for_end();
    CHECK(revoked.load());
    CHECK(slot.close());
    return reason;
  };
  CHECK(watch("kill -STOP $$", true, true).find("by signal 19 (SIGSTOP): killed") != std::string::npos);
  CHECK(watch("exec sleep 1000", true).find("(it hangs): killed") != std::string::npos);
  CHECK(watch("exec sleep 1000", false) == "silent for 1.0 s (it did not begin): killed");
}

TEST_CASE("process: never two at a time, whoever starts them") {
  const test::temp_dir dir;
  const std::string pid = (dir.path() / "pid").string();
  const std::string two = (dir.path() / "two").string();
  const std::string ran = (dir.path() / "ran").string();
  // What is killed and reaped is gone for `kill -0`; the shell's own words only, a child of it could outlive it.
  const std::string script = "if read old 2>/dev/null <" + pid + " && kill -0 $old 2>/dev/null; then echo two >>" +
                             two + "; fi; echo $$ >" + pid + "; echo ran >>" + ran + "; exec sleep 1000";
  process_slot slot{{}, {}};
  std::atomic<int> ends{0};
  constexpr int starts = 60;
  const auto racer = [&](int first) {
    for (int i = first; i < starts; i += 3) {
      slot_listener listener;
      listener.ended = [&](const std::string&) { ++ends; };
      const auto ticket = slot.start(shell(script), std::move(listener));
      std::this_thread::sleep_for(std::chrono::milliseconds{(i % 7) * 10});
      if (i % 2 == 0) slot.end(ticket, "race");
    }
  };
  {
    std::jthread a{racer, 0};
    std::jthread b{racer, 1};
    std::jthread c{racer, 2};
  }
  slot_listener last;
  last.ended = [](const std::string&) {};
  slot.start(shell(script), std::move(last));  // this one has its time
  for (int tries = 0; !std::filesystem::exists(ran) && tries < 3'000; ++tries) std::this_thread::sleep_for(10ms);
  CHECK(slot.close());
  CHECK(ends.load() == starts);
  CHECK_FALSE(std::filesystem::exists(two));
  CHECK(std::filesystem::exists(ran));
  CHECK(slot.pid() == 0);
}

TEST_CASE("process: a slot that is gone leaves no process behind, and waits for nobody") {
  const test::temp_dir dir;
  const auto file = dir.path() / "pid";
  witness w;
  {
    process_slot slot{{}, {}};
    slot.start(shell("echo $$ >" + file.string() + "; echo up >&3; exec sleep 1000"), w.listener());
    w.wait_for_bytes(3);
  }
  CHECK(w.wait_for_end() == "ended with the node");
  pid_t pid = 0;
  std::ifstream{file} >> pid;
  REQUIRE(pid > 0);
  CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("process: its port writes and reads without anybody waiting, and tells of the end once") {
  int ends[2] = {-1, -1};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  witness w;
  const slot_listener told = w.listener();
  link_port port{ends[0], told.received, told.ended};
  const std::string sent(3'000'000, 'p');
  port.send(sent);
  CHECK_FALSE(port.flush(10ms));  // the other end does not read yet
  std::string got;
  std::vector<char> buffer(100'000);
  while (got.size() < sent.size()) {
    const ssize_t n = ::recv(ends[1], buffer.data(), buffer.size(), 0);
    REQUIRE(n > 0);
    got.append(buffer.data(), static_cast<std::size_t>(n));
  }
  CHECK(got == sent);
  CHECK(port.flush(30s));
  REQUIRE(::send(ends[1], "hello", 5, MSG_NOSIGNAL) == 5);
  CHECK(w.wait_for_bytes(5) == "hello");
  ::close(ends[1]);
  CHECK(w.wait_for_end() == "the node is gone");
  port.send("late");
}

TEST_CASE("process: a port whose node does not read ends at its bound") {
  int ends[2] = {-1, -1};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  witness w;
  const slot_listener told = w.listener();
  link_port port{ends[0], told.received, told.ended, 1'000'000};
  for (int i = 0; i < 50; ++i) port.send(std::string(100'000, 'x'));
  CHECK(w.wait_for_end().find("the node does not read") == 0);
  ::close(ends[1]);
}
