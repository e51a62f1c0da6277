# Tests:       tests/<dir>/*.cpp           -> one gtest program <dir>_tests, one ctest entry
#              tests/simulation/*.cpp      -> simulation_tests, simulate, mutation_tests (EvenkeelSimulation.cmake)
# Fuzz:        tests/fuzz/<name>_fuzz.cpp  -> <name>_fuzz_tests: its seeds and mutations of them, in every build
#                                             <name>_fuzz: libFuzzer, when EVENKEEL_FUZZ is on
# Benchmarks:  bench/<name>_bench.cpp      -> <name>_bench (Google Benchmark), smoke-run by ctest
#              bench/<name>_harness.cpp    -> <name>_harness, a program with its own main
#
# Support for tests (fakes, generators) goes to tests/support/, which is linked into all of them.

# Somebody who only wants the program (scripts/setup.sh --minimal) has neither; scripts/test.sh insists on both.
find_package(GTest QUIET)
if(EVENKEEL_BUILD_TESTS AND NOT GTest_FOUND)
  message(STATUS "Tests are not built: GoogleTest was not found. ${_hint}")
  set(EVENKEEL_BUILD_TESTS OFF)
endif()
find_package(benchmark QUIET)
if(EVENKEEL_BUILD_BENCH AND NOT benchmark_FOUND)
  message(STATUS "Benchmarks are not built: Google Benchmark was not found. ${_hint}")
  set(EVENKEEL_BUILD_BENCH OFF)
endif()
find_path(EVENKEEL_RAPIDCHECK_DIR rapidcheck.h)
find_library(EVENKEEL_RAPIDCHECK_LIBRARY rapidcheck)

set(EVENKEEL_TEST_TIMEOUT_S 600 CACHE STRING "Seconds after which a test program counts as hung")

add_library(evenkeel_test_base INTERFACE)
if(EVENKEEL_BUILD_TESTS)
  target_link_libraries(evenkeel_test_base INTERFACE GTest::gmock GTest::gtest evenkeel_options)
endif()
target_include_directories(evenkeel_test_base INTERFACE "${CMAKE_CURRENT_SOURCE_DIR}")
target_compile_definitions(
  evenkeel_test_base INTERFACE "EVENKEEL_SOURCE_DIR=\"${CMAKE_CURRENT_SOURCE_DIR}\""
                               "EVENKEEL_SHARED_DATA_DIR=\"${CMAKE_CURRENT_SOURCE_DIR}/../shared/data\"")
if(EVENKEEL_RAPIDCHECK_DIR AND EVENKEEL_RAPIDCHECK_LIBRARY)
  target_include_directories(evenkeel_test_base SYSTEM INTERFACE "${EVENKEEL_RAPIDCHECK_DIR}")
  target_link_libraries(evenkeel_test_base INTERFACE "${EVENKEEL_RAPIDCHECK_LIBRARY}")
endif()

# The program under test, for tests that start it as a process. Only their own compile lines know it.
function(evenkeel_knows_binary target)
  if(TARGET evenkeel)
    add_dependencies(${target} evenkeel)
    target_compile_definitions(${target} PRIVATE "EVENKEEL_BINARY=\"$<TARGET_FILE:evenkeel>\"")
  endif()
endfunction()

# What a program must link, read off its includes: a test of one folder then builds without the others. The file is a
# configure dependency, so a new include is noticed.
function(evenkeel_links_of out)
  set(links)
  foreach(source IN LISTS ARGN)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${source}")
    file(STRINGS "${source}" includes REGEX "^ *#include +[\"<]")
    foreach(line IN LISTS includes)
      if(line MATCHES "\"(core|feeds|rules|fix|apps)/")
        list(APPEND links evenkeel_${CMAKE_MATCH_1})
      elseif(line MATCHES "\"evenkeel/version.hpp\"")
        list(APPEND links evenkeel_version)
      elseif(line MATCHES "toml\\+\\+/")
        list(APPEND links evenkeel_toml)
      elseif(line MATCHES "nlohmann/")
        list(APPEND links evenkeel_json)
      elseif(line MATCHES "boost/(asio|beast)")
        list(APPEND links evenkeel_asio)
      elseif(line MATCHES "CLI/CLI")
        list(APPEND links CLI11::CLI11)
      endif()
    endforeach()
  endforeach()
  list(REMOVE_DUPLICATES links)
  set(${out} "${links}" PARENT_SCOPE)
endfunction()

# --- Tests ----------------------------------------------------------------------------------------------------------

set(EVENKEEL_TEST_PROGRAMS)

