#include "runtime/kafka/connection.hpp"

#include "runtime/secrets/secret_file.hpp"

#include <fmt/format.h>

namespace bulkhead::kafka {
namespace {

secret_text password_of(const connection& c) {
  try {
    return read_secret_line(c.password_file);
  } catch (const secret_file_error& e) {
    throw error(e.what());
  }
}

}  // namespace

options options_of(const connection& c) {
  options out{{"bootstrap.servers", c.servers}, {"client.id", c.client_id}, {"security.protocol", c.security}};
  // Outages are for the callers to tell of: librdkafka would write a line to stderr for every try.
  out.emplace_back("log_level", "0");
  out.emplace_back("reconnect.backoff.ms", "50");
  out.emplace_back("reconnect.backoff.max.ms", "1000");
  out.emplace_back("socket.keepalive.enable", "true");
  if (!c.security.starts_with("sasl")) return out;
  out.emplace_back("sasl.mechanism", "SCRAM-SHA-256");
  out.emplace_back("sasl.username", c.username);
  out.emplace_back("sasl.password", password_of(c).reveal());
  if (!c.ca_file.empty()) out.emplace_back("ssl.ca.location", c.ca_file.string());
  return out;
}

std::string describe(const connection& c) {
  return c.username.empty() ? fmt::format("Kafka at {}", c.servers)
                            : fmt::format("Kafka at {} as {}", c.servers, c.username);
}

}  // namespace bulkhead::kafka
