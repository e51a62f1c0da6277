# Everything that is not ours, all of it from Debian 12 packages (scripts/setup.sh lists them by name).

set(_hint "Run scripts/setup.sh, which installs everything the build needs.")
macro(evenkeel_find package)
  find_package(${package} ${ARGN} QUIET)
  if(NOT ${package}_FOUND)
    message(FATAL_ERROR "${package} was not found. ${_hint}")
  endif()
endmacro()

evenkeel_find(Threads)
evenkeel_find(ZLIB)
evenkeel_find(absl)
evenkeel_find(CLI11)
evenkeel_find(nlohmann_json)
evenkeel_find(spdlog)

# evenkeel_wrap(target HEADER h [LIBRARY l] [DEFINITIONS ...]): a Debian package with no usable CMake file of its own.
function(evenkeel_wrap target)
  cmake_parse_arguments(ARG "" "HEADER;LIBRARY" "DEFINITIONS" ${ARGN})
  find_path(${target}_INCLUDE_DIR ${ARG_HEADER})
  if(NOT ${target}_INCLUDE_DIR)
    message(FATAL_ERROR "The header ${ARG_HEADER} was not found. ${_hint}")
  endif()
  add_library(${target} INTERFACE)
  target_include_directories(${target} SYSTEM INTERFACE "${${target}_INCLUDE_DIR}")
  target_compile_definitions(${target} INTERFACE ${ARG_DEFINITIONS})
  if(ARG_LIBRARY)
    find_library(${target}_LIBRARY ${ARG_LIBRARY})
    if(NOT ${target}_LIBRARY)
      message(FATAL_ERROR "The library ${ARG_LIBRARY} was not found. ${_hint}")
    endif()
    target_link_libraries(${target} INTERFACE "${${target}_LIBRARY}")
  endif()
endfunction()

evenkeel_wrap(evenkeel_pcap HEADER pcap/pcap.h LIBRARY pcap)
evenkeel_wrap(evenkeel_zstd HEADER zstd.h LIBRARY zstd)
evenkeel_wrap(evenkeel_crypto HEADER openssl/evp.h LIBRARY crypto)
evenkeel_wrap(evenkeel_quickfix_headers HEADER quickfix/Session.h LIBRARY quickfix)
# Debian ships toml++ compiled: a file that includes it need not compile the parser again.
evenkeel_wrap(evenkeel_toml HEADER toml++/toml.h LIBRARY tomlplusplus DEFINITIONS TOML_HEADER_ONLY=0 TOML_SHARED_LIB=1)

add_library(evenkeel_json INTERFACE)
target_link_libraries(evenkeel_json INTERFACE nlohmann_json::nlohmann_json)
# Reading bad JSON is a return value here, and implicit conversions hide which type was meant.
target_compile_definitions(evenkeel_json INTERFACE JSON_USE_IMPLICIT_CONVERSIONS=0)

# Boost.Asio is headers only; its bulk is compiled once, here. Coroutines are off because Boost 1.74 has them for one of
# our two compilers only.
evenkeel_wrap(evenkeel_asio_headers HEADER boost/asio.hpp
              DEFINITIONS BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_CO_AWAIT)
file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/generated/asio_impl.cpp"
     CONTENT "// The one place where Boost.Asio's own code is compiled.\n#include <boost/asio/impl/src.hpp>\n")
add_library(evenkeel_asio STATIC "${CMAKE_CURRENT_BINARY_DIR}/generated/asio_impl.cpp")
target_link_libraries(evenkeel_asio PUBLIC evenkeel_asio_headers Threads::Threads)
