#include "tools/kite_sim/run.hpp"

int main(int argc, char** argv) { return bulkhead::kite_sim::run(argc, argv); }
