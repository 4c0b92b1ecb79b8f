#pragma once
// The program: options, the market, the server, and its end by a signal.
namespace bulkhead::kite_sim {

/// Exit status: 0 after SIGTERM or SIGINT, 1 for what cannot be read or bound, 2 for wrong options.
int run(int argc, char** argv);

}  // namespace bulkhead::kite_sim
