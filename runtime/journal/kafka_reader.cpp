#include "runtime/journal/kafka_reader.hpp"

#include <utility>

#include <fmt/format.h>

namespace bulkhead {

kafka_reader::kafka_reader(kafka::connection servers, broker_id broker, std::chrono::milliseconds patience)
    : patience_(patience) {
  settings_.servers = std::move(servers);
  settings_.broker = std::move(broker);
  settings_.is_over = [this] { return std::chrono::steady_clock::now() - heard_ > patience_; };
  settings_.trouble = [this](const std::string& text) {
    if (text.empty()) heard_ = std::chrono::steady_clock::now();
    if (!text.empty()) trouble_ = text;
  };
}

journal_status kafka_reader::guarded(const std::function<void(kafka_log&)>& work) {
  heard_ = std::chrono::steady_clock::now();
  try {
    if (!log_) log_ = std::make_unique<kafka_log>(settings_);
    work(*log_);
    return {};
  } catch (const gave_up&) {
    return {fmt::format("{}: no answer for {} s: {}; are the servers running, and is kafka.bootstrap_servers right?",
                        kafka::describe(settings_.servers), patience_.count() / 1000, trouble_)};
  } catch (const kafka::error& e) {
    return {e.what()};
  }
}

journal_status kafka_reader::has_events(bool& found) {
  return guarded([&](kafka_log& log) { found = log.has_events(); });
}

journal_status kafka_reader::header(journal_header& found) {
  return guarded([&](kafka_log& log) {
    std::vector<std::string> ignored;
    const auto kept = log.snapshots(ignored);
    log_fold fold = kept.empty() ? log_fold{} : log_fold{kept.front().place};
    log.advance(fold, log.end(), {});
    found = {settings_.broker.str(), fold.epoch(), fold.seq(), 0};
  });
}

journal_status kafka_reader::for_each(std::uint64_t from_seq, const std::function<bool(const journal_record&)>& fn) {
  return guarded([&](kafka_log& log) {
    log_fold fold;
    if (from_seq > 1) {
      std::vector<std::string> ignored;
      for (const kept_snapshot& s : log.snapshots(ignored)) {
        if (s.place.seq >= from_seq || s.place.seq < fold.seq()) continue;
        fold = log_fold{s.place};
        break;
      }
    }
    bool goes_on = true;
    log.read(fold.next(), log.end(), [&](std::int64_t offset, std::optional<log_entry>&& e) {
      if (!e) {
        fold.skip(offset);
        return true;
      }
      fold.take(offset, std::move(*e), [&](journal_record&& r) {
        if (goes_on && r.seq >= from_seq) goes_on = fn(r);
      });
      return goes_on;
    });
  });
}

journal_status kafka_reader::snapshots(std::vector<journal_snapshot>& found) {
  std::vector<std::string> damaged;
  journal_status status = guarded([&](kafka_log& log) {
    for (kept_snapshot& s : log.snapshots(damaged)) found.push_back(std::move(s.snapshot));
  });
  for (const std::string& text : damaged) status.error += (status.error.empty() ? "" : "; ") + text;
  return status;
}

journal_status kafka_reader::for_each_ops(const std::function<bool(std::string_view payload)>& fn) {
  return guarded([&](kafka_log& log) { log.read_ops(fn); });
}

}  // namespace bulkhead
