// evenkeel check: what a desk will do, before it does it.
#include <iostream>

#include "apps/check.hpp"
#include "apps/cli.hpp"

namespace evenkeel::apps {

int run_check(const CheckOptions& options) {
  return check_desk({options.desk, options.json}, std::cout, std::cerr);
}

}  // namespace evenkeel::apps
