# The seeded simulation, and one program for each planted bug (mutants.cmake). They share every object but one: the
# mutated copy of a source comes ahead of the library, whose own object is then not taken.
file(GLOB simulation_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/simulation/*.cpp")
add_library(simulation_objects OBJECT ${simulation_sources})
target_include_directories(simulation_objects PRIVATE "${CMAKE_SOURCE_DIR}/tests")
target_link_libraries(simulation_objects PUBLIC bulkhead_app doctest::doctest)
target_compile_definitions(simulation_objects PRIVATE BULKHEAD_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
  $<$<BOOL:${BULKHEAD_ASAN}>:BULKHEAD_ASAN_BUILD>)
# Looking into an actor's mailbox instantiates CAF's queue here, whose end is a node of another type by design.
target_compile_options(simulation_objects PRIVATE $<$<BOOL:${BULKHEAD_ASAN}>:-fno-sanitize=vptr>)
target_precompile_headers(simulation_objects PRIVATE <doctest/doctest.h> <nlohmann/json.hpp> <caf/all.hpp>)
bulkhead_unity(simulation_objects)
add_executable(test_simulation $<TARGET_OBJECTS:simulation_objects> $<TARGET_OBJECTS:doctest_main>)
target_link_libraries(test_simulation PRIVATE bulkhead_app)
add_test(NAME simulation COMMAND test_simulation)

# A program with one planted bug must fail the promise that the bug breaks. Its copy of FILE, with TEXT replaced, is made
# at build time in the build folder; the product has no switch for it. TEXT must be there exactly once.
function(bulkhead_mutant name promise file text replacement)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${file}")
  file(READ "${CMAKE_SOURCE_DIR}/${file}" source)
  string(REPLACE "${text}" "" without "${source}")
  string(LENGTH "${source}" whole)
  string(LENGTH "${without}" rest)
  string(LENGTH "${text}" one)
  math(EXPR removed "${whole} - ${rest}")
  if(NOT removed EQUAL one)
    message(FATAL_ERROR "tests/simulation/mutants.cmake: ${name}: ${file} must hold this text exactly once: ${text}")
  endif()
  string(REPLACE "${text}" "${replacement}" source "${source}")
  string(APPEND source "\nnamespace bulkhead::simulation {\nint planted_promise();\n"
    "int planted_promise() { return ${promise}; }\n}  // namespace bulkhead::simulation\n")
  # An object of several sources would bring the sound one with it.
  set_source_files_properties("${CMAKE_SOURCE_DIR}/${file}" PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  get_filename_component(base "${file}" NAME)
  set(copy "${CMAKE_BINARY_DIR}/mutants/${name}/${base}")
  file(CONFIGURE OUTPUT "${copy}" CONTENT "${source}" @ONLY)
  add_executable(test_mutant_${name} "${copy}" $<TARGET_OBJECTS:simulation_objects> $<TARGET_OBJECTS:doctest_main>)
  target_link_libraries(test_mutant_${name} PRIVATE bulkhead_app)
  add_test(NAME mutant_${name} COMMAND test_mutant_${name})
endfunction()

# The simulation itself runs under the sanitizers, the mutants need not.
option(BULKHEAD_MUTANTS "Build the programs with planted bugs" ON)
if(BULKHEAD_MUTANTS AND NOT BULKHEAD_ASAN)
  include(tests/simulation/mutants.cmake)
endif()
