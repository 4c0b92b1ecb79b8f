#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
// The header derives this one only when it is read first, and the precompiled header has read it.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
