// Random flows against the slow reference, and against an exchange that is rebuilt before every frame.
#include "domain/paper_flow.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace bulkhead::test {
namespace {

/// Exactly so many sequences, whatever the configuration of rapidcheck says; its seed stays the configuration's.
template <class Property>
int succeeded(const char* name, int sequences, Property property) {
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  params.maxSuccess = sequences;
  const auto result = rc::detail::checkTestable(property, rc::detail::TestMetadata{name, name}, params);
  std::cerr << "- " << name << " (seed " << params.seed << ")\n";
  rc::detail::printResultMessage(result, std::cerr);
  std::cerr << "\n";
  return result.template is<rc::detail::SuccessResult>() ? result.template get<rc::detail::SuccessResult>().numSuccess
                                                         : 0;
}

TEST_CASE("2,000 random flows are reported, filled and held as the slow reference says") {
  std::map<std::string, int> seen;
  const int sequences = succeeded("paper exchange against reference", 2'000, [&seen] {
    paper_flow flow{*rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>())};
    for (const std::uint64_t number : *paper_steps()) {
      flow.take(number);
      RC_ASSERT(story(flow.reports) == story(flow.expected));
      RC_ASSERT(flow.refused == "");
      RC_ASSERT(flow.held == flow.reference.positions());
    }
    for (const auto& [what, count] : flow.seen) seen[what] += count;
  });
  CHECK(sequences == 2'000);
  for (const std::string what : {"accepted", "triggered", "filled", "modified (as requested)",
                                 "modified (one cancels the other)", "modify", "cancelled (cancel requested)",
                                 "cancelled (IOC)", "cancelled (one cancels the other)", "expired", "rejected"}) {
    INFO(what);
    CHECK(seen[what] > 20);
  }
  for (const auto& [what, count] : seen) std::cerr << "  " << what << ": " << count << "\n";
}

TEST_CASE("an exchange rebuilt before any frame from what the order manager wrote down reports the same") {
  const int sequences = succeeded("rebuilt paper exchange", 200, [] {
    paper_flow flow{*rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>())};
    for (const std::uint64_t number : *paper_steps()) {
      order_manager recovered{{.placing_enabled = true}, paper_flow_instruments()};
      recovered.restore(nlohmann::json::parse(flow.venue.orders.snapshot().dump()));
      flow.venue.orders = std::move(recovered);
      flow.venue.restart();
      flow.take(number);
      RC_ASSERT(story(flow.reports) == story(flow.expected));
      RC_ASSERT(flow.refused == "");
    }
  });
  CHECK(sequences == 200);
}

}  // namespace
}  // namespace bulkhead::test