function(evenkeel_register_test target)
  cmake_parse_arguments(ARG "" "" "ARGS;LABELS" ${ARGN})
  add_test(NAME ${target} COMMAND ${target} ${ARG_ARGS} WORKING_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
  set_tests_properties(
    ${target}
    PROPERTIES TIMEOUT ${EVENKEEL_TEST_TIMEOUT_S}
               LABELS "${ARG_LABELS}"
               ENVIRONMENT
               "ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1;UBSAN_OPTIONS=print_stacktrace=1;TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions=${CMAKE_CURRENT_SOURCE_DIR}/cmake/tsan.supp")
endfunction()

if(EVENKEEL_BUILD_TESTS)
  add_custom_target(tests)

  file(GLOB support CONFIGURE_DEPENDS tests/support/*.cpp)
  if(support)
    evenkeel_links_of(links ${support})
    add_library(evenkeel_test_support STATIC ${support})
    target_link_libraries(evenkeel_test_support PUBLIC evenkeel_test_base ${links})
    target_link_libraries(evenkeel_test_base INTERFACE $<LINK_ONLY:evenkeel_test_support>)
  endif()

  file(GLOB dirs CONFIGURE_DEPENDS LIST_DIRECTORIES true RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}/tests" tests/*)
  list(REMOVE_ITEM dirs support fuzz simulation)
  foreach(dir IN LISTS dirs)
    file(GLOB sources CONFIGURE_DEPENDS tests/${dir}/*.cpp)
    if(NOT sources)
      continue()
    endif()
    evenkeel_links_of(links ${sources})
    if(TARGET evenkeel_${dir})
      list(APPEND links evenkeel_${dir})
    endif()
    add_executable(${dir}_tests ${sources})
    target_link_libraries(${dir}_tests PRIVATE evenkeel_test_base GTest::gtest_main ${links})
    # Folders named after a layer test that layer; any other folder, and apps, may start the program itself.
    if(NOT dir MATCHES "^(core|feeds|rules|fix|layers)$")
      evenkeel_knows_binary(${dir}_tests)
    endif()
    evenkeel_register_test(${dir}_tests LABELS unit)
    add_dependencies(tests ${dir}_tests)
  endforeach()
endif()

if(EVENKEEL_BUILD_TESTS)
  include(EvenkeelSimulation)
endif()

# --- Fuzz -----------------------------------------------------------------------------------------------------------

file(GLOB fuzz_sources CONFIGURE_DEPENDS tests/fuzz/*_fuzz.cpp)
if(EVENKEEL_FUZZ)
  add_custom_target(fuzzers)
endif()
foreach(source IN LISTS fuzz_sources)
  get_filename_component(fuzz ${source} NAME_WE)
  string(REGEX REPLACE "_fuzz$" "" name ${fuzz})
  evenkeel_links_of(links ${source})

  if(EVENKEEL_BUILD_TESTS)
    add_executable(${fuzz}_tests ${source} tests/fuzz/replay.cpp)
    target_link_libraries(${fuzz}_tests PRIVATE evenkeel_test_base GTest::gtest_main ${links})
    target_compile_definitions(
      ${fuzz}_tests PRIVATE "EVENKEEL_FUZZ_CORPUS=\"${CMAKE_CURRENT_SOURCE_DIR}/tests/fuzz/corpus/${name}\"")
    evenkeel_register_test(${fuzz}_tests LABELS unit fuzz)
    add_dependencies(tests ${fuzz}_tests)
  endif()

  if(EVENKEEL_FUZZ)
    add_executable(${fuzz} ${source})
    target_link_libraries(${fuzz} PRIVATE evenkeel_options ${links})
    target_include_directories(${fuzz} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
    target_link_options(${fuzz} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${fuzz} PROPERTIES EXCLUDE_FROM_ALL TRUE)
    add_dependencies(fuzzers ${fuzz})
  endif()
endforeach()

# --- Benchmarks -----------------------------------------------------------------------------------------------------

if(EVENKEEL_BUILD_BENCH)
  add_custom_target(benches)
  file(GLOB bench_sources CONFIGURE_DEPENDS bench/*_bench.cpp bench/*_harness.cpp)
  foreach(source IN LISTS bench_sources)
    get_filename_component(bench ${source} NAME_WE)
    evenkeel_links_of(links ${source})
    add_executable(${bench} ${source})
    target_link_libraries(${bench} PRIVATE evenkeel_options evenkeel_version ${links})
    target_include_directories(${bench} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
    target_compile_definitions(
      ${bench} PRIVATE "EVENKEEL_SOURCE_DIR=\"${CMAKE_CURRENT_SOURCE_DIR}\""
                       "EVENKEEL_SHARED_DATA_DIR=\"${CMAKE_CURRENT_SOURCE_DIR}/../shared/data\"")
    add_dependencies(benches ${bench})
    if(bench MATCHES "_bench$")
      target_link_libraries(${bench} PRIVATE benchmark::benchmark_main)
      evenkeel_register_test(${bench} ARGS --benchmark_min_time=0.001 LABELS bench)
    else()
      evenkeel_knows_binary(${bench})
      evenkeel_register_test(${bench} ARGS --smoke LABELS bench)
    endif()
  endforeach()
endif()
