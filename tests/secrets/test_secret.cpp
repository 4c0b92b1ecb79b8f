// A secret shows itself to nobody, and its file only to its owner.
#include "runtime/secrets/secret.hpp"
#include "runtime/secrets/secret_file.hpp"
#include "support/temp_dir.hpp"

#include <concepts>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace bulkhead;

namespace {

template <class T>
concept streamable = requires(std::ostream& out, const T& value) {
  out << value;
};
static_assert(!streamable<secret_text>);
static_assert(streamable<std::string>);
static_assert(!std::copyable<secret_text>);
static_assert(!std::convertible_to<secret_text, std::string>);
static_assert(!std::convertible_to<secret_text, std::string_view>);

/// With a short way to its files.
class folder : public test::temp_dir {
 public:
  [[nodiscard]] std::filesystem::path at(const char* name) const { return path() / name; }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator{path()}, std::filesystem::directory_iterator{}));
  }
};

std::filesystem::path with(const std::filesystem::path& file, const std::string& content, ::mode_t mode = 0600) {
  std::ofstream{file} << content;
  REQUIRE(::chmod(file.c_str(), mode) == 0);
  return file;
}

std::string refusal_of(const std::filesystem::path& file) {
  try {
    (void)read_secret_line(file);
  } catch (const secret_file_error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a secret prints as stars, whatever it holds") {
  const secret_text key{std::string{"canary-7391"}};
  CHECK(fmt::format("{}", key) == "***");
  CHECK(fmt::format("{:>6}", key) == "   ***");
  CHECK(fmt::format("{}", secret_text{}) == "***");
  CHECK(key.reveal() == "canary-7391");
}

TEST_CASE("a secret overwrites the string it came from") {
  std::string source = "a text longer than the short-string buffer of any library";
  const char* bytes = source.data();
  const std::size_t size = source.size();
  const secret_text key{std::move(source)};
  CHECK(key.reveal().size() == size);
  CHECK(std::string_view{bytes, size} == std::string(size, '\0'));  // the string still owns its buffer
}

TEST_CASE("a secret moves, and leaves nothing behind") {
  secret_text a{std::string{"one"}};
  secret_text b{std::move(a)};
  CHECK(a.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
  CHECK(b.reveal() == "one");
  a = secret_text{std::string{"two"}};
  b = std::move(a);
  CHECK(b.reveal() == "two");
  CHECK(b.copy().reveal() == "two");
}

TEST_CASE("secrets compare by content") {
  const secret_text a{std::string{"abc"}};
  CHECK(a.equals("abc"));
  CHECK_FALSE(a.equals("abd"));
  CHECK_FALSE(a.equals("ab"));
  CHECK_FALSE(a.equals(""));
  CHECK(secret_text{}.equals(""));
}

TEST_CASE("the first line of a secret file is the secret") {
  const folder dir;
  CHECK(read_secret_line(with(dir.at("a"), "s3cret\nnot this\n")).reveal() == "s3cret");
  CHECK(read_secret_line(with(dir.at("b"), "s3cret\r\n")).reveal() == "s3cret");
  CHECK(read_secret_line(with(dir.at("c"), "s3cret")).reveal() == "s3cret");
}

TEST_CASE("a secret file that is missing, empty, open to others or no file is refused, and its content not told") {
  const folder dir;
  CHECK(refusal_of(dir.at("none")).find("No such file") != std::string::npos);
  CHECK(refusal_of(with(dir.at("empty"), "\ncanary")).find("first line is empty") != std::string::npos);
  const std::string open_to_all = refusal_of(with(dir.at("open"), "canary\n", 0644));
  CHECK(open_to_all.find("mode 0644") != std::string::npos);
  CHECK(open_to_all.find("chmod 600 " + dir.at("open").string()) != std::string::npos);
  CHECK(open_to_all.find("canary") == std::string::npos);
  CHECK(refusal_of(with(dir.at("group"), "canary\n", 0620)).find("mode 0620") != std::string::npos);
  CHECK(refusal_of(dir.at("")).find("not a regular file") != std::string::npos);
  CHECK(refusal_of(with(dir.at("long"), std::string(max_secret_file + 1, 'x'))).find("longer") != std::string::npos);
  REQUIRE(::mkfifo(dir.at("pipe").c_str(), 0600) == 0);
  CHECK(refusal_of(dir.at("pipe")).find("not a regular file") != std::string::npos);
}

TEST_CASE("a secret file is written whole, readable by its owner alone, whatever was there and whatever the umask") {
  const folder dir;
  const auto file = with(dir.at("token"), "old content that is longer than the new one", 0644);
  const ::mode_t before = ::umask(0);
  write_secret_file(file, "new\n");
  ::umask(before);
  CHECK(read_secret_line(file).reveal() == "new");
  struct stat info {};
  REQUIRE(::stat(file.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777U) == 0600U);
  CHECK(dir.files() == 1);
}

TEST_CASE("a secret file that cannot be written leaves the old one and nothing else") {
  const folder dir;
  CHECK_THROWS_AS(write_secret_file(dir.at("no/such/folder"), "x"), secret_file_error);
  std::filesystem::create_directories(dir.at("taken/by"));
  CHECK_THROWS_AS(write_secret_file(dir.at("taken"), "x"), secret_file_error);
  CHECK(dir.files() == 1);
}
