# evenkeel_add_library(name DIR dir [EXCLUDE path ...] [STANDARD 14] [LINKS public ...] [PRIVATE private ...])
#
# A static library of every .cpp under DIR. A folder with headers only, or nothing yet, becomes an interface library, so
# that whoever links it need not know.
function(evenkeel_add_library name)
  cmake_parse_arguments(ARG "" "DIR;STANDARD" "EXCLUDE;LINKS;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" "${ARG_DIR}/*.cpp")
  foreach(path IN LISTS ARG_EXCLUDE)
    list(FILTER sources EXCLUDE REGEX "^${path}(/|$)")
  endforeach()

  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC ${ARG_LINKS} PRIVATE ${ARG_PRIVATE} evenkeel_options)
    target_include_directories(${name} PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}")
    if(ARG_STANDARD)
      set_target_properties(${name} PROPERTIES CXX_STANDARD ${ARG_STANDARD})
      target_compile_options(${name} PRIVATE -Wno-deprecated -Wno-deprecated-declarations)
    endif()
  else()
    # What would have been private still has to reach the final link and the headers' users.
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${ARG_LINKS})
    target_include_directories(${name} INTERFACE "${CMAKE_CURRENT_SOURCE_DIR}")
  endif()
endfunction()
