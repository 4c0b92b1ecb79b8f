# Fuzz targets: libFuzzer with AddressSanitizer and UndefinedBehaviorSanitizer, so clang alone builds them (preset
# "fuzz"); tools/lib/fuzz.py builds and runs them. Only what reads bytes from outside is compiled here, none of CAF.
option(BULKHEAD_FUZZ "Build the fuzz targets (clang only)" OFF)
if(NOT BULKHEAD_FUZZ)
  return()
endif()

set(fuzz_flags -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O2 -g1)
file(GLOB fuzzed CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/runtime/brokers/zerodha/kite_*.cpp")
add_library(fuzzed_kite STATIC EXCLUDE_FROM_ALL ${fuzzed} "${CMAKE_SOURCE_DIR}/runtime/secrets/secret.cpp"
  "${CMAKE_SOURCE_DIR}/runtime/secrets/secret_file.cpp"
  "${CMAKE_SOURCE_DIR}/runtime/domain/money.cpp" "${CMAKE_SOURCE_DIR}/runtime/domain/time.cpp"
  "${CMAKE_SOURCE_DIR}/runtime/domain/orders.cpp" "${CMAKE_SOURCE_DIR}/runtime/domain/our_tag.cpp")
target_include_directories(fuzzed_kite PUBLIC "${CMAKE_SOURCE_DIR}")
target_compile_options(fuzzed_kite PUBLIC ${fuzz_flags} PRIVATE -fsanitize=fuzzer-no-link)
target_link_libraries(fuzzed_kite PUBLIC fmt::fmt nlohmann_json::nlohmann_json ${SODIUM_LIBRARY})
target_link_options(fuzzed_kite PUBLIC -fsanitize=fuzzer,address,undefined)

foreach(target kite_ticks kite_reply kite_updates)
  add_executable(fuzz_${target} EXCLUDE_FROM_ALL "${CMAKE_SOURCE_DIR}/tests/fuzz/fuzz_${target}.cpp")
  target_include_directories(fuzz_${target} PRIVATE "${CMAKE_SOURCE_DIR}/tests")
  target_compile_options(fuzz_${target} PRIVATE -fsanitize=fuzzer)
  target_link_libraries(fuzz_${target} PRIVATE fuzzed_kite)
endforeach()
