# The desks of examples/ become part of the program, for `evenkeel init`: one copy of each file, embedded when it
# changes. Included after the libraries are defined.
file(GLOB_RECURSE _example_files CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}/examples"
     examples/*.toml examples/*.csv examples/*.md)
list(FILTER _example_files INCLUDE REGEX "/")  # those of a desk, not examples/README.md itself
list(SORT _example_files)
list(TRANSFORM _example_files PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/examples/" OUTPUT_VARIABLE _example_paths)

set(_examples_cpp "${CMAKE_CURRENT_BINARY_DIR}/generated/example_files.cpp")
add_custom_command(
  OUTPUT "${_examples_cpp}"
  COMMAND ${CMAKE_COMMAND} "-DFOLDER=${CMAKE_CURRENT_SOURCE_DIR}/examples" "-DFILES=${_example_files}"
          "-DOUTPUT=${_examples_cpp}" -P "${CMAKE_CURRENT_SOURCE_DIR}/cmake/embed_examples.cmake"
  DEPENDS ${_example_paths} "${CMAKE_CURRENT_SOURCE_DIR}/cmake/embed_examples.cmake"
  COMMENT "Embedding examples/"
  VERBATIM)
if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/apps/config/examples.hpp")
  target_sources(evenkeel_apps PRIVATE "${_examples_cpp}")
endif()
