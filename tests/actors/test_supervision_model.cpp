// The supervision core against an executable model of OTP's rules: random trees, random failures at random times, also
// during restarts and stops, starts that fail, children that have to be killed. Same trace, same survivors.
#include "actors/core_tree.hpp"
#include "actors/otp_model.hpp"

#include <random>

#include <fmt/format.h>
#include <fmt/ranges.h>

using namespace bulkhead::test;

namespace {

using draws = std::mt19937_64;

std::uint64_t below(draws& d, std::uint64_t n) { return d() % n; }

otp::spec random_tree(draws& d, const std::string& name, int levels) {
  otp::spec s;
  s.name = name;
  s.supervises = true;
  s.plan = static_cast<otp::strategy>(below(d, 3));
  s.intensity = below(d, 5);
  s.period = 5 + static_cast<std::int64_t>(below(d, 40));
  const std::uint64_t children = 1 + below(d, 6);
  for (std::uint64_t i = 0; i < children; ++i) {
    const std::string path = fmt::format("{}/{}", name, static_cast<char>('a' + i));
    const bool nests = levels > 0 && below(d, 4) == 0;
    otp::spec c = nests ? random_tree(d, path, levels - 1) : otp::spec{};
    c.name = path;
    c.type = static_cast<otp::restart>(below(d, 3));
    s.children.push_back(std::move(c));
  }
  return s;
}

void names_of(const otp::spec& s, std::vector<std::string>& out) {
  for (const otp::spec& c : s.children) {
    out.push_back(c.name);
    names_of(c, out);
  }
}

/// FNV-1a over a text and three numbers: a draw that depends on what is asked, not on who asks first.
std::uint64_t draw_for(const std::string& text, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  std::uint64_t hash = 14695981039346656037ULL;
  const auto mix = [&hash](std::uint64_t v) { hash = (hash ^ v) * 1099511628211ULL; };
  for (const char ch : text) mix(static_cast<unsigned char>(ch));
  for (const std::uint64_t v : {a, b, c}) {
    mix(v);
    hash ^= hash >> 29U;
  }
  return hash >> 7U;
}

/// A tree with the world around it: the same script for the model and for the core.
template <class Root>
class play {
 public:
  play(const otp::spec& s, std::uint64_t seed, std::uint64_t trouble) : seed_(seed), trouble_(trouble) {
    names_of(s, names_);
    world_.start_fails = [this](const std::string& name) {
      return draw_for(name, seed_, ++asked_, 1) % 100 < trouble_;
    };
    world_.ignores_stop = [this](const std::string& name) { return draw_for(name, seed_, ++asked_, 2) % 5 == 0; };
    world_.after_step = [this] { maybe_die(); };
    root_ = std::make_unique<Root>(s, world_, nullptr);
  }

