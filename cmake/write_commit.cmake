# Run at build time: writes OUTPUT, but only when the commit differs from the one written there.
set(commit "unknown")
find_program(GIT git)
if(GIT)
  execute_process(
    COMMAND ${GIT} -C ${SOURCE_DIR} describe --always --abbrev=12 --exclude=* --dirty=+changes
    OUTPUT_VARIABLE described
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
    RESULT_VARIABLE result)
  if(result EQUAL 0)
    set(commit "${described}")
  endif()
endif()
file(CONFIGURE OUTPUT "${OUTPUT}" @ONLY CONTENT [[
#include "evenkeel/version.hpp"

namespace evenkeel {
std::string_view build_commit() noexcept { return "@commit@"; }
}  // namespace evenkeel
]])
