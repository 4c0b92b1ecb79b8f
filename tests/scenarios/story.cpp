#include "scenarios/story.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

namespace bulkhead::test {
namespace {

class reader {
 public:
  explicit reader(const std::filesystem::path& file) : name_(file.filename().string()) {
    try {
      root_ = YAML::LoadFile(file.string());
    } catch (const YAML::Exception& e) {
      throw std::runtime_error(fmt::format("{}:{}: {}", name_, e.mark.line + 1, e.msg));
    }
  }

  story read() {
    story s;
    s.file = name_;
    allow(root_, {"title", "why", "brokers", "settings", "leaves_out", "strategies", "story"});
    s.title = root_["title"].as<std::string>("");
    if (s.title.empty()) fail(root_, "a scenario has a title");
    if (const auto brokers = root_["brokers"]) s.brokers = brokers.as<std::vector<std::string>>();
    for (const auto& item : root_["settings"]) s.settings[item.first.as<std::string>()] = item.second.as<std::string>();
    s.leaves_out = {"account.opened", "signal.received", "order.submitted", "portfolio.snapshot", "feed.noticed"};
    if (const auto out = root_["leaves_out"]) s.leaves_out = out.as<std::vector<std::string>>();
    for (const auto& item : root_["strategies"]) s.strategies.push_back(item.as<std::map<std::string, std::string>>());
    for (const auto& item : root_["story"]) s.steps.push_back(step(item));
    if (s.steps.empty()) fail(root_, "a scenario has a story");
    return s;
  }

 private:
  [[noreturn]] void fail(const YAML::Node& at, const std::string& what) const {
    throw std::runtime_error(fmt::format("{}:{}: {}", name_, at.Mark().line + 1, what));
  }

  void allow(const YAML::Node& map, const std::vector<std::string>& keys) const {
    for (const auto& item : map) {
      const auto key = item.first.as<std::string>();
      if (std::ranges::find(keys, key) == keys.end()) {
        fail(item.first, fmt::format("given \"{}\", allowed: {}", key, fmt::join(keys, ", ")));
      }
    }
  }

  /// "09:20:00" or "2022-01-04 09:20:00", with up to nine decimals; the date of a time alone is the one before.
  timestamp time(const YAML::Node& node) {
    std::string text = node.as<std::string>();
    if (text.size() > 10 && text[10] == ' ') {
      const auto date = parse_date(text.substr(0, 10));
      if (!date) fail(node, "a date is yyyy-mm-dd");
      date_ = *date;
      text = text.substr(11);
    }
    int h = 0;
    int m = 0;
    double s = 0;
    if (std::sscanf(text.c_str(), "%d:%d:%lf", &h, &m, &s) != 3) fail(node, "a time is hh:mm:ss");
    const auto ms = static_cast<std::int64_t>(s * 1000 + 0.5);
    return start_of_day(date_) + seconds(h * 3600 + m * 60) + duration{ms * 1'000'000};
  }

  std::vector<std::string> texts(const YAML::Node& node) const {
    if (!node) return {};
    if (node.IsScalar()) return {node.as<std::string>()};
    return node.as<std::vector<std::string>>();
  }

  void ticks(const YAML::Node& node, story_step& s) const {
    for (const auto& item : node) {
      std::vector<price>& prices = s.ticks[item.first.as<std::string>()];
      for (const std::string& text : texts(item.second)) {
        const auto p = parse_price(text);
        if (!p) fail(item.second, fmt::format("given \"{}\", allowed: a price above 0", text));
        prices.push_back(*p);
      }
      if (prices.size() != 1 && prices.size() != 3) fail(item.second, "a tick is last, or [last, bid, ask]");
    }
  }

  void expectation_of(const YAML::Node& node, story_step& s) const {
    if (!node) return;
    s.expect = expectation{fmt::format("{}:{}", name_, node.Mark().line + 1), {}};
    if (!node.IsNull()) s.expect->lines = texts(node);
  }

  story_step step(const YAML::Node& node) {
    allow(node, {"at", "ticks", "clock", "close", "signals", "commands", "strategies", "restart", "journal", "expect",
                 "check"});
    story_step s;
    s.line = node.Mark().line + 1;
    if (node["at"]) s.at = time(node["at"]);
    ticks(node["ticks"], s);
    if (!s.ticks.empty()) s.frame = frame_kind::ticks;
    if (node["clock"]) s.frame = frame_kind::clock;
    if (node["close"]) s.frame = frame_kind::session_close;
    if (s.frame && !s.at) fail(node, "a step with ticks, clock or close needs a time: at");
    s.signals = texts(node["signals"]);
    if (!s.signals.empty() && !s.frame) fail(node, "signals belong to a frame: give the step ticks");
    s.commands = texts(node["commands"]);
    s.strategies = texts(node["strategies"]);
    s.restart = node["restart"].as<std::string>("");
    if (node["journal"]) {
      const auto text = node["journal"].as<std::string>();
      if (text != "stalls" && text != "catches up") fail(node["journal"], "allowed: stalls, catches up");
      s.journal_stalls = text == "stalls";
    }
    expectation_of(node["expect"], s);
    for (const auto& item : node["check"]) s.check[item.first.as<std::string>()] = item.second.as<std::string>();
    return s;
  }

  std::string name_;
  YAML::Node root_;
  trade_date date_ = 20220103;
};

}  // namespace

story read_story(const std::filesystem::path& file) { return reader{file}.read(); }

}  // namespace bulkhead::test
