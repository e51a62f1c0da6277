# "evenkeel/version.hpp": the version is known when CMake runs, the commit is asked for at every build, so that it is
# never the commit of yesterday. Only one small file depends on the commit.

set(_generated "${CMAKE_CURRENT_BINARY_DIR}/generated")
configure_file(cmake/version.hpp.in "${_generated}/evenkeel/version.hpp" @ONLY)

add_custom_target(
  evenkeel_commit
  COMMAND ${CMAKE_COMMAND} "-DSOURCE_DIR=${CMAKE_CURRENT_SOURCE_DIR}" "-DOUTPUT=${_generated}/build_commit.cpp" -P
          "${CMAKE_CURRENT_SOURCE_DIR}/cmake/write_commit.cmake"
  BYPRODUCTS "${_generated}/build_commit.cpp"
  COMMENT "Asking git for the commit"
  VERBATIM)

add_library(evenkeel_version STATIC "${_generated}/build_commit.cpp")
add_dependencies(evenkeel_version evenkeel_commit)
target_include_directories(evenkeel_version PUBLIC "${_generated}")
