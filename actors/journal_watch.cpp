#include "actors/journal_watch.hpp"

#include "actors/supervisor.hpp"

#include <stdexcept>

#include <fmt/format.h>

namespace bulkhead::actors {

void stop_for_good(const std::string& reason) { throw fatal_failure(reason); }

void require(const journal_status& status) {
  switch (status.outcome()) {
    case journal_outcome::ok:
      return;
    case journal_outcome::fenced:
      stop_for_good(status.error);
    case journal_outcome::failed:
      throw std::runtime_error(status.error);
  }
}

void journal_watch::durable(std::uint64_t seq) {
  while (!appended_.empty() && appended_.front().first <= seq) appended_.pop_front();
}

std::string journal_watch::late(const std::string& what) const {
  return fmt::format(
      "{}: the journal has not {} within {} ms (journal.deadline_s); its disk hangs or is too slow: look at the disk, "
      "or "
      "raise journal.deadline_s",
      whose_, what, deadline_.count());
}

void journal_watch::excuse(time_point now) {
  if (opening_) opening_ = now;
  if (cutting_) cutting_ = now;
  for (auto& [seq, since] : appended_) since = now;
}

void journal_watch::check(time_point now) const {
  if (opening_ && overdue(*opening_, now)) stop_for_good(late("opened"));
  if (!appended_.empty() && overdue(appended_.front().second, now)) {
    throw std::runtime_error(late(fmt::format("made record {} durable", appended_.front().first)));
  }
  if (cutting_ && overdue(*cutting_, now)) throw std::runtime_error(late("kept a snapshot"));
}

}  // namespace bulkhead::actors
