#pragma once
// The command line: parses it and runs one command.
namespace bulkhead::app {

/// Returns the process's exit code.
int main(int argc, char** argv);

}  // namespace bulkhead::app
