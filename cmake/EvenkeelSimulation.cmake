# The simulations of the whole desk (tests/simulation/):
#
#   evenkeel_simulation   the world: market, desk, broker, disks, checks
#   simulation_tests      a few hundred seeds and every crash point of a scenario, run by ctest
#   simulate              long runs and single seeds, for scripts/simulate.sh
#   mutation_tests        the same, once for each deliberate bug of core/mutation.hpp
#
# The bugs are compiled into mutation_tests only: the sources that have hooks are compiled once more for it, with
# EVENKEEL_MUTATIONS, and stand in its link before the libraries, which then have nothing to add.

file(GLOB _simulation_sources CONFIGURE_DEPENDS tests/simulation/*.cpp)
set(_simulation_tests ${_simulation_sources})
list(FILTER _simulation_tests INCLUDE REGEX "_test\\.cpp$")
set(_mutation_tests ${_simulation_tests})
list(FILTER _mutation_tests INCLUDE REGEX "mutation_test\\.cpp$")
list(FILTER _simulation_tests EXCLUDE REGEX "mutation_test\\.cpp$")
list(FILTER _simulation_sources EXCLUDE REGEX "_(test|main)\\.cpp$")

add_library(evenkeel_simulation STATIC ${_simulation_sources})
target_link_libraries(evenkeel_simulation PUBLIC evenkeel_apps evenkeel_options)
target_include_directories(evenkeel_simulation PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}")

add_executable(simulation_tests ${_simulation_tests})
target_link_libraries(simulation_tests PRIVATE evenkeel_test_base GTest::gtest_main evenkeel_simulation)
evenkeel_register_test(simulation_tests LABELS unit simulation)
add_dependencies(tests simulation_tests)

add_executable(simulate tests/simulation/simulate_main.cpp)
target_link_libraries(simulate PRIVATE evenkeel_simulation)

# Every source with a hook. A new one is found by its include.
set(_mutated_sources)
file(GLOB_RECURSE _product_sources CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" core/*.cpp feeds/*.cpp
     rules/*.cpp fix/*.cpp apps/*.cpp)
foreach(source IN LISTS _product_sources)
  file(STRINGS ${source} hooked REGEX "^#include \"core/mutation.hpp\"")
  if(hooked)
    list(APPEND _mutated_sources ${source})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${source}")
  endif()
endforeach()
# Not under a sanitizer: a bug that is caught is caught there, too, only ten times as slowly.
if(EVENKEEL_SANITIZE)
  return()
endif()
add_executable(mutation_tests ${_mutation_tests} ${_mutated_sources})
target_compile_definitions(mutation_tests PRIVATE EVENKEEL_MUTATIONS)
target_link_libraries(mutation_tests PRIVATE evenkeel_test_base GTest::gtest_main evenkeel_simulation)
evenkeel_register_test(mutation_tests LABELS unit simulation)
add_dependencies(tests mutation_tests)
