#include "actors/runner_record.hpp"

#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bulkhead::actors {

std::string encode(const runner_record& record) {
  nlohmann::json out{{"command", record.command}, {"feed_seq", record.feed}};
  if (record.command == "reload") {
    out["base"] = record.base;
    out["set"] = record.set;
    out["process"] = record.process;
  } else {
    out["strategy"] = record.strategy.str();
  }
  if (record.command == "quarantine") {
    out["tick"] = record.tick;
    out["reason"] = record.reason;
  }
  // A strategy's own words may be in the reason, and need not be UTF-8.
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

runner_record decode_runner_record(std::uint64_t seq, std::string_view payload) {
  try {
    const auto in = nlohmann::json::parse(payload);
    runner_record record;
    record.command = in.at("command").get<std::string>();
    record.feed = in.at("feed_seq").get<feed_seq>();
    if (record.command == "reload") {
      record.base = in.at("base").get<std::string>();
      record.set = in.at("set").get<std::string>();
      record.process = in.at("process").get<std::string>();
    } else {
      record.strategy = strategy_id{in.at("strategy").get<std::string>()};
    }
    if (record.command == "quarantine") {
      record.tick = in.at("tick").get<std::uint32_t>();
      record.reason = in.at("reason").get<std::string>();
    }
    return record;
  } catch (const std::exception& e) {
    throw std::runtime_error(
        fmt::format("runner's journal: record {}: {}; it was written by another version: use that one, or start fresh",
                    seq, e.what()));
  }
}

}  // namespace bulkhead::actors
