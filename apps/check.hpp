// `evenkeel check`: reads a desk as `run` would, says everything that is wrong with it, where, and
// prints the resolved policies with each portfolio's weights against them. Starts nothing, opens no
// socket, changes nothing.
#pragma once

#include <ostream>
#include <string>

namespace evenkeel::apps {

struct CheckRequest {
  std::string desk;  // its folder or its evenkeel.toml
  bool json = false;
};

/// Prints the report to `out` and complaints to `err` (with `json`: everything, one object, to
/// `out`). Returns an ExitCode: kExitOk also with warnings, kExitUsage when there is no such desk,
/// kExitConfig when it has errors or when the limits leave a portfolio nothing to do.
int check_desk(const CheckRequest& request, std::ostream& out, std::ostream& err);

}  // namespace evenkeel::apps
