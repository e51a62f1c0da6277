// `evenkeel init`: writes an example desk into a folder, commented, ready to be checked, run and
// changed. Overwrites nothing unless told to, and never deletes.
#pragma once

#include <ostream>
#include <string>

namespace evenkeel::apps {

struct InitRequest {
  std::string folder{};
  std::string example = "sixty-forty";
  bool force = false;  // overwrite the example's own files
  bool list = false;   // only say which examples there are
};

/// Returns an ExitCode: kExitOk, kExitUsage (unknown example, something is there already), or
/// kExitConfig when the system does not let it write.
int init_desk(const InitRequest& request, std::ostream& out, std::ostream& err);

}  // namespace evenkeel::apps
