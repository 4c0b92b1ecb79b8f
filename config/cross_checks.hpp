#pragma once
// Rules over several options.
#include "config/resolve.hpp"

namespace bulkhead::config {

/// Rules among the options themselves.
void check_options(const resolved& r, const load_request& request, finding_list& findings);

/// Rules that need the other files: the feed's source exists, its first date has charges, the instruments that the feed
/// and the brokers name are listed.
/// `charges_from`: where charges.yaml begins; nullopt: it could not be read. `instruments_known`: the list was read.
void check_feed(const resolved& r, std::optional<trade_date> charges_from, bool instruments_known,
                finding_list& findings);

}  // namespace bulkhead::config