  void maybe_die() {
    const std::uint64_t d = draw_for("step", seed_, world_.trace.size(), 3);
    if (d % 100 >= trouble_) return;
    kill(names_[(d / 100) % names_.size()], static_cast<otp::reason>((d / 10'000) % 3));
  }
  void kill(const std::string& name, otp::reason why) {
    auto* of = root_->alive() ? root_->supervisor_of(name) : nullptr;
    // One call does everything: nothing may happen to a supervisor whose call is not over.
    if (of == nullptr || (!of->busy() && of->has_busy_below()) || of->is_at_work(name)) return;
    of->child_died(name, why);
  }
  void try_again(const std::string& name) {
    if (!root_->alive()) return;
    if (auto* of = root_->supervisor_of(name)) of->try_again(name);
  }
  [[nodiscard]] std::vector<std::string> trying_again() const { return look().second; }
  [[nodiscard]] std::pair<std::vector<std::string>, std::vector<std::string>> look() const {
    std::pair<std::vector<std::string>, std::vector<std::string>> out;
    if (root_->alive()) root_->collect(out.first, out.second);
    return out;
  }

  Root& root() { return *root_; }
  otp::world& world() { return world_; }
  [[nodiscard]] const otp::world& world() const { return world_; }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  std::uint64_t seed_;
  std::uint64_t trouble_;  ///< per cent of the starts that fail, and of the steps at which somebody dies
  std::uint64_t asked_ = 0;
  otp::world world_;
  std::vector<std::string> names_;
  std::unique_ptr<Root> root_;
};

struct tally {
  std::uint64_t steps = 0;
  std::uint64_t gave_up = 0;
  std::uint64_t killed = 0;
  std::uint64_t failed_starts = 0;
  std::uint64_t nested = 0;
};

struct pair_of_plays {
  pair_of_plays(const otp::spec& s, std::uint64_t seed, std::uint64_t trouble)
      : model(s, seed, trouble), tested(s, seed, trouble) {
    if (model.root().init()) model.root().read_mail();
    tested.root().begin();
  }
  template <class Do>
  void both(Do act) {
    act(model);
    act(tested);
  }
  [[nodiscard]] std::string difference() const {
    const auto& m = model.world().trace;
    const auto& c = tested.world().trace;
    for (std::size_t i = 0; i < std::max(m.size(), c.size()); ++i) {
      const std::string expected = i < m.size() ? m[i] : "nothing";
      const std::string made = i < c.size() ? c[i] : "nothing";
      if (expected != made) {
        return fmt::format("step {}: expected {}, made {}; before: {}", i, expected, made,
                           fmt::join(m.begin(), m.begin() + static_cast<std::ptrdiff_t>(i), ", "));
      }
    }
    if (model.look() != tested.look()) {
      return fmt::format("living: expected {}, are {}; to try again: expected {}, are {}", model.look().first,
                         tested.look().first, model.look().second, tested.look().second);
    }
    return {};
  }

  play<otp::supervisor> model;
  play<core_tree> tested;
};

/// One random sequence; empty: the core did what the model does.
std::string compare(std::uint64_t seed, tally& count) {
  draws d{seed};
  const otp::spec tree = random_tree(d, "r", 2);
  pair_of_plays p{tree, seed, below(d, 3) == 0 ? 0 : below(d, 25)};
  const std::uint64_t events = 3 + below(d, 30);
  for (std::uint64_t i = 0; i < events && p.difference().empty(); ++i) {
    const std::int64_t pause = below(d, 3) == 0 ? static_cast<std::int64_t>(below(d, 60)) : 0;
    p.both([&](auto& one) { one.world().now += pause; });
    const auto waiting = p.model.trying_again();
    if (!waiting.empty() && below(d, 2) == 0) {
      const std::string name = waiting[below(d, waiting.size())];
      p.both([&](auto& one) { one.try_again(name); });
    } else {
      const std::string name = p.model.names()[below(d, p.model.names().size())];
      const std::uint64_t drawn = below(d, 20);
      const auto why = drawn == 0 ? otp::reason::fatal : static_cast<otp::reason>(drawn < 10 ? 2 : drawn % 3);
      p.both([&](auto& one) { one.kill(name, why); });
    }
  }
  if (std::string wrong = p.difference(); !wrong.empty()) return wrong;
  if (p.model.root().alive()) p.model.root().shut_down();
  if (p.tested.root().alive()) p.tested.root().stop();
  const auto starts_with = [](std::string_view word) {
    return [word](const std::string& line) { return line.starts_with(word); };
  };
  const auto& trace = p.model.world().trace;
  count.steps += trace.size();
  count.gave_up += static_cast<std::uint64_t>(std::ranges::count_if(trace, starts_with("gave_up")));
  count.killed += static_cast<std::uint64_t>(std::ranges::count_if(trace, starts_with("kill")));
  count.failed_starts += static_cast<std::uint64_t>(std::ranges::count_if(trace, starts_with("fail")));
  count.nested += static_cast<std::uint64_t>(std::ranges::count_if(trace, starts_with("enter")));
  return p.difference();
}

}  // namespace

TEST_CASE("10,000 random failure sequences agree with the model of OTP's supervisor") {
  tally count;
  for (std::uint64_t seed = 1; seed <= 10'000; ++seed) {
    const std::string wrong = compare(seed, count);
    REQUIRE_MESSAGE(wrong.empty(), fmt::format("seed {}: {}", seed, wrong));
  }
  // What the sequences are worth: all of this did happen, often.
  CHECK(count.steps > 200'000);
  CHECK(count.gave_up > 5'000);
  CHECK(count.killed > 5'000);
  CHECK(count.failed_starts > 5'000);
  CHECK(count.nested > 5'000);
  MESSAGE(fmt::format("{} steps, {} trees given up, {} killed, {} failed starts, {} supervisors started below others",
                      count.steps, count.gave_up, count.killed, count.failed_starts, count.nested));
}
