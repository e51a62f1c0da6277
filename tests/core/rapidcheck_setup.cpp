// More cases than RapidCheck's hundred. RC_PARAMS from outside goes first, so that a failure's
// "reproduce=..." line works as printed.
#include <cstdlib>

namespace {

[[maybe_unused]] const int kParams = setenv("RC_PARAMS", "max_success=1000", 0);

}  // namespace
