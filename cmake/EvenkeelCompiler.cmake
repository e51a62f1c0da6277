# Compiler flags for everything of ours, as the interface target evenkeel_options.
# Sanitizers, linker and cache are global: a program must agree on them from end to end.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(THREADS_PREFER_PTHREAD_FLAG ON)

if(NOT CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
  message(FATAL_ERROR "Evenkeel is built with g++ 12 or clang 14; this is ${CMAKE_CXX_COMPILER_ID}.")
endif()

# Development builds: -O1 compiles about as fast as -O0 and runs several times faster; -g1 is enough for stack traces.
# Assertions stay on, since NDEBUG is only in Release.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1" CACHE STRING "Flags of the development builds")
if(CMAKE_CXX_FLAGS_RELWITHDEBINFO MATCHES "NDEBUG")
  # CMake put its own default into the cache before this file was read.
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1" CACHE STRING "Flags of the development builds" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -g1 -DNDEBUG" CACHE STRING "Flags of the release build" FORCE)

# --- Cache and linker -----------------------------------------------------------------------------------------------

if(EVENKEEL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(EVENKEEL_CCACHE_PROGRAM ccache)
  if(EVENKEEL_CCACHE_PROGRAM)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${EVENKEEL_CCACHE_PROGRAM}")
  endif()
endif()

function(_evenkeel_pick_linker)
  set(candidates mold lld)
  if(EVENKEEL_LTO AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set(candidates "")  # mold 1.10 stops on an assertion of its own there, and lld cannot read g++'s objects
  endif()
  if(NOT EVENKEEL_LINKER STREQUAL "auto")
    set(candidates "${EVENKEEL_LINKER}")
  endif()
  foreach(linker IN LISTS candidates)
    find_program(EVENKEEL_LINKER_${linker} NAMES ld.${linker})
    if(EVENKEEL_LINKER_${linker})
      add_link_options(-fuse-ld=${linker})
      message(STATUS "Linker: ${linker}")
      return()
    endif()
  endforeach()
  message(STATUS "Linker: the compiler's default")
endfunction()
_evenkeel_pick_linker()

# --- Sanitizers and fuzzing -----------------------------------------------------------------------------------------

if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # A checked product of two __int128 calls __muloti4, which only compiler-rt has; libgcc keeps unwinding the stack.
  add_link_options(--rtlib=compiler-rt --unwindlib=libgcc)
endif()

foreach(sanitizer IN LISTS EVENKEEL_SANITIZE)
  add_compile_options(-fsanitize=${sanitizer})
  add_link_options(-fsanitize=${sanitizer})
endforeach()
if(EVENKEEL_SANITIZE)
  add_compile_options(-fno-omit-frame-pointer -fno-sanitize-recover=all)
endif()
if(EVENKEEL_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "EVENKEEL_FUZZ needs clang (libFuzzer). Use the preset 'fuzz'.")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(EVENKEEL_LTO)
  include(CheckIPOSupported)
  check_ipo_supported(LANGUAGES CXX)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()
if(EVENKEEL_MARCH)
  add_compile_options(-march=${EVENKEEL_MARCH})
endif()

# --- Warnings -------------------------------------------------------------------------------------------------------

add_library(evenkeel_options INTERFACE)
target_compile_options(evenkeel_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these wrongly through inlined library code (GCC bugs 105329, 105651, 105562); clang and the
  # sanitizers watch the same ground.
  target_compile_options(
    evenkeel_options INTERFACE -Wno-restrict -Wno-error=maybe-uninitialized -Wno-error=array-bounds
                               -Wno-error=stringop-overflow -Wno-error=stringop-overread -Wno-psabi)
else()
  # In clang -Wconversion means -Wsign-conversion as well, in g++ it does not. One meaning for both.
  target_compile_options(evenkeel_options INTERFACE -Wno-sign-conversion)
endif()
if(EVENKEEL_WERROR)
  target_compile_options(evenkeel_options INTERFACE -Werror)
endif()
# Bounds checks inside the standard library wherever assertions are on. They do not change its layout.
target_compile_definitions(evenkeel_options INTERFACE $<$<NOT:$<CONFIG:Release>>:_GLIBCXX_ASSERTIONS>)
