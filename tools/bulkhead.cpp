#include "tools/app/cli.hpp"

int main(int argc, char** argv) { return bulkhead::app::main(argc, argv); }
