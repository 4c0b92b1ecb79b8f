#pragma once
// Who speaks to which Kafka servers, and the plain texts that librdkafka is configured with.
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace bulkhead::kafka {

/// What the library or a server refused: the text says which call, on what, and what to do next.
class error : public std::runtime_error {
 public:
  enum class cause : std::uint8_t {
    lasting,   ///< somebody has to do something: a right, a login, a size
    passing,   ///< servers are away or change places: try again
    no_topic,  ///< there is none; passing just after it was made
  };
  explicit error(const std::string& text, cause why = cause::lasting) : std::runtime_error(text), why_(why) {}
  [[nodiscard]] cause why() const noexcept { return why_; }

 private:
  cause why_;
};

struct connection {
  std::string servers;                  ///< host:port[,host:port...]
  std::string security = "plaintext";   ///< "plaintext" | "sasl_plaintext" | "sasl_ssl"
  std::filesystem::path ca_file;        ///< sasl_ssl; empty: the system's
  std::string username;                 ///< sasl_...
  std::filesystem::path password_file;  ///< read when a client is made; its text is kept nowhere else
  std::string client_id = "bulkhead";   ///< for the servers' logs
};

using options = std::vector<std::pair<std::string, std::string>>;

/// The connection as librdkafka's options. Throws `error` where the password file cannot be read, or others may read
/// it.
[[nodiscard]] options options_of(const connection& c);

/// "host:port" of one server and so on as a log line may show them; no password.
[[nodiscard]] std::string describe(const connection& c);

}  // namespace bulkhead::kafka
