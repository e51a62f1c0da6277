// evenkeel explain: why an order was sent, or why none was. It only reads, and holds no lock.
#include <cstdio>

#include "apps/cli.hpp"
#include "apps/explain_desk.hpp"
#include "core/posix_storage.hpp"

namespace evenkeel::apps {
namespace {

int exit_code_of(const absl::Status& status) {
  if (absl::IsAborted(status)) return kExitMismatch;
  if (absl::IsDataLoss(status)) return kExitIntegrity;
  if (absl::IsNotFound(status) || absl::IsInvalidArgument(status)) return kExitUsage;
  return absl::IsFailedPrecondition(status) ? kExitConfig : kExitData;
}

template <class Told>
int print(const absl::StatusOr<Told>& told, bool json) {
  if (!told.ok()) return fail(told.status(), exit_code_of(told.status()));
  const std::string text = json ? render_json(*told) : render(*told);
  std::fputs(text.c_str(), stdout);
  return std::fflush(stdout) == 0 ? kExitOk : kExitConnectivity;
}

}  // namespace

int run_explain(const ExplainCommandOptions& options) {
  const auto folder = find_journal(options.journal);
  if (!folder.ok()) return fail(folder.status(), kExitData);
  const auto storage = PosixStorage::open(*folder);
  if (!storage.ok()) return fail(storage.status(), kExitData);
  const std::size_t at = options.what.rfind('@');
  if (at == std::string::npos) {
    return print(explain_order(**storage, *folder, options.what, options.json), options.json);
  }
  return print(explain_portfolio(**storage, *folder, options.what.substr(0, at),
                                 options.what.substr(at + 1)),
               options.json);
}

}  // namespace evenkeel::apps
