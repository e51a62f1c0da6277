// evenkeel init: an example desk in a folder.
#include <iostream>

#include "apps/cli.hpp"
#include "apps/init.hpp"

namespace evenkeel::apps {

int run_init(const InitOptions& options) {
  if (options.folder.empty() && !options.list) {
    return fail(absl::InvalidArgumentError("init: which folder? (evenkeel init FOLDER)"),
                kExitUsage);
  }
  return init_desk({options.folder, options.example, options.force, options.list}, std::cout,
                   std::cerr);
}

}  // namespace evenkeel::apps
