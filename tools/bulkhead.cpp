#include "tools/app/cli.hpp"

#include <cstdio>

#include <unistd.h>

int main(int argc, char** argv) {
  const int status = bulkhead::app::main(argc, argv);
  std::fflush(nullptr);
  // A thread that still waits for a broker's answer is not waited for, and must not see the libraries it uses taken
  // down.
  ::_exit(status);
}
