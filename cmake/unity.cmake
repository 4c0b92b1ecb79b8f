# Unity builds, for whoever builds everything once: several sources are compiled as one, which halves the time and more.
# Each source still compiles by itself, and does so in every other build. An edit compiles its whole group again.
option(BULKHEAD_UNITY "Compile sources in groups: quicker from nothing, slower after an edit" OFF)

if(BULKHEAD_UNITY)
  # A type of an unnamed namespace in a class of the same source is no danger; that it is one source cannot be seen here.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()

function(bulkhead_unity target)
  if(NOT BULKHEAD_UNITY)
    return()
  endif()
  find_program(BULKHEAD_PYTHON python3 REQUIRED)
  get_target_property(sources ${target} SOURCES)
  set(others ${sources})
  list(FILTER sources INCLUDE REGEX "\\.cpp$")
  list(FILTER others EXCLUDE REGEX "\\.cpp$")
  # A source that is given a name of its own may have to leave its group.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${sources} "${CMAKE_SOURCE_DIR}/tools/lib/unity_groups.py")
  execute_process(COMMAND "${BULKHEAD_PYTHON}" -B "${CMAKE_SOURCE_DIR}/tools/lib/unity_groups.py" ${sources}
    OUTPUT_VARIABLE groups OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]+" lines "${groups}")
  set(ordered)
  foreach(line IN LISTS lines)
    string(REGEX MATCH "^([0-9]+) (.*)$" line "${line}")
    set_source_files_properties("${CMAKE_MATCH_2}" PROPERTIES UNITY_GROUP "${CMAKE_MATCH_1}")
    list(APPEND ordered "${CMAKE_MATCH_2}")
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP SOURCES "${ordered};${others}")
endfunction()
