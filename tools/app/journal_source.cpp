#include "tools/app/journal_source.hpp"

#include "runtime/journal/journal_reader.hpp"
#include "runtime/journal/kafka_reader.hpp"
#include "runtime/kafka/topic_names.hpp"
#include "tools/app/kafka_access.hpp"
#include "tools/app/node_builder.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace bulkhead::app {
namespace {

constexpr std::chrono::seconds patience{15};

class in_file final : public journal_source {
 public:
  explicit in_file(std::filesystem::path file) : file_(std::move(file)), reader_(file_) {}

  [[nodiscard]] std::string name() const override { return file_.string(); }
  journal_status exists(bool& found) override {
    std::error_code ignored;
    found = std::filesystem::is_regular_file(file_, ignored);
    return {};
  }
  journal_status header(journal_header& found) override { return reader_.header(found); }
  journal_status for_each(std::uint64_t from_seq, const std::function<bool(const journal_record&)>& fn) override {
    return reader_.for_each(from_seq, fn);
  }
  journal_status snapshots(std::vector<journal_snapshot>& found) override { return reader_.snapshots(found); }
  journal_status for_each_ops(const std::function<bool(std::string_view)>& fn) override {
    return reader_.for_each_ops(fn);
  }

 private:
  std::filesystem::path file_;
  journal_reader reader_;
};

class in_kafka final : public journal_source {
 public:
  in_kafka(const kafka::connection& servers, const broker_id& b)
      : name_(fmt::format("{}: {}", kafka::describe(servers), kafka::topic_of(b, kafka::journal_events))),
        reader_(servers, b, patience) {}

  [[nodiscard]] std::string name() const override { return name_; }
  journal_status exists(bool& found) override { return reader_.has_events(found); }
  journal_status header(journal_header& found) override { return reader_.header(found); }
  journal_status for_each(std::uint64_t from_seq, const std::function<bool(const journal_record&)>& fn) override {
    return reader_.for_each(from_seq, fn);
  }
  journal_status snapshots(std::vector<journal_snapshot>& found) override { return reader_.snapshots(found); }
  journal_status for_each_ops(const std::function<bool(std::string_view)>& fn) override {
    return reader_.for_each_ops(fn);
  }

 private:
  std::string name_;
  kafka_reader reader_;
};

}  // namespace

std::unique_ptr<journal_source> journal_source_of(const config::settings& s, const broker_id& b) {
  if (s.journal.backend == "kafka") return std::make_unique<in_kafka>(kafka_connection(s, b), b);
  return file_source(journal_file(s, b));
}

std::unique_ptr<journal_source> file_source(std::filesystem::path file) {
  return std::make_unique<in_file>(std::move(file));
}

}  // namespace bulkhead::app
